//! The queries that every request or job makes find their rows by an index.
//!
//! The statements are taken from the log as the store really makes them. SQLite is asked for
//! its plan of each; PostgreSQL has filled tables, and tells the plan by which it ran them.

mod catalog;
mod chats;
mod customers;
mod log;
mod meta;
mod names;
mod people;
mod plans;
mod search;
mod sight;
mod teams;

use std::time::Duration;

use self::{
    log::record_log,
    plans::{filled_postgres, postgres_plan, sqlite_plan},
};
use crate::given::{Business, Stack, invitation, newest, session};
use domain::{
    chats::{ChatFilter, MessageContent},
    organizations::Role,
    page::{PageRequest, Position, Window},
    store::Store,
};
use infrastructure::database::SeaStore;
use sqlx::{Connection, SqliteConnection};
use tests::stores::{self, Backend};

/// What the queries are, each by signs that tell its statement.
const HOT: [(&str, &[&str]); 40] = [
    (
        "messages whose time is over",
        &["FROM \"messages\"", "kind <> 'expired'", "\"created_at\" <"],
    ),
    (
        "chat list",
        &[
            "FROM \"chats\"",
            "ORDER BY \"chats\".\"last_activity_at\" DESC",
            " < (",
        ],
    ),
    (
        "chat list by status",
        &["FROM \"chats\"", "DESC", "\"chats\".\"status\" ="],
    ),
    (
        "chat list by assignee",
        &["FROM \"chats\"", "DESC", "\"chats\".\"assignee_id\" ="],
    ),
    (
        "chat list of nobody",
        &[
            "FROM \"chats\"",
            "DESC",
            "\"chats\".\"assignee_id\" IS NULL",
        ],
    ),
    (
        "chat list by account",
        &["FROM \"chats\"", "DESC", "\"chats\".\"account_id\" ="],
    ),
    (
        "chat list by priority",
        &["FROM \"chats\"", "DESC", "\"chats\".\"priority\" ="],
    ),
    (
        "chat list by label",
        &["FROM \"chats\"", "DESC", "\"chat_labels\".\"key\" ="],
    ),
    (
        "chat list of who is mentioned",
        &["FROM \"chats\"", "DESC", "\"note_mentions\".\"user_id\" ="],
    ),
    ("chat to assign", &["\"created_at\" ASC, \"chats\""]),
    ("open chats of members", &["FROM \"chats\"", " GROUP BY "]),
    ("labels of a page", &["FROM \"chat_labels\"", " IN ("]),
    ("customers of a page", &["FROM \"customers\"", " IN ("]),
    (
        "history",
        &["FROM \"messages\"", "\"created_at\" DESC", " < ("],
    ),
    (
        "history upwards",
        &["FROM \"messages\"", "\"created_at\" ASC", " > ("],
    ),
    ("wamid", &["FROM \"messages\"", "\"messages\".\"wamid\" ="]),
    (
        "wamids",
        &["FROM \"messages\"", "\"messages\".\"wamid\" IN"],
    ),
    (
        "annotations",
        &["FROM \"messages\"", "\"messages\".\"target_wamid\" IN"],
    ),
    (
        "number",
        &["FROM \"whatsapp_accounts\"", "\"phone_number_id\" ="],
    ),
    (
        "accounts to check",
        &["FROM \"whatsapp_accounts\"", "\"next_check_at\" <="],
    ),
    ("event log", &["FROM \"events\"", "\"events\".\"seq\" >"]),
    (
        "sign-in",
        &["FROM \"sessions\"", "JOIN \"organization_members\""],
    ),
    (
        "sessions of a user",
        &["FROM \"sessions\"", "\"user_id\" =", "\"created_at\" DESC"],
    ),
    (
        "memberships",
        &["FROM \"organization_members\"", "JOIN \"organizations\""],
    ),
    (
        "members",
        &["FROM \"organization_members\"", "JOIN \"users\"", " < ("],
    ),
    ("invitations", &["FROM \"invitations\"", " < ("]),
    ("notes", &["FROM \"notes\"", " < ("]),
    ("canned replies", &["FROM \"canned_replies\"", " < ("]),
    (
        "invitation of a token",
        &["FROM \"invitations\"", "\"token_hash\" ="],
    ),
    (
        "expired invitations",
        &["DELETE FROM \"invitations\"", "\"expires_at\" <"],
    ),
    ("audit log", &["FROM \"audit_log\"", " < ("]),
    (
        "audit log by action",
        &["FROM \"audit_log\"", "\"action\" =", " DESC"],
    ),
    (
        "audit log by actor",
        &["FROM \"audit_log\"", "\"actor_id\" =", " DESC"],
    ),
    (
        "audit log by target",
        &["FROM \"audit_log\"", "\"target_id\" =", " DESC"],
    ),
    (
        "audit log by time",
        &["FROM \"audit_log\"", "\"created_at\" >=", " DESC"],
    ),
    (
        "expired tokens",
        &["DELETE FROM \"one_time_tokens\"", "\"expires_at\" <"],
    ),
    (
        "tokens of a user",
        &["DELETE FROM \"one_time_tokens\"", "\"user_id\" ="],
    ),
    ("known files", &["FROM \"files\"", " IN ("]),
    ("job claim", &["UPDATE jobs SET leased"]),
    ("next due", &["SELECT due_at FROM jobs"]),
];

fn hot() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let hot = HOT.into_iter().chain(customers::HOT);
    hot.chain(people::HOT).chain(sight::HOT)
}

/// What is sorted after it is found, as it is never much.
const FEW: [&str; 9] = [
    "annotations",
    "memberships",
    "chat list by label",
    "chat list of who is mentioned",
    "customers of few words by name",
    "customers of few words",
    "timeline of messages",
    "timeline of notes",
    "messages of who is erased",
];

