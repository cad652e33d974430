//! A table comes in whole, and each of its rows once, when the program dies in the midst of it.

use std::{collections::BTreeSet, fmt::Write, time::Duration};

use serde_json::{Value, json};
use tests::stores::Backend;
use tokio::time::sleep;

use crate::given::{World, all_customers, eventually};

const ROWS: usize = 10_000;
/// Every so many rows, one has no number.
const BAD: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn each_row_of_a_table_is_done_once_when_the_program_is_killed_on_sqlite() {
    importing_survives_a_kill(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_of_a_table_is_done_once_when_the_program_is_killed_on_postgres() {
    if Backend::Postgres.is_asked_for() {
        importing_survives_a_kill(Backend::Postgres).await;
    }
}

async fn importing_survives_a_kill(backend: Backend) {
    let world = World::new(backend).await;
    let running = world.program.serve().await;
    let owner = running.client.register("Café Luna").await;
    let table = table();
    let parts = [("file", "customers.csv", table.as_bytes())];
    let import = owner.upload_to("/api/customers/import", &parts);
    let import = import.send().await.assert_status(202).json();
    let path = format!("/api/imports/{}", import["id"].as_str().unwrap());
    let (owner, path) = (&owner, path.as_str());
    let done_at_death = loop {
        let import = owner.client.get(path).await.json();
        assert_eq!(import["finishedAt"], Value::Null, "it was too fast to kill");
        if import["rows"].as_u64().unwrap() > 0 {
            break import["rows"].clone();
        }
        sleep(Duration::from_millis(10)).await;
    };
    running.kill().await;
    let running = world.program.serve().await;
    eventually(|| async {
        let import = owner.client.get(path).await.json();
        let is_over = import["finishedAt"].is_string();
        is_over.then_some(()).ok_or(import.to_string())
    })
    .await;

    let import = owner.client.get(path).await.json();
    let counts = ["status", "rows", "created", "updated", "skipped", "failed"];
    let expected = json!(["completed", ROWS, ROWS - ROWS / BAD, 0, 0, ROWS / BAD]);
    let counts: Value = counts.map(|count| import[count].clone()).to_vec().into();
    assert_eq!(counts, expected, "killed after {done_at_death} rows");
    let errors = owner.client.get(&format!("{path}/errors.csv")).await.text();
    assert_eq!(errors.lines().count(), 1 + ROWS / BAD, "{errors}");
    let customers = all_customers(owner).await;
    let name = |customer: &Value| customer["firstName"].as_str().unwrap().to_owned();
    let names: Vec<_> = customers.iter().map(name).collect();
    assert_eq!(names.len(), ROWS - ROWS / BAD, "each is there once");
    let good = (0..ROWS).filter(|n| n % BAD != 0);
    let expected: BTreeSet<_> = good.map(|n| format!("Ana {n}")).collect();
    assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), expected);
    drop(running);
}

fn table() -> String {
    let mut table = "First name,Phone\n".to_owned();
    for n in 0..ROWS {
        let phone = match n % BAD {
            0 => "none".to_owned(),
            _ => format!("+1415{}", 2_000_000 + n),
        };
        writeln!(table, "Ana {n},{phone}").unwrap();
    }
    table
}
