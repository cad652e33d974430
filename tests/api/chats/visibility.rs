//! Agents who see only what is theirs or nobody's.

use domain::organizations::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, messages_body},
    client::{Answer, Owner},
    stores::backends,
};

use super::{CUSTOMER, NUMBER, Shop, id_of};
use crate::given;

const SETTINGS: &str = "/api/chats/assignment-settings";

impl Shop {
    pub(crate) async fn lets_agents_see(&self, what: &str) {
        let settings = json!({"agentsSee": what});
        let answer = self.owner.client.put(SETTINGS, settings).await;
        assert_eq!(answer.assert_status(200).json()["agentsSee"], what);
    }

    pub(crate) async fn gives_chat_to(&self, assignee: Value) {
        let seen = self.owner.client.get(&self.path()).await;
        let version = seen.header("etag").unwrap().to_owned();
        let request = self.owner.client.request(Method::PUT, &self.path());
        let request = request.header("if-match", &version);
        let answer = request.json(&json!({"assigneeId": assignee})).send().await;
        answer.assert_status(200);
    }
}

/// Everything that can be done with a chat, with what it answers to who sees it.
async fn everything(
    shop: &Shop,
    note: &str,
    media: &str,
    message: &str,
) -> Vec<(Method, String, Value, u16)> {
    let path = shop.path();
    let text = json!({"type": "text", "text": {"body": "Hello"}});
    let to = json!({"to": format!("+{CUSTOMER}"), "type": "text", "text": {"body": "Hello"}});
    let none = Value::Null;
    vec![
        (Method::GET, path.clone(), none.clone(), 200),
        (Method::GET, format!("{path}/messages"), none.clone(), 200),
        (
            Method::GET,
            format!("{path}/messages?around={message}"),
            none.clone(),
            200,
        ),
        (Method::GET, format!("{path}/notes"), none.clone(), 200),
        (
            Method::GET,
            format!("{path}/notes/{note}"),
            none.clone(),
            200,
        ),
        (Method::GET, format!("{path}/export"), none.clone(), 200),
        (
            Method::GET,
            format!("/api/canned-replies?chatId={}", shop.chat_id),
            none.clone(),
            200,
        ),
        (Method::GET, format!("/api/media/{media}"), none, 302),
        (
            Method::POST,
            format!("{path}/notes"),
            json!({"text": "Mine"}),
            201,
        ),
        (Method::POST, format!("{path}/read"), json!({}), 200),
        (Method::POST, format!("{path}/typing"), json!({}), 204),
        (Method::POST, format!("{path}/messages"), text, 202),
        (Method::POST, "/api/whatsapp/messages".to_owned(), to, 202),
        (Method::PUT, path, json!({"priority": "high"}), 200),
    ]
}

async fn asks(agent: &Owner, method: &Method, path: &str, body: &Value) -> Answer {
    let request = agent.client.request(method.clone(), path);
    let request = if body.is_null() {
        request
    } else {
        request.json(body)
    };
    request.send().await
}

#[tokio::test]
async fn whatever_is_done_with_a_chat_out_of_sight_finds_none() {
    for backend in backends() {
        let shop = Shop::on(TestApp::on(backend).await).await;
        let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
        let admin = given::colleague(&shop.app, &shop.owner, Role::Admin).await;
        shop.app.cloud_api.add_media("M1", "image/jpeg", "a photo");
        let photo = json!({
            "from": CUSTOMER, "id": "wamid.photo", "timestamp": shop.app.now().to_string(),
            "type": "image", "image": {"id": "M1", "mime_type": "image/jpeg"},
        });
        shop.app
            .receive(&messages_body(NUMBER, CUSTOMER, &[photo]))
            .await;
        let last = shop.chat().await["lastMessage"].clone();
        let media = last["image"]["mediaId"].as_str().unwrap().to_owned();
        let notes = format!("{}/notes", shop.path());
        let note = shop.owner.client.post(&notes, json!({"text": "VIP"})).await;
        let note = id_of(&note.assert_status(201).json());
        let everything = everything(&shop, &note, &media, &id_of(&last)).await;
        let no_body = json!({});
        let retry = format!("{}/messages/{}/retry", shop.path(), id_of(&last));

        for (setting, assignee, sees) in [
            ("all", json!(shop.owner.user_id), true),
            ("own_and_unassigned", json!(shop.owner.user_id), false),
            ("own_and_unassigned", json!(agent.user_id), true),
            ("own_and_unassigned", Value::Null, true),
        ] {
            shop.lets_agents_see(setting).await;
            shop.gives_chat_to(assignee.clone()).await;
            for (method, path, body, status) in &everything {
                let told = format!("{setting} {assignee} {method} {path}");
                let answer = asks(&agent, method, path, body).await;
                let expected = if sees { *status } else { 404 };
                assert_eq!(answer.status, expected, "{told}: {}", answer.text());
                let answer = asks(&admin, method, path, body).await;
                assert_eq!(answer.status, *status, "{told}: {}", answer.text());
            }
            let retried = asks(&agent, &Method::POST, &retry, &no_body).await;
            assert_eq!(retried.status, if sees { 409 } else { 404 });
            for path in ["/api/chats?include=total", "/api/messages/search?q=hola"] {
                let found = agent.client.get(path).await.assert_status(200).json();
                assert_eq!(
                    !found["data"].as_array().unwrap().is_empty(),
                    sees,
                    "{path}"
                );
                let total = found.get("total").cloned();
                assert!(total.is_none_or(|total| total == u64::from(sees)));
            }
            let path = format!("/api/whatsapp/messages?contact=%2B{CUSTOMER}");
            let messages = agent.client.get(&path).await.assert_status(200).data();
            assert_eq!(!messages.is_empty(), sees);
            // Customers stay everybody's.
            let contacts = agent.client.get("/api/whatsapp/contacts").await.data();
            assert_eq!(contacts.len(), 1);
        }
    }
}

#[tokio::test]
async fn who_claims_a_chat_of_nobodys_takes_it_out_of_the_others_sight() {
    let shop = Shop::open().await;
    shop.lets_agents_see("own_and_unassigned").await;
    let ben = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let eva = crate::invitations::joins(&shop.app, &shop.owner, "eva@example.com", "agent").await;
    let claim = async |agent: &Owner| {
        let claim = json!({"assigneeId": agent.user_id});
        agent.client.put(&shop.path(), claim).await
    };
    claim(&ben).await.assert_status(200);
    claim(&eva).await.assert_problem(404, "not_found");
    assert!(eva.chats().await.is_empty());
    // Ben may give it away, and then it is out of his sight.
    shop.gives_chat_to(json!(eva.user_id)).await;
    assert_eq!(eva.chats().await.len(), 1);
    ben.client
        .get(&shop.path())
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test]
async fn what_agents_see_is_for_admins_to_decide() {
    let shop = Shop::open().await;
    let settings = shop.owner.client.get(SETTINGS).await.json();
    assert_eq!(settings["agentsSee"], "all");
    let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let wish = json!({"agentsSee": "own_and_unassigned"});
    let refused = agent.client.put(SETTINGS, wish).await;
    refused.assert_problem(403, "forbidden");
    let nonsense = json!({"agentsSee": "nothing"});
    let refused = shop.owner.client.put(SETTINGS, nonsense).await;
    refused.assert_invalid("/agentsSee");
}
