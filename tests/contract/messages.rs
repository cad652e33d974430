use chrono::Duration;
use domain::{
    chats::{
        Direction, Message, MessageContent, MessageError, MessageOrigin, MessageStatus, Reaction,
        ReplyTo, ReportedStatus, StatusReport,
    },
    id::Id,
    page::{PageRequest, Position, Window},
    store::Store,
    whatsapp::MetaError,
};
use futures_util::future::join_all;
use serde_json::json;

use crate::given::{Business, concurrent_stacks, newest, stacks, text};

/// A message with everything that a message can have.
fn full(business: &Business, replied_to: &Message) -> Message {
    let at = replied_to.created_at;
    Message {
        content: MessageContent::Unsupported {
            kind: "hologram".into(),
            errors: vec![MetaError {
                code: 131_051,
                ..MetaError::default()
            }],
            original: json!({"price": 9.90, "nothing": null, "nul": "\u{0}"}),
        },
        reply_to: Some(ReplyTo {
            message_id: Some(replied_to.id),
            wamid: "wamid.replied".into(),
        }),
        reactions: vec![Reaction {
            emoji: "👍".into(),
            direction: Direction::Inbound,
            participant: String::new(),
            created_at: at,
        }],
        context: Some(json!({"forwarded": true})),
        referral: Some(json!({"source_id": "1"})),
        error: Some(MessageError {
            code: 1,
            title: "no".into(),
            detail: None,
            hint: None,
            retryable: true,
        }),
        origin: Some(MessageOrigin::Away),
        edited_at: Some(at),
        revoked_at: Some(at),
        sent_at: Some(at),
        delivered_at: Some(at),
        read_at: Some(at),
        failed_at: Some(at),
        ..business.inbound("", at)
    }
}

