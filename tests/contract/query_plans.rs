//! The queries that every request or job makes find their rows by an index.
//!
//! The statements are taken from the log as the store really makes them. SQLite is asked for
//! its plan of each; PostgreSQL has filled tables, and tells the plan by which it ran them.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{
    chats::{ChatFilter, MessageContent},
    page::{PageRequest, Position, Window},
    store::Store,
};
use infrastructure::database::{Database, DatabaseSettings, SeaStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};
use tests::stores::{self, Backend};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, filter::LevelFilter, layer::Context, prelude::*};

use crate::given::{Business, Stack, newest, session, wa_id};

/// What the queries are, each by signs that tell its statement.
const HOT: [(&str, &[&str]); 14] = [
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
        "annotations",
        &["FROM \"messages\"", "\"messages\".\"target_wamid\" ="],
    ),
    (
        "identities",
        &["FROM \"contact_identities\"", "\"value\" ="],
    ),
    (
        "chat of a contact",
        &["FROM \"chats\"", "\"contact_id\" =", "\"account_id\" ="],
    ),
    (
        "number",
        &["FROM \"whatsapp_accounts\"", "\"phone_number_id\" ="],
    ),
    ("event log", &["FROM \"events\"", "\"events\".\"seq\" >"]),
    (
        "sign-in",
        &["FROM \"sessions\"", "JOIN \"organization_members\""],
    ),
    ("job claim", &["UPDATE jobs SET leased"]),
    ("next due", &["SELECT due_at FROM jobs"]),
];

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
    let by_status = ChatFilter {
        status: Some(business.chat.status),
        ..ChatFilter::default()
    };
    let viewer = business.user.id;
    read.chats()
        .list(&ChatFilter::default(), viewer, before)
        .await
        .unwrap();
    read.chats()
        .list(&by_status, viewer, newest(25))
        .await
        .unwrap();
    let (account, contact) = (business.account.id, business.contact.id);
    read.chats()
        .find_by_contact(account, contact)
        .await
        .unwrap();
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
        .annotations_of(account, "wamid.x")
        .await
        .unwrap();
    let identities = [wa_id(&business.contact)];
    read.contacts()
        .find_by_identities(&identities)
        .await
        .unwrap();
    read.events().after(4_000, 100).await.unwrap();
    store
        .jobs()
        .claim(10, Duration::from_mins(1))
        .await
        .unwrap();
    store.jobs().next_due().await.unwrap();
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
    for (name, signs) in HOT {
        let statement = logged(signs, |line| !line.contains("Query Text")).await;
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let steps = sqlx::query(AssertSqlSafe(explain))
            .fetch_all(&mut sqlite)
            .await
            .unwrap();
        for step in steps {
            let step: String = step.get("detail");
            // What is due next is the first of its index.
            let is_by_index = !step.starts_with("SCAN")
                || step == "SCAN ready"
                || step == "SCAN candidate USING INDEX jobs_due_at_id_idx";
            let is_unsorted = !step.contains("TEMP B-TREE") || name == "annotations";
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
    let mut postgres = PgConnection::connect(stack.database.url()).await.unwrap();
    sqlx::raw_sql(FILL).execute(&mut postgres).await.unwrap();

    let url = format!(
        "{}?options[session_preload_libraries]=auto_explain\
         &options[auto_explain.log_min_duration]=0\
         &options[auto_explain.log_level]=notice",
        stack.database.url()
    );
    let settings = DatabaseSettings {
        url: url.into(),
        max_connections: 2,
    };
    let database = Database::connect(&settings).await.unwrap();
    let store = SeaStore::new(database, stack.clock.clone(), stack.realtime.clone());
    run_hot_queries(&stack, &store, &business).await;
    for (name, signs) in HOT {
        let plan = logged(signs, |line| line.contains("Query Text")).await;
        let (_, steps) = plan.split_once("Query Text").unwrap();
        assert!(!steps.contains("Seq Scan"), "{name}: {plan}");
        let is_list = ["chat list", "chat list by status", "history", "event log"].contains(&name);
        assert!(!(is_list && steps.contains("Sort Key")), "{name}: {plan}");
    }
}

/// Many chats, messages, events and jobs, made of the one business that is there.
const FILL: &str = "
INSERT INTO customers
    SELECT organization_id, gen_random_uuid(), first_name, last_name, phone_number,
           marketing_consent, folded_name, created_at, updated_at
    FROM customers, generate_series(1, 20000);
INSERT INTO contacts
    SELECT organization_id, gen_random_uuid(), id, first_name, folded_name, NULL, NULL, NULL,
           created_at, updated_at
    FROM customers LIMIT 3000;
INSERT INTO contact_identities
    SELECT organization_id, 'user_id', id::text, id FROM contacts;
INSERT INTO chats
    SELECT k.organization_id, gen_random_uuid(), a.id, k.id, k.customer_id, 'open', NULL,
           k.created_at + random() * interval '1 day', NULL, NULL, 0, k.created_at, k.updated_at
    FROM contacts AS k, whatsapp_accounts AS a
    WHERE k.id NOT IN (SELECT contact_id FROM chats);
INSERT INTO messages (organization_id, id, chat_id, account_id, direction, kind, content,
                      status, wamid, target_wamid, reactions, created_at)
    SELECT m.organization_id, gen_random_uuid(), c.id, m.account_id, m.direction, m.kind,
           m.content, m.status, gen_random_uuid()::text,
           CASE WHEN n = 1 THEN gen_random_uuid()::text END, '[]',
           m.created_at + random() * interval '1 day'
    FROM messages AS m, chats AS c, generate_series(1, 5) AS n;
INSERT INTO events
    SELECT id, n, '{\"event\": \"session_ended\", \"session_id\": \"' || id || '\"}', created_at
    FROM organizations, generate_series(1, 5000) AS n;
INSERT INTO jobs
    SELECT gen_random_uuid(), NULL, 'sweep', '{\"kind\": \"sweep\"}',
           CASE WHEN n % 2 = 0 THEN 'key-' || n % 100 END, NULL, NULL,
           '2026-09-01'::timestamptz + n * interval '1 minute', FALSE, 0, NULL, NULL,
           '2026-09-01'
    FROM generate_series(1, 5000) AS n;
INSERT INTO whatsapp_accounts
    SELECT organization_id, gen_random_uuid(), n::text, n::text, '', NULL, '', NULL, 'connected',
           NULL, NULL, NULL, 80, TRUE, created_at, updated_at, NULL, 1
    FROM whatsapp_accounts, generate_series(1, 3000) AS n;
INSERT INTO users
    SELECT gen_random_uuid(), '', '', n::text, '+52155', '', FALSE, created_at, created_at
    FROM users, generate_series(1, 3000) AS n;
INSERT INTO organization_members
    SELECT organization_id, users.id, 'agent', TRUE, users.created_at
    FROM users, organization_members WHERE users.first_name = '';
INSERT INTO sessions
    SELECT gen_random_uuid(), user_id, organization_id, NULL, NULL, created_at, created_at,
           created_at + interval '30 days'
    FROM organization_members;
ANALYZE;
";

/// What the database's driver logged in this process.
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn log() -> MutexGuard<'static, Vec<String>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Recorder;

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        log().push(text.0);
    }
}

