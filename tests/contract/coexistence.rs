//! What a phone tells that a number also lives on, as far as it is kept.

use std::time::Duration;

use domain::{
    chats::{Message, MessageContent, MessageFilter, ReplyTo, SearchQuery},
    id::Id,
    store::Store,
    whatsapp::{AddressBookName, History, HistoryStatus},
};
use serde_json::{Value, json};

use crate::given::{Business, Stack, concurrent_stacks, newest, stacks, text};

async fn insert_all(stack: &Stack, business: &Business, messages: &[Message]) -> Vec<bool> {
    let original = json!({"type": "text"});
    let rows: Vec<(Message, &Value)> = messages
        .iter()
        .map(|message| (message.clone(), &original))
        .collect();
    let uow = stack.store.begin(business.id()).await.unwrap();
    let stored = uow.messages().insert_all(&rows).await.unwrap();
    uow.commit().await.unwrap();
    let ids = messages.iter().map(|message| message.id);
    ids.map(|id| stored.contains(&id)).collect()
}

async fn count_found(stack: &Stack, business: &Business, query: &str) -> usize {
    let read = stack.store.read(business.id());
    let query = SearchQuery::parse(query).unwrap();
    let search = read.message_search();
    let filter = MessageFilter::default();
    let found = search.find(&query, &filter, newest(100)).await;
    found.unwrap().rows.len()
}

#[tokio::test]
async fn many_messages_are_stored_at_once_and_those_that_are_there_stay() {
    for stack in stacks().await {
        let business = stack.business().await;
        let first = business.inbound("una pregunta", stack.now());
        let answer = Message {
            reply_to: Some(ReplyTo {
                message_id: Some(first.id),
                wamid: first.wamid.clone().unwrap(),
            }),
            ..business.inbound("una respuesta", stack.now())
        };
        let silent = Message {
            content: MessageContent::RequestWelcome,
            ..business.inbound("", stack.now())
        };
        // What answers another may come before it.
        let messages = [answer.clone(), silent.clone(), first.clone()];
        assert_eq!(insert_all(&stack, &business, &messages).await, [true; 3]);

        let again = Message {
            id: Id::generate(),
            content: text("otra cosa"),
            ..first.clone()
        };
        let new = business.inbound("una novedad", stack.now());
        let stored = insert_all(&stack, &business, &[again.clone(), new.clone()]).await;
        assert_eq!(stored, [false, true]);
        assert!(insert_all(&stack, &business, &[]).await.is_empty());

        let read = stack.store.read(business.id());
        for message in [&first, &answer, &silent, &new] {
            let found = read.messages().find(message.id).await.unwrap();
            assert_eq!(found.as_ref(), Some(message));
        }
        assert_eq!(read.messages().find(again.id).await.unwrap(), None);
        assert_eq!(count_found(&stack, &business, "una").await, 3);
        assert_eq!(count_found(&stack, &business, "otra").await, 0);

        let wamid = |message: &Message| message.wamid.clone().unwrap();
        let wamids = [wamid(&first), wamid(&new), "wamid.none".to_owned()];
        let wamids: Vec<_> = wamids.iter().map(String::as_str).collect();
        let account = business.account.id;
        let found = read.messages().find_by_wamids(account, &wamids).await;
        let mut found = found.unwrap();
        found.sort_by_key(|message| message.id);
        assert_eq!(found, [first, new]);
        let found = read.messages().find_by_wamids(account, &[]).await;
        assert_eq!(found.unwrap(), []);
    }
}

#[tokio::test]
async fn as_many_as_one_call_takes_may_answer_each_other() {
    for stack in stacks().await {
        let business = stack.business().await;
        let last = business.inbound("la ultima", stack.now());
        let answer = |n: i64| Message {
            reply_to: Some(ReplyTo {
                message_id: Some(last.id),
                wamid: last.wamid.clone().unwrap(),
            }),
            ..business.inbound(&format!("hola {n}"), stack.now())
        };
        let mut messages: Vec<_> = (1..500).map(answer).collect();
        messages.push(last.clone());
        let stored = insert_all(&stack, &business, &messages).await;
        assert_eq!(stored, vec![true; 500]);
        assert_eq!(count_found(&stack, &business, "ultima").await, 1);
    }
}

#[tokio::test]
async fn of_several_who_store_the_same_messages_one_does() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let messages = [
            business.inbound("uno", stack.now()),
            business.inbound("dos", stack.now()),
        ];
        let copies = (0..4).map(|_| {
            messages.clone().map(|it| Message {
                id: Id::generate(),
                ..it
            })
        });
        let copies: Vec<_> = copies.collect();
        let stored = copies
            .iter()
            .map(|copy| insert_all(&stack, &business, copy));
        let stored = futures_util::future::join_all(stored).await;
        for place in 0..messages.len() {
            assert_eq!(stored.iter().filter(|stored| stored[place]).count(), 1);
        }
        let read = stack.store.read(business.id());
        assert_eq!(read.messages().count(business.chat.id).await.unwrap(), 2);
        assert_eq!(count_found(&stack, &business, "uno").await, 1);
    }
}

