use std::time::Duration;

use domain::{id::Id, organizations::Role};
use serde_json::{Value, json};
use tests::app::messages_body;

use super::{CUSTOMER, NUMBER, Shop, id_of};
use crate::given;

impl Shop {
    async fn searches(&self, query: &str) -> Vec<Value> {
        let path = format!("/api/messages/search?{query}");
        self.owner.client.get(&path).await.assert_status(200).data()
    }

    async fn hears(&self, texts: &[&str]) {
        for text in texts {
            self.app.clock.advance(Duration::from_secs(1));
            self.app.customer_writes(NUMBER, CUSTOMER, text).await;
        }
    }
}

/// The texts of what was found.
fn texts(found: &[Value]) -> Vec<&str> {
    let texts = found.iter().map(|found| &found["message"]["text"]["body"]);
    texts.map(|text| text.as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_message_is_found_with_its_chat_and_the_words_that_fit() {
    let shop = Shop::open().await;
    shop.hears(&["<b>Dos CAFÉS</b>, por favor"]).await;
    let found = shop.searches("q=cafes%20fav").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["message"]["chatId"], shop.chat_id);
    assert_eq!(found[0]["chat"], shop.chat().await);
    assert_eq!(found[0]["chat"]["customer"]["name"], "Sheena Nelson");
    assert_eq!(
        found[0]["excerpt"],
        json!([
            { "text": "<b>Dos ", "isMatch": false },
            { "text": "CAFÉS", "isMatch": true },
            { "text": "</b>, por ", "isMatch": false },
            { "text": "favor", "isMatch": true },
        ])
    );
}

#[tokio::test]
async fn what_was_found_is_shown_among_what_was_said_around_it() {
    let shop = Shop::open().await;
    shop.hears(&["before", "the needle", "after"]).await;
    let found = shop.searches("q=needle").await;
    let id = id_of(&found[0]["message"]);
    let path = format!("/api/chats/{}/messages?around={id}&limit=3", shop.chat_id);
    let around = shop.owner.client.get(&path).await.assert_status(200).data();
    assert_eq!(super::bodies(&around), ["after", "the needle", "before"]);
}

#[tokio::test]
async fn what_we_write_is_found_at_once_and_filters_narrow() {
    let shop = Shop::open().await;
    shop.app.clock.advance(Duration::from_secs(1));
    shop.queues("Hola, Sheena").await;
    assert_eq!(
        texts(&shop.searches("q=hola").await),
        ["Hola, Sheena", "Hola"]
    );
    let stranger = Id::<()>::generate();
    for (filter, expected) in [
        (format!("chatId={}", shop.chat_id), 2),
        (format!("chatId={stranger}"), 0),
        ("type=text".into(), 2),
        ("type=image".into(), 0),
        ("from=2026-09-01T09:00:01Z".into(), 1),
        ("to=2026-09-01T09:00:01Z".into(), 1),
    ] {
        let found = shop.searches(&format!("q=hola&{filter}")).await;
        assert_eq!(found.len(), expected, "{filter}");
    }
}

#[tokio::test]
async fn pages_lead_on_to_what_is_older() {
    let shop = Shop::open().await;
    shop.hears(&["hola 1", "hola 2", "hola 3"]).await;
    let mut seen = Vec::new();
    let mut path = "/api/messages/search?q=hola&limit=3".to_owned();
    loop {
        let page = shop.owner.client.get(&path).await.assert_status(200).json();
        let rows = page["data"].as_array().unwrap().clone();
        seen.extend(texts(&rows).into_iter().map(str::to_owned));
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/api/messages/search?q=hola&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["hola 3", "hola 2", "hola 1", "Hola"]);
}

#[tokio::test]
async fn what_the_customer_changed_or_deleted_is_found_as_it_now_is() {
    let shop = Shop::open().await;
    let wamid = shop.app.customer_writes(NUMBER, CUSTOMER, "a secret").await;
    let other = shop.app.customer_writes(NUMBER, CUSTOMER, "a typo").await;
    let annotation = |id: &str, kind: &str, of: Value| {
        json!({ "from": CUSTOMER, "id": id, "timestamp": shop.app.now().to_string(),
            "type": kind, kind: of })
    };
    let revoke = annotation(
        "wamid.revoke",
        "revoke",
        json!({ "original_message_id": wamid }),
    );
    let edit = annotation(
        "wamid.edit",
        "edit",
        json!({
            "original_message_id": other,
            "message": { "type": "text", "text": { "body": "a correction" } },
        }),
    );
    shop.app
        .receive(&messages_body(NUMBER, CUSTOMER, &[revoke, edit]))
        .await;
    assert!(shop.searches("q=secret").await.is_empty());
    assert!(shop.searches("q=typo").await.is_empty());
    assert_eq!(texts(&shop.searches("q=corr").await), ["a correction"]);
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_refused_with_the_reason() {
    let shop = Shop::open().await;
    for (query, pointer) in [
        ("", "/q"),
        ("q=", "/q"),
        ("q=a", "/q"),
        ("q=%25%25%25", "/q"),
        (&format!("q={}", "x".repeat(201)), "/q"),
        ("q=hola&q=hello", "/q"),
        ("q=hola%00", "/q"),
        ("q=hola&type=smoke", "/type"),
        ("q=hola&from=yesterday", "/from"),
        ("q=hola&to=2026", "/to"),
        ("q=hola&chatId=1", "/chatId"),
        ("q=hola&colour=red", "/colour"),
        ("q=hola&limit=0", "/limit"),
        ("q=hola&cursor=nonsense", "/cursor"),
        ("q=hola&include=total", "/include"),
    ] {
        let path = format!("/api/messages/search?{query}");
        shop.owner.client.get(&path).await.assert_invalid(pointer);
    }
}

#[tokio::test]
async fn times_beyond_all_calendars_are_refused_or_find_nothing() {
    let shop = Shop::open().await;
    for time in ["+262142-12-31T23:59:59Z", "-262143-01-01T00:00:00Z"] {
        let time = time.replace('+', "%2B");
        let path = format!("/api/messages/search?q=hola&from={time}&to={time}");
        let answer = shop.owner.client.get(&path).await;
        assert!(matches!(answer.status, 200 | 422), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_search_shows_nothing_of_another_organization() {
    let shop = Shop::open().await;
    let colleague = given::colleague(&shop.app, &shop.owner, Role::Agent).await;
    let other = shop.app.register("Sol").await;
    let path = "/api/messages/search?q=hola";
    assert_eq!(colleague.client.get(path).await.data().len(), 1);
    assert!(other.client.get(path).await.data().is_empty());
    let path = format!("{path}&chatId={}", shop.chat_id);
    assert!(other.client.get(&path).await.data().is_empty());
    shop.app
        .anybody()
        .get(&path)
        .await
        .assert_problem(401, "unauthenticated");
}
