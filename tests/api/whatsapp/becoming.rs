//! Whether those who write become customers, and making customers of those who are none.

use std::time::Duration;

use domain::{
    id::Id,
    organizations::{OrganizationId, Role},
    whatsapp::{Contact, Identity, IdentityKind},
};
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use crate::{
    chats::{CUSTOMER, NUMBER, id_of},
    customers::keeps,
    given,
    realtime::Socket,
};

const CONTACTS: &str = "/api/whatsapp/contacts";
const CUSTOMERS: &str = "/api/customers";
const ORGANIZATION: &str = "/api/organizations/current";

/// A business that wants no customer of whoever writes.
async fn reserved(app: &TestApp) -> Owner {
    let owner = app.register("Luna").await;
    owner.connects(NUMBER).await;
    let change = json!({"contactsBecomeCustomers": false});
    let changed = owner.client.put(ORGANIZATION, change).await;
    let changed = changed.assert_status(200).json();
    assert_eq!(changed["contactsBecomeCustomers"], false);
    owner
}

async fn list(person: &Owner, path: &str) -> Vec<Value> {
    person.client.get(path).await.assert_status(200).data()
}

/// Asks for customers and has them made. Answers how many were to be made.
async fn syncs(app: &TestApp, owner: &Owner) -> Value {
    let path = format!("{CONTACTS}/sync");
    let answer = owner.client.post(&path, json!({})).await;
    let contacts = answer.assert_status(202).json()["contacts"].clone();
    app.run_jobs().await;
    contacts
}

#[tokio::test]
async fn whether_who_writes_becomes_a_customer_is_an_admins_choice_that_is_audited() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let organization = owner.client.get(ORGANIZATION).await.json();
    assert_eq!(organization["contactsBecomeCustomers"], true);
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let change = json!({"contactsBecomeCustomers": false});
    let refused = agent.client.put(ORGANIZATION, change.clone()).await;
    refused.assert_problem(403, "forbidden");
    let null = json!({"contactsBecomeCustomers": null});
    let refused = owner.client.put(ORGANIZATION, null).await;
    refused.assert_invalid("/contactsBecomeCustomers");
    let changed = owner.client.put(ORGANIZATION, change.clone()).await;
    changed.assert_status(200);
    let log = list(&owner, "/api/audit-log?action=organization_updated").await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["before"], json!({"contactsBecomeCustomers": true}));
    assert_eq!(log[0]["after"], change);
}

