//! The job that forgets somebody, while the world goes on.

use std::time::Duration;

use application::worker::Worker;
use domain::job::Job;
use futures_util::future::join;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, change_body, messages_body},
    client::Owner,
    stores::backends,
};

use super::{PATH, assert_forgotten, path_of, sheena};
use crate::chats::{CUSTOMER, NUMBER, id_of};

/// How long a worker has a job before another may take it over.
const LEASE: Duration = Duration::from_secs(31);
const MINUTE: Duration = Duration::from_secs(61);

/// What the audit log says has gone; none if the person is not forgotten yet.
async fn gone(owner: &Owner) -> Option<Value> {
    let log = owner.client.get("/api/audit-log").await.data();
    let mut ends = log
        .into_iter()
        .filter(|entry| entry["action"] == "customer_erasure_completed");
    let end = ends.next();
    assert_eq!(ends.next(), None, "it ends once");
    end.map(|entry| entry["after"].clone())
}

/// What has gone when it is over: a run that found something in use comes again.
async fn ends(app: &TestApp, owner: &Owner) -> Value {
    for _ in 0..5 {
        app.after(MINUTE).await;
        if let Some(gone) = gone(owner).await {
            return gone;
        }
    }
    panic!("it does not end")
}

async fn erases(owner: &Owner, customer: &Value) {
    let erased = owner.client.delete(&path_of(customer)).await;
    erased.assert_status(204);
}

/// Somebody who has written so many messages, in one delivery.
async fn chatterbox(app: &TestApp, owner: &Owner, count: u32) -> Value {
    owner.connects(NUMBER).await;
    let messages: Vec<_> = (0..count)
        .map(|n| {
            json!({
                "from": CUSTOMER, "id": format!("wamid.{n}"),
                "timestamp": app.now().to_string(),
                "type": "text", "text": {"body": format!("Lighthouse {n}")},
            })
        })
        .collect();
    app.receive(&messages_body(NUMBER, CUSTOMER, &messages))
        .await;
    owner.client.get(PATH).await.data().remove(0)
}

#[tokio::test]
async fn a_run_that_is_cut_off_is_taken_up_by_the_next() {
    const MESSAGES: u32 = 510;
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let customer = chatterbox(&app, &owner, MESSAGES).await;
        erases(&owner, &customer).await;
        let mut cuts = 0;
        for millis in [1, 3, 10, 30, 60] {
            let run = tokio::time::timeout(Duration::from_millis(millis), app.run_jobs());
            cuts += u32::from(run.await.is_err());
            app.clock.advance(LEASE);
        }
        assert!(cuts > 0, "nothing was cut off");
        let gone = ends(&app, &owner).await;
        assert_eq!(gone["messages"], MESSAGES, "{gone}");
        assert_eq!(gone["deliveries"], 1, "{gone}");
        assert_forgotten(&app, &["Lighthouse", CUSTOMER]).await;
    }
}

#[tokio::test]
async fn two_workers_that_forget_the_same_person_are_as_one() {
    const MESSAGES: u32 = 510;
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let customer = chatterbox(&app, &owner, MESSAGES).await;
        erases(&owner, &customer).await;
        // The second believes that the first is dead.
        let another = Worker::new(app.application.clone(), 1);
        let takes_over = async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            app.clock.advance(LEASE);
            another.run_until_idle().await
        };
        join(app.run_jobs(), takes_over).await;
        let gone = ends(&app, &owner).await;
        assert_eq!(gone["messages"], MESSAGES, "{gone}");
        assert_eq!(gone["deliveries"], 1, "{gone}");
        assert_forgotten(&app, &["Lighthouse", CUSTOMER]).await;
    }
}

