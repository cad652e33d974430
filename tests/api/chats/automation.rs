//! What the program says by itself: a greeting, and that nobody is there.

use std::time::Duration;

use domain::organizations::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, change_body, messages_body},
    stores::backends,
};

use super::{CUSTOMER, NUMBER, Shop, id_of};
use crate::given;

const PATH: &str = "/api/chats/automation";
const HOUR: Duration = Duration::from_hours(1);

/// From 10 to 13 and from 15 to 18 on weekdays, in Rome.
fn settings() -> Value {
    let day = json!([{"from": "15:00", "to": "18:00"}, {"from": "10:00", "to": "13:00"}]);
    json!({
        "businessHours": {"weekly": {
            "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day,
        }},
        "greeting": {"text": "Ciao {{customer.firstName|friend}}, this is {{organization.name}}"},
        "away": {"text": "We are back soon, {{customer.firstName}}"},
    })
}

/// A shop in Rome whose clock is at 11:00 of a Tuesday, and nobody has written yet.
struct Trattoria {
    shop: Shop,
}

impl Trattoria {
    async fn open(app: TestApp) -> Self {
        let owner = app.register("Luna").await;
        let account_id = owner.connects(NUMBER).await;
        let profile = "/api/organizations/current";
        let rome = json!({"timezone": "Europe/Rome"});
        owner.client.put(profile, rome).await.assert_status(200);
        owner.client.put(PATH, settings()).await.assert_status(200);
        let chat_id = String::new();
        let shop = Shop {
            app,
            owner,
            account_id,
            chat_id,
        };
        Self { shop }
    }

    async fn receives(&self, text: &str) {
        self.shop.app.customer_writes(NUMBER, CUSTOMER, text).await;
    }

    /// What Meta was asked to send, and what was said by itself, oldest first.
    async fn says(&self) -> Vec<String> {
        let chats = self.shop.owner.chats().await;
        let messages = self.shop.owner.messages(&id_of(&chats[0])).await;
        let mut said: Vec<_> = messages
            .iter()
            .filter(|message| message["direction"] == "outbound")
            .map(|message| {
                assert_eq!(message["sentBy"], Value::Null);
                let text = message["text"]["body"].as_str().unwrap();
                format!("{}: {text}", message["origin"].as_str().unwrap())
            })
            .collect();
        said.reverse();
        said
    }
}

const GREETING: &str = "greeting: Ciao Sheena, this is Luna";
const AWAY: &str = "away: We are back soon, Sheena";

#[tokio::test]
async fn who_writes_first_is_greeted_once_and_still_waits_for_a_person() {
    let trattoria = Trattoria::open(TestApp::start().await).await;
    trattoria.receives("Hola").await;
    trattoria.receives("Are you there?").await;
    assert_eq!(trattoria.says().await, [GREETING]);
    let chat = trattoria.shop.owner.chats().await.remove(0);
    assert_eq!(chat["unreadCount"], 2);
    assert_eq!(chat["firstResponseSeconds"], Value::Null);
    let messages = trattoria.shop.owner.messages(&id_of(&chat)).await;
    let greeting = messages.iter().find(|it| it["origin"] == "greeting");
    assert_eq!(greeting.unwrap()["status"], "sent");
    assert_eq!(trattoria.shop.app.cloud_api.sent().len(), 1);
}

#[tokio::test]
async fn outside_the_hours_absence_is_told_once_until_they_begin_again() {
    let mut trattoria = Trattoria::open(TestApp::start().await).await;
    trattoria.receives("Hola").await;
    // At 13:00 it closes, and opens at 15:00.
    trattoria.shop.after(2 * HOUR).await;
    let now = trattoria.shop.owner.client.get(PATH).await.json();
    assert_eq!(now["isOpen"], false);
    assert_eq!(now["nextOpening"], "2026-09-01T13:00:00Z");
    for text in ["And now?", "Hello?"] {
        trattoria.receives(text).await;
        trattoria.shop.after(HOUR / 2).await;
    }
    assert_eq!(trattoria.says().await, [GREETING, AWAY]);
    trattoria.shop.after(HOUR).await;
    let now = trattoria.shop.owner.client.get(PATH).await.json();
    assert_eq!(now["isOpen"], true);
    assert_eq!(now["nextOpening"], Value::Null);
    trattoria.receives("Open?").await;
    assert_eq!(trattoria.says().await, [GREETING, AWAY]);
    trattoria.shop.after(4 * HOUR).await;
    trattoria.receives("Good night").await;
    assert_eq!(trattoria.says().await, [GREETING, AWAY, AWAY]);
    // After two weeks in which nothing was said, one is new again.
    trattoria.shop.after(14 * 24 * HOUR + 16 * HOUR).await;
    trattoria.receives("Hola").await;
    let said = trattoria.says().await;
    assert_eq!(said, [GREETING, AWAY, AWAY, GREETING]);
}

#[tokio::test]
async fn however_often_and_at_once_a_message_comes_it_is_answered_once() {
    for backend in backends() {
        let trattoria = Trattoria::open(TestApp::on(backend).await).await;
        let app = &trattoria.shop.app;
        let message = |wamid: &str| {
            let at = app.now().to_string();
            json!({"from": CUSTOMER, "id": wamid, "timestamp": at, "type": "text",
                "text": {"body": "Hola"}})
        };
        let one = messages_body(NUMBER, CUSTOMER, &[message("wamid.1")]);
        let two = messages_body(NUMBER, CUSTOMER, &[message("wamid.2"), message("wamid.3")]);
        for body in [&one, &two, &one, &two, &one] {
            app.deliver(body).await.assert_status(200);
        }
        join_all((0..4).map(|_| app.run_jobs())).await;
        app.run_jobs().await;
        assert_eq!(trattoria.says().await, [GREETING]);
        assert_eq!(app.cloud_api.sent().len(), 1);
    }
}

