//! Watching what happens over a WebSocket.

mod presence;
mod sight;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tests::client::Owner;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message},
};

use crate::chats::{CUSTOMER, NUMBER, Shop, id_of};

/// Long enough for anything that should come.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(owner: &Owner, after: Option<i64>) -> Self {
        let ticket = ticket(owner).await;
        let after = after.map(|seq| format!("&after={seq}")).unwrap_or_default();
        Self(
            connect(owner, &format!("ticket={ticket}{after}"))
                .await
                .unwrap(),
        )
    }

    /// The next frame that is no presence; panics when the socket is closed.
    async fn next(&mut self) -> Value {
        loop {
            let frame = self.next_of_all().await;
            if frame["type"] != "presence" && frame["type"] != "typing" {
                return frame;
            }
        }
    }

    async fn next_of_all(&mut self) -> Value {
        loop {
            match timeout(PATIENCE, self.0.next())
                .await
                .unwrap()
                .unwrap()
                .unwrap()
            {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("no frame: {other:?}"),
            }
        }
    }

    pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next_of_all().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// With which code the server closes.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.0.next())
                .await
                .unwrap()
                .unwrap()
                .unwrap()
            {
                Message::Close(Some(frame)) => return frame.code.into(),
                Message::Close(None) => panic!("closed without a code"),
                _ => {}
            }
        }
    }
}

async fn ticket(owner: &Owner) -> String {
    let answer = owner.client.post("/api/realtime/tickets", json!({})).await;
    let ticket = answer.assert_status(201).json();
    assert_eq!(ticket["expiresIn"], 30);
    ticket["ticket"].as_str().unwrap().to_owned()
}

async fn connect(
    owner: &Owner,
    query: &str,
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, u16> {
    let url = owner.client.url().replacen("http", "ws", 1);
    match connect_async(format!("{url}/api/realtime?{query}")).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_customers_message_the_answer_and_its_ticks_are_told_in_order() {
    let shop = Shop::open().await;
    let mut socket = Socket::open(&shop.owner, None).await;

    shop.app
        .customer_writes(NUMBER, CUSTOMER, "Are you open?")
        .await;
    let received = socket.next_of("message.received").await;
    assert_eq!(received["data"]["chatId"], shop.chat_id);
    assert_eq!(received["data"]["message"]["text"]["body"], "Are you open?");
    assert_eq!(received["occurredAt"], "2026-09-01T09:00:00Z");

    let id = shop.queues("Yes").await;
    let queued = socket.next_of("message.queued").await;
    assert_eq!(queued["data"]["message"], shop.message(&id).await);
    shop.app.run_jobs().await;
    let status = socket.next_of("message.status").await;
    assert_eq!(status["data"]["messageId"], id);
    assert_eq!(status["data"]["status"], "sent");
    let order = [&received, &queued, &status].map(|frame| frame["seq"].as_i64().unwrap());
    assert!(order.is_sorted());
}

#[tokio::test]
async fn who_comes_back_is_told_what_was_missed_and_nothing_twice() {
    let shop = Shop::open().await;
    let mut socket = Socket::open(&shop.owner, None).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "0").await;
    let seen = socket.next_of("message.received").await["seq"]
        .as_i64()
        .unwrap();
    drop(socket);

    for number in 1..=3 {
        shop.app
            .customer_writes(NUMBER, CUSTOMER, &number.to_string())
            .await;
    }
    let mut socket = Socket::open(&shop.owner, Some(seen)).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "4").await;
    for number in 1..=4 {
        let frame = socket.next_of("message.received").await;
        assert_eq!(frame["data"]["message"]["text"]["body"], number.to_string());
    }
}

