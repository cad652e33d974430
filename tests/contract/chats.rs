mod cycles;
mod labels;
mod sight;
mod work;

use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::{Chat, ChatFilter, ChatStatus, MessageContent, Sight},
    id::Id,
    page::{Page, PageRequest, Position, Window},
    store::Store,
};
use futures_util::future::join_all;

use crate::given::{Business, Stack, concurrent_stacks, newest, stacks};

#[tokio::test]
async fn a_contact_has_one_chat_with_an_account() {
    for stack in stacks().await {
        let business = stack.business().await;
        let again = Chat::open(business.account.id, &business.contact, stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(!uow.chats().insert(&again).await.unwrap());
        let chat = Some(business.chat.clone());
        let (account, contact) = (business.account.id, business.contact.id);
        assert_eq!(uow.chats().find(business.chat.id).await.unwrap(), chat);
        assert_eq!(
            uow.chats().find_by_contact(account, contact).await.unwrap(),
            chat
        );
        assert_eq!(
            uow.chats()
                .find_latest_of_contact(contact, Sight::All)
                .await
                .unwrap(),
            chat
        );
        uow.commit().await.unwrap();
    }
}

/// Stores a message of the customer's and has the chat note it.
async fn receive(stack: &Stack, business: &Business, body: &str, at: DateTime<Utc>) -> Chat {
    let message = business.inbound(body, at);
    let uow = stack.store.begin(business.id()).await.unwrap();
    assert!(uow.messages().insert(&message, None).await.unwrap());
    let chat = uow
        .chats()
        .note_message(&message, stack.now())
        .await
        .unwrap();
    uow.commit().await.unwrap();
    chat
}

async fn last_text(stack: &Stack, business: &Business) -> Option<String> {
    let read = stack.store.read(business.id());
    let overview = read.chats().overview(business.chat.id, None).await.unwrap();
    overview
        .unwrap()
        .last_message
        .and_then(|message| message.content.text())
}

#[tokio::test]
async fn a_customers_message_opens_the_window_and_counts() {
    for stack in stacks().await {
        let business = stack.business().await;
        let at = stack.now() + Duration::seconds(5);
        let chat = receive(&stack, &business, "Hola", at).await;
        assert_eq!(chat.last_inbound_at, Some(at));
        assert_eq!(chat.last_activity_at, at);
        assert_eq!(chat.inbound_count, 1);
        assert_eq!(last_text(&stack, &business).await.as_deref(), Some("Hola"));
    }
}

#[tokio::test]
async fn a_late_message_counts_and_moves_nothing_back() {
    for stack in stacks().await {
        let business = stack.business().await;
        let at = stack.now() + Duration::seconds(5);
        receive(&stack, &business, "newer", at).await;
        let chat = receive(&stack, &business, "older", at - Duration::hours(1)).await;
        assert_eq!(chat.last_inbound_at, Some(at));
        assert_eq!(chat.last_activity_at, at);
        assert_eq!(chat.inbound_count, 2);
        assert_eq!(last_text(&stack, &business).await.as_deref(), Some("newer"));
    }
}

#[tokio::test]
async fn the_first_message_is_the_last_one_though_it_is_older_than_the_chat() {
    for stack in stacks().await {
        let business = stack.business().await;
        let at = stack.now() - Duration::seconds(3);
        receive(&stack, &business, "Hola", at).await;
        assert_eq!(last_text(&stack, &business).await.as_deref(), Some("Hola"));
    }
}

#[tokio::test]
async fn what_we_write_is_activity_and_nothing_else() {
    for stack in stacks().await {
        let business = stack.business().await;
        let message = business.outbound("Buenas", stack.now() + Duration::seconds(1));
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        let chat = uow
            .chats()
            .note_message(&message, stack.now())
            .await
            .unwrap();
        assert_eq!(chat.last_activity_at, message.created_at);
        assert_eq!((chat.last_inbound_at, chat.inbound_count), (None, 0));
    }
}

#[tokio::test]
async fn a_customer_who_writes_brings_back_a_chat_that_was_put_aside() {
    for stack in stacks().await {
        let mut business = Business::any(stack.now());
        business.chat.status = ChatStatus::Resolved;
        business.store(stack.store.as_ref()).await;
        let answer = business.outbound("Adiós", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&answer, None).await.unwrap());
        let chat = uow
            .chats()
            .note_message(&answer, stack.now())
            .await
            .unwrap();
        assert_eq!(chat.status, ChatStatus::Resolved);
        uow.commit().await.unwrap();
        let chat = receive(&stack, &business, "Hola", stack.now()).await;
        assert_eq!(chat.status, ChatStatus::Open);
    }
}

