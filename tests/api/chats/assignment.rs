//! Who has a chat.

use domain::organizations::Role;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::backends,
};

use super::{CUSTOMER, NUMBER, Shop, id_of};
use crate::{given, invitations::joins, realtime::Socket};

async fn gives(shop: &Shop, by: &Owner, to: Value) -> Answer {
    let change = json!({"assigneeId": to});
    by.client.put(&shop.path(), change).await
}

/// After having seen the chat as it is.
async fn gives_knowingly(shop: &Shop, by: &Owner, to: Value) -> Answer {
    let seen = by.client.get(&shop.path()).await;
    let request = by.client.request(Method::PUT, &shop.path());
    let request = request.header("if-match", seen.header("etag").unwrap());
    request.json(&json!({"assigneeId": to})).send().await
}

#[tokio::test]
async fn a_chat_that_nobody_has_goes_to_who_is_named() {
    let shop = Shop::open().await;
    let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let mut socket = Socket::open(&ben, None).await;
    let answer = gives(&shop, &shop.owner, json!(ben.user_id)).await;
    let assignee = json!({"id": ben.user_id, "firstName": "Ana", "lastName": "Paz"});
    assert_eq!(answer.assert_status(200).json()["assignee"], assignee);
    assert_eq!(shop.owner.chats().await[0]["assignee"], assignee);
    let told = socket.next_of("chat.updated").await;
    assert_eq!(told["data"]["chat"]["assignee"], assignee);
    // Resolved and opened again, it stays theirs.
    for status in ["resolved", "open"] {
        let changed = shop.changes(json!({"status": status})).await;
        assert_eq!(changed.assert_status(200).json()["assignee"], assignee);
    }
}

#[tokio::test]
async fn of_agents_who_claim_a_chat_at_once_one_gets_it_and_the_others_learn_who() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let account_id = owner.connects(NUMBER).await;
        app.customer_writes(NUMBER, CUSTOMER, "Hola").await;
        let mut agents = Vec::new();
        for name in ["ben", "eva", "ina", "leo"] {
            let email = format!("{name}@example.com");
            agents.push(joins(&app, &owner, &email, "agent").await);
        }
        let chat_id = id_of(&owner.chats().await[0]);
        let shop = Shop {
            app,
            owner,
            account_id,
            chat_id,
        };
        let claims = agents.iter().map(|by| gives(&shop, by, json!(by.user_id)));
        let answers = join_all(claims).await;
        let has_it = shop.chat().await["assignee"]["id"].clone();
        let mut won = 0;
        for (answer, agent) in answers.iter().zip(&agents) {
            if has_it == agent.user_id {
                answer.assert_status(200);
                won += 1;
            } else {
                let problem = answer.assert_problem(409, "chat_already_assigned");
                assert_eq!(problem["detail"], "Ben Sol has this chat");
            }
        }
        assert_eq!(won, 1);
        assert_eq!(shop.chat().await["version"], 2);
    }
}

#[tokio::test]
async fn a_chat_is_taken_from_somebody_by_naming_the_version_alone() {
    let shop = Shop::open().await;
    let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let (me, his) = (json!(shop.owner.user_id), json!(ben.user_id));
    gives(&shop, &ben, his.clone()).await.assert_status(200);
    for to in [me.clone(), Value::Null] {
        let refused = gives(&shop, &shop.owner, to).await;
        refused.assert_problem(409, "chat_already_assigned");
    }
    // That he has it is so already.
    let same = gives(&shop, &shop.owner, his.clone()).await;
    assert_eq!(same.assert_status(200).json()["version"], 2);
    let taken = gives_knowingly(&shop, &shop.owner, me).await;
    assert_eq!(
        taken.assert_status(200).json()["assignee"]["id"],
        shop.owner.user_id
    );
    // Whoever has it may hand it on, and back.
    gives(&shop, &shop.owner, his).await.assert_status(200);
    let freed = gives(&shop, &ben, Value::Null).await;
    assert_eq!(freed.assert_status(200).json()["assignee"], Value::Null);
}

#[tokio::test]
async fn a_chat_goes_to_active_members_alone() {
    let shop = Shop::open().await;
    let stranger = shop.app.register("Sol").await;
    let idle = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let gone = given::colleague(&shop.app, &shop.owner, Role::Admin).await;
    let path = format!("/api/members/{}", idle.user_id);
    let deactivation = json!({"active": false});
    shop.owner
        .client
        .put(&path, deactivation)
        .await
        .assert_status(200);
    let path = format!("/api/members/{}", gone.user_id);
    shop.owner.client.delete(&path).await.assert_status(204);
    for id in [
        &stranger.user_id,
        &idle.user_id,
        &gone.user_id,
        &shop.chat_id,
    ] {
        let refused = gives(&shop, &shop.owner, json!(id)).await;
        refused.assert_invalid("/assigneeId");
        assert_eq!(refused.json()["errors"][0]["code"], "not_a_member");
    }
    let refused = gives(&shop, &shop.owner, json!("me")).await;
    refused.assert_invalid("/assigneeId");
    assert_eq!(shop.chat().await["assignee"], Value::Null);
}

#[tokio::test]
async fn who_leaves_or_is_deactivated_has_no_chats_any_more() {
    for removal in [true, false] {
        let shop = Shop::open().await;
        let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
        gives(&shop, &ben, json!(ben.user_id))
            .await
            .assert_status(200);
        let mut socket = Socket::open(&shop.owner, None).await;
        let path = format!("/api/members/{}", ben.user_id);
        if removal {
            shop.owner.client.delete(&path).await.assert_status(204);
        } else {
            let deactivation = json!({"active": false});
            let answer = shop.owner.client.put(&path, deactivation).await;
            answer.assert_status(200);
        }
        assert_eq!(shop.chat().await["assignee"], Value::Null);
        let told = socket.next_of("chat.updated").await;
        assert_eq!(told["data"]["chat"]["assignee"], Value::Null);
        let mine = gives(&shop, &shop.owner, json!(shop.owner.user_id)).await;
        mine.assert_status(200);
    }
}

#[tokio::test]
async fn everybody_finds_the_own_chats_and_those_that_nobody_has() {
    let shop = Shop::open().await;
    let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    shop.app.customer_writes(NUMBER, "16505550000", "Hi").await;
    gives(&shop, &ben, json!(ben.user_id))
        .await
        .assert_status(200);
    let his = format!("assignee={}", ben.user_id);
    for (by, query, found) in [
        (&ben, "assignee=me", 1),
        (&shop.owner, "assignee=me", 0),
        (&shop.owner, "assignee=none", 1),
        (&shop.owner, &his, 1),
        (&ben, "assignee=me&status=open&unread=true", 1),
        (&ben, "assignee=me&status=resolved", 0),
    ] {
        let answer = by
            .client
            .get(&format!("/api/chats?include=total&{query}"))
            .await;
        let list = answer.assert_status(200).json();
        assert_eq!(list["data"].as_array().unwrap().len(), found, "{query}");
        assert_eq!(list["total"], found, "{query}");
    }
    let refused = shop.owner.client.get("/api/chats?assignee=you").await;
    refused.assert_invalid("/assignee");
}
