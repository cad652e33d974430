//! People who are blocked, and people whom messages do not reach.

use std::time::Duration;

use domain::{
    organizations::Role,
    whatsapp::{CloudApiError, Recipient},
};
use futures_util::future::join_all;
use in_memory::{Answer, Call, CallKind};
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{self, Owner},
    stores::backends,
};

use super::refusal;
use crate::{
    chats::{CUSTOMER, NUMBER, Shop, id_of},
    given,
};

const PATH: &str = "/api/whatsapp/contacts";
const SECOND_NUMBER: &str = "206540352242922";

impl Shop {
    async fn contact(&self) -> Value {
        self.owner.client.get(PATH).await.data().remove(0)
    }

    async fn block_path(&self) -> String {
        format!("{PATH}/{}/block", id_of(&self.contact().await))
    }

    async fn blocks(&self) -> client::Answer {
        let path = self.block_path().await;
        self.owner.client.post(&path, json!({})).await
    }

    async fn unblocks(&self) -> client::Answer {
        self.owner.client.delete(&self.block_path().await).await
    }

    fn meta_answers(&self, kind: CallKind, answer: Answer) {
        self.app.cloud_api.answer_next(kind, answer);
    }

    async fn sends_off(&self, text: &str) -> Value {
        let id = self.queues(text).await;
        self.app.run_jobs().await;
        self.message(&id).await
    }

    /// How often Meta was asked to block or to unblock.
    fn asked(&self, kind: fn(&Call) -> bool) -> usize {
        self.app
            .cloud_api
            .calls()
            .iter()
            .filter(|it| kind(it))
            .count()
    }
}

async fn actions(owner: &Owner) -> Vec<Value> {
    let entries = owner.client.get("/api/audit-log").await.data();
    let is_block = |entry: &Value| entry["target"]["type"] == "contact";
    let entries = entries.into_iter().filter(is_block);
    entries.map(|entry| entry["action"].clone()).collect()
}

#[tokio::test]
async fn a_contact_tells_all_by_which_it_is_known() {
    let shop = Shop::open().await;
    let contact = shop.contact().await;
    assert_eq!(
        contact["identities"],
        json!([{"kind": "wa_id", "value": CUSTOMER}])
    );
    assert_eq!(contact["customer"]["name"], "Sheena Nelson");
    for absent in [
        "blockedAt",
        "blockedById",
        "undeliverableAt",
        "undeliverableReason",
    ] {
        assert_eq!(contact[absent], Value::Null);
    }
    let path = format!("{PATH}/{}", id_of(&contact));
    let same = shop.owner.client.get(&path).await.assert_status(200).json();
    assert_eq!(same, contact);
    assert_eq!(shop.chat().await["customer"]["contactId"], contact["id"]);
}

#[tokio::test]
async fn who_is_blocked_is_not_written_to_until_that_ends() {
    for backend in backends() {
        let shop = Shop::on(TestApp::on(backend).await).await;
        let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
        let queued = shop.queues("Still on its way").await;
        let path = shop.block_path().await;
        let blocked = agent.client.post(&path, json!({})).await;
        let blocked = blocked.assert_status(200).json();
        assert!(blocked["blockedAt"].is_string());
        assert_eq!(blocked["blockedById"], agent.user_id);
        assert_eq!(
            shop.app.cloud_api.calls().last(),
            Some(&Call::Block(Recipient::Phone(CUSTOMER.into())))
        );
        assert_eq!(
            shop.chat().await["customer"]["blockedAt"],
            blocked["blockedAt"]
        );
        let refused = shop.owner.writes(&shop.chat_id, "Hello").await;
        refused.assert_problem(409, "contact_blocked");
        let to = json!({"to": format!("+{CUSTOMER}"), "type": "text", "text": {"body": "Hi"}});
        let refused = shop.owner.client.post("/api/whatsapp/messages", to).await;
        refused.assert_problem(409, "contact_blocked");
        shop.app.run_jobs().await;
        assert_eq!(shop.message(&queued).await["status"], "failed");
        assert_eq!(shop.app.cloud_api.sent(), []);
        let path = format!("/api/chats/{}/messages/{queued}/retry", shop.chat_id);
        let refused = shop.owner.client.post(&path, json!({})).await;
        refused.assert_problem(409, "contact_blocked");

        for (query, found) in [("blocked=true", 1), ("blocked=false", 0)] {
            let answer = shop.owner.client.get(&format!("{PATH}?{query}")).await;
            assert_eq!(answer.data().len(), found, "{query}");
        }
        let again = shop.blocks().await.assert_status(200).json();
        assert_eq!(again, blocked, "the first who blocked has done it");

        let unblocked = shop.unblocks().await.assert_status(200).json();
        assert_eq!(unblocked["blockedAt"], Value::Null);
        assert_eq!(shop.unblocks().await.assert_status(200).json(), unblocked);
        shop.owner
            .writes(&shop.chat_id, "Hello")
            .await
            .assert_status(202);
        assert_eq!(
            actions(&shop.owner).await,
            ["contact_unblocked", "contact_blocked"]
        );
    }
}