#[tokio::test]
async fn a_message_that_says_something_else_is_found_by_that() {
    for stack in stacks().await {
        let business = stack.business().await;
        let message = business.inbound("antes", stack.now());
        insert_all(&stack, &business, std::slice::from_ref(&message)).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let messages = uow.messages();
        let mut changed = messages.lock(message.id).await.unwrap().unwrap();
        changed.content = text("ahora");
        messages.update_content(&changed).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(count_found(&stack, &business, "antes").await, 0);
        assert_eq!(count_found(&stack, &business, "ahora").await, 1);
    }
}

#[tokio::test]
async fn a_message_of_the_past_may_be_the_last_and_changes_nothing_else() {
    for stack in stacks().await {
        let business = stack.business().await;
        let before = business.chat.clone();
        let at = |days: u64| before.created_at - Duration::from_secs(days * 86_400);
        let older = business.inbound("hace tres dias", at(3));
        let newer = business.inbound("hace un dia", at(1));
        let later = business.inbound("ahora", before.created_at + Duration::from_secs(1));
        for (message, last) in [(&newer, &newer), (&older, &newer), (&later, &later)] {
            let uow = stack.store.begin(business.id()).await.unwrap();
            assert!(uow.messages().insert(message, None).await.unwrap());
            uow.chats()
                .note_past_message(message, stack.now())
                .await
                .unwrap();
            uow.commit().await.unwrap();
            let read = stack.store.read(business.id());
            let overview = read.chats().overview(before.id, None).await.unwrap();
            let overview = overview.unwrap();
            assert_eq!(overview.last_message.as_ref(), Some(last));
            assert_eq!(overview.chat.last_message_at, Some(last.created_at));
            let activity = last.created_at.max(before.last_activity_at);
            assert_eq!(overview.chat.last_activity_at, activity);
            assert_eq!(overview.cycle, None);
            assert_eq!(overview.chat.inbound_count, 0);
            assert_eq!(overview.chat.last_inbound_at, None);
            assert_eq!(overview.chat.status, before.status);
            assert_eq!(overview.chat.version, before.version);
        }
        let reaction = Message {
            content: MessageContent::Reaction {
                message_id: "wamid.1".into(),
                emoji: None,
            },
            ..business.inbound("", later.created_at + Duration::from_secs(1))
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&reaction, None).await.unwrap());
        uow.chats()
            .note_past_message(&reaction, stack.now())
            .await
            .unwrap();
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let overview = read.chats().overview(before.id, None).await.unwrap();
        assert_eq!(overview.unwrap().last_message, Some(later));
    }
}

#[tokio::test]
async fn an_account_knows_how_its_history_fares_whatever_else_changes() {
    for stack in stacks().await {
        let (business, other) = (stack.business().await, stack.business().await);
        let id = business.account.id;
        let importing = History {
            status: HistoryStatus::Importing,
            phase: 1,
            progress: 55,
            error: None,
            updated_at: stack.now(),
        };
        let failed = History {
            status: HistoryStatus::Failed,
            error: Some("Meta could not".into()),
            ..importing.clone()
        };
        let mut account = business.account.clone();
        for history in [importing, failed] {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let known = uow.accounts().lock(id).await.unwrap().unwrap();
            assert_eq!(known.history, account.history);
            uow.accounts()
                .set_history(id, Some(&history))
                .await
                .unwrap();
            uow.commit().await.unwrap();
            account.history = Some(history);
            let read = stack.store.read(business.id());
            let found = read.accounts().find(id).await.unwrap();
            assert_eq!(found, Some(account.clone()));
        }
        // Who has seen it before it went on may still change the account.
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.accounts().update(&business.account).await.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let found = read.accounts().find(id).await.unwrap().unwrap();
        assert_eq!(found.history, account.history);

        let uow = stack.store.begin(other.id()).await.unwrap();
        assert_eq!(uow.accounts().lock(id).await.unwrap(), None);
        let history = account.history.unwrap();
        assert!(
            uow.accounts()
                .set_history(id, Some(&history))
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn a_contact_keeps_what_the_address_book_calls_it() {
    for stack in stacks().await {
        let (business, other) = (stack.business().await, stack.business().await);
        let contact = business.contact.clone();
        let name = |name: &str, seconds: u64| AddressBookName {
            name: name.into(),
            written_at: stack.now() + Duration::from_secs(seconds),
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        let contacts = uow.contacts();
        assert_eq!(contacts.address_book_name(contact.id).await.unwrap(), None);
        for called in [name("Zoe", 1), name("Zoé la florista", 2)] {
            let kept = contacts.keep_address_book_name(contact.id, &called);
            kept.await.unwrap();
            contacts.update(&contact).await.unwrap();
            let known = contacts.address_book_name(contact.id).await.unwrap();
            assert_eq!(known, Some(called));
        }
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let found = read.contacts().find(contact.id).await.unwrap();
        assert_eq!(found, Some(contact.clone()));

        let uow = stack.store.begin(other.id()).await.unwrap();
        let contacts = uow.contacts();
        assert_eq!(contacts.address_book_name(contact.id).await.unwrap(), None);
        let called = name("Zoe", 3);
        let kept = contacts.keep_address_book_name(contact.id, &called);
        assert!(kept.await.is_err());
    }
}
