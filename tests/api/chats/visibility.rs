//! Agents who see only what is theirs or nobody's.

use domain::organizations::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, messages_body},
    client::{Answer, Owner},
    stores::backends,
};

use super::{CUSTOMER, NUMBER, Shop, files::JPEG, id_of};
use crate::given;

const SETTINGS: &str = "/api/chats/assignment-settings";
const SEND_TO: &str = "/api/whatsapp/messages";
const OTHER_CUSTOMER: &str = "14155550199";

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
fn everything(
    shop: &Shop,
    note: &str,
    media: &str,
    message: &str,
) -> Vec<(Method, String, Value, u16)> {
    let path = shop.path();
    let replies = format!("/api/canned-replies?chatId={}", shop.chat_id);
    let reads = [
        (path.clone(), 200),
        (format!("{path}/messages"), 200),
        (format!("{path}/messages?around={message}"), 200),
        (format!("{path}/notes"), 200),
        (format!("{path}/notes/{note}"), 200),
        (format!("{path}/export"), 200),
        (replies, 200),
        (format!("/api/media/{media}"), 302),
    ];
    let text = json!({"type": "text", "text": {"body": "Hello"}});
    let to = json!({"to": format!("+{CUSTOMER}"), "type": "text", "text": {"body": "Hello"}});
    let mine = json!({"text": "Mine"});
    let writes = [
        (Method::POST, format!("{path}/notes"), mine.clone(), 201),
        // It is the owner's.
        (Method::PUT, format!("{path}/notes/{note}"), mine, 403),
        (Method::POST, format!("{path}/read"), json!({}), 200),
        (Method::POST, format!("{path}/typing"), json!({}), 204),
        (Method::POST, format!("{path}/messages"), text, 202),
        (Method::POST, SEND_TO.to_owned(), to, 202),
        (Method::PUT, path, json!({"priority": "high"}), 200),
    ];
    let reads = reads.map(|(path, status)| (Method::GET, path, Value::Null, status));
    reads.into_iter().chain(writes).collect()
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
        let everything = everything(&shop, &note, &media, &id_of(&last));
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
                // The person is known, so that there is something to say of the chat.
                let hidden = if path == SEND_TO { 409 } else { 404 };
                let expected = if sees { *status } else { hidden };
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
            // Customers and contacts stay everybody's.
            let contacts = agent.client.get("/api/whatsapp/contacts").await.data();
            assert_eq!(contacts.len(), 1);
        }
    }
}

#[tokio::test]
async fn whoever_writes_to_a_person_whose_chat_is_out_of_sight_is_told_why_not() {
    let shop = Shop::open().await;
    shop.lets_agents_see("own_and_unassigned").await;
    let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    shop.gives_chat_to(json!(shop.owner.user_id)).await;
    let before = shop.owner.messages(&shop.chat_id).await.len();
    let customer = shop.chat().await["customer"]["id"].clone();
    for to in [json!(format!("+{CUSTOMER}")), customer] {
        let text = json!({"to": to, "type": "text", "text": {"body": "Hello"}});
        let refused = agent.client.post(SEND_TO, text).await;
        refused.assert_problem(409, "chat_out_of_sight");
    }
    assert_eq!(shop.owner.messages(&shop.chat_id).await.len(), before);
}

