//! All that happened with a customer, in one list.

use std::time::Duration;

use domain::organizations::Role;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use super::{PATH, keeps, path_of};
use crate::{
    chats::{CUSTOMER, NUMBER, Shop, id_of},
    given, imports,
};

const SECOND: Duration = Duration::from_secs(1);

/// What is in a customer's timeline, newest first.
async fn timeline(person: &Owner, customer: &Value, query: &str) -> Vec<Value> {
    let path = format!("{}/timeline?{query}", path_of(customer));
    person.client.get(&path).await.assert_status(200).data()
}

fn kinds(entries: &[Value]) -> Vec<&str> {
    let kinds = entries.iter().map(|entry| entry["kind"].as_str().unwrap());
    kinds.collect()
}

/// Through what the customer was changed, by whom, and what of it.
fn changes(entries: &[Value]) -> Vec<Value> {
    let changes = entries.iter().filter(|entry| entry["kind"] == "change");
    let told = changes.map(|entry| {
        let values = entry["change"]["values"].as_array().unwrap().iter();
        let fields: Vec<_> = values.map(|value| value["field"].clone()).collect();
        json!([entry["change"]["origin"], entry["actor"]["id"], fields])
    });
    told.collect()
}

#[tokio::test]
async fn what_was_said_noted_agreed_and_changed_is_one_list() {
    let shop = Shop::open().await;
    let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let sheena = shop.owner.client.get(PATH).await.data().remove(0);
    let name = json!({"id": agent.user_id, "firstName": "Ana", "lastName": "Paz"});
    shop.app.clock.advance(SECOND);
    let sent = agent.writes(&shop.chat_id, "Hello").await.json();
    shop.app.clock.advance(SECOND);
    let notes = format!("/api/chats/{}/notes", shop.chat_id);
    let note = agent
        .client
        .post(&notes, json!({"text": "VIP"}))
        .await
        .json();
    shop.app.clock.advance(SECOND);
    let consent = format!("{}/consent", path_of(&sheena));
    let out = json!({"marketing": "opted_out", "source": "phone"});
    agent.client.put(&consent, out).await.assert_status(200);
    shop.app.clock.advance(SECOND);
    let body = json!({"stage": "customer", "lastName": null});
    let changed = agent.client.put(&path_of(&sheena), body).await.json();
    // What changes nothing is nothing that happened.
    let same = json!({"stage": "customer"});
    agent.client.put(&path_of(&sheena), same).await;

    let path = format!("{}/timeline?include=total", path_of(&sheena));
    let list = agent.client.get(&path).await.assert_status(200).json();
    assert_eq!(
        (&list["total"], &list["nextCursor"]),
        (&json!(6), &json!(null))
    );
    let all = list["data"].as_array().unwrap();
    let expected = ["change", "consent", "note", "message"];
    assert_eq!(kinds(&all[..4]), expected);
    let edit = json!({
        "customerId": sheena["id"], "origin": "member", "isNew": false,
        "values": [
            {"field": "lastName", "before": "Nelson", "after": null},
            {"field": "stage", "before": "lead", "after": "customer"},
        ],
    });
    assert_eq!((&all[0]["change"], &all[0]["actor"]), (&edit, &name));
    assert_eq!(all[0]["at"], changed["updatedAt"]);
    assert_eq!(all[1]["consent"]["marketing"], "opted_out");
    assert_eq!(
        (&all[1]["id"], &all[1]["actor"]),
        (&all[1]["consent"]["id"], &name)
    );
    assert_eq!((&all[2]["note"], &all[2]["actor"]), (&note, &name));
    assert_eq!(all[2]["id"], note["id"]);
    assert_eq!((&all[3]["message"], &all[3]["actor"]), (&sent, &name));
    assert_eq!(all[3].get("note"), None);
    let first = all[4..].iter().find(|entry| entry["kind"] == "message");
    let first = first.unwrap();
    assert_eq!(first["message"]["text"]["body"], "Hola");
    assert_eq!(first["actor"], json!(null));
    let made = all[4..].iter().find(|entry| entry["kind"] == "change");
    let made = &made.unwrap()["change"];
    assert_eq!(
        (&made["isNew"], &made["origin"]),
        (&json!(true), &json!("whatsapp"))
    );
    let number = json!({"field": "phoneNumber", "before": null, "after": format!("+{CUSTOMER}")});
    assert_eq!(made["values"][2], number);

    let said = timeline(&agent, &sheena, "kind=message,note").await;
    assert_eq!(kinds(&said), ["note", "message", "message"]);
    let path = format!("{}/timeline?kind=note,order", path_of(&sheena));
    agent.client.get(&path).await.assert_invalid("/kind");
    assert_eq!(walk(&agent, &sheena).await, *all);
}

