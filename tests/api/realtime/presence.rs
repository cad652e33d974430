//! Who is there, and who types.

use std::time::Duration;

use domain::{
    organizations::Role,
    whatsapp::{CloudApiError, MetaError},
};
use in_memory::{Answer, Call, CallKind};
use serde_json::{Value, json};
use tests::client::Owner;
use tokio::time::Instant;

use super::Socket;
use crate::{
    chats::{CUSTOMER, NUMBER, Shop},
    given,
};

/// How soon colleagues see it.
const AT_ONCE: Duration = Duration::from_secs(1);

impl Socket {
    async fn types(&mut self, chat_id: &str) {
        self.say(&json!({"type": "typing", "chatId": chat_id}).to_string())
            .await;
    }

    async fn views(&mut self, chat_id: Option<&str>) {
        self.say(&json!({"type": "viewing", "chatId": chat_id}).to_string())
            .await;
    }

    /// The next that is told of the agent's presence.
    async fn presence_of(&mut self, agent: &Owner) -> Value {
        loop {
            let frame = self.next_of("presence").await;
            assert!(frame.get("seq").is_none(), "{frame}");
            let agents = frame["data"]["agents"].as_array().unwrap();
            if let Some(agent) = agents.iter().find(|one| one["id"] == agent.user_id) {
                return agent.clone();
            }
        }
    }
}

async fn shows_typing(shop: &Shop, agent: &Owner) {
    let path = format!("/api/chats/{}/typing", shop.chat_id);
    let answer = agent.client.post(&path, json!({})).await;
    answer.assert_status(204);
}

fn typing_shown(shop: &Shop) -> usize {
    let calls = shop.app.cloud_api.calls();
    let shown = |call: &&Call| matches!(call, Call::ShowTyping { .. });
    calls.iter().filter(shown).count()
}

