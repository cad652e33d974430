use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::{Message, MessageContent, MessageFilter, MessageId, SearchQuery, Text},
    id::Id,
    page::{PageRequest, Window},
    store::Store,
};

use crate::given::{Business, Stack, newest, stacks, text};

async fn store(stack: &Stack, business: &Business, messages: &[Message]) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    for message in messages {
        assert!(uow.messages().insert(message, None).await.unwrap());
    }
    uow.commit().await.unwrap();
}

/// The ids of what is found, in their order.
async fn found(
    stack: &Stack,
    business: &Business,
    query: &str,
    filter: &MessageFilter,
) -> Vec<MessageId> {
    let query = SearchQuery::parse(query).unwrap();
    let read = stack.store.read(business.id());
    let search = read.message_search();
    let page = search.find(&query, filter, newest(100)).await.unwrap();
    assert_eq!((page.older, page.newer), (None, None));
    page.rows.iter().map(|message| message.id).collect()
}

async fn finds(stack: &Stack, business: &Business, query: &str) -> Vec<MessageId> {
    found(stack, business, query, &MessageFilter::default()).await
}

/// Each a second after the one before.
fn said(business: &Business, texts: &[&str], from: DateTime<Utc>) -> Vec<Message> {
    (0..)
        .zip(texts)
        .map(|(second, text)| business.inbound(text, from + Duration::seconds(second)))
        .collect()
}

#[tokio::test]
async fn messages_are_found_by_the_beginnings_of_all_words_the_newest_first() {
    for stack in stacks().await {
        let business = stack.business().await;
        let texts = [
            "José pide dos cafés",
            "un café para JOSE, por favor",
            "私は東京都に住んでいます",
            "東京と京都",
            "ขอบคุณมาก",
            "Hauptstraße 12",
            "it's 50% off; a_b",
        ];
        let messages = said(&business, &texts, stack.now());
        store(&stack, &business, &messages).await;
        for (query, expected) in [
            ("jose", &[1, 0][..]),
            ("CAFÉ josé", &[1, 0]),
            ("cafés", &[0]),
            ("favor café", &[1]),
            ("café té", &[]),
            ("ose", &[]),
            ("京都", &[3, 2]),
            ("東京都", &[2]),
            ("ขอบคุณ", &[4]),
            ("hauptstrasse", &[5]),
            ("12", &[5]),
            ("50%", &[6]),
            ("it's", &[6]),
            ("a b", &[6]),
        ] {
            let expected: Vec<_> = expected.iter().map(|index| messages[*index].id).collect();
            assert_eq!(finds(&stack, &business, query).await, expected, "{query}");
        }
    }
}

#[tokio::test]
async fn what_is_searched_for_is_never_taken_for_the_language_of_the_database() {
    for stack in stacks().await {
        let business = stack.business().await;
        store(&stack, &business, &said(&business, &["plain"], stack.now())).await;
        for query in [
            "xx%",
            "%%__xx",
            "xx\" OR plain",
            "xx' | 'plain",
            "xx | plain",
            "xx OR plain",
            "NOT xx",
            "terms:plain",
            "{terms}: plain",
            "xx NEAR plain",
            "^xx",
            "xx:*",
            "xx <-> plain",
            "!plain xx",
            "\\' OR 1=1 --",
            "xx ;DROP TABLE messages",
            "$1 xx",
            "·text",
            &"xx ".repeat(60),
            &"x".repeat(200),
        ] {
            let found = finds(&stack, &business, query).await;
            assert!(found.is_empty(), "{query}");
        }
    }
}