#[tokio::test]
async fn a_machine_does_not_answer_everything() {
    let trattoria = Trattoria::open(TestApp::start().await).await;
    let app = &trattoria.shop.app;
    trattoria.receives("STOP").await;
    let at = app.now();
    let reaction = json!({"from": "16505550001", "id": "wamid.r", "timestamp": at.to_string(),
        "type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}});
    app.receive(&messages_body(NUMBER, "16505550001", &[reaction]))
        .await;
    // What Meta had kept for hours.
    let late = json!({"from": "16505550002", "id": "wamid.l", "timestamp": (at - 7200).to_string(),
        "type": "text", "text": {"body": "Hola"}});
    app.receive(&messages_body(NUMBER, "16505550002", &[late]))
        .await;
    let echo = json!({"from": "15550783881", "to": "16505550003", "id": "wamid.e",
        "timestamp": at.to_string(), "type": "text", "text": {"body": "Typed on the phone"}});
    let echo = json!({"messaging_product": "whatsapp", "message_echoes": [echo],
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER}});
    app.receive(&change_body("smb_message_echoes", &echo)).await;
    let chats = trattoria.shop.owner.chats().await;
    assert_eq!(chats.len(), 4, "{chats:#?}");
    assert!(app.cloud_api.sent().is_empty());
}

#[tokio::test]
async fn settings_are_changed_part_by_part_by_admins() {
    let trattoria = Trattoria::open(TestApp::start().await).await;
    let shop = &trattoria.shop;
    let set = shop.owner.client.get(PATH).await;
    assert_eq!(set.header("etag"), Some("\"1\""));
    let set = set.json();
    assert_eq!(set["timezone"], "Europe/Rome");
    assert_eq!(set["greeting"]["afterDays"], 14);
    // In their order.
    let monday = json!([{"from": "10:00", "to": "13:00"}, {"from": "15:00", "to": "18:00"}]);
    assert_eq!(set["businessHours"]["weekly"]["monday"], monday);
    assert_eq!(set["businessHours"]["weekly"]["sunday"], json!([]));

    let off = json!({"greeting": null});
    let request = shop.owner.client.request(reqwest::Method::PUT, PATH);
    let stale = request.header("if-match", "\"0\"").json(&off).send().await;
    stale.assert_problem(412, "version_mismatch");
    let changed = shop.owner.client.put(PATH, off.clone()).await;
    let changed = changed.assert_status(200).json();
    assert_eq!(changed["version"], 2);
    assert_eq!(changed["greeting"], Value::Null);
    assert_eq!(changed["away"], set["away"]);
    // What is so already is no change.
    let same = shop.owner.client.put(PATH, off.clone()).await.json();
    assert_eq!(same, changed);
    let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    assert_eq!(agent.client.get(PATH).await.json(), changed);
    let refused = agent.client.put(PATH, off).await;
    refused.assert_problem(403, "forbidden");

    let log = "/api/audit-log?action=chat_automation_updated";
    let [last, first] = shop.owner.client.get(log).await.data().try_into().unwrap();
    assert_eq!(first["before"]["away"], Value::Null);
    assert_eq!(last["before"], json!({"greeting": set["greeting"]}));
    assert_eq!(last["after"], json!({"greeting": null}));

    // A holiday begins.
    let mut hours = set["businessHours"].clone();
    hours["exceptions"] = json!([{"date": "2026-09-01", "slots": []}]);
    let holiday = json!({"businessHours": hours});
    let holiday = shop.owner.client.put(PATH, holiday).await.json();
    assert_eq!(holiday["isOpen"], false);
    assert_eq!(holiday["nextOpening"], "2026-09-02T08:00:00Z");
    trattoria.receives("Hola").await;
    assert_eq!(trattoria.says().await, [AWAY]);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_with_all_their_faults() {
    let trattoria = Trattoria::open(TestApp::start().await).await;
    let client = &trattoria.shop.owner.client;
    let slot = |from: &str, to: &str| json!({"from": from, "to": to});
    let hours = json!({
        "weekly": {
            "monday": [slot("9:00", "25:00")],
            "tuesday": [slot("09:00", "13:00"), slot("12:00", "18:00")],
            "friday": [slot("22:00", "02:00")],
        },
        "exceptions": [
            {"date": "2026-12-25", "slots": []},
            {"date": "2026-12-25", "slots": vec![slot("00:00", "24:00"); 13]},
        ],
    });
    let answer = client
        .put(
            PATH,
            json!({
                "businessHours": hours, "greeting": {"text": "Hi {{who}}"}, "away": {"text": " "},
            }),
        )
        .await;
    answer.assert_problem(422, "invalid");
    for at in [
        "/businessHours/weekly/monday/0/from",
        "/businessHours/weekly/monday/0/to",
        "/businessHours/weekly/tuesday/1",
        "/businessHours/weekly/friday/0/to",
        "/businessHours/exceptions/1/date",
        "/businessHours/exceptions/1/slots",
        "/greeting/text",
        "/away/text",
    ] {
        answer.assert_invalid(at);
    }
    let answer = client.put(PATH, json!({"businessHours": null})).await;
    answer.assert_problem(422, "invalid");
    answer.assert_invalid("/away");
    let days = json!({"greeting": {"text": "Hi", "afterDays": 0}});
    let answer = client.put(PATH, days).await;
    answer.assert_problem(422, "invalid");
    assert_eq!(client.get(PATH).await.json()["version"], 1);
}