#[tokio::test]
async fn a_delivery_that_is_being_read_is_waited_for() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let (sheena, chat_id) = sheena(&app, &owner).await;
        app.run_jobs().await;
        let message = &owner.messages(&chat_id).await[0];
        let read = json!({
            "id": message["wamid"], "status": "read", "timestamp": app.now().to_string(),
            "recipient_id": CUSTOMER, "biz_opaque_callback_data": message["id"],
        });
        app.deliver(&status_body(&read)).await.assert_status(200);
        let jobs = app.application.ports.store.jobs();
        let lease = Duration::from_secs(30);
        let reading = jobs.claim(1, lease).await.unwrap().remove(0);
        assert!(matches!(reading.job, Job::ProcessDelivery { .. }));
        erases(&owner, &sheena).await;
        app.run_jobs().await;
        assert_eq!(gone(&owner).await, None, "it is not over");
        app.after(LEASE).await;
        app.after(MINUTE).await;
        assert!(gone(&owner).await.is_some());
        assert_forgotten(&app, &[CUSTOMER]).await;
    }
}

#[tokio::test]
async fn what_meta_reports_of_their_messages_later_is_not_kept() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let (sheena, chat_id) = sheena(&app, &owner).await;
        app.run_jobs().await;
        let message = owner.messages(&chat_id).await.remove(0);
        erases(&owner, &sheena).await;
        app.run_jobs().await;
        let read = json!({
            "id": message["wamid"], "status": "read", "timestamp": app.now().to_string(),
            "recipient_id": CUSTOMER, "biz_opaque_callback_data": message["id"],
        });
        app.receive(&status_body(&read)).await;
        let after = owner.messages(&chat_id).await.remove(0);
        assert_eq!(after["id"], message["id"]);
        assert_eq!(after["status"], "sent");
        assert_eq!(after["wamid"], Value::Null);
        assert_forgotten(&app, &[CUSTOMER]).await;
    }
}

fn status_body(status: &Value) -> Vec<u8> {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": "Sheena Nelson"}, "wa_id": CUSTOMER}],
        "statuses": [status],
    });
    change_body("messages", &value)
}

#[tokio::test]
async fn what_waits_for_a_number_of_the_business_brings_nobody_back() {
    const YET_UNKNOWN: &str = "206";
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let (sheena, _) = sheena(&app, &owner).await;
        app.customer_writes(YET_UNKNOWN, CUSTOMER, "Is this you?")
            .await;
        app.customer_writes(YET_UNKNOWN, "4930123456", "Hallo")
            .await;
        erases(&owner, &sheena).await;
        app.run_jobs().await;
        assert_forgotten(&app, &["Is this you?", CUSTOMER]).await;
        owner.connects(YET_UNKNOWN).await;
        app.run_jobs().await;
        let customers = owner.client.get(PATH).await.data();
        let numbers: Vec<_> = customers.iter().map(|it| &it["phoneNumber"]).collect();
        assert_eq!(numbers, ["+4930123456"]);
    }
}

#[tokio::test]
async fn the_same_person_stays_a_customer_of_another_organization() {
    const OTHER_NUMBER: &str = "306";
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let other = app.register("Sol").await;
        let (sheena, _) = sheena(&app, &owner).await;
        other.connects(OTHER_NUMBER).await;
        app.customer_writes(OTHER_NUMBER, CUSTOMER, "Good morning")
            .await;
        let before = other.client.get(PATH).await.data();
        assert_eq!(before[0]["phoneNumber"], format!("+{CUSTOMER}"));
        let chats = other.chats().await;
        erases(&owner, &sheena).await;
        app.run_jobs().await;
        assert!(gone(&owner).await.is_some());
        assert_eq!(other.client.get(PATH).await.data(), before);
        assert_eq!(other.chats().await, chats);
        let messages = other.messages(&id_of(&chats[0])).await;
        assert_eq!(messages[0]["text"]["body"], "Good morning");
        // What Meta delivered is there as well.
        let postgres = app.database.url().starts_with("postgres");
        if postgres {
            let all = super::everything(&app).await;
            let is_kept = |line: &str| {
                line.starts_with("webhook_deliveries: {") && line.contains("Good morning")
            };
            assert!(all.lines().any(is_kept));
        }
    }
}
