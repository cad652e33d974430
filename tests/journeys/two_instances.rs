//! Two instances of the program, each a process of its own, share PostgreSQL and Redis. What
//! happens at one is seen at the other, at once while Redis runs, and sooner or later when it
//! does not.

use std::{process::Stdio, time::Duration};

use futures_util::{SinkExt, StreamExt};
use meta_simulator::RunningSimulator;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::{APP_SECRET, VERIFY_TOKEN, messages_body, sign},
    client::{Client, Owner},
    program::{Program, Running, free_port},
    stores::{self, Backend, TestDatabase, service_is_asked_for},
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::given::{NUMBER, start_meta};

const CUSTOMER: &str = "16505551234";
/// Sooner than a watcher looks for itself, so that it must have been told.
const AT_ONCE: Duration = Duration::from_secs(3);
/// What it may take a watcher to look for itself, and an instance to find Redis again.
const SOONER_OR_LATER: Duration = Duration::from_secs(30);

/// A Redis that can be stopped.
struct Redis {
    port: u16,
    process: Child,
}

impl Redis {
    async fn start(port: u16) -> Self {
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("redis-server is installed");
        let deadline = Instant::now() + SOONER_OR_LATER;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < deadline, "Redis does not start");
            sleep(Duration::from_millis(20)).await;
        }
        Self { port, process }
    }

    async fn stop(mut self) -> u16 {
        self.process.kill().await.unwrap();
        self.port
    }
}

struct Installation {
    programs: [Program; 2],
    _meta: RunningSimulator,
    _database: TestDatabase,
}

impl Installation {
    async fn new(redis_port: u16) -> Self {
        let database = stores::database(Backend::Postgres).await;
        let meta = start_meta().await;
        let redis = format!("redis://127.0.0.1:{redis_port}");
        let meta_url = meta.url().to_string();
        let environment = [
            ("DATABASE_URL", database.url()),
            ("REDIS_URL", &redis),
            ("WHATSAPP_API_URL", &meta_url),
            ("WHATSAPP_APP_SECRET", APP_SECRET),
            ("WHATSAPP_WEBHOOK_VERIFY_TOKEN", VERIFY_TOKEN),
            ("JWT_SECRET", "the jwt secret of two instances, 32+ bytes"),
            (
                "JWT_REFRESH_SECRET",
                "their refresh secret, of 32+ bytes too",
            ),
            (
                "ENCRYPTION_KEY",
                "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            ),
            ("RUST_LOG", "info"),
        ];
        Self {
            programs: [Program::new(&environment), Program::new(&environment)],
            _meta: meta,
            _database: database,
        }
    }
}

/// A colleague's browser at one of the instances.
struct Browser {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_seq: i64,
}

impl Browser {
    async fn open(owner: &Owner, at: &Running, after: Option<i64>) -> Self {
        let client = at.client.with_token(owner.client.token().unwrap());
        let answer = client.post("/api/realtime/tickets", json!({})).await;
        let ticket = answer.assert_status(201).json();
        let ticket = ticket["ticket"].as_str().unwrap();
        let after_parameter = after.map(|seq| format!("&after={seq}")).unwrap_or_default();
        let url = at.client.url().replacen("http", "ws", 1);
        let url = format!("{url}/api/realtime?ticket={ticket}{after_parameter}");
        let (socket, _) = connect_async(url).await.unwrap();
        Self {
            socket,
            last_seq: after.unwrap_or_default(),
        }
    }

    async fn views(&mut self, chat: &Value) {
        let frame = json!({"type": "viewing", "chatId": chat}).to_string();
        self.socket.send(Message::text(frame)).await.unwrap();
    }

    /// Waits until it is told that the agent is online with these chats open.
    async fn sees(&mut self, agent: &Owner, chats: Value, within: Duration) {
        let seen = async {
            loop {
                let frame = self.next().await;
                let agents = frame["data"]["agents"].as_array();
                let is_seen = |one: &Value| {
                    one["id"] == agent.user_id && one["online"] == true && one["viewing"] == chats
                };
                if agents.is_some_and(|agents| agents.iter().any(is_seen)) {
                    return;
                }
            }
        };
        timeout(within, seen).await.expect("it is told in time");
    }

    async fn next(&mut self) -> Value {
        loop {
            match self.socket.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("no frame: {other:?}"),
            }
        }
    }

    /// The text that a customer writes next, as this browser is told.
    async fn is_told(&mut self, within: Duration) -> String {
        let told = async {
            loop {
                let frame = self.next().await;
                if let Some(seq) = frame["seq"].as_i64() {
                    assert!(seq > self.last_seq, "told twice: {frame}");
                    self.last_seq = seq;
                }
                if frame["type"] == "message.received" {
                    let body = &frame["data"]["message"]["text"]["body"];
                    return body.as_str().unwrap().to_owned();
                }
            }
        };
        timeout(within, told).await.expect("it is told in time")
    }
}