#[tokio::test]
async fn an_annotation_changes_nothing() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut reaction = business.inbound("", stack.now() + Duration::seconds(1));
        reaction.content = MessageContent::Reaction {
            message_id: "wamid.x".into(),
            emoji: Some("👍".into()),
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&reaction, None).await.unwrap());
        let chat = uow
            .chats()
            .note_message(&reaction, stack.now())
            .await
            .unwrap();
        assert_eq!(chat, business.chat);
    }
}

#[tokio::test]
async fn concurrent_messages_of_a_chat_are_all_counted() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let at = stack.now();
        let receipts = (0..20)
            .map(|second| receive(&stack, &business, "Hola", at + Duration::seconds(second)));
        join_all(receipts).await;
        let read = stack.store.read(business.id());
        let chat = read.chats().find(business.chat.id).await.unwrap().unwrap();
        assert_eq!(chat.inbound_count, 20);
        assert_eq!(chat.last_activity_at, at + Duration::seconds(19));
    }
}

#[tokio::test]
async fn unread_is_each_viewers_own_and_never_moves_back() {
    for stack in stacks().await {
        let business = stack.business().await;
        for body in ["one", "two", "three"] {
            receive(&stack, &business, body, stack.now()).await;
        }
        let (chat, viewer) = (business.chat.id, business.user.id);
        let now = stack.now();
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(!uow.chats().mark_read(chat, viewer, 0, now).await.unwrap());
        assert!(uow.chats().mark_read(chat, viewer, 2, now).await.unwrap());
        assert!(!uow.chats().mark_read(chat, viewer, 2, now).await.unwrap());
        assert!(!uow.chats().mark_read(chat, viewer, 1, now).await.unwrap());
        uow.commit().await.unwrap();

        let read = stack.store.read(business.id());
        let unread = async |viewer| {
            let overview = read.chats().overview(chat, viewer).await.unwrap();
            overview.unwrap().unread_count
        };
        assert_eq!(unread(Some(viewer)).await, 1);
        assert_eq!(unread(Some(Id::generate())).await, 3);
        assert_eq!(unread(None).await, 3);
    }
}

#[tokio::test]
async fn chats_are_listed_with_whom_they_are_and_what_was_said() {
    for stack in stacks().await {
        let business = stack.business().await;
        let at = stack.now() + Duration::seconds(1);
        let chat = receive(&stack, &business, "Hola", at).await;
        let quiet = business
            .another_chat(stack.store.as_ref(), "Luz", stack.now())
            .await;
        let read = stack.store.read(business.id());
        let filter = ChatFilter::default();
        let page = read
            .chats()
            .list(&filter, business.user.id, newest(10))
            .await
            .unwrap();
        let [first, second] = page.rows.as_slice() else {
            panic!("not two chats: {page:?}")
        };
        assert_eq!(first.chat, chat);
        assert_eq!(first.person.customer, Some(business.customer));
        assert_eq!(first.person.contact, business.contact);
        assert_eq!(first.unread_count, 1);
        assert!(first.last_message.is_some());
        assert_eq!(second.chat, quiet);
        assert_eq!(second.last_message, None);
        assert_eq!(second.unread_count, 0);
    }
}

