//! A table of 100,000 customers that comes in: how long it takes, and how much memory.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use serde_json::Value;
use tests::client::Owner;
use tokio::time::sleep;

use crate::{
    figures::rate,
    world::{World, resident_megabytes},
};

const ROWS: usize = 100_000;

pub(crate) async fn report(world: &World) {
    let running = world.program.serve().await;
    let owner = running.client.register("Importing").await;
    // What the first table brings with it, code and caches, is no matter of rows.
    import(&owner, &table(0..1_000), || ()).await;
    let before = resident_megabytes(running.id());
    let begin = Instant::now();
    let mut highest = before;
    let table = table(1_000..1_000 + ROWS);
    let done = import(&owner, &table, || {
        highest = highest.max(resident_megabytes(running.id()));
    })
    .await;
    let time = begin.elapsed();
    assert_eq!(done["created"], ROWS, "{done}");
    println!(
        "{ROWS} rows ({:.1} MB): {:.0} s, {:.0} rows/s, {:.0} MB resident at most, {:.0} MB before",
        megabytes(table.len()),
        time.as_secs_f64(),
        rate(ROWS, time),
        highest,
        before
    );
    running.kill().await;
}

/// Waits until it is over, and looks on meanwhile.
async fn import(owner: &Owner, table: &str, mut look: impl FnMut()) -> Value {
    let parts = [("file", "customers.csv", table.as_bytes())];
    let started = owner
        .upload_to("/api/customers/import", &parts)
        .send()
        .await;
    let started = started.assert_status(202).json();
    let path = format!("/api/imports/{}", started["id"].as_str().expect("an id"));
    loop {
        look();
        let import = owner.client.get(&path).await.assert_status(200).json();
        if import["finishedAt"].is_string() {
            return import;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure to be printed")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1_000_000.0
}

fn table(numbers: std::ops::Range<usize>) -> String {
    let mut table = "First name,Last name,Phone,Email,Company,Tags,Notes\n".to_owned();
    for n in numbers {
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "Ana {n},Paz,+1415{},ana{n}@example.com,\"Paz, Bo & Co\",\"vip;north\",Prefers mornings",
            2_000_000 + n
        );
    }
    table
}