/// The customer writes, and Meta delivers it to this instance.
async fn writes(text: &str, to: &Client) {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let message = json!({
        "from": CUSTOMER, "id": format!("wamid.{text}"), "timestamp": now.to_string(),
        "type": "text", "text": { "body": text },
    });
    let body = messages_body(NUMBER, CUSTOMER, &[message]);
    let signature = sign(APP_SECRET, &body);
    let delivery = to
        .request(Method::POST, "/api/whatsapp/webhook")
        .header("content-type", "application/json")
        .header("x-hub-signature-256", &signature)
        .body(body);
    delivery.send().await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_one_instance_is_told_at_the_other_though_redis_stops_and_starts_again() {
    if !(Backend::Postgres.is_asked_for() && service_is_asked_for("redis")) {
        return;
    }
    let redis = Redis::start(free_port()).await;
    let installation = Installation::new(redis.port).await;
    let [one, two] = &installation.programs;
    let (here, there) = (one.serve().await, two.serve().await);
    let owner = here.client.register("Café Luna").await;
    owner.connects(NUMBER).await;
    let mut near = Browser::open(&owner, &here, None).await;
    let mut far = Browser::open(&owner, &there, None).await;

    // At once, and both ways.
    for (text, at) in [("first", &here), ("second", &there)] {
        writes(text, &at.client).await;
        assert_eq!(near.is_told(AT_ONCE).await, text);
        assert_eq!(far.is_told(AT_ONCE).await, text);
    }

    // Without Redis nothing is refused, and nothing is lost.
    let port = redis.stop().await;
    let left_at = far.last_seq;
    let mut leaver = Browser::open(&owner, &there, Some(left_at)).await;
    for text in ["third", "fourth"] {
        writes(text, &here.client).await;
    }
    for text in ["third", "fourth"] {
        assert_eq!(near.is_told(SOONER_OR_LATER).await, text);
        assert_eq!(far.is_told(SOONER_OR_LATER).await, text);
    }
    assert_eq!(leaver.is_told(SOONER_OR_LATER).await, "third");
    let left_at = leaver.last_seq;
    drop(leaver);

    // Redis comes back empty; who was away catches up from the log.
    writes("fifth", &here.client).await;
    let redis = Redis::start(port).await;
    let mut comer = Browser::open(&owner, &there, Some(left_at)).await;
    for text in ["fourth", "fifth"] {
        assert_eq!(comer.is_told(SOONER_OR_LATER).await, text);
    }
    assert_eq!(near.is_told(SOONER_OR_LATER).await, "fifth");
    assert_eq!(far.is_told(SOONER_OR_LATER).await, "fifth");

    // And the instances hear of each other at once again.
    let deadline = Instant::now() + SOONER_OR_LATER;
    let mut in_a_row = 0;
    for number in 1.. {
        let text = format!("again {number}");
        writes(&text, &here.client).await;
        let written = Instant::now();
        for browser in [&mut near, &mut far, &mut comer] {
            assert_eq!(browser.is_told(SOONER_OR_LATER).await, text);
        }
        // One may have come just when a watcher looked for itself, but not two.
        in_a_row = match written.elapsed() {
            elapsed if elapsed < AT_ONCE => in_a_row + 1,
            _ => 0,
        };
        if in_a_row == 2 {
            break;
        }
        assert!(Instant::now() < deadline, "{}", two.read_log());
    }
    drop(redis);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_at_one_instance_is_seen_at_the_other_until_its_process_dies() {
    if !(Backend::Postgres.is_asked_for() && service_is_asked_for("redis")) {
        return;
    }
    let redis = Redis::start(free_port()).await;
    let installation = Installation::new(redis.port).await;
    let [one, two] = &installation.programs;
    let (here, there) = (one.serve().await, two.serve().await);
    let owner = here.client.register("Café Luna").await;
    owner.connects(NUMBER).await;
    let mut far = Browser::open(&owner, &there, None).await;
    writes("first", &there.client).await;
    assert_eq!(far.is_told(SOONER_OR_LATER).await, "first");
    let chat = owner.chats().await[0]["id"].clone();

    let mut near = Browser::open(&owner, &here, None).await;
    near.views(&chat).await;
    far.sees(&owner, json!([chat]), AT_ONCE).await;
    let mut second = Browser::open(&owner, &there, None).await;
    second.sees(&owner, json!([chat]), AT_ONCE).await;

    here.kill().await;
    far.sees(&owner, json!([]), SOONER_OR_LATER).await;
    drop(redis);
}
