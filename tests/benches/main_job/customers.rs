//! Finding customers, at ten thousand and at a million of an organization.

use std::time::Instant;

use serde_json::json;
use tests::{client::Owner, program::Running};

use crate::{
    figures::{Times, rate},
    filling::{Dialect, SYLLABLES, one_of},
    reading::timed,
    world::{World, execute, settle, sign_in_again},
};

const SIZES: [usize; 2] = [10_000, 1_000_000];
const SEARCHES: usize = 500;

/// Of the hundred first names, the tenth part has the first, as in life.
const QUERIES: [(&str, &str); 9] = [
    ("everybody by name", "sort=name"),
    ("the commonest first name by name", "search=bama&sort=name"),
    ("the same, newest first", "search=bama"),
    ("a middling first name by name", "search=tosi&sort=name"),
    ("a last name, newest first", "search=natoba"),
    (
        "first and last name by name",
        "search=bama%20natoba&sort=name",
    ),
    ("a whole number", "search=%2B1%20415%20200%204711"),
    ("the end of a number", "search=4711"),
    ("an e-mail address", "search=c4711%40example.com"),
];

/// Of those with whom there is a chat.
const CHATS: usize = 10_000;
const CHAT_QUERIES: [(&str, &str); 3] = [
    ("part of a first name", "ama"),
    ("part of a last name", "atob"),
    ("part of a number", "4711"),
];

pub(crate) async fn report(world: &World) {
    let running = world.program.serve().await;
    let mut filled = Vec::new();
    for size in SIZES {
        filled.push((size, fill(world, &running, size).await));
    }
    running.kill().await;
    index(world).await;
    let running = world.program.serve().await;
    for (size, owner) in filled {
        let owner = sign_in_again(&running.client, owner).await;
        for (what, query) in QUERIES {
            let path = format!("/api/customers?{query}");
            find(&owner, &path, &format!("{size} customers: {what}")).await;
        }
        for (what, search) in CHAT_QUERIES {
            let path = format!("/api/chats?search={search}");
            let what = format!("{CHATS} chats of {size} customers: {what}");
            find(&owner, &path, &what).await;
        }
    }
    running.kill().await;
}

async fn find(owner: &Owner, path: &str, what: &str) {
    let mut times = Times::new();
    for _ in 0..SEARCHES {
        let page = timed(owner, path, &mut times).await;
        assert_ne!(page["data"], json!([]), "{what}");
    }
    times.print(what);
}

/// As a program does that is started on the customers of one that had no search.
async fn index(world: &World) {
    execute(&world.connect().await, "ANALYZE").await;
    let begin = Instant::now();
    let migrated = world.program.command(&["migrate", "up"]).output().await;
    assert!(migrated.expect("it runs").status.success());
    let count = SIZES.iter().sum();
    println!("indexed: {:.0} customers/s", rate(count, begin.elapsed()));
    settle(world).await;
}

/// Names as in life: some are common, and most are not.
async fn fill(world: &World, running: &Running, size: usize) -> Owner {
    let owner = running.client.register(&format!("Customers {size}")).await;
    let account_id = owner.connects(&format!("{:015}", fastrand::u64(..))).await;
    let database = &world.connect().await;
    let sql = Dialect::new(world.engine, &owner.organization_id, &account_id);
    // Square, so that small ones come most often.
    let first = "(n * 7919 % 1000) * (n * 7919 % 1000) / 10000";
    let last = "(n / 7 * 104729 % 1000) * (n / 7 * 104729 % 1000) / 1000";
    let first = format!(
        "{} || {}",
        one_of(SYLLABLES, &format!("{first} / 10")),
        one_of(SYLLABLES, &format!("{first} + 1"))
    );
    let last = format!(
        "{} || {} || {}",
        one_of(SYLLABLES, &format!("{last} / 100 + 5")),
        one_of(SYLLABLES, &format!("{last} / 10 + 3")),
        one_of(SYLLABLES, last)
    );
    let at = sql.time("n");
    let Dialect {
        organization,
        account,
        random_id,
        ..
    } = &sql;
    let numbers = sql.numbers(size);
    execute(database, &format!(
        "INSERT INTO customers (organization_id, id, first_name, last_name, phone_number, phone_key, email, marketing_consent, folded_name, created_at, updated_at)
         SELECT {organization}, {random_id}, first, last, '+1415' || (n + 2000000), '1415' || (n + 2000000),
                'c' || n || '@example.com', 'unknown', first || ' ' || last, {at}, {at}
         FROM (SELECT n, {first} AS first, {last} AS last FROM ({numbers}) AS numbers) AS named"
    ))
    .await;
    execute(
        database,
        &format!(
            "INSERT INTO customers_to_index (organization_id, id)
             SELECT organization_id, id FROM customers WHERE organization_id = {organization}"
        ),
    )
    .await;
    let contacts = format!(
        "INSERT INTO contacts (organization_id, id, customer_id, name, folded_name, wa_id, created_at, updated_at)
         SELECT organization_id, {random_id}, id, folded_name, folded_name, substr(phone_number, 2), created_at, created_at
         FROM customers WHERE organization_id = {organization} ORDER BY created_at LIMIT {CHATS}"
    );
    let chats = format!(
        "INSERT INTO chats (organization_id, id, account_id, contact_id, customer_id, status, last_inbound_at, last_activity_at, inbound_count, created_at, updated_at)
         SELECT organization_id, {random_id}, {account}, id, customer_id, 'open', created_at, created_at, 1, created_at, created_at
         FROM contacts WHERE organization_id = {organization}"
    );
    for statement in [contacts, chats] {
        execute(database, &statement).await;
    }
    owner
}