#[tokio::test]
async fn what_still_comes_from_who_is_blocked_is_kept_and_not_answered_by_itself() {
    let shop = Shop::open().await;
    let greeting = json!({"greeting": {"text": "Hello!"}});
    let path = "/api/chats/automation";
    let automation = shop.owner.client.put(path, greeting).await;
    automation.assert_status(200);
    shop.blocks().await.assert_status(200);
    let before = shop.owner.messages(&shop.chat_id).await.len();
    let mut shop = shop;
    shop.after(Duration::from_hours(24 * 15)).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "Hey!").await;
    assert_eq!(shop.owner.messages(&shop.chat_id).await.len(), before + 1);
    shop.unblocks().await.assert_status(200);
    shop.after(Duration::from_hours(24 * 15)).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "Hey!").await;
    let messages = shop.owner.messages(&shop.chat_id).await;
    assert_eq!(messages[0]["origin"], "greeting");
}

#[tokio::test]
async fn one_number_that_can_block_is_enough_and_all_must_end_it() {
    let shop = Shop::open().await;
    shop.owner.connects(SECOND_NUMBER).await;
    shop.app
        .customer_writes(SECOND_NUMBER, CUSTOMER, "Hola")
        .await;
    for _ in 0..2 {
        shop.meta_answers(CallKind::Block, refusal(131_047));
    }
    let refused = shop.blocks().await;
    refused.assert_problem(409, "contact_not_recent");
    assert_eq!(shop.contact().await["blockedAt"], Value::Null);
    shop.meta_answers(CallKind::Block, refusal(131_047));
    shop.blocks().await.assert_status(200);
    assert_eq!(shop.asked(|call| matches!(call, Call::Block(_))), 4);

    shop.meta_answers(CallKind::Unblock, refusal(139_103));
    let refused = shop.unblocks().await;
    refused.assert_problem(409, "whatsapp_refused");
    assert!(shop.contact().await["blockedAt"].is_string());
    shop.unblocks().await.assert_status(200);
    assert_eq!(
        actions(&shop.owner).await,
        ["contact_unblocked", "contact_blocked"]
    );
}

#[tokio::test]
async fn while_meta_is_out_of_reach_nobody_seems_blocked() {
    let shop = Shop::open().await;
    let cut = || Answer::Fail(CloudApiError::NoAnswer("cut".into()));
    shop.meta_answers(CallKind::Block, cut());
    let refused = shop.blocks().await;
    refused.assert_problem(503, "whatsapp_unavailable");
    assert_eq!(shop.contact().await["blockedAt"], Value::Null);
    // Meta may have done it: doing it again settles that.
    shop.blocks().await.assert_status(200);
    assert_eq!(actions(&shop.owner).await, ["contact_blocked"]);
}

#[tokio::test]
async fn of_many_who_block_at_once_one_has_done_it() {
    for backend in backends() {
        let shop = Shop::on(TestApp::on(backend).await).await;
        let answers = join_all((0..5).map(|_| shop.blocks())).await;
        for answer in answers {
            answer.assert_status(200);
        }
        assert_eq!(actions(&shop.owner).await, ["contact_blocked"]);
    }
}

/// What Meta reports of a message.
fn report(message: &Value, status: &str, at: i64, code: Option<i64>) -> Value {
    let mut report = json!({
        "id": message["wamid"], "status": status, "timestamp": at.to_string(),
        "recipient_id": CUSTOMER, "biz_opaque_callback_data": message["id"],
    });
    if let Some(code) = code {
        report["errors"] = json!([{"code": code, "title": "Message undeliverable"}]);
    }
    report
}

#[tokio::test]
async fn whom_a_message_does_not_reach_is_marked_until_there_is_a_sign_of_them() {
    for backend in backends() {
        let shop = Shop::on(TestApp::on(backend).await).await;
        let now = shop.app.now();
        // Refused at once.
        shop.meta_answers(CallKind::Send, refusal(131_026));
        shop.queues("Hello").await;
        shop.app.run_jobs().await;
        let contact = shop.contact().await;
        assert!(contact["undeliverableAt"].is_string());
        assert!(
            contact["undeliverableReason"]
                .as_str()
                .unwrap()
                .contains("cannot be reached")
        );
        let chat = shop.chat().await;
        assert_eq!(
            chat["customer"]["undeliverableAt"],
            contact["undeliverableAt"]
        );
        for (query, found) in [("undeliverable=true", 1), ("undeliverable=false", 0)] {
            let answer = shop.owner.client.get(&format!("{PATH}?{query}")).await;
            assert_eq!(answer.data().len(), found, "{query}");
        }
        // Sending stays possible, and a message that arrives is a sign.
        let message = shop.sends_off("Are you there?").await;
        let delivered = report(&message, "delivered", now + 60, None);
        shop.app.meta_reports(NUMBER, delivered).await;
        assert_eq!(shop.contact().await["undeliverableAt"], Value::Null);

        // Told later, and by a code of its own.
        let message = shop.sends_off("Hello?").await;
        let failed = report(&message, "failed", now + 90, Some(130_403));
        shop.app.meta_reports(NUMBER, failed).await;
        let contact = shop.contact().await;
        assert_eq!(
            contact["undeliverableReason"],
            "The customer has blocked this number."
        );
        shop.app.clock.advance(Duration::from_secs(120));
        shop.app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
        assert_eq!(shop.contact().await["undeliverableAt"], Value::Null);

        // News from before the customer wrote says nothing of now.
        let message = shop.sends_off("Good").await;
        let late = report(&message, "failed", now + 100, Some(131_026));
        shop.app.meta_reports(NUMBER, late).await;
        assert_eq!(shop.message(&id_of(&message)).await["status"], "failed");
        assert_eq!(shop.contact().await["undeliverableAt"], Value::Null);
    }
}