#[tokio::test]
async fn figures_count_what_is_in_sight() {
    for backend in backends() {
        let shop = Shop::on(TestApp::on(backend).await).await;
        let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
        shop.app
            .customer_writes(NUMBER, OTHER_CUSTOMER, "Hello")
            .await;
        let chats = shop.owner.chats().await;
        for (chat, labels) in chats
            .iter()
            .zip([json!(["VIP"]), json!(["vip", "returns"])])
        {
            let path = format!("/api/chats/{}", id_of(chat));
            let labelled = shop
                .owner
                .client
                .put(&path, json!({"labels": labels}))
                .await;
            labelled.assert_status(200);
        }
        shop.gives_chat_to(json!(shop.owner.user_id)).await;
        shop.lets_agents_see("own_and_unassigned").await;
        let mut people = shop.owner.client.get("/api/customers").await.data();
        people.retain(|one| one["phoneNumber"] == format!("+{CUSTOMER}"));
        let shown = people.remove(0);
        let other = json!({"firstName": "Luz", "phoneNumber": "+14155552671"});
        let other = shop.owner.client.post("/api/customers", other).await;
        let preview = format!(
            "/api/customers/{}/merge-preview?otherId={}",
            id_of(&other.json()),
            id_of(&shown)
        );
        for (person, of_vip, labels, unread, moved) in
            [(&agent, 1, 1, 1, 0), (&shop.owner, 2, 2, 2, 1)]
        {
            let counts = person.client.get("/api/labels").await.data();
            assert_eq!(counts.len(), labels, "{counts:?}");
            assert_eq!(counts[0]["chatCount"], of_vip);
            let path = "/api/chats?unread=true&include=total";
            assert_eq!(person.client.get(path).await.json()["total"], unread);
            let preview = person.client.get(&preview).await.assert_status(200).json();
            assert_eq!(preview["moved"]["chats"], moved);
            assert_eq!(preview["moved"]["contacts"], 1);
        }
    }
}

#[tokio::test]
async fn a_file_is_had_by_whoever_sees_a_chat_with_it_or_brought_it() {
    for backend in backends() {
        let shop = Shop::on(TestApp::on(backend).await).await;
        let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
        shop.lets_agents_see("own_and_unassigned").await;
        shop.app
            .customer_writes(NUMBER, OTHER_CUSTOMER, "Hello")
            .await;
        let mut chats = shop.owner.chats().await;
        chats.retain(|chat| chat["id"] != shop.chat_id);
        let others = format!("/api/chats/{}/messages", id_of(&chats[0]));
        let media = shop.uploads().await;
        let image = json!({"type": "image", "image": {"mediaId": media}});
        let path = format!("/api/media/{media}");
        let status = async || agent.client.get(&path).await.status;
        assert_eq!(status().await, 404, "nobody has sent it yet");
        shop.sends(image.clone()).await.assert_status(202);
        assert_eq!(status().await, 302);
        shop.gives_chat_to(json!(shop.owner.user_id)).await;
        assert_eq!(status().await, 404);
        assert_eq!(shop.owner.client.get(&path).await.status, 302);
        // Nor is it had by sending it on.
        let header = json!({"name": "menu", "language": "en_US", "headerMediaId": media});
        for (message, pointer) in [
            (image.clone(), "/image/mediaId"),
            (
                json!({"type": "template", "template": header}),
                "/template/headerMediaId",
            ),
        ] {
            let refused = agent.client.post(&others, message).await;
            refused.assert_invalid(pointer);
        }
        shop.owner
            .client
            .post(&others, image)
            .await
            .assert_status(202);
        assert_eq!(status().await, 302, "it is in another chat as well");

        let own = agent
            .uploads("menu.jpg", JPEG)
            .await
            .assert_status(201)
            .json();
        let path = format!("/api/media/{}", id_of(&own));
        assert_eq!(agent.client.get(&path).await.status, 302);
    }
}

#[tokio::test]
async fn nothing_is_told_of_a_message_out_of_sight_by_reacting_to_it() {
    let shop = Shop::open().await;
    let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    shop.app
        .customer_writes(NUMBER, OTHER_CUSTOMER, "Hello")
        .await;
    let unsent = shop.queues("Yes").await;
    let mut chats = shop.owner.chats().await;
    chats.retain(|chat| chat["id"] != shop.chat_id);
    let path = format!("/api/chats/{}/messages", id_of(&chats[0]));
    shop.lets_agents_see("own_and_unassigned").await;
    for (assignee, code) in [
        (Value::Null, "not_sent"),
        (json!(shop.owner.user_id), "not_found"),
    ] {
        shop.gives_chat_to(assignee).await;
        let reaction = json!({"messageId": unsent, "emoji": "👍"});
        let reaction = json!({"type": "reaction", "reaction": reaction});
        let refused = agent.client.post(&path, reaction).await;
        refused.assert_status(422);
        assert_eq!(refused.json()["errors"][0]["code"], code);
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