/// The longest text of an event: the statement, or the plan.
#[derive(Default)]
struct Text(String);

impl Text {
    fn keep_longest(&mut self, text: &str) {
        if text.len() > self.0.len() {
            text.clone_into(&mut self.0);
        }
    }
}

impl Visit for Text {
    fn record_str(&mut self, _: &Field, text: &str) {
        self.keep_longest(text);
    }

    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        self.keep_longest(&format!("{value:?}"));
    }
}

fn record_log() {
    let is_drivers = tracing_subscriber::filter::Targets::new()
        .with_target("sqlx::query", LevelFilter::TRACE)
        .with_target("sqlx::postgres::notice", LevelFilter::TRACE);
    // Another case of this process may have set it already.
    let _done = tracing_subscriber::registry()
        .with(Recorder.with_filter(is_drivers))
        .try_init();
}

/// The last logged text that bears all the signs and is of the kind. The driver may log a
/// statement a moment after it has answered it.
async fn logged(signs: &[&str], is_of_kind: impl Fn(&str) -> bool) -> String {
    for _ in 0..100 {
        let found = log()
            .iter()
            .rev()
            .find(|line| is_of_kind(line) && signs.iter().all(|sign| line.contains(sign)))
            .cloned();
        if let Some(found) = found {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no statement was logged with {signs:?}");
}
