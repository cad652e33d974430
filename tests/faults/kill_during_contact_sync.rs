//! Each contact becomes one customer when the program dies while it makes them.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tests::{app::change_body, client::Owner, stores::Backend};
use tokio::time::sleep;

use crate::given::{NUMBER, World, all_customers, eventually, phone_of};

/// Several commits' worth.
const CONTACTS: usize = 6_000;
/// In one delivery.
const ENTRIES: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn each_contact_becomes_one_customer_when_the_program_is_killed_on_sqlite() {
    sync_survives_a_kill(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_contact_becomes_one_customer_when_the_program_is_killed_on_postgres() {
    if Backend::Postgres.is_asked_for() {
        sync_survives_a_kill(Backend::Postgres).await;
    }
}

async fn sync_survives_a_kill(backend: Backend) {
    let world = World::new(backend).await;
    let running = world.program.serve().await;
    let owner = running.client.register("Café Luna").await;
    owner.connects(NUMBER).await;
    let choice = json!({"contactsBecomeCustomers": false});
    let chosen = owner.client.put("/api/organizations/current", choice).await;
    chosen.assert_status(200);
    for first in (0..CONTACTS).step_by(ENTRIES) {
        let body = address_book(first..first + ENTRIES);
        world.deliver_until_accepted(&owner.client, &body).await;
    }
    let owner = &owner;
    eventually(|| async { is_count(CONTACTS, count(owner, false).await) }).await;

    let asked = owner.client.post("/api/whatsapp/contacts/sync", json!({}));
    assert_eq!(asked.await.assert_status(202).json()["contacts"], CONTACTS);
    let done_at_death = loop {
        let done = count(owner, true).await;
        assert!(done < CONTACTS, "it was too fast to kill");
        if done > 0 {
            break done;
        }
        sleep(Duration::from_millis(10)).await;
    };
    running.kill().await;
    let running = world.program.serve().await;
    eventually(|| async { is_count(CONTACTS, count(owner, true).await) }).await;

    assert_eq!(count(owner, false).await, 0);
    let customers = all_customers(owner).await;
    let number = |customer: &Value| customer["phoneNumber"].as_str().unwrap().to_owned();
    let numbers: BTreeSet<_> = customers.iter().map(number).collect();
    let expected = (0..CONTACTS).map(|n| format!("+{}", phone_of(n)));
    assert_eq!(numbers, expected.collect(), "killed after {done_at_death}");
    assert_eq!(customers.len(), CONTACTS, "each is there once");
    drop(running);
}

fn address_book(people: std::ops::Range<usize>) -> Vec<u8> {
    let entries = people.map(|n| {
        json!({"type": "contact", "action": "add",
            "contact": {"full_name": format!("Ana {n}"), "phone_number": phone_of(n)},
            "metadata": {"timestamp": "1788253200"}})
    });
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
        "state_sync": entries.collect::<Vec<_>>(),
    });
    change_body("smb_app_state_sync", &value)
}

/// Of contacts who are customers, or who are none.
async fn count(owner: &Owner, are_customers: bool) -> usize {
    let path = format!("/api/whatsapp/contacts?customer={are_customers}&limit=1&include=total");
    let contacts = owner.client.get(&path).await.assert_status(200).json();
    usize::try_from(contacts["total"].as_u64().unwrap()).unwrap()
}

fn is_count(expected: usize, count: usize) -> Result<(), String> {
    (count == expected).then_some(()).ok_or(count.to_string())
}
