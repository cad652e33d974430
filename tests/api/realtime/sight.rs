//! What is told to agents who see only some chats.

use api::ApiSettings;
use application::Application;
use domain::organizations::Role;
use serde_json::{Value, json};
use tests::{
    app::{change_body, serve, settings},
    client::{Client, Owner},
};

use super::Socket;
use crate::{
    chats::{CUSTOMER, NUMBER, Shop},
    given,
};

const OTHER_CUSTOMER: &str = "14155550199";

impl Socket {
    /// What is told before the pong, and how: but for who is there.
    async fn told(&mut self) -> Vec<Value> {
        self.say(r#"{"type": "ping"}"#).await;
        let mut told = Vec::new();
        loop {
            let frame = self.next_of_all().await;
            match frame["type"].as_str().unwrap() {
                "pong" => return told,
                "presence" => {}
                _ => told.push(frame),
            }
        }
    }

    /// Waits until it is told that the agent has these chats open.
    async fn sees_open(&mut self, agent: &Owner, chats: &Value) {
        loop {
            let frame = self.next_of("presence").await;
            let agents = frame["data"]["agents"].as_array().unwrap();
            if agents
                .iter()
                .any(|it| it["id"] == agent.user_id && it["viewing"] == *chats)
            {
                return;
            }
        }
    }

    /// Waits until all of what has happened is told: a customer's new name comes last.
    async fn told_until_rename(&mut self, shop: &Shop) -> Vec<Value> {
        let customer = shop.chat().await["customer"]["id"].clone();
        let path = format!("/api/customers/{}", customer.as_str().unwrap());
        let version = shop.owner.client.get(&path).await.json()["version"].clone();
        let name = format!("Name {version}");
        let change = json!({"firstName": name});
        let renamed = shop.owner.client.put(&path, change).await;
        renamed.assert_status(200);
        let mut told = Vec::new();
        loop {
            let frame = self.next_of_all().await;
            match frame["type"].as_str().unwrap() {
                "customer.updated" if frame["data"]["customer"]["firstName"] == name => {
                    return told;
                }
                "presence" | "typing" | "customer.updated" => {}
                _ => told.push(frame),
            }
        }
    }
}

fn kinds(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect()
}

struct Team {
    shop: Shop,
    ben: Owner,
}

async fn limited_team() -> Team {
    let shop = Shop::open().await;
    shop.lets_agents_see("own_and_unassigned").await;
    let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    Team { shop, ben }
}

#[tokio::test]
async fn what_happens_out_of_sight_is_not_told_and_what_leaves_it_is_to_be_dropped() {
    let Team { shop, ben } = limited_team().await;
    let (boss, mut bens) = (json!(shop.owner.user_id), Socket::open(&ben, None).await);
    let mut bosses = Socket::open(&shop.owner, None).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "One").await;
    let told = bens.told_until_rename(&shop).await;
    assert_eq!(kinds(&told), ["message.received"]);

    shop.gives_chat_to(boss).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "Two").await;
    let notes = format!("/api/chats/{}/notes", shop.chat_id);
    let note = json!({"text": "Pays late"});
    shop.owner
        .client
        .post(&notes, note)
        .await
        .assert_status(201);
    shop.queues("Hello").await;
    shop.app.run_jobs().await;
    let told = bens.told_until_rename(&shop).await;
    assert_eq!(kinds(&told), ["chat.hidden"]);
    assert_eq!(told[0]["data"], json!({"chatId": shop.chat_id}));
    let of_boss = bosses.told_until_rename(&shop).await;
    assert!(!kinds(&of_boss).contains(&"chat.hidden"));
    assert!(kinds(&of_boss).contains(&"note.created"));

    // Once it comes back into sight, all of it is told.
    shop.gives_chat_to(json!(ben.user_id)).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "Three").await;
    let told = bens.told_until_rename(&shop).await;
    assert_eq!(kinds(&told), ["chat.updated", "message.received"]);
    assert_eq!(told[0]["data"]["chat"]["assignee"]["id"], ben.user_id);
}