#[tokio::test]
async fn colleagues_see_each_other_come_and_go_once_for_all_their_tabs() {
    let shop = Shop::open().await;
    let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let mut ana = Socket::open(&shop.owner, None).await;
    let first = ana.next_of_all().await;
    assert_eq!(
        (&first["type"], &first["data"]["all"]),
        (&json!("presence"), &json!(true))
    );

    let tab = Socket::open(&ben, None).await;
    let came = ana.presence_of(&ben).await;
    assert_eq!(
        (&came["online"], &came["viewing"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(came["firstName"], "Ana");
    let mut other_tab = Socket::open(&ben, None).await;
    other_tab.views(Some(&shop.chat_id)).await;
    let sent = Instant::now();
    let views = ana.presence_of(&ben).await;
    assert!(sent.elapsed() < AT_ONCE);
    assert_eq!(
        views["viewing"],
        json!([shop.chat_id]),
        "another tab was no news"
    );

    // Who comes is told all.
    let mut late = Socket::open(&shop.owner, None).await;
    let all = late.next_of_all().await;
    assert_eq!(all["data"]["agents"].as_array().unwrap().len(), 2, "{all}");
    assert_eq!(late_of(&all, &ben)["viewing"], json!([shop.chat_id]));

    drop(tab);
    other_tab.views(None).await;
    let views = ana.presence_of(&ben).await;
    assert_eq!(
        (&views["online"], &views["viewing"]),
        (&json!(true), &json!([]))
    );
    drop(other_tab);
    assert_eq!(ana.presence_of(&ben).await["online"], false);
}

fn late_of(frame: &Value, agent: &Owner) -> Value {
    let agents = frame["data"]["agents"].as_array().unwrap();
    let agent = agents.iter().find(|one| one["id"] == agent.user_id);
    agent.unwrap().clone()
}

#[tokio::test]
async fn who_types_is_seen_until_the_answer_is_sent() {
    let shop = Shop::open().await;
    let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let mut ana = Socket::open(&shop.owner, None).await;
    let mut bens = Socket::open(&ben, None).await;
    bens.types(&shop.chat_id).await;
    let sent = Instant::now();
    let typing = ana.next_of("typing").await;
    assert!(sent.elapsed() < AT_ONCE);
    assert!(typing.get("seq").is_none());
    assert_eq!(typing["data"]["chatId"], shop.chat_id);
    assert_eq!(typing["data"]["agent"]["id"], ben.user_id);
    assert_eq!(typing["data"]["typing"], true);
    // Who comes now sees it too.
    let mut late = Socket::open(&shop.owner, None).await;
    assert_eq!(late.next_of("typing").await, typing);

    let path = format!("/api/chats/{}/messages", shop.chat_id);
    let text = json!({"type": "text", "text": {"body": "Yes"}});
    ben.client.post(&path, text).await.assert_status(202);
    ana.next_of("message.queued").await;
    let stopped = ana.next_of("typing").await;
    assert_eq!(stopped["data"]["typing"], false);
    // Ben was told nothing of his own typing.
    bens.say(r#"{"type": "ping"}"#).await;
    loop {
        let frame = bens.next_of_all().await;
        assert_ne!(frame["type"], "typing");
        if frame["type"] == "pong" {
            break;
        }
    }
}

#[tokio::test]
async fn typing_that_is_not_said_again_ends_by_itself() {
    let shop = Shop::open().await;
    let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let mut ana = Socket::open(&shop.owner, None).await;
    shows_typing(&shop, &ben).await;
    assert_eq!(ana.next_of("typing").await["data"]["typing"], true);
    assert_eq!(ana.next_of("typing").await["data"]["typing"], false);
}

#[tokio::test]
async fn nobody_types_in_strangers_chats_nor_is_seen_by_strangers() {
    let shop = Shop::open().await;
    let stranger = shop.app.register("Sol").await;
    let mut ana = Socket::open(&shop.owner, None).await;
    let mut foreign = Socket::open(&stranger, None).await;
    foreign.types(&shop.chat_id).await;
    assert_eq!(foreign.next().await["code"], "not_found");
    foreign.views(Some(&shop.chat_id)).await;
    assert_eq!(foreign.next().await["code"], "not_found");
    for nonsense in [r#"{"type":"typing"}"#, r#"{"type":"viewing","chatId":1}"#] {
        foreign.say(nonsense).await;
        assert_eq!(foreign.next().await["code"], "unknown_frame");
    }
    ana.types(&shop.chat_id).await;
    ana.say(r#"{"type": "ping"}"#).await;
    ana.next_of("pong").await;
    foreign.say(r#"{"type": "ping"}"#).await;
    loop {
        let frame = foreign.next_of_all().await;
        if frame["type"] == "pong" {
            break;
        }
        assert_eq!(frame["type"], "presence");
        for agent in frame["data"]["agents"].as_array().unwrap() {
            assert_eq!(agent["id"], stranger.user_id);
        }
    }
}

#[tokio::test]
async fn the_customer_sees_that_somebody_types_but_meta_is_not_asked_all_the_time() {
    let shop = Shop::open().await;
    for _ in 0..3 {
        shows_typing(&shop, &shop.owner).await;
    }
    shop.app.run_jobs().await;
    assert_eq!(typing_shown(&shop), 1);
}

#[tokio::test]
async fn a_customer_is_not_shown_what_the_account_does_not_show_or_what_is_late() {
    let shop = Shop::open().await;
    shows_typing(&shop, &shop.owner).await;
    shop.app.clock.advance(Duration::from_secs(11));
    shop.app.run_jobs().await;
    assert_eq!(typing_shown(&shop), 0, "nobody types any more");

    let path = format!("/api/whatsapp/accounts/{}", shop.account_id);
    let silent = json!({"sendReadReceipts": false});
    shop.owner
        .client
        .put(&path, silent)
        .await
        .assert_status(200);
    shop.app.customer_writes(NUMBER, CUSTOMER, "Well?").await;
    shop.app.clock.advance(Duration::from_secs(20));
    shows_typing(&shop, &shop.owner).await;
    shop.app.run_jobs().await;
    assert_eq!(typing_shown(&shop), 0);
}

#[tokio::test]
async fn a_token_that_meta_refuses_for_typing_pauses_the_account() {
    let shop = Shop::open().await;
    let refused = CloudApiError::Refused(MetaError {
        code: 190,
        ..MetaError::default()
    });
    let answer = Answer::Fail(refused);
    shop.app.cloud_api.answer_next(CallKind::ShowTyping, answer);
    shows_typing(&shop, &shop.owner).await;
    shop.app.run_jobs().await;
    let path = format!("/api/whatsapp/accounts/{}", shop.account_id);
    let account = shop.owner.client.get(&path).await.json();
    assert_eq!(account["status"], "needs_reauth");
}
