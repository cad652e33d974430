//! The chat list and a chat's history, at ten thousand messages and at a million.

use std::time::Instant;

use sea_orm::DatabaseConnection;
use tests::{client::Owner, program::Running};

use crate::{
    figures::Times,
    world::{Engine, World, column, execute},
};

const READS: usize = 2_000;
/// Chats, and messages in each.
const SIZES: [(usize, usize); 2] = [(100, 100), (10_000, 100)];
const NUMBER: &str = "206540352242922";

pub(crate) async fn report(world: &World, running: &Running) {
    for (chats, messages) in SIZES {
        let name = format!("Reading {chats}");
        let owner = running.client.register(&name).await;
        let account_id = owner.connects(&format!("{NUMBER}{chats}")).await;
        let database = world.connect().await;
        fill(
            world.engine,
            &database,
            &owner,
            &account_id,
            chats,
            messages,
        )
        .await;
        let size = format!("{} messages, {chats} chats", chats * messages);
        read_lists(&owner)
            .await
            .print(&format!("{size}: first page of the list"));
        read_deep_lists(&owner)
            .await
            .print(&format!("{size}: any page of the list"));
        read_histories(&owner)
            .await
            .print(&format!("{size}: newest page of a history"));
        read_around(&owner)
            .await
            .print(&format!("{size}: around an older message"));
    }
}

async fn read_lists(owner: &Owner) -> Times {
    let mut times = Times::new();
    for _ in 0..READS {
        timed(owner, "/api/chats", &mut times).await;
    }
    times
}

/// Goes on from page to page, and begins again at the end.
async fn read_deep_lists(owner: &Owner) -> Times {
    let mut times = Times::new();
    let mut path = "/api/chats".to_owned();
    for _ in 0..READS {
        let page = timed(owner, &path, &mut times).await;
        path = match page["nextCursor"].as_str() {
            Some(cursor) => format!("/api/chats?cursor={cursor}"),
            None => "/api/chats".to_owned(),
        };
    }
    times
}

async fn read_histories(owner: &Owner) -> Times {
    let mut times = Times::new();
    let chats = some_chats(owner).await;
    for chat in chats.iter().cycle().take(READS) {
        timed(owner, &format!("/api/chats/{chat}/messages"), &mut times).await;
    }
    times
}