#[tokio::test]
async fn who_comes_back_is_told_no_more_than_who_stayed() {
    let Team { shop, ben } = limited_team().await;
    let mut socket = Socket::open(&ben, None).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "One").await;
    let seen = socket.next_of("message.received").await["seq"].as_i64();
    drop(socket);
    shop.gives_chat_to(json!(shop.owner.user_id)).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "Two").await;
    shop.app
        .customer_writes(NUMBER, OTHER_CUSTOMER, "Hola")
        .await;

    let mut socket = Socket::open(&ben, seen).await;
    let told = socket.told_until_rename(&shop).await;
    let told = kinds(&told);
    assert!(told.contains(&"chat.hidden"), "{told:?}");
    let received = told.iter().filter(|kind| **kind == "message.received");
    assert_eq!(received.count(), 1, "that of the other customer: {told:?}");
    assert!(!told.contains(&"chat.updated"), "{told:?}");
}

#[tokio::test]
async fn another_setting_has_agents_fetch_everything_afresh() {
    let shop = Shop::open().await;
    let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let mut bens = Socket::open(&ben, None).await;
    let mut bosses = Socket::open(&shop.owner, None).await;
    shop.gives_chat_to(json!(shop.owner.user_id)).await;
    bens.next_of("chat.updated").await;
    for what in ["own_and_unassigned", "all"] {
        shop.lets_agents_see(what).await;
        let resync = bens.next_of("resync").await;
        assert!(resync["seq"].is_i64());
    }
    let told = bosses.told_until_rename(&shop).await;
    assert_eq!(kinds(&told), ["chat.updated"]);
    shop.app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
    bens.next_of("message.received").await;
}

#[tokio::test]
async fn who_has_a_chat_open_or_types_in_it_is_seen_by_those_who_see_the_chat() {
    let Team { shop, ben } = limited_team().await;
    shop.gives_chat_to(json!(shop.owner.user_id)).await;
    let mut bens = Socket::open(&ben, None).await;
    let mut bosses = Socket::open(&shop.owner, None).await;
    let viewing = json!({"type": "viewing", "chatId": shop.chat_id}).to_string();
    let typing = json!({"type": "typing", "chatId": shop.chat_id}).to_string();
    // Ben may not pretend to see it either.
    for wish in [&viewing, &typing] {
        bens.say(wish).await;
        let refused = bens.next_of("error").await;
        assert_eq!(refused["code"], "not_found");
    }
    bosses.say(&viewing).await;
    bosses.say(&typing).await;
    let mut admins = Socket::open(
        &given::colleague(&shop.app, &shop.owner, Role::Admin).await,
        None,
    )
    .await;
    admins.next_of("typing").await;
    // What comes later has passed what Ben is not told.
    let told = bens.told().await;
    assert_eq!(kinds(&told), [] as [&str; 0], "{told:?}");
    let mut late = Socket::open(&ben, None).await;
    let all = late.next_of("presence").await;
    for agent in all["data"]["agents"].as_array().unwrap() {
        assert_eq!(agent["viewing"], json!([]), "{all}");
    }
    // Once it is seen, so is who has it open, though nobody moves.
    shop.gives_chat_to(Value::Null).await;
    bens.sees_open(&shop.owner, &json!([shop.chat_id])).await;
}

#[tokio::test]
async fn whoever_does_not_see_a_chat_any_more_does_not_have_it_open_any_more() {
    let Team { shop, ben } = limited_team().await;
    let mut bens = Socket::open(&ben, None).await;
    let mut bosses = Socket::open(&shop.owner, None).await;
    let viewing = json!({"type": "viewing", "chatId": shop.chat_id}).to_string();
    let (open, closed) = (json!([shop.chat_id]), json!([]));
    bens.say(&viewing).await;
    bosses.sees_open(&ben, &open).await;
    shop.gives_chat_to(json!(shop.owner.user_id)).await;
    bens.next_of("chat.hidden").await;
    bosses.sees_open(&ben, &closed).await;

    // The same by another setting.
    shop.lets_agents_see("all").await;
    bens.next_of("resync").await;
    bens.say(&viewing).await;
    bosses.sees_open(&ben, &open).await;
    shop.lets_agents_see("own_and_unassigned").await;
    bosses.sees_open(&ben, &closed).await;
    shop.gives_chat_to(json!(ben.user_id)).await;
    bens.next_of("chat.updated").await;
    bens.say(&viewing).await;
    bosses.sees_open(&ben, &open).await;
}

