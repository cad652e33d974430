//! What is told to agents who see only some chats.

use domain::organizations::Role;
use serde_json::{Value, json};
use tests::client::Owner;

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
                "presence" | "typing" => {}
                "customer.updated" if frame["data"]["customer"]["firstName"] == name => {
                    return told;
                }
                "customer.updated" => {}
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
    shop.gives_chat_to(Value::Null).await;
    bosses
        .say(&json!({"type": "viewing", "chatId": null}).to_string())
        .await;
    bosses.say(&viewing).await;
    loop {
        let frame = bens.next_of("presence").await;
        let agents = frame["data"]["agents"].as_array().unwrap();
        if agents
            .iter()
            .any(|it| it["viewing"] == json!([shop.chat_id]))
        {
            break;
        }
    }
}
