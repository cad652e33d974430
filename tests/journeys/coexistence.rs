//! A number that also lives on the owner's phone.

use chrono::TimeDelta;
use domain::clock::Clock;
use infrastructure::clock::SystemClock;
use meta_simulator::{
    ContactChange, Health, History, HistoryMessage, HistoryThread, InboundContent,
};
use serde_json::{Value, json};
use tests::stores::{Backend, backends};

use crate::{
    given::{NUMBER, Shop, eventually, sheena},
    socket::{frame_of, watch},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_and_happens_on_the_phone_is_seen_by_whoever_works_here() {
    for backend in backends() {
        Box::pin(a_shop_with_a_phone(backend)).await;
    }
}

/// What the phone gives away of the chat with Sheena: what she asked, and the answer.
fn history(phase: u8, progress: u8, hours_ago: i64, texts: [&str; 2]) -> History {
    let message = |(from_me, text): (bool, &str)| HistoryMessage {
        from_me,
        at: SystemClock.now() - TimeDelta::hours(hours_ago) + TimeDelta::minutes(from_me.into()),
        status: "read".into(),
        content: InboundContent::text(text),
    };
    History {
        phase,
        chunk_order: 1,
        progress,
        threads: vec![HistoryThread {
            customer: sheena(),
            messages: [false, true].into_iter().zip(texts).map(message).collect(),
        }],
    }
}

async fn a_shop_with_a_phone(backend: Backend) {
    let shop = Shop::open_on(backend).await;
    let mut socket = watch(&shop).await;
    let simulator = shop.simulator();

    // Meta tells where the number lives, and is asked for what is known there.
    let health = Health {
        is_on_biz_app: true,
        ..Health::default()
    };
    simulator.set_health(NUMBER, health);
    let path = format!("/api/whatsapp/accounts/{}", shop.account_id);
    let check = format!("{path}/check");
    shop.owner.client.post(&check, json!({})).await;
    let frame = frame_of(&mut socket, "account.history").await;
    assert_eq!(frame["data"]["status"], "requested");
    eventually("Meta is asked for what the phone knows", async || {
        let requests = simulator.requests().into_iter();
        let asked = requests.filter(|request| request.path.ends_with("/smb_app_data"));
        let asked: Vec<_> = asked.map(|it| it.body["sync_type"].clone()).collect();
        (asked == ["smb_app_state_sync", "history"]).then_some(())
    })
    .await;

    // The older part comes first.
    let older = history(1, 100, 72, ["Do you have cactuses?", "Of course"]);
    simulator.import_history(NUMBER, &older).await;
    let newer = history(0, 40, 5, ["And in blue?", "From Monday on"]);
    simulator.import_history(NUMBER, &newer).await;
    for _ in 0..2 {
        let frame = frame_of(&mut socket, "account.history").await;
        assert_eq!(frame["data"]["accountId"], shop.account_id);
    }
    let account = shop.owner.client.get(&path).await.json();
    assert_eq!(account["history"]["status"], "complete");
    assert_eq!(account["history"]["progress"], 100);
    let chat_id = shop.only_chat().await;
    let chat = shop.owner.chats().await.remove(0);
    assert_eq!(chat["status"], "resolved");
    assert_eq!(chat["unreadCount"], 0);
    assert_eq!(chat["lastMessage"]["text"]["body"], "From Monday on");

    let florist = ContactChange {
        full_name: "Sheena Florist".into(),
        first_name: None,
        phone_number: sheena().phone.unwrap(),
        removed: false,
    };
    simulator.sync_contacts(NUMBER, &[florist]).await;
    eventually("she is called as on the phone", async || {
        let chat = shop.owner.chats().await.remove(0);
        (chat["customer"]["name"] == "Sheena Florist").then_some(())
    })
    .await;

    // She writes, and the owner answers on the phone.
    shop.receives(&sheena(), InboundContent::text("It is Monday!"))
        .await;
    let frame = frame_of(&mut socket, "message.received").await;
    assert_eq!(frame["data"]["chatId"], json!(chat_id));
    let typed = InboundContent::text("And here they are");
    simulator.owner_sends(NUMBER, &sheena(), typed).await;
    let frame = frame_of(&mut socket, "message.queued").await;
    let message = &frame["data"]["message"];
    assert_eq!(message["origin"], "phone");
    assert_eq!(message["status"], "sent");
    assert_eq!(message["sentBy"], Value::Null);
    let chat = shop.owner.chats().await.remove(0);
    assert_eq!(chat["status"], "open");
    assert_eq!(chat["unreadCount"], 1);
    assert!(chat["firstResponseSeconds"].is_number(), "{chat}");

    // An agent goes on from here.
    let message_id = shop.answers(&chat_id, "Shall I put one aside?").await;
    shop.message_once(&chat_id, &message_id, "read").await;
    let messages = shop.owner.messages(&chat_id).await;
    let texts: Vec<_> = messages
        .iter()
        .map(|message| message["text"]["body"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "Shall I put one aside?",
            "And here they are",
            "It is Monday!",
            "From Monday on",
            "And in blue?",
            "Of course",
            "Do you have cactuses?",
        ]
    );
}
