//! Signed deliveries of distinct contacts over 32 connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::json;
use tests::{
    app::{APP_SECRET, messages_body, sign},
    client::Client,
    program::Running,
};

use crate::{
    figures::{Times, rate},
    world::{Engine, World, column, execute},
};

const CONNECTIONS: usize = 32;
const DELIVERIES: usize = 10_000;
const CROWD: usize = 3_000;
const NUMBER: &str = "106540352242922";

pub(crate) async fn report(world: &World) {
    let bodies = bodies(0, DELIVERIES);
    let database = world.connect().await;
    let bare = bare_inserts(world.engine, &database, &bodies).await;
    println!("bare INSERT … COMMIT: {bare:.0}/s");

    let running = world.program.serve_with(&["--no-worker"]).await;
    let owner = running.client.register("Bench").await;
    owner.connects(NUMBER).await;
    let begin = Instant::now();
    let stored = deliver_all(&running.client, &bodies).await;
    let accepted = rate(DELIVERIES, begin.elapsed());
    println!(
        "deliveries accepted, with no worker beside: {accepted:.0}/s, {:.0} % of the bare rate",
        100.0 * accepted / bare
    );
    stored.print("until stored (answered 200)");
    running.kill().await;

    let begin = Instant::now();
    let running = world.program.serve().await;
    until_processed(&database).await;
    println!(
        "deliveries processed: {:.0}/s",
        rate(DELIVERIES, begin.elapsed())
    );
    crowded(world, &running, &database).await;
    unhurried(world, &running, &database).await;
    running.kill().await;
}

/// Intake and processing at once, as fast as both go.
async fn crowded(world: &World, running: &Running, database: &DatabaseConnection) {
    execute(database, "DELETE FROM webhook_deliveries").await;
    let bodies = bodies(DELIVERIES, CROWD);
    let begin = Instant::now();
    let stored = deliver_all(&running.client, &bodies).await;
    let accepted = rate(CROWD, begin.elapsed());
    until_processed(database).await;
    println!("deliveries accepted, with a busy worker beside: {accepted:.0}/s");
    stored.print("in that crowd, until stored");
    processing_times(world.engine, database)
        .await
        .print("in that crowd, until processed");
}

/// Fifty a second, one after the other.
async fn unhurried(world: &World, running: &Running, database: &DatabaseConnection) {
    execute(database, "DELETE FROM webhook_deliveries").await;
    let mut stored = Times::new();
    for body in bodies(DELIVERIES + CROWD, 500).iter() {
        let begin = Instant::now();
        deliver(&running.client, body).await;
        stored.add(begin.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    until_processed(database).await;
    stored.print("at fifty a second, until stored");
    processing_times(world.engine, database)
        .await
        .print("at fifty a second, until processed");
}

/// Of distinct contacts.
fn bodies(first: usize, count: usize) -> Arc<Vec<Vec<u8>>> {
    Arc::new((first..first + count).map(body).collect())
}

fn body(n: usize) -> Vec<u8> {
    let phone = format!("1415{n:07}");
    let message = json!({
        "from": phone, "id": format!("wamid.bench{n}"), "timestamp": "1788253200",
        "type": "text", "text": {"body": format!("Do you have number {n} in blue?")},
    });
    messages_body(NUMBER, &phone, &[message])
}

/// What the machine can commit at best, one delivery a transaction, through a pool like the
/// program's.
async fn bare_inserts(
    engine: Engine,
    database: &DatabaseConnection,
    bodies: &Arc<Vec<Vec<u8>>>,
) -> f64 {
    let blob = if engine == Engine::Postgres {
        "bytea"
    } else {
        "blob"
    };
    execute(
        database,
        &format!("CREATE TABLE bare_inserts (id bigint PRIMARY KEY, body {blob} NOT NULL)"),
    )
    .await;
    let next = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let tasks = (0..CONNECTIONS).map(|_| {
        let (database, bodies, next) = (database.clone(), bodies.clone(), next.clone());
        tokio::spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(body) = bodies.get(n) else { return };
                let id = i64::try_from(n).expect("few");
                let statement = Statement::from_sql_and_values(
                    database.get_database_backend(),
                    "INSERT INTO bare_inserts (id, body) VALUES ($1, $2)",
                    [id.into(), body.clone().into()],
                );
                database.execute_raw(statement).await.expect("inserted");
            }
        })
    });
    futures_util::future::join_all(tasks).await;
    let bare = rate(bodies.len(), begin.elapsed());
    execute(database, "DROP TABLE bare_inserts").await;
    bare
}

async fn deliver_all(client: &Client, bodies: &Arc<Vec<Vec<u8>>>) -> Times {
    let next = Arc::new(AtomicUsize::new(0));
    let tasks = (0..CONNECTIONS).map(|_| {
        let (client, bodies, next) = (client.clone(), bodies.clone(), next.clone());
        tokio::spawn(async move {
            let mut times = Times::new();
            while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                let begin = Instant::now();
                deliver(&client, body).await;
                times.add(begin.elapsed());
            }
            times
        })
    });
    let mut all = Times::new();
    for times in futures_util::future::join_all(tasks).await {
        all.merge(&times.expect("no task panics"));
    }
    all
}

pub(crate) async fn deliver(client: &Client, body: &[u8]) {
    let answer = client
        .request(reqwest::Method::POST, "/api/whatsapp/webhook")
        .header("content-type", "application/json")
        .header("x-hub-signature-256", &sign(APP_SECRET, body))
        .body(body.to_vec())
        .send()
        .await;
    answer.assert_status(200);
}

async fn until_processed(database: &DatabaseConnection) {
    let waiting = "SELECT count(*) FROM webhook_deliveries WHERE processed_at IS NULL";
    while column::<i64>(database, waiting).await != [0] {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// From being received to being processed.
async fn processing_times(engine: Engine, database: &DatabaseConnection) -> Times {
    let micros = match engine {
        Engine::Postgres => {
            "SELECT (extract(epoch FROM processed_at - received_at) * 1000000)::bigint FROM webhook_deliveries"
        }
        Engine::Sqlite => {
            "SELECT CAST((julianday(processed_at) - julianday(received_at)) * 86400000000 AS INTEGER) FROM webhook_deliveries"
        }
    };
    let mut times = Times::new();
    for micros in column::<i64>(database, micros).await {
        times.add(Duration::from_micros(
            u64::try_from(micros).unwrap_or_default(),
        ));
    }
    times
}
