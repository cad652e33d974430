//! A search never looks through everything.

use domain::{
    chats::{MessageFilter, SearchQuery, Sight},
    store::Store,
};
use infrastructure::database::SeaStore;
use sqlx::{Connection, SqliteConnection};
use tests::stores::{self, Backend};

use super::{
    log::record_log,
    plans::{filled_postgres, postgres_plan, sqlite_plan},
};
use crate::given::{Business, Stack, newest};

/// Many chats, and in one of them many messages, each with a word of its own, and one word
/// that all have.
const FILL: &str = "
    INSERT INTO customers
        SELECT organization_id, gen_random_uuid(), first_name, last_name, phone_number,
               marketing_consent, folded_name, created_at, updated_at
        FROM customers, generate_series(1, 20000);
    INSERT INTO contacts
        SELECT organization_id, gen_random_uuid(), id, first_name, folded_name, NULL, NULL, NULL,
               created_at, updated_at
        FROM customers WHERE id NOT IN (SELECT customer_id FROM contacts);
    INSERT INTO chats
        SELECT k.organization_id, gen_random_uuid(), a.id, k.id, k.customer_id, 'open', NULL,
               k.created_at, NULL, NULL, 0, k.created_at, k.updated_at
        FROM contacts AS k, whatsapp_accounts AS a
        WHERE k.id NOT IN (SELECT contact_id FROM chats);
    INSERT INTO messages (organization_id, id, chat_id, account_id, direction, kind, content,
                          status, wamid, reactions, created_at)
        SELECT organization_id, gen_random_uuid(), chat_id, account_id, direction, kind, content,
               status, gen_random_uuid()::text, '[]', created_at + n * interval '1 second'
        FROM messages, generate_series(1, 30000) AS n;
    INSERT INTO message_search (organization_id, id, chat_id, created_at, terms)
        SELECT organization_id, id, chat_id, created_at,
               array_to_tsvector(ARRAY[own || 'all', own || 'w' || row_number() OVER ()])
        FROM messages, right(replace(organization_id::text, '-', ''), 8) AS own
        WHERE id NOT IN (SELECT id FROM message_search);
    ANALYZE;
";

async fn filled(stack: &Stack) -> Business {
    let business = stack.business().await;
    let uow = stack.store.begin(business.id()).await.unwrap();
    let message = business.inbound("all", stack.now());
    assert!(uow.messages().insert(&message, None).await.unwrap());
    uow.commit().await.unwrap();
    business
}

/// A search of each kind, with signs that tell its statement.
fn searches(business: &Business) -> [(&'static str, MessageFilter, &'static str); 4] {
    let in_chat = MessageFilter {
        chat_id: Some(business.chat.id),
        ..MessageFilter::default()
    };
    let since = MessageFilter {
        from: Some(business.chat.created_at),
        ..MessageFilter::default()
    };
    let in_sight = MessageFilter {
        sight: Sight::OwnAndUnassigned(business.user.id),
        ..MessageFilter::default()
    };
    [
        ("w17", MessageFilter::default(), "message_search"),
        ("w18", in_chat, "chat_id ="),
        ("w19", since, "created_at >="),
        ("w20", in_sight, "chats.assignee_id"),
    ]
}

async fn search(store: &SeaStore, business: &Business, query: &str, filter: &MessageFilter) {
    let query = SearchQuery::parse(query).unwrap();
    let read = store.read(business.id());
    let search = read.message_search();
    search.find(&query, filter, newest(25)).await.unwrap();
}

#[tokio::test]
async fn sqlite_searches_its_inverted_index_in_order() {
    record_log();
    let stack = Stack::on(stores::sqlite_file().await);
    let business = filled(&stack).await;
    let url = stack.database.url();
    let mut sqlite = SqliteConnection::connect(url).await.unwrap();
    for (query, filter, sign) in searches(&business) {
        search(&stack.store, &business, query, &filter).await;
        let (_, steps) = sqlite_plan(&mut sqlite, &["message_terms MATCH", sign]).await;
        let [first, second, of_sight @ ..] = steps.as_slice() else {
            panic!("less than two steps: {steps:?}");
        };
        let is_by_key = |step: &String| {
            step.starts_with("SEARCH chats") && step.ends_with("(organization_id=? AND id=?)")
        };
        assert!(of_sight.iter().all(is_by_key), "{of_sight:?}");
        let by_words = "SCAN message_terms VIRTUAL TABLE INDEX";
        assert!(
            first.starts_with(by_words) && first.contains("M1"),
            "{first}"
        );
        let by_place = "SEARCH message USING INTEGER PRIMARY KEY (rowid=?)";
        assert_eq!(second, by_place);
    }
}

#[tokio::test]
async fn postgres_searches_its_inverted_index_and_the_newest() {
    if !Backend::Postgres.is_asked_for() {
        return;
    }
    record_log();
    let stack = Stack::on(stores::database(Backend::Postgres).await);
    let business = filled(&stack).await;
    let store = filled_postgres(&stack, FILL).await;
    for (query, filter, sign) in searches(&business) {
        search(&store, &business, query, &filter).await;
        let plan = postgres_plan(&["message_search", sign, "WITH very_newest"]).await;
        assert!(!plan.contains("Seq Scan"), "{query}: {plan}");
        assert!(!plan.contains("BitmapAnd"), "{query}: {plan}");
        assert!(plan.contains("message_search_terms_idx"), "{query}: {plan}");
        assert!(
            plan.contains("Index Scan Backward using"),
            "{query}: {plan}"
        );
    }
}