/// What may be so much that it must not be sorted.
const LISTS: [&str; 17] = [
    "chat to assign",
    "chat list",
    "chat list by status",
    "chat list by assignee",
    "chat list of nobody",
    "chat list by account",
    "chat list by priority",
    "history",
    "accounts to check",
    "event log",
    "sessions of a user",
    "members",
    "invitations",
    "notes",
    "canned replies",
    "timeline of consents",
    "timeline of changes",
];

/// Many rows of each kind, for PostgreSQL: with few, it rightly reads them all.
const FILL: &str = include_str!("query_plans/fill.sql");

/// Runs each of the hot queries.
async fn run_hot_queries(stack: &Stack, store: &SeaStore, business: &Business) {
    let now = stack.now();
    let session = session(business, now);
    let system = store.begin_system().await.unwrap();
    system.sessions().insert(&session).await.unwrap();
    system.commit().await.unwrap();
    let system = store.read_system();
    system.sessions().signed_in(session.id, now).await.unwrap();
    let number = &business.account.phone_number_id;
    system.accounts().by_phone_number_id(number).await.unwrap();

    let read = store.read(business.id());
    customers::run_finds(read.customers(), business).await;
    let position = Position {
        at: now + chrono::Duration::days(1),
        id: business.chat.id.uuid(),
    };
    let before = PageRequest {
        window: Window::Before(position),
        limit: 25,
    };
    let after = PageRequest {
        window: Window::After(position),
        limit: 25,
    };
    customers::run_timeline(store, business, before).await;
    let by_status = ChatFilter {
        status: Some(business.chat.status),
        ..ChatFilter::default()
    };
    let uow = store.begin(business.id()).await.unwrap();
    customers::run_imports_and_merges(uow.as_ref(), business, before).await;
    drop(uow);
    let viewer = business.user.id;
    read.chats()
        .list(&ChatFilter::default(), viewer, before)
        .await
        .unwrap();
    read.chats()
        .list(&by_status, viewer, newest(25))
        .await
        .unwrap();
    chats::run_filters(read.chats(), business, newest(25)).await;
    chats::run_assignment(read.assignment(), business).await;
    people::run_hot_queries(read.as_ref(), business, before).await;
    sight::run_hot_queries(read.as_ref(), business, before).await;
    let account = business.account.id;
    read.messages()
        .list(business.chat.id, before)
        .await
        .unwrap();
    read.messages().list(business.chat.id, after).await.unwrap();
    read.messages()
        .find_by_wamid(account, "wamid.x")
        .await
        .unwrap();
    read.messages()
        .find_by_wamids(account, &["wamid.x", "wamid.y"])
        .await
        .unwrap();
    read.messages()
        .annotations_of(account, &["wamid.x", "wamid.y"])
        .await
        .unwrap();
    read.events().after(4_000, 100).await.unwrap();
    store
        .jobs()
        .claim(10, Duration::from_mins(1))
        .await
        .unwrap();
    store.jobs().next_due().await.unwrap();
    chats::expire(store, business).await;
    customers::erase(store, business).await;
    people::sync(store, business).await;
    teams::run(stack, store, business, before).await;
}

/// Whether the rows of a subquery are looked through, which another step has found.
fn is_found_already(step: &str) -> bool {
    matches!(step, "SCAN ready" | "SCAN found" | "SCAN numbered")
        || step.starts_with("SCAN (subquery-")
}

#[tokio::test]
async fn sqlite_searches_by_an_index() {
    record_log();
    let stack = Stack::on(stores::sqlite_file().await);
    let business = stack.business().await;
    run_hot_queries(&stack, &stack.store, &business).await;
    let mut sqlite = SqliteConnection::connect(stack.database.url())
        .await
        .unwrap();
    for (name, signs) in hot() {
        let (statement, steps) = sqlite_plan(&mut sqlite, signs).await;
        for step in steps {
            // What is due next is the first of its index.
            let is_by_index = !step.starts_with("SCAN")
                || is_found_already(&step)
                || step == "SCAN candidate USING INDEX jobs_due_at_id_idx";
            let is_few = FEW.contains(&name) || name == customers::SEARCH;
            let is_unsorted = !step.contains("TEMP B-TREE") || is_few;
            assert!(is_by_index && is_unsorted, "{name}: {step}\n{statement}");
        }
    }
}

#[tokio::test]
async fn postgres_searches_by_an_index() {
    if !Backend::Postgres.is_asked_for() {
        return;
    }
    record_log();
    let stack = Stack::on(stores::database(Backend::Postgres).await);
    let business = stack.business().await;
    let mut reaction = business.inbound("", stack.now());
    reaction.content = MessageContent::Reaction {
        message_id: "wamid.target".into(),
        emoji: None,
    };
    let uow = stack.store.begin(business.id()).await.unwrap();
    assert!(uow.messages().insert(&reaction, None).await.unwrap());
    uow.commit().await.unwrap();
    for _ in 0..2 {
        let invitation = invitation(&business, Role::Agent, stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.invitations().upsert(&invitation).await.unwrap();
        uow.commit().await.unwrap();
    }
    let store = filled_postgres(&stack, FILL).await;
    run_hot_queries(&stack, &store, &business).await;
    for (name, signs) in hot() {
        let plan = postgres_plan(signs).await;
        let (_, steps) = plan.split_once("Query Text").unwrap();
        assert!(!steps.contains("Seq Scan"), "{name}: {plan}");
        let is_list = LISTS.contains(&name)
            || name.starts_with("audit log")
            || name.starts_with("customer list")
            || name.starts_with("agent's chat list")
            || name.starts_with("contact list");
        assert!(!(is_list && steps.contains("Sort Key")), "{name}: {plan}");
    }
}
