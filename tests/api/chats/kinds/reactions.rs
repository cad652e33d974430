//! Reactions of the business: on the message once Meta has them.

use std::time::Duration;

use domain::whatsapp::{CloudApiError, MetaError, OutgoingContent};
use in_memory::{Answer, CallKind};
use serde_json::{Value, json};

use super::super::{CUSTOMER, NUMBER, Shop, id_of, report};

fn reaction(message_id: &Value, emoji: &Value) -> Value {
    json!({ "type": "reaction", "reaction": { "messageId": message_id, "emoji": emoji } })
}

async fn question(shop: &Shop) -> Value {
    let messages = shop.owner.messages(&shop.chat_id).await;
    let mut texts = messages.into_iter().filter(|one| one["type"] == "text");
    texts.next_back().unwrap()
}

async fn emoji(shop: &Shop) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let question = question(shop).await;
    let reactions = question["reactions"].as_array().unwrap().iter();
    reactions
        .map(|one| (text(&one["direction"]), text(&one["emoji"])))
        .collect()
}

fn ours(emoji: &str) -> Vec<(String, String)> {
    vec![("outbound".to_owned(), emoji.to_owned())]
}

#[tokio::test]
async fn a_reaction_shows_once_meta_has_it_and_can_be_changed_and_taken_back() {
    let shop = Shop::open().await;
    let target = question(&shop).await;
    let queued = shop.sends(reaction(&target["id"], &json!("👍"))).await;
    let queued = queued.assert_status(202).json();
    assert_eq!(
        queued["reaction"],
        json!({ "wamid": target["wamid"], "emoji": "👍" })
    );
    assert_eq!(emoji(&shop).await, []);
    shop.app.run_jobs().await;
    assert_eq!(emoji(&shop).await, ours("👍"));
    assert_eq!(shop.chat().await["lastMessage"]["id"], target["id"]);

    shop.app.clock.advance(Duration::from_secs(1));
    shop.sends(reaction(&target["id"], &json!("❤️"))).await;
    shop.app.run_jobs().await;
    assert_eq!(emoji(&shop).await, ours("❤️"));
    for (nothing, before) in [(Value::Null, "❤️"), (json!(""), "🙏")] {
        shop.app.clock.advance(Duration::from_secs(1));
        shop.sends(reaction(&target["id"], &json!(before))).await;
        shop.app.clock.advance(Duration::from_secs(1));
        shop.sends(reaction(&target["id"], &nothing)).await;
        shop.app.run_jobs().await;
        assert_eq!(emoji(&shop).await, []);
    }
    let last = shop.app.cloud_api.sent().pop().unwrap();
    let expected = OutgoingContent::Reaction {
        wamid: target["wamid"].as_str().unwrap().to_owned(),
        emoji: None,
    };
    assert_eq!(last.content, expected);
    assert_eq!(last.reply_to, None);
}

#[tokio::test]
async fn a_reaction_that_did_not_go_does_not_show() {
    let shop = Shop::open().await;
    let target = question(&shop).await;
    let refused = MetaError {
        code: 131_009,
        ..MetaError::default()
    };
    let refused = Answer::Fail(CloudApiError::Refused(refused));
    shop.app.cloud_api.answer_next(CallKind::Send, refused);
    shop.sends(reaction(&target["id"], &json!("👍"))).await;
    shop.app.run_jobs().await;
    assert_eq!(emoji(&shop).await, []);

    // What Meta does not answer shows once a status tells of it, and goes again if it failed.
    let silence = Answer::Fail(CloudApiError::NoAnswer("timed out".into()));
    shop.app.cloud_api.answer_next(CallKind::Send, silence);
    let uncertain = shop.sends(reaction(&target["id"], &json!("🙏"))).await;
    let uncertain = id_of(&uncertain.json());
    shop.app.run_jobs().await;
    // The customer's own reaction brings none of ours with it.
    let theirs = json!({
        "from": CUSTOMER, "id": "wamid.theirs", "timestamp": shop.app.now().to_string(),
        "type": "reaction", "reaction": { "message_id": target["wamid"], "emoji": "😮" },
    });
    let body = tests::app::messages_body(NUMBER, CUSTOMER, &[theirs]);
    shop.app.receive(&body).await;
    let inbound = ("inbound".to_owned(), "😮".to_owned());
    assert_eq!(emoji(&shop).await, std::slice::from_ref(&inbound));
    shop.app
        .meta_reports(NUMBER, report("wamid.settled", "sent", &uncertain))
        .await;
    let mut both = ours("🙏");
    both.push(inbound.clone());
    both.sort();
    let mut shown = emoji(&shop).await;
    shown.sort();
    assert_eq!(shown, both);
    shop.app
        .meta_reports(NUMBER, report("wamid.settled", "failed", &uncertain))
        .await;
    assert_eq!(emoji(&shop).await, [inbound]);
}

#[tokio::test]
async fn one_reacts_to_what_was_said_in_the_chat_lately() {
    let mut shop = Shop::open().await;
    let target = question(&shop).await;
    let unsent = shop.queues("Wait").await;
    shop.app.customer_writes(NUMBER, "16505559999", "Hi").await;
    let chats = shop.owner.chats().await;
    let other = chats.iter().find(|chat| chat["id"] != shop.chat_id);
    let elsewhere = other.unwrap()["lastMessage"]["id"].clone();
    let ours = shop.sends(reaction(&target["id"], &json!("👍"))).await;
    let ours = ours.json()["id"].clone();
    shop.app.run_jobs().await;
    for (id, code) in [
        (json!(uuid::Uuid::nil()), "not_found"),
        (elsewhere, "not_found"),
        (ours, "not_reactable"),
    ] {
        let refused = shop.sends(reaction(&id, &json!("👍"))).await;
        refused.assert_invalid("/reaction/messageId");
        assert_eq!(refused.json()["errors"][0]["code"], code);
    }
    for wrong in ["a", ":)", "👍👍"] {
        let refused = shop.sends(reaction(&target["id"], &json!(wrong))).await;
        refused.assert_invalid("/reaction/emoji");
    }
    // What was queued has gone meanwhile.
    let fine = shop.sends(reaction(&json!(unsent), &json!("👍"))).await;
    fine.assert_status(202);
    let waiting = shop.queues("Not yet").await;
    let refused = shop.sends(reaction(&json!(waiting), &json!("👍"))).await;
    assert_eq!(refused.json()["errors"][0]["code"], "not_sent");

    shop.after(Duration::from_hours(30 * 24)).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "Hello?").await;
    let refused = shop.sends(reaction(&target["id"], &json!("👍"))).await;
    refused.assert_invalid("/reaction/messageId");
    assert_eq!(refused.json()["errors"][0]["code"], "too_old");
}