#[tokio::test]
async fn chats_are_filtered() {
    for stack in stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        business
            .another_chat(stack.store.as_ref(), "Luz", now)
            .await;
        receive(&stack, &business, "Hola", now).await;
        let digits = &business.contact.wa_id.as_deref().unwrap()[5..];
        let filter = ChatFilter::default();
        let cases = [
            (filter.clone(), 2),
            (
                ChatFilter {
                    status: Some(ChatStatus::Open),
                    ..filter.clone()
                },
                2,
            ),
            (
                ChatFilter {
                    status: Some(ChatStatus::Snoozed),
                    ..filter.clone()
                },
                0,
            ),
            (
                ChatFilter {
                    account_id: Some(business.account.id),
                    ..filter.clone()
                },
                2,
            ),
            (
                ChatFilter {
                    account_id: Some(Id::generate()),
                    ..filter.clone()
                },
                0,
            ),
            (
                ChatFilter {
                    unread: true,
                    ..filter.clone()
                },
                1,
            ),
            (
                ChatFilter {
                    search: Some("nunez".into()),
                    ..filter.clone()
                },
                1,
            ),
            (
                ChatFilter {
                    search: Some("n%z".into()),
                    ..filter.clone()
                },
                0,
            ),
            (
                ChatFilter {
                    search: Some(digits.into()),
                    ..filter.clone()
                },
                1,
            ),
        ];
        let read = stack.store.read(business.id());
        for (filter, expected) in cases {
            let viewer = business.user.id;
            let page = read
                .chats()
                .list(&filter, viewer, newest(10))
                .await
                .unwrap();
            assert_eq!(page.rows.len(), expected, "{filter:?}");
            let count = read.chats().count(&filter, viewer).await.unwrap();
            assert_eq!(count, expected as u64, "{filter:?}");
        }
        let uow = stack.store.begin(business.id()).await.unwrap();
        let id = business.chat.id;
        assert!(
            uow.chats()
                .mark_read(id, business.user.id, 1, now)
                .await
                .unwrap()
        );
        uow.commit().await.unwrap();
        let unread = ChatFilter {
            unread: true,
            ..filter
        };
        let count = read.chats().count(&unread, business.user.id).await.unwrap();
        assert_eq!(count, 0);
    }
}

#[tokio::test]
async fn pages_show_every_chat_once_in_both_directions() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut expected = vec![business.chat.clone()];
        for number in 0..11 {
            // Some at equal times.
            let at = stack.now() + Duration::seconds(number / 4);
            let name = format!("Customer {number}");
            expected.push(business.another_chat(stack.store.as_ref(), &name, at).await);
        }
        expected.sort_by_key(|chat| std::cmp::Reverse((chat.last_activity_at, chat.id)));
        let ids: Vec<_> = expected.iter().map(|chat| chat.id).collect();

        let mut down = Vec::new();
        let mut page = chats(&stack, &business, Window::Newest).await;
        assert_eq!(page.newer, None);
        loop {
            down.extend(page.rows.iter().map(|chat| chat.id));
            let Some(older) = page.older else { break };
            page = chats(&stack, &business, Window::Before(older)).await;
        }
        assert_eq!(down, ids);

        let mut up = Vec::new();
        let last = expected.last().unwrap();
        up.push(last.id);
        let mut from = Some(Position {
            at: last.last_activity_at,
            id: last.id.uuid(),
        });
        while let Some(position) = from {
            page = chats(&stack, &business, Window::After(position)).await;
            up.extend(page.rows.iter().rev().map(|chat| chat.id));
            from = page.newer;
        }
        up.reverse();
        assert_eq!(up, ids);
    }
}

async fn chats(stack: &Stack, business: &Business, window: Window) -> Page<Chat> {
    let read = stack.store.read(business.id());
    let request = PageRequest { window, limit: 5 };
    let filter = ChatFilter::default();
    let page = read.chats().list(&filter, business.user.id, request).await;
    page.unwrap().map(|overview| overview.chat)
}