#[tokio::test]
async fn the_whole_log_is_replayed_from_its_beginning() {
    let shop = Shop::open().await;
    let mut socket = Socket::open(&shop.owner, Some(0)).await;
    let mut kinds = Vec::new();
    while kinds.last().is_none_or(|kind| kind != "message.received") {
        kinds.push(socket.next().await["type"].as_str().unwrap().to_owned());
    }
    assert!(kinds.contains(&"customer.created".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"chat.created".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn a_number_that_the_log_never_had_asks_for_a_fresh_start() {
    let shop = Shop::open().await;
    let mut socket = Socket::open(&shop.owner, Some(1_000_000)).await;
    let resync = socket.next().await;
    assert_eq!(resync["type"], "resync");
    shop.app.customer_writes(NUMBER, CUSTOMER, "Hi").await;
    let next = socket.next_of("message.received").await;
    assert!(next["seq"].as_i64() > resync["seq"].as_i64());
}

#[tokio::test]
async fn many_tabs_see_the_same_and_other_organizations_nothing() {
    let shop = Shop::open().await;
    let other = shop.app.register("Sol").await;
    let mut tabs = Vec::new();
    for _ in 0..20 {
        tabs.push(Socket::open(&shop.owner, None).await);
    }
    let mut foreign = Socket::open(&other, None).await;
    shop.app.customer_writes(NUMBER, CUSTOMER, "Hi").await;
    for tab in &mut tabs {
        let frame = tab.next_of("message.received").await;
        assert_eq!(frame["data"]["message"]["text"]["body"], "Hi");
    }
    foreign.say(r#"{"type": "ping"}"#).await;
    assert_eq!(foreign.next().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn reading_a_chat_is_told_to_the_other_tabs_of_the_same_agent() {
    let shop = Shop::open().await;
    let mut socket = Socket::open(&shop.owner, None).await;
    let path = format!("/api/chats/{}/read", shop.chat_id);
    shop.owner
        .client
        .post(&path, json!({}))
        .await
        .assert_status(200);
    let frame = socket.next_of("chat.updated").await;
    assert_eq!(frame["data"]["chatId"], shop.chat_id);
    assert_eq!(frame["data"]["chat"]["unreadCount"], 0);
    assert_eq!(id_of(&frame["data"]["chat"]), shop.chat_id);
}

#[tokio::test]
async fn a_ticket_opens_one_socket_within_30_seconds() {
    let shop = Shop::open().await;
    let owner = &shop.owner;
    for query in ["", "ticket=nonsense"] {
        assert_eq!(connect(owner, query).await.err(), Some(401));
    }
    let used = format!("ticket={}", ticket(owner).await);
    assert!(connect(owner, &used).await.is_ok());
    assert_eq!(connect(owner, &used).await.err(), Some(401));
    let late = format!("ticket={}", ticket(owner).await);
    shop.app.clock.advance(Duration::from_secs(31));
    assert_eq!(connect(owner, &late).await.err(), Some(401));
    let bad = shop
        .app
        .anybody()
        .get("/api/realtime?ticket=nonsense")
        .await;
    bad.assert_problem(401, "invalid_ticket");
    shop.app
        .anybody()
        .post("/api/realtime/tickets", json!({}))
        .await
        .assert_status(401);
    let malformed = format!("ticket={}&after=-1", ticket(owner).await);
    assert_eq!(connect(owner, &malformed).await.err(), Some(422));
}

#[tokio::test]
async fn signing_out_closes_the_sessions_sockets() {
    let shop = Shop::open().await;
    let mut socket = Socket::open(&shop.owner, None).await;
    shop.owner
        .client
        .post("/api/auth/logout", json!({}))
        .await
        .assert_status(204);
    assert_eq!(socket.closed().await, 4401);
}

#[tokio::test]
async fn a_client_may_ping_but_not_ramble() {
    let shop = Shop::open().await;
    let mut socket = Socket::open(&shop.owner, None).await;
    socket.say(r#"{"type": "ping"}"#).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
    socket.say("what?").await;
    assert_eq!(socket.next().await["type"], "error");
    socket.say(&"x".repeat(5_000)).await;
    assert_eq!(socket.closed().await, 1009);
}

#[tokio::test]
async fn a_stopping_server_says_good_bye() {
    let shop = Shop::open().await;
    let mut socket = Socket::open(&shop.owner, None).await;
    shop.app.application.realtime.close();
    assert_eq!(socket.closed().await, 1001);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_too_slow() {
    let shop = Shop::open().await;
    let (mut mouth, mut ears) = Socket::open(&shop.owner, None).await.0.split();
    let nonsense = json!({ "type": "x".repeat(3_500) }).to_string();
    // Each is answered in as many words, until nothing more goes into either direction.
    let talk = async { while mouth.send(Message::text(nonsense.clone())).await.is_ok() {} };
    timeout(Duration::from_secs(12), talk).await.unwrap_err();
    loop {
        match timeout(PATIENCE, ears.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
        {
            Message::Close(frame) => break assert_eq!(u16::from(frame.unwrap().code), 4408),
            other => assert!(other.is_text() || other.is_ping()),
        }
    }
}