#[tokio::test]
async fn who_is_no_customer_writes_and_is_answered_as_anybody() {
    let app = TestApp::start().await;
    let owner = reserved(&app).await;
    let mut socket = Socket::open(&owner, None).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hola").await;

    let chat = owner.chats().await.remove(0);
    let person = &chat["customer"];
    assert_eq!(person["id"], Value::Null);
    assert_eq!(person["name"], "Sheena Nelson");
    assert_eq!(person["firstName"], "Sheena");
    assert_eq!(person["phoneNumber"], format!("+{CUSTOMER}"));
    assert_eq!(person["marketingConsent"], "unknown");
    let contact = list(&owner, CONTACTS).await.remove(0);
    assert_eq!(contact["customer"], Value::Null);
    assert_eq!(contact["id"], person["contactId"]);
    let same = format!("{CONTACTS}/{}", id_of(&contact));
    assert_eq!(owner.client.get(&same).await.json(), contact);
    assert_eq!(list(&owner, CUSTOMERS).await, [] as [Value; 0]);
    let frame = socket.next_of("chat.created").await;
    assert_eq!(frame["data"]["chat"]["customer"]["id"], Value::Null);

    for (path, expected) in [
        ("/api/chats?search=sheena", 1),
        ("/api/chats?search=nobody", 0),
        ("/api/chats?search=650-555", 1),
        ("/api/whatsapp/contacts?customer=false", 1),
        ("/api/whatsapp/contacts?customer=true", 0),
        (&format!("/api/whatsapp/messages?contact={CUSTOMER}"), 1),
    ] {
        assert_eq!(list(&owner, path).await.len(), expected, "{path}");
    }
    let chat_id = id_of(&chat);
    let reply = json!({"shortcut": "hi", "text": "Hi {{customer.firstName}}"});
    owner.client.post("/api/canned-replies", reply).await;
    let rendered = format!("/api/canned-replies?chatId={chat_id}");
    let rendered = list(&owner, &rendered).await;
    assert_eq!(rendered[0]["renderedText"], "Hi Sheena");
    owner.writes(&chat_id, "Hello").await.assert_status(202);
    let export = format!("/api/chats/{chat_id}/export");
    let export = owner.client.get(&export).await.assert_status(200).text();
    assert!(export.contains("Sheena Nelson"), "{export}");
    app.customer_writes(NUMBER, CUSTOMER, "Again").await;
    assert_eq!(list(&owner, CUSTOMERS).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_sync_makes_customers_of_all_who_are_none_and_they_name_each_other() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = reserved(&app).await;
        let theirs = app.register("Sol").await;
        let change = json!({"contactsBecomeCustomers": false});
        theirs.client.put(ORGANIZATION, change).await;
        theirs.connects("206540352242922").await;
        app.customer_writes("206540352242922", CUSTOMER, "Hola")
            .await;
        // Mexican numbers are written in two ways.
        let ana = json!({"firstName": "Ana", "phoneNumber": "+52 55 1234 5678"});
        app.customer_writes(NUMBER, "5215512345678", "Hola").await;
        let ana = keeps(&owner, ana).await;
        app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
        let mut socket = Socket::open(&owner, None).await;
        let agent = given::colleague(&app, &owner, Role::Agent).await;
        let path = format!("{CONTACTS}/sync");
        let refused = agent.client.post(&path, json!({})).await;
        refused.assert_problem(403, "forbidden");

        // Whom Ana was is known since she is kept.
        assert_eq!(ana["identities"][0]["whatsappId"], "5215512345678");
        assert_eq!(syncs(&app, &owner).await, 1);
        let told = socket.next_of("contacts.synced").await;
        assert_eq!(told["data"], json!({"created": 1, "joined": 0}));
        assert_eq!(syncs(&app, &owner).await, 0);
        let customers = list(&owner, CUSTOMERS).await;
        assert_eq!(customers.len(), 2);
        for contact in list(&owner, CONTACTS).await {
            let customer = contact["customer"]["id"].clone();
            let same = customers.iter().find(|it| it["id"] == customer).unwrap();
            assert_eq!(same["identities"][0]["contactId"], contact["id"]);
            assert_ne!(same["lastSeenAt"], Value::Null);
            let chats = owner.chats().await;
            let of_contact = |chat: &&Value| chat["customer"]["contactId"] == contact["id"];
            let chat = chats.iter().find(of_contact).unwrap();
            assert_eq!(chat["customer"]["id"], customer);
        }
        let sheena = customers.iter().find(|it| it["id"] != ana["id"]).unwrap();
        assert_eq!(sheena["lastName"], "Nelson");
        let timeline = format!("{CUSTOMERS}/{}/timeline", id_of(sheena));
        assert_eq!(list(&owner, &timeline).await.len(), 2);
        // Nobody asked for theirs.
        assert_eq!(list(&theirs, CUSTOMERS).await, [] as [Value; 0]);
    }
}

#[tokio::test]
async fn who_has_a_customers_number_is_that_customer_however_it_is_written() {
    let app = TestApp::start().await;
    let owner = reserved(&app).await;
    app.customer_writes(NUMBER, "5215512345678", "Hola").await;
    let organization_id: OrganizationId = owner.organization_id.parse().unwrap();
    // As an import does, which leaves contacts alone.
    let uow = app.application.ports.store.begin(organization_id).await;
    let uow = uow.unwrap();
    let number = domain::text::PhoneNumber::from_wa_id("525512345678").unwrap();
    let now = app.application.ports.clock.now();
    let ana = domain::customers::Customer::from_profile(Some("Ana"), Some(number), now);
    let customers = uow.imported_customers();
    let ids = [ana.id.to_string()];
    customers.insert_all(&[ana]).await.unwrap();
    uow.commit().await.unwrap();

    assert_eq!(syncs(&app, &owner).await, 1);
    let contact = list(&owner, CONTACTS).await.remove(0);
    assert_eq!(contact["customer"]["id"], ids[0]);
    assert_eq!(list(&owner, CUSTOMERS).await.len(), 1);
}

