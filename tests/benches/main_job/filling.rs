//! Organizations full of messages.

use std::fmt;

use tests::{client::Owner, program::Running};

use crate::world::{Engine, World, column, execute};

/// How much an organization has.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) chats: usize,
    /// In each chat.
    pub(crate) messages: usize,
}

pub(crate) const SIZES: [Size; 2] = [
    Size {
        chats: 100,
        messages: 100,
    },
    Size {
        chats: 10_000,
        messages: 100,
    },
];

pub(crate) const COLOURS: [&str; 10] = [
    "blue", "red", "green", "yellow", "white", "black", "brown", "pink", "grey", "orange",
];
pub(crate) const THINGS: [&str; 10] = [
    "mug", "plate", "bowl", "spoon", "vase", "lamp", "chair", "table", "clock", "candle",
];

/// Of names.
pub(crate) const SYLLABLES: [&str; 10] =
    ["ba", "ma", "ro", "si", "to", "na", "le", "du", "ki", "ve"];

impl Size {
    pub(crate) fn total(self) -> usize {
        self.chats * self.messages
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} messages in {} chats", self.total(), self.chats)
    }
}

/// Fills an organization by SQL: through the API it would take hours.
pub(crate) async fn fill(world: &World, running: &Running, name: &str, size: Size) -> Owner {
    let owner = running.client.register(&format!("{name} {size}")).await;
    let account_id = owner.connects(&format!("{:015}", fastrand::u64(..))).await;
    let database = &world.connect().await;
    let Size { chats, messages } = size;
    let sql = Dialect::new(world.engine, &owner.organization_id, &account_id);
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
        sql.text(),
        sql.json("[]"),
        numbers(messages),
    )).await;
    execute(database, &format!(
        "UPDATE chats SET
           last_message_id = (SELECT m.id FROM messages m WHERE m.organization_id = chats.organization_id AND m.chat_id = chats.id ORDER BY m.created_at DESC, m.id DESC LIMIT 1),
           last_message_at = last_activity_at
         WHERE organization_id = {organization}"
    )).await;
    execute(
        database,
        &format!(
            "INSERT INTO messages_to_index (organization_id, id)
         SELECT organization_id, id FROM messages WHERE organization_id = {organization}"
        ),
    )
    .await;
    execute(database, "DROP TABLE seed").await;
    execute(database, "ANALYZE").await;
    let stored: Vec<i64> = column(
        database,
        &format!("SELECT count(*) FROM messages WHERE organization_id = {organization}"),
    )
    .await;
    assert_eq!(stored, [i64::try_from(size.total()).expect("few")]);
    owner
}

/// How each engine says it.
pub(crate) struct Dialect {
    engine: Engine,
    pub(crate) organization: String,
    pub(crate) account: String,
    pub(crate) random_id: &'static str,
    pub(crate) id_type: &'static str,
}

impl Dialect {
    pub(crate) fn new(engine: Engine, organization: &str, account: &str) -> Self {
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

    pub(crate) fn numbers(&self, count: usize) -> String {
        match self.engine {
            Engine::Postgres => format!("SELECT n FROM generate_series(1::bigint, {count}) AS n"),
            Engine::Sqlite => format!(
                "WITH RECURSIVE counting(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counting WHERE n < {count}) SELECT n FROM counting"
            ),
        }
    }

    /// Seconds into 2026.
    pub(crate) fn time(&self, seconds: &str) -> String {
        match self.engine {
            Engine::Postgres => {
                format!("timestamptz '2026-01-01 00:00:00Z' + ({seconds}) * interval '1 second'")
            }
            Engine::Sqlite => format!(
                "strftime('%Y-%m-%dT%H:%M:%S+00:00', '2026-01-01', '+' || ({seconds}) || ' seconds')"
            ),
        }
    }

    /// A text of its own for message `m` of chat `seed.n`: with words that are in each, in
    /// every tenth, and in few.
    fn text(&self) -> String {
        let number = "(seed.n * 100 + m)";
        let colour = one_of(COLOURS, number);
        let thing = one_of(THINGS, &format!("{number} / 10"));
        let body = format!(
            "'{{\"type\":\"text\",\"content\":{{\"body\":\"Do you have the ' || {colour} || ' ' || {thing}
             || ' of order r' || {number} % 5000 || ' by Friday?\",\"preview_url\":false}}}}'"
        );
        match self.engine {
            Engine::Postgres => format!("({body})::json"),
            Engine::Sqlite => body,
        }
    }

    pub(crate) fn json(&self, text: &str) -> String {
        match self.engine {
            Engine::Postgres => format!("'{text}'::json"),
            Engine::Sqlite => format!("'{text}'"),
        }
    }
}

pub(crate) fn one_of(words: [&str; 10], number: &str) -> String {
    let cases: String = (0..).zip(words).fold(String::new(), |cases, (n, word)| {
        format!("{cases} WHEN {n} THEN '{word}'")
    });
    format!("CASE ({number}) % 10 {cases} END")
}