async fn read_around(owner: &Owner) -> Times {
    let mut times = Times::new();
    let mut paths = Vec::new();
    for chat in some_chats(owner).await {
        let messages = owner.messages(&chat).await;
        let middle = messages[messages.len() / 2]["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        paths.push(format!("/api/chats/{chat}/messages?around={middle}"));
    }
    for path in paths.iter().cycle().take(READS) {
        timed(owner, path, &mut times).await;
    }
    times
}

async fn some_chats(owner: &Owner) -> Vec<String> {
    let chats = owner.client.get("/api/chats?limit=100").await.data();
    chats
        .iter()
        .map(|chat| chat["id"].as_str().expect("an id").to_owned())
        .collect()
}

async fn timed(owner: &Owner, path: &str, times: &mut Times) -> serde_json::Value {
    let begin = Instant::now();
    let answer = owner.client.get(path).await;
    times.add(begin.elapsed());
    answer.assert_status(200);
    answer.json()
}

/// Fills an organization by SQL: through the API it would take hours.
async fn fill(
    engine: Engine,
    database: &DatabaseConnection,
    owner: &Owner,
    account_id: &str,
    chats: usize,
    messages: usize,
) {
    let sql = Dialect::new(engine, &owner.organization_id, account_id);
    let Dialect {
        organization,
        account,
        random_id,
        ..
    } = &sql;
    let numbers = |count| sql.numbers(count);
    let time = |seconds: &str| sql.time(seconds);
    let id = &sql.id_type;
    execute(
        database,
        &format!(
            "CREATE TABLE seed (n bigint PRIMARY KEY, customer {id}, contact {id}, chat {id})"
        ),
    )
    .await;
    execute(
        database,
        &format!(
            "INSERT INTO seed SELECT n, {random_id}, {random_id}, {random_id} FROM ({}) AS numbers",
            numbers(chats)
        ),
    )
    .await;
    let at_chat = time("n");
    execute(database, &format!(
        "INSERT INTO customers (organization_id, id, first_name, phone_number, marketing_consent, folded_name, created_at, updated_at)
         SELECT {organization}, customer, 'Customer ' || n, '+1415' || n, 'unknown', 'customer ' || n, {at_chat}, {at_chat} FROM seed"
    )).await;
    execute(database, &format!(
        "INSERT INTO contacts (organization_id, id, customer_id, name, folded_name, wa_id, created_at, updated_at)
         SELECT {organization}, contact, customer, 'Customer ' || n, 'customer ' || n, '1415' || n, {at_chat}, {at_chat} FROM seed"
    )).await;
    execute(database, &format!(
        "INSERT INTO chats (organization_id, id, account_id, contact_id, customer_id, status, last_inbound_at, last_activity_at, inbound_count, created_at, updated_at)
         SELECT {organization}, chat, {account}, contact, customer, 'open', {at_chat}, {at_chat}, {messages}, {at_chat}, {at_chat} FROM seed"
    )).await;
    let at_message = time("seed.n + m * 60");
    execute(database, &format!(
        "INSERT INTO messages (organization_id, id, chat_id, account_id, direction, kind, content, status, wamid, reactions, created_at)
         SELECT {organization}, {random_id}, chat, {account}, 'inbound', 'text',
                {}, 'received', 'wamid.' || seed.n || '.' || m, {}, {at_message}
         FROM seed, (SELECT n AS m FROM ({}) AS inner_numbers) AS numbers",
        sql.json(r#"{"type":"text","content":{"body":"Do you have it in blue, and would it be here by Friday?","preview_url":false}}"#),
        sql.json("[]"),
        numbers(messages),
    )).await;
    execute(database, &format!(
        "UPDATE chats SET
           last_message_id = (SELECT m.id FROM messages m WHERE m.organization_id = chats.organization_id AND m.chat_id = chats.id ORDER BY m.created_at DESC, m.id DESC LIMIT 1),
           last_message_at = last_activity_at
         WHERE organization_id = {organization}"
    )).await;
    execute(database, "DROP TABLE seed").await;
    execute(database, "ANALYZE").await;
    let stored: Vec<i64> = column(
        database,
        &format!("SELECT count(*) FROM messages WHERE organization_id = {organization}"),
    )
    .await;
    assert_eq!(stored, [i64::try_from(chats * messages).expect("few")]);
}

/// How each engine says it.
struct Dialect {
    engine: Engine,
    organization: String,
    account: String,
    random_id: &'static str,
    id_type: &'static str,
}

impl Dialect {
    fn new(engine: Engine, organization: &str, account: &str) -> Self {
        let id = |text: &str| match engine {
            Engine::Postgres => format!("'{text}'::uuid"),
            Engine::Sqlite => format!("x'{}'", text.replace('-', "")),
        };
        Self {
            engine,
            organization: id(organization),
            account: id(account),
            random_id: match engine {
                Engine::Postgres => "gen_random_uuid()",
                Engine::Sqlite => "randomblob(16)",
            },
            id_type: match engine {
                Engine::Postgres => "uuid",
                Engine::Sqlite => "blob",
            },
        }
    }

    fn numbers(&self, count: usize) -> String {
        match self.engine {
            Engine::Postgres => format!("SELECT n FROM generate_series(1, {count}) AS n"),
            Engine::Sqlite => format!(
                "WITH RECURSIVE counting(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counting WHERE n < {count}) SELECT n FROM counting"
            ),
        }
    }

    /// Seconds into 2026.
    fn time(&self, seconds: &str) -> String {
        match self.engine {
            Engine::Postgres => {
                format!("timestamptz '2026-01-01 00:00:00Z' + ({seconds}) * interval '1 second'")
            }
            Engine::Sqlite => format!(
                "strftime('%Y-%m-%dT%H:%M:%S+00:00', '2026-01-01', '+' || ({seconds}) || ' seconds')"
            ),
        }
    }

    fn json(&self, text: &str) -> String {
        match self.engine {
            Engine::Postgres => format!("'{text}'::json"),
            Engine::Sqlite => format!("'{text}'"),
        }
    }
}