#[tokio::test]
async fn chats_of_a_colleague_who_leaves_come_into_sight() {
    let Team { shop, ben } = limited_team().await;
    let eva = crate::invitations::joins(&shop.app, &shop.owner, "eva@example.com", "agent").await;
    shop.gives_chat_to(json!(eva.user_id)).await;
    let mut bens = Socket::open(&ben, None).await;
    let path = format!("/api/members/{}", eva.user_id);
    shop.owner.client.delete(&path).await.assert_status(204);
    let told = bens.told_until_rename(&shop).await;
    assert_eq!(kinds(&told), ["chat.updated"]);
    assert_eq!(told[0]["data"]["chat"]["assignee"], Value::Null);
}

#[tokio::test]
async fn of_two_chats_that_become_one_each_is_told_what_they_see() {
    let Team { shop, ben } = limited_team().await;
    let user_id = "US.13491208655302741918";
    shop.app
        .receive(&said(None, Some(user_id), "wamid.1"))
        .await;
    let chats = shop.owner.chats().await;
    let other = chats.iter().find(|chat| chat["id"] != shop.chat_id);
    let other = Shop {
        chat_id: other.unwrap()["id"].as_str().unwrap().to_owned(),
        ..shop
    };
    // The chat that goes is the boss's, and the one that stays is nobody's.
    other.gives_chat_to(json!(other.owner.user_id)).await;
    let stays = chats.iter().find(|chat| chat["id"] != other.chat_id);
    let mut bens = Socket::open(&ben, None).await;
    let both = said(Some(CUSTOMER), Some(user_id), "wamid.2");
    other.app.receive(&both).await;
    let hidden = bens.next_of("chat.hidden").await;
    assert_eq!(hidden["data"]["chatId"], stays.unwrap()["id"]);
    assert!(ben.chats().await.is_empty());
    let told = bens.told().await;
    assert_eq!(kinds(&told), [] as [&str; 0], "{told:?}");
}

fn said(from: Option<&str>, user_id: Option<&str>, wamid: &str) -> Vec<u8> {
    let mut message = json!({
        "id": wamid, "timestamp": "1788253200", "type": "text", "text": {"body": wamid},
    });
    for (key, id) in [("from", from), ("from_user_id", user_id)] {
        if let Some(id) = id {
            message[key] = json!(id);
        }
    }
    let metadata = json!({"phone_number_id": NUMBER});
    let value = json!({"metadata": metadata, "contacts": [], "messages": [message]});
    change_body("messages", &value)
}

#[tokio::test]
async fn another_instance_tells_the_same() {
    let Team { shop, ben } = limited_team().await;
    let ports = shop.app.application.ports.clone();
    let there = Application::new(ports, settings());
    let (url, server) = serve(&there, ApiSettings::default());
    let client = Client::new(&url).with_token(ben.client.token().unwrap());
    let ben = Owner { client, ..ben };
    let mut bens = Socket::open(&ben, None).await;
    let mut bosses = Socket::open(&shop.owner, None).await;
    let viewing = json!({"type": "viewing", "chatId": shop.chat_id}).to_string();
    bosses.say(&viewing).await;
    bens.sees_open(&shop.owner, &json!([shop.chat_id])).await;
    shop.gives_chat_to(json!(shop.owner.user_id)).await;
    bens.next_of("chat.hidden").await;
    bens.sees_open(&shop.owner, &json!([])).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "Two").await;
    let told = bens.told_until_rename(&shop).await;
    assert_eq!(kinds(&told), [] as [&str; 0]);
    shop.gives_chat_to(json!(ben.user_id)).await;
    bens.next_of("chat.updated").await;
    drop(server.stop(false));
}