/// All of a timeline, entry by entry.
async fn walk(person: &Owner, customer: &Value) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{}/timeline?limit=1{cursor}", path_of(customer));
        let page = person.client.get(&path).await.assert_status(200).json();
        all.extend(page["data"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn who_was_merged_brings_the_timeline_along_until_it_is_undone() {
    let shop = Shop::open().await;
    let (app, owner) = (&shop.app, &shop.owner);
    let sheena = owner.client.get(PATH).await.data().remove(0);
    app.clock.advance(SECOND);
    let ana = keeps(owner, json!({"firstName": "Ana", "city": "Puebla"})).await;
    let alone = [
        timeline(owner, &ana, "").await,
        timeline(owner, &sheena, "").await,
    ];
    app.clock.advance(SECOND);
    let body = json!({"otherId": sheena["id"]});
    let path = format!("{}/merge", path_of(&ana));
    let merged = owner.client.post(&path, body);
    let merged = merged.await.assert_status(200).json();

    let together = timeline(owner, &ana, "").await;
    assert_eq!(together.len(), alone[0].len() + alone[1].len() + 1);
    // Half of another's name is nobody's: the number alone fills a gap.
    let expected = json!(["merge", owner.user_id, ["phoneNumber"]]);
    assert_eq!(changes(&together[..1]), [expected]);
    for entry in alone.iter().flatten() {
        assert!(together.contains(entry), "{entry}");
    }
    let of_sheena = together
        .iter()
        .filter(|entry| entry["change"]["customerId"] == sheena["id"]);
    assert_eq!(of_sheena.count(), 1);

    app.clock.advance(SECOND);
    let undo = id_of(&merged["merge"]);
    let undo = format!("{}/merges/{undo}/undo", path_of(&ana));
    owner.client.post(&undo, json!({})).await.assert_status(200);
    let apart = timeline(owner, &ana, "").await;
    let origins: Vec<_> = apart
        .iter()
        .map(|it| it["change"]["origin"].clone())
        .collect();
    assert_eq!(origins, ["merge_undo", "merge", "member"]);
    assert_eq!(apart[2..], alone[0]);
    let back = timeline(owner, &sheena, "").await;
    assert_eq!(back[0]["change"]["origin"], "merge_undo");
    assert_eq!(back[1..], alone[1]);
}

#[tokio::test]
async fn what_imports_do_and_what_undoing_them_does_is_told() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let ana = keeps(
        &owner,
        json!({"firstName": "Ana", "phoneNumber": "+14155552671"}),
    )
    .await;
    app.clock.advance(SECOND);
    let table = "name,phone,city\nAna Paz,+14155552671,Puebla\nBen,+14155552672,\n";
    let import = imports::starts(&owner, table, &[("onDuplicate", "update")]).await;
    app.run_jobs().await;
    let ben = format!("{PATH}?search=Ben");
    let ben = owner.client.get(&ben).await.data().remove(0);
    let made = timeline(&owner, &ben, "").await;
    let fields = json!(["firstName", "phoneNumber"]);
    assert_eq!(changes(&made), [json!(["import", owner.user_id, fields])]);
    assert_eq!(made[0]["change"]["isNew"], true);

    app.clock.advance(SECOND);
    let path = format!("/api/imports/{import}/undo");
    owner.client.post(&path, json!({})).await.assert_status(202);
    app.run_jobs().await;
    let fields = json!(["lastName", "city"]);
    let expected = [
        json!(["import_undo", null, fields]),
        json!(["import", owner.user_id, fields]),
        json!(["member", owner.user_id, ["firstName", "phoneNumber"]]),
    ];
    assert_eq!(changes(&timeline(&owner, &ana, "").await), expected);
    let gone = format!("{}/timeline", path_of(&ben));
    owner
        .client
        .get(&gone)
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test]
async fn what_whatsapp_tells_of_somebody_and_whom_a_member_writes_to_is_told() {
    let shop = Shop::open().await;
    let (app, owner) = (&shop.app, &shop.owner);
    let sheena = owner.client.get(PATH).await.data().remove(0);
    let nameless = json!({"firstName": null, "lastName": null});
    let path = path_of(&sheena);
    owner.client.put(&path, nameless).await.assert_status(200);
    app.clock.advance(SECOND);
    // The profile's name goes where there is none.
    let message = json!({
        "from": CUSTOMER, "id": "wamid.renamed", "timestamp": app.now().to_string(),
        "type": "text", "text": {"body": "It's me"},
    });
    let body = tests::app::messages_body(NUMBER, CUSTOMER, &[message]);
    let body = String::from_utf8(body).unwrap();
    let body = body.replace("Sheena Nelson", "Sheena Smith");
    app.receive(body.as_bytes()).await;
    let told = changes(&timeline(owner, &sheena, "kind=change").await);
    let fields = json!(["firstName", "lastName"]);
    assert_eq!(told[0], json!(["whatsapp", null, fields]));
    assert_eq!(told[1], json!(["member", owner.user_id, fields]));

    let template = json!({
        "to": "+14155552671", "type": "template", "template": {"name": "hello"},
    });
    let sent = owner.client.post("/api/whatsapp/messages", template).await;
    sent.assert_status(202);
    let found = owner.client.get(&format!("{PATH}?search=4155552671")).await;
    let made = changes(&timeline(owner, &found.data()[0], "").await);
    assert_eq!(made, [json!(["member", owner.user_id, ["phoneNumber"]])]);
}
