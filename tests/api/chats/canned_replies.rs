//! What is often answered, to be had by a few keys.

use std::time::Duration;

use domain::organizations::Role;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::client::Owner;

use super::{NUMBER, Shop, id_of};
use crate::given;

const PATH: &str = "/api/canned-replies";

async fn keeps(person: &Owner, shortcut: &str, text: &str) -> Value {
    let body = json!({"shortcut": shortcut, "text": text});
    let answer = person.client.post(PATH, body).await;
    answer.assert_status(201).json()
}

#[tokio::test]
async fn any_agent_keeps_finds_changes_and_removes_canned_replies() {
    let shop = Shop::open().await;
    let agent = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let body = json!({"shortcut": "hours", "text": "Abrimos mañana a las 9."});
    let answer = agent.client.post(PATH, body).await;
    let hours = answer.assert_status(201).json();
    assert_eq!(hours["shortcut"], "hours");
    assert_eq!(hours["version"], 1);
    assert!(hours.get("renderedText").is_none());
    let path = answer.header("location").unwrap().to_owned();
    let found = shop.owner.client.get(&path).await;
    assert_eq!(found.assert_status(200).json(), hours);

    shop.app.clock.advance(Duration::from_secs(1));
    let thanks = keeps(&shop.owner, "thank-you", "¡GRACIAS!").await;
    for (query, expected) in [
        ("", vec![&thanks, &hours]),
        ("?search=MANANA", vec![&hours]),
        ("?search=Thank-", vec![&thanks]),
        ("?search=%20", vec![&thanks, &hours]),
        ("?search=nothing", vec![]),
    ] {
        let list = agent.client.get(&format!("{PATH}{query}")).await;
        let list = list.assert_status(200).data();
        assert_eq!(list.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let counted = format!("{PATH}?search=a&include=total&limit=1");
    let counted = agent.client.get(&counted).await;
    let counted = counted.assert_status(200).json();
    assert_eq!(counted["total"], 2);
    assert!(counted["nextCursor"].is_string());

    let changed = agent.client.put(&path, json!({"text": "A las 10."})).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let changed = changed.assert_status(200).json();
    assert_eq!(changed["shortcut"], "hours");
    assert_eq!(changed["text"], "A las 10.");
    let same = agent.client.put(&path, json!({"shortcut": "hours"})).await;
    assert_eq!(same.assert_status(200).json(), changed);
    for method in [Method::PUT, Method::DELETE] {
        let request = shop.owner.client.request(method, &path);
        let body = json!({"text": "At 11."});
        let stale = request.header("if-match", "\"1\"").json(&body).send().await;
        stale.assert_problem(412, "version_mismatch");
    }
    agent.client.delete(&path).await.assert_status(204);
    let gone = agent.client.get(&path).await;
    gone.assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_shortcut_is_had_by_one_canned_reply_and_the_refusal_says_which() {
    let shop = Shop::open().await;
    let hello = keeps(&shop.owner, "hello", "Hello").await;
    let bye = keeps(&shop.owner, "bye", "Bye").await;
    let body = json!({"shortcut": "hello", "text": "Hi"});
    let taken = shop.owner.client.post(PATH, body.clone()).await;
    let problem = taken.assert_problem(409, "shortcut_taken");
    assert_eq!(problem["existingId"], hello["id"]);
    let path = format!("{PATH}/{}", id_of(&bye));
    let taken = shop.owner.client.put(&path, body.clone()).await;
    let problem = taken.assert_problem(409, "shortcut_taken");
    assert_eq!(problem["existingId"], hello["id"]);
    let unchanged = shop.owner.client.get(&path).await;
    assert_eq!(unchanged.json(), bye);

    let other = shop.app.register("Sol").await;
    other.client.post(PATH, body).await.assert_status(201);

    let at_once = (0..4).map(|_| {
        let body = json!({"shortcut": "once", "text": "Only"});
        shop.owner.client.post(PATH, body)
    });
    let mut statuses: Vec<_> = join_all(at_once).await.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
}

#[tokio::test]
async fn a_canned_reply_is_filled_in_for_a_chat() {
    let shop = Shop::open().await;
    shop.app.clock.advance(Duration::from_secs(1));
    let text = "Hi {{customer.firstName|friend}}, {{agent.firstName}} of {{organization.name}}. \
         {{customer.fullName}}, {{customer.phoneNumber}}";
    let reply = keeps(&shop.owner, "hi", text).await;
    let expected = "Hi Sheena, Ana of Luna. Sheena Nelson, +16505551234";
    let list = format!("{PATH}?chatId={}", shop.chat_id);
    let list = shop.owner.client.get(&list).await.assert_status(200).data();
    assert_eq!(list[0]["renderedText"], expected);
    assert_eq!(list[0]["text"], text);
    let one = format!("{PATH}/{}?chatId={}", id_of(&reply), shop.chat_id);
    let one = shop.owner.client.get(&one).await.assert_status(200).json();
    assert_eq!(one["renderedText"], expected);

    let other = shop.app.register("Sol").await;
    other.connects("206540352242922").await;
    keeps(&other, "hi", text).await;
    let foreign = format!("{PATH}?chatId={}", shop.chat_id);
    let foreign = other.client.get(&foreign).await;
    foreign.assert_problem(404, "not_found");
    let nonsense = other.client.get(&format!("{PATH}?chatId=1")).await;
    nonsense.assert_invalid("/chatId");
}

#[tokio::test]
async fn what_a_customer_is_called_cannot_bring_in_variables() {
    let shop = Shop::open().await;
    let message = json!({
        "from": "16505559999", "id": "wamid.sly", "timestamp": shop.app.now().to_string(),
        "type": "text", "text": {"body": "Hi"},
    });
    let body = tests::app::messages_body(NUMBER, "16505559999", &[message]);
    let body = String::from_utf8(body).unwrap();
    let body = body.replace("Sheena Nelson", "{{agent.lastName}}");
    shop.app.receive(body.as_bytes()).await;
    let chats = shop.owner.chats().await;
    let chat = chats.iter().find(|chat| id_of(chat) != shop.chat_id);
    keeps(&shop.owner, "hi", "Hi {{customer.firstName}}").await;
    let list = format!("{PATH}?chatId={}", id_of(chat.unwrap()));
    let list = shop.owner.client.get(&list).await.assert_status(200).data();
    assert_eq!(list[0]["renderedText"], "Hi {{agent.lastName}}");
}

#[tokio::test]
async fn what_cannot_be_a_canned_reply_is_refused_with_all_its_faults() {
    let shop = Shop::open().await;
    let body = json!({
        "shortcut": "Hello!",
        "text": "Ñ {{customer.age}} {{shop}} {{agent.firstName",
    });
    let answer = shop.owner.client.post(PATH, body).await;
    let problem = answer.assert_problem(422, "invalid");
    let told: Vec<_> = problem["errors"].as_array().unwrap().iter().collect();
    let codes: Vec<_> = told
        .iter()
        .map(|fault| {
            (
                fault["pointer"].as_str().unwrap(),
                fault["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        codes,
        [
            ("/shortcut", "invalid_shortcut"),
            ("/text", "unknown_variable"),
            ("/text", "unknown_variable"),
            ("/text", "unclosed_variable"),
        ]
    );
    let detail = told[1]["detail"].as_str().unwrap();
    assert!(
        detail.contains("`customer.age`, as at character 3;"),
        "{detail}"
    );
    assert!(detail.contains("customer.firstName, "), "{detail}");
    for (body, pointer) in [
        (json!({"text": "Hi"}), "/shortcut"),
        (json!({"shortcut": "hi"}), "/text"),
        (json!({"shortcut": "hi", "text": " "}), "/text"),
        (json!({"shortcut": "hi", "text": "a".repeat(4097)}), "/text"),
        (
            json!({"shortcut": "h".repeat(33), "text": "a"}),
            "/shortcut",
        ),
        (
            json!({"shortcut": "hi", "text": "a", "colour": "red"}),
            "/colour",
        ),
    ] {
        let answer = shop.owner.client.post(PATH, body).await;
        answer.assert_invalid(pointer);
    }
}