#[tokio::test]
async fn a_search_can_be_narrowed_to_a_chat_a_kind_and_a_time() {
    for stack in stacks().await {
        let business = stack.business().await;
        let start = stack.now();
        let other_chat = business.another_chat(&*stack.store, "Ana", start).await;
        let mut messages = said(&business, &["hola"; 4], start);
        messages[1].chat_id = other_chat.id;
        messages[2].content = MessageContent::Order(domain::chats::Cart {
            catalog_id: "1".into(),
            text: Some("hola".into()),
            product_items: Vec::new(),
            products: Vec::new(),
        });
        store(&stack, &business, &messages).await;
        let all = MessageFilter::default;
        let second = |second| Some(start + Duration::seconds(second));
        for (filter, expected) in [
            (all(), &[3, 2, 1, 0][..]),
            (
                MessageFilter {
                    chat_id: Some(other_chat.id),
                    ..all()
                },
                &[1],
            ),
            (
                MessageFilter {
                    chat_id: Some(Id::generate()),
                    ..all()
                },
                &[],
            ),
            (
                MessageFilter {
                    kind: Some("order".into()),
                    ..all()
                },
                &[2],
            ),
            (
                MessageFilter {
                    from: second(1),
                    to: second(3),
                    ..all()
                },
                &[2, 1],
            ),
            (
                MessageFilter {
                    from: Some(start + Duration::microseconds(1)),
                    to: Some(start + Duration::seconds(1) + Duration::microseconds(1)),
                    chat_id: Some(other_chat.id),
                    kind: Some("text".into()),
                    ..MessageFilter::default()
                },
                &[1],
            ),
            (
                MessageFilter {
                    from: Some(DateTime::<Utc>::MAX_UTC),
                    ..all()
                },
                &[],
            ),
        ] {
            let expected: Vec<_> = expected.iter().map(|index| messages[*index].id).collect();
            let ids = found(&stack, &business, "hola", &filter).await;
            assert_eq!(ids, expected, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn pages_lose_nothing_and_repeat_nothing_though_all_was_said_at_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut messages: Vec<_> = (0..23)
            .map(|_| business.inbound("hola", stack.now()))
            .collect();
        messages.extend(said(&business, &["hola"; 4], stack.now()));
        store(&stack, &business, &messages).await;
        let query = SearchQuery::parse("ho").unwrap();
        let filter = MessageFilter::default();
        let read = stack.store.read(business.id());

        let mut seen: Vec<MessageId> = Vec::new();
        let mut page = newest(5);
        let last = loop {
            let found = read.message_search().find(&query, &filter, page).await;
            let found = found.unwrap();
            seen.extend(found.rows.iter().map(|message| message.id));
            match found.older {
                Some(position) => page.window = Window::Before(position),
                None => break found,
            }
        };
        let mut ids: Vec<_> = messages.iter().map(|message| message.id).collect();
        let newest_first = [messages[26].id, messages[25].id, messages[24].id];
        assert_eq!(seen[..3], newest_first);

        // And back again.
        let mut back: Vec<MessageId> = last.rows.iter().rev().map(|row| row.id).collect();
        let mut newer = last.newer;
        while let Some(position) = newer {
            let page = PageRequest {
                window: Window::After(position),
                limit: 4,
            };
            let found = read.message_search().find(&query, &filter, page).await;
            let found = found.unwrap();
            back.extend(found.rows.iter().rev().map(|message| message.id));
            newer = found.newer;
        }
        back.reverse();
        assert_eq!(back, seen);
        seen.sort();
        ids.sort();
        assert_eq!(seen, ids);
    }
}

#[tokio::test]
async fn what_was_said_long_ago_is_found_beneath_much_else() {
    for stack in stacks().await {
        let business = stack.business().await;
        let start = stack.now();
        let mut messages = said(&business, &["needle one", "needle two"], start);
        let later = start + Duration::minutes(1);
        let mut hay = vec!["hay"; 2_100];
        hay[1_500] = "needle between";
        messages.extend(said(&business, &hay, later));
        messages.push(business.inbound("needle three", start + Duration::days(1)));
        store(&stack, &business, &messages).await;
        let expected = [2_102, 1_502, 1, 0].map(|at| messages[at].id);
        assert_eq!(finds(&stack, &business, "needle").await, expected);
        // Not among the very newest.
        let between = finds(&stack, &business, "between").await;
        assert_eq!(between, [messages[1_502].id]);
        let two = finds(&stack, &business, "needle two").await;
        assert_eq!(two, [messages[1].id]);
    }
}

#[tokio::test]
async fn a_search_finds_what_messages_say_now() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut messages = said(&business, &["first words", "secret words"], stack.now());
        store(&stack, &business, &messages).await;
        let reaction = Message {
            content: MessageContent::Edit {
                message_id: "wamid.unknown".into(),
                content: Box::new(text("words of an edit")),
            },
            ..business.inbound("", stack.now())
        };
        store(&stack, &business, &[reaction]).await;

        let uow = stack.store.begin(business.id()).await.unwrap();
        messages[0].content = MessageContent::Text(Text {
            body: "other words".into(),
            preview_url: false,
        });
        messages[0].edited_at = Some(stack.now());
        messages[1].revoked_at = Some(stack.now());
        for message in &messages {
            uow.messages().lock(message.id).await.unwrap().unwrap();
            uow.messages().update(message).await.unwrap();
        }
        // Not before the commit.
        if stack.database.url().contains("test.db") || stack.is_on_postgres() {
            assert_eq!(finds(&stack, &business, "words").await.len(), 2);
        }
        uow.commit().await.unwrap();

        let edited = messages[0].id;
        assert_eq!(finds(&stack, &business, "words").await, [edited]);
        assert_eq!(finds(&stack, &business, "other").await, [edited]);
        assert!(finds(&stack, &business, "first").await.is_empty());
        assert!(finds(&stack, &business, "secret").await.is_empty());

        // What is rolled back was never said; what comes twice was said once.
        let uow = stack.store.begin(business.id()).await.unwrap();
        let unsaid = business.inbound("unsaid", stack.now());
        assert!(uow.messages().insert(&unsaid, None).await.unwrap());
        drop(uow);
        assert!(finds(&stack, &business, "unsaid").await.is_empty());
        let uow = stack.store.begin(business.id()).await.unwrap();
        let again = Message {
            id: Id::generate(),
            ..messages[0].clone()
        };
        assert!(!uow.messages().insert(&again, None).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(finds(&stack, &business, "other").await, [edited]);
    }
}

#[tokio::test]
async fn anothers_messages_are_not_found() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        store(&stack, &ours, &said(&ours, &["secret"], stack.now())).await;
        let own = said(&theirs, &["secret too"], stack.now());
        store(&stack, &theirs, &own).await;
        assert_eq!(finds(&stack, &theirs, "secret").await, [own[0].id]);
        let of_our_chat = MessageFilter {
            chat_id: Some(ours.chat.id),
            ..MessageFilter::default()
        };
        let found = found(&stack, &theirs, "secret", &of_our_chat).await;
        assert!(found.is_empty());
    }
}

#[tokio::test]
async fn what_was_said_before_there_was_a_search_is_found() {
    for stack in stacks().await {
        let (one, other) = (stack.business().await, stack.business().await);
        let all = vec!["said before"; 700];
        for business in [&one, &other] {
            store(&stack, business, &said(business, &all, stack.now())).await;
        }
        let database = stack.database.database();
        let migrations = database.migration_status().await.unwrap();
        let later = migrations
            .iter()
            .rev()
            .take_while(|(name, _)| !name.ends_with("create_message_search"));
        let steps = u32::try_from(later.count()).unwrap() + 1;
        database.migrate_down(Some(steps)).await.unwrap();
        database.migrate_up().await.unwrap();

        let query = SearchQuery::parse("before").unwrap();
        for business in [&one, &other] {
            let read = stack.store.read(business.id());
            let mut page = newest(100);
            let mut count = 0;
            loop {
                let filter = MessageFilter::default();
                let found = read.message_search().find(&query, &filter, page).await;
                let found = found.unwrap();
                count += found.rows.len();
                match found.older {
                    Some(position) => page.window = Window::Before(position),
                    None => break,
                }
            }
            assert_eq!(count, 700);
        }
    }
}
