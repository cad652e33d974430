//! Many sockets at once: what they cost while nothing happens, and how soon they tell what does.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tests::{app::messages_body, client::Owner};
use tokio::{net::TcpStream, sync::mpsc, task::JoinHandle, time::sleep};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::{
    figures::Times,
    intake::deliver,
    world::{World, processor_seconds, resident_megabytes},
};

const IDLE: usize = 10_000;
const WATCHING: usize = 1_000;
const EVENTS: usize = 100;
const NUMBER: &str = "306540352242922";
/// Opened side by side.
const OPENERS: usize = 16;
const WATCHED_FOR: Duration = Duration::from_secs(60);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn report(world: &World) {
    let count = IDLE.min(possible());
    let running = world.program.serve().await;
    let owner = running.client.register("Sockets").await;
    owner.connects(NUMBER).await;

    let before = resident_megabytes(running.id());
    let begin = Instant::now();
    let sockets = open(&owner, count).await;
    println!(
        "{count} sockets: opened in {:.1} s",
        begin.elapsed().as_secs_f64()
    );
    let (readers, _) = read(sockets);
    let spent = processor_seconds(running.id());
    sleep(WATCHED_FOR).await;
    let spent = processor_seconds(running.id()) - spent;
    let after = resident_megabytes(running.id());
    #[expect(clippy::cast_precision_loss, reason = "a figure to be printed")]
    let each = 1024.0 * (after - before) / count as f64;
    println!(
        "{count} idle sockets: {after:.0} MB resident, {each:.1} kB each, {:.1} % of a core",
        100.0 * spent / WATCHED_FOR.as_secs_f64(),
    );
    readers.iter().for_each(JoinHandle::abort);
    drop(readers);
    sleep(Duration::from_secs(5)).await;

    fan_out(&owner).await.print(&format!(
        "one event to {WATCHING} sockets, from the delivery being accepted to a frame"
    ));
    running.kill().await;
}

/// How many sockets the limit of open files allows, which the program inherits.
fn possible() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX).expect("a limit");
    usize::try_from(limit).unwrap_or(usize::MAX) - 1_000
}

/// An event at a time, ten a second.
async fn fan_out(owner: &Owner) -> Times {
    let (readers, mut received) = read(open(owner, WATCHING).await);
    let mut times = Times::new();
    for n in 0..EVENTS {
        let text = format!("Do you have number {n}?");
        let message = json!({
            "from": "14155550199", "id": format!("wamid.sockets{n}"), "timestamp": "1788253200",
            "type": "text", "text": {"body": text},
        });
        deliver(
            &owner.client,
            &messages_body(NUMBER, "14155550199", &[message]),
        )
        .await;
        let accepted = Instant::now();
        for _ in 0..WATCHING {
            let (told, at) = received.recv().await.expect("all sockets are open");
            assert_eq!(told, text);
            times.add(at.saturating_duration_since(accepted));
        }
        sleep(Duration::from_millis(100)).await;
    }
    readers.iter().for_each(JoinHandle::abort);
    times
}

async fn open(owner: &Owner, count: usize) -> Vec<Socket> {
    stream::iter(0..count)
        .map(|_| async {
            let ticket = owner.client.post("/api/realtime/tickets", json!({})).await;
            let ticket = ticket.assert_status(201).json();
            let url = format!(
                "{}/api/realtime?ticket={}",
                owner.client.url().replace("http", "ws"),
                ticket["ticket"].as_str().expect("a ticket")
            );
            let (socket, _) = connect_async(url).await.expect("the socket opens");
            socket
        })
        .buffer_unordered(OPENERS)
        .collect()
        .await
}

/// Reads them, which answers their pings too. Tells the text of each message and when it came.
fn read(
    sockets: Vec<Socket>,
) -> (
    Vec<JoinHandle<()>>,
    mpsc::UnboundedReceiver<(String, Instant)>,
) {
    let (told, received) = mpsc::unbounded_channel();
    let readers = sockets.into_iter().map(|mut socket| {
        let told = told.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                let at = Instant::now();
                let Message::Text(text) = message else {
                    continue;
                };
                let frame: Value = serde_json::from_str(&text).expect("JSON");
                if frame["type"] == "message.received" {
                    let body = &frame["data"]["message"]["text"]["body"];
                    let body = body.as_str().expect("a text").to_owned();
                    // Refused once nobody counts any more.
                    let _ = told.send((body, at));
                }
            }
        })
    });
    (readers.collect(), received)
}