#[tokio::test]
async fn a_message_is_kept_with_all_that_it_has() {
    for stack in stacks().await {
        let business = stack.business().await;
        let first = business.outbound("Hola", stack.now());
        let message = full(&business, &first);
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&first, None).await.unwrap());
        let original = json!({"type": "hologram"});
        assert!(
            uow.messages()
                .insert(&message, Some(&original))
                .await
                .unwrap()
        );
        uow.commit().await.unwrap();

        let read = stack.store.read(business.id());
        let wamid = message.wamid.as_deref().unwrap();
        let found = read.messages().find(message.id).await.unwrap();
        assert_eq!(found, Some(message.clone()));
        let found = read
            .messages()
            .find_by_wamid(business.account.id, wamid)
            .await
            .unwrap();
        assert_eq!(found, Some(message));
        let found = read.messages().find(first.id).await.unwrap();
        assert_eq!(found, Some(first));
        assert_eq!(read.messages().count(business.chat.id).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn a_message_comes_once_and_the_unit_of_work_goes_on() {
    for stack in stacks().await {
        let business = stack.business().await;
        let message = business.inbound("Hola", stack.now());
        let again = Message {
            id: Id::generate(),
            ..message.clone()
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        assert!(!uow.messages().insert(&again, None).await.unwrap());
        let other = business.inbound("Adiós", stack.now());
        assert!(uow.messages().insert(&other, None).await.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        assert_eq!(read.messages().find(again.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_locked_message_is_changed() {
    for stack in stacks().await {
        let business = stack.business().await;
        let message = business.outbound("Hola", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(
            uow.messages()
                .insert(&message, Some(&json!(1)))
                .await
                .unwrap()
        );
        uow.commit().await.unwrap();

        let uow = stack.store.begin(business.id()).await.unwrap();
        let mut message = uow.messages().lock(message.id).await.unwrap().unwrap();
        message.accept("wamid.1".into(), stack.now());
        message.content = text("Hola!");
        uow.messages().update(&message).await.unwrap();
        let account = business.account.id;
        let locked = uow
            .messages()
            .lock_by_wamid(account, "wamid.1")
            .await
            .unwrap();
        assert_eq!(locked, Some(message));
        let none = uow
            .messages()
            .lock_by_wamid(account, "wamid.2")
            .await
            .unwrap();
        assert_eq!(none, None);
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn of_many_who_claim_a_message_one_wins() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let message = business.outbound("Hola", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        uow.commit().await.unwrap();
        let claims = (0..20).map(async |_| {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let won = uow.messages().claim(message.id).await.unwrap();
            uow.commit().await.unwrap();
            won
        });
        let won = join_all(claims)
            .await
            .into_iter()
            .filter(|won| *won)
            .count();
        assert_eq!(won, 1);
        let read = stack.store.read(business.id());
        let claimed = read.messages().find(message.id).await.unwrap().unwrap();
        assert_eq!(claimed.status, MessageStatus::Sending);
    }
}

#[tokio::test]
async fn changes_under_a_lock_do_not_undo_each_other() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let message = business.outbound("", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        uow.commit().await.unwrap();
        let changes = (0..10).map(async |_| {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let mut message = uow.messages().lock(message.id).await.unwrap().unwrap();
            message.content = text(&format!("{}x", message.content.text().unwrap()));
            uow.messages().update(&message).await.unwrap();
            uow.commit().await.unwrap();
        });
        join_all(changes).await;
        let read = stack.store.read(business.id());
        let message = read.messages().find(message.id).await.unwrap().unwrap();
        assert_eq!(message.content, text("xxxxxxxxxx"));
    }
}

#[tokio::test]
async fn history_goes_both_ways_around_an_anchor() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut messages: Vec<_> = (0..9)
            .map(|n| business.inbound(&n.to_string(), stack.now() + Duration::seconds(n / 3)))
            .collect();
        let uow = stack.store.begin(business.id()).await.unwrap();
        for message in &messages {
            assert!(uow.messages().insert(message, None).await.unwrap());
        }
        uow.commit().await.unwrap();
        messages.sort_by_key(|message| std::cmp::Reverse((message.created_at, message.id)));

        let read = stack.store.read(business.id());
        let anchor = &messages[4];
        let position = Position {
            at: anchor.created_at,
            id: anchor.id.uuid(),
        };
        let list = async |window| {
            let request = PageRequest { window, limit: 3 };
            read.messages()
                .list(business.chat.id, request)
                .await
                .unwrap()
        };
        let newer = list(Window::After(position)).await;
        assert_eq!(newer.rows, messages[1..4]);
        assert!(newer.newer.is_some());
        let older = list(Window::Before(position)).await;
        assert_eq!(older.rows, messages[5..8]);
        assert!(older.older.is_some());
        let newest = list(Window::Newest).await;
        assert_eq!(newest.rows, messages[0..3]);
    }
}

#[tokio::test]
async fn the_latest_inbound_message_is_what_the_customer_said() {
    for stack in stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        let said = business.inbound("Hola", now);
        let mut reaction = business.inbound("", now + Duration::seconds(1));
        reaction.content = MessageContent::Reaction {
            message_id: "wamid.x".into(),
            emoji: None,
        };
        let answer = business.outbound("Buenas", now + Duration::seconds(2));
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert_eq!(
            uow.messages()
                .latest_inbound(business.chat.id)
                .await
                .unwrap(),
            None
        );
        for message in [&said, &reaction, &answer] {
            assert!(uow.messages().insert(message, None).await.unwrap());
        }
        let latest = uow
            .messages()
            .latest_inbound(business.chat.id)
            .await
            .unwrap();
        assert_eq!(latest, Some(said));
    }
}

#[tokio::test]
async fn annotations_are_found_by_what_they_speak_of() {
    for stack in stacks().await {
        let business = stack.business().await;
        let contents = [
            MessageContent::Reaction {
                message_id: "wamid.x".into(),
                emoji: Some("👍".into()),
            },
            MessageContent::Edit {
                message_id: "wamid.x".into(),
                content: Box::new(text("2")),
            },
            MessageContent::Revoke {
                message_id: "wamid.x".into(),
            },
            MessageContent::Revoke {
                message_id: "wamid.y".into(),
            },
        ];
        let messages: Vec<_> = contents
            .into_iter()
            .zip(0..)
            .map(|(content, second)| Message {
                content,
                ..business.inbound("", stack.now() + Duration::seconds(second))
            })
            .collect();
        let uow = stack.store.begin(business.id()).await.unwrap();
        for message in messages.iter().rev() {
            assert!(uow.messages().insert(message, None).await.unwrap());
        }
        let account = business.account.id;
        let found = uow
            .messages()
            .annotations_of(account, &["wamid.x", "wamid.none"])
            .await
            .unwrap();
        assert_eq!(found, messages[0..3]);
    }
}

#[tokio::test]
async fn a_report_is_kept_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let account = business.account.id;
        let now = stack.now();
        let failed = StatusReport {
            wamid: "wamid.1".into(),
            status: ReportedStatus::Failed,
            occurred_at: now,
            error: Some(MetaError {
                code: 131_026,
                ..MetaError::default()
            }),
            callback_data: Some("id".into()),
            participant: String::new(),
        };
        let sent = StatusReport {
            status: ReportedStatus::Sent,
            error: None,
            occurred_at: now - Duration::seconds(1),
            ..failed.clone()
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        let original = json!({});
        let keep = |report| {
            uow.messages()
                .insert_report(account, report, &original, now)
        };
        assert!(keep(&failed).await.unwrap());
        assert!(!keep(&failed).await.unwrap());
        assert!(keep(&sent).await.unwrap());
        let reports = uow
            .messages()
            .reports_of(account, &["wamid.1"])
            .await
            .unwrap();
        assert_eq!(reports, [sent, failed]);
        assert_eq!(
            uow.messages()
                .reports_of(account, &["wamid.2"])
                .await
                .unwrap(),
            []
        );
        assert_eq!(
            uow.messages()
                .list(business.chat.id, newest(1))
                .await
                .unwrap()
                .rows,
            []
        );
    }
}