#[tokio::test]
async fn very_many_become_customers_step_by_step() {
    let app = TestApp::start().await;
    let owner = reserved(&app).await;
    let organization_id: OrganizationId = owner.organization_id.parse().unwrap();
    let uow = app.application.ports.store.begin(organization_id).await;
    let uow = uow.unwrap();
    let now = app.application.ports.clock.now();
    for n in 0..501 {
        let wa_id = format!("1415555{n:04}");
        let contact = Contact {
            id: Id::generate(),
            customer_id: None,
            name: None,
            wa_id: Some(wa_id.clone()),
            user_id: None,
            username: None,
            blocked: None,
            undeliverable: None,
            created_at: now,
            updated_at: now,
        };
        let identity = Identity {
            kind: IdentityKind::WaId,
            value: wa_id,
        };
        assert!(uow.contacts().insert(&contact, &[identity]).await.unwrap());
    }
    uow.commit().await.unwrap();
    let mut socket = Socket::open(&owner, None).await;
    assert_eq!(syncs(&app, &owner).await, 501);
    for created in [500, 1] {
        let told = socket.next_of("contacts.synced").await;
        assert_eq!(told["data"], json!({"created": created, "joined": 0}));
    }
    let path = format!("{CUSTOMERS}?include=total");
    assert_eq!(owner.client.get(&path).await.json()["total"], 501);
}

#[tokio::test]
async fn what_somebody_says_of_marketing_is_kept_whether_or_not_they_are_wanted_as_customers() {
    let app = TestApp::start().await;
    let owner = reserved(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
    app.customer_writes(NUMBER, CUSTOMER, "STOP").await;
    let sheena = list(&owner, CUSTOMERS).await.remove(0);
    assert_eq!(sheena["consent"]["marketing"], "opted_out");
    let chat = owner.chats().await.remove(0);
    assert_eq!(chat["customer"]["id"], sheena["id"]);
    assert_eq!(chat["customer"]["marketingConsent"], "opted_out");
}

#[tokio::test]
async fn who_was_met_before_becomes_a_customer_with_the_next_word_if_that_is_wanted_again() {
    let app = TestApp::start().await;
    let owner = reserved(&app).await;
    app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
    let change = json!({"contactsBecomeCustomers": true});
    owner.client.put(ORGANIZATION, change).await;
    assert_eq!(list(&owner, CUSTOMERS).await, [] as [Value; 0]);
    let mut socket = Socket::open(&owner, None).await;
    app.clock.advance(Duration::from_secs(1));
    app.customer_writes(NUMBER, CUSTOMER, "Hola otra vez").await;
    let sheena = list(&owner, CUSTOMERS).await.remove(0);
    let told = socket.next_of("customer.created").await;
    assert_eq!(told["data"]["customerId"], sheena["id"]);
    let told = socket.next_of("chat.updated").await;
    assert_eq!(told["data"]["chat"]["customer"]["id"], sheena["id"]);
    assert_eq!(owner.chats().await[0]["customer"]["id"], sheena["id"]);
    assert_eq!(sheena["lastName"], "Nelson");
}

#[tokio::test]
async fn two_contacts_who_prove_to_be_one_person_are_the_customer_that_one_was() {
    let app = TestApp::start().await;
    let owner = reserved(&app).await;
    let user_id = "US.13491208655302741918";
    let message = |from: Value, n: u8| {
        let mut message = json!({
            "id": format!("wamid.{n}"), "timestamp": app.now().to_string(),
            "type": "text", "text": {"body": "Hola"},
        });
        let object = message.as_object_mut().unwrap();
        object.extend(from.as_object().unwrap().clone());
        message
    };
    let both = json!({"from": CUSTOMER, "from_user_id": user_id});
    for (n, from) in [
        json!({"from_user_id": user_id}),
        json!({"from": CUSTOMER}),
        both,
    ]
    .into_iter()
    .enumerate()
    {
        if n == 1 {
            let ana = json!({"firstName": "Ana", "phoneNumber": format!("+{CUSTOMER}")});
            keeps(&owner, ana).await;
        }
        let message = message(from, u8::try_from(n).unwrap());
        app.receive(&body(&message)).await;
    }
    let chats = owner.chats().await;
    assert_eq!(chats.len(), 1);
    assert_eq!(chats[0]["customer"]["firstName"], "Ana");
}

/// A delivery of a message from who is known by no more than it says.
fn body(message: &Value) -> Vec<u8> {
    let value = json!({
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER},
        "messages": [message],
    });
    tests::app::change_body("messages", &value)
}
