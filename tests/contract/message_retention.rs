use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::{
        Attachment, Expired, Message, MessageContent, MessageFilter, MessageId, MessageStatus,
        Retention, SearchQuery,
    },
    id::Id,
    storage::{File, FileKey},
    store::Store,
    whatsapp::{Media, MediaKind, MediaSource, MediaState, UploadedMedia},
};
use serde_json::json;

use crate::given::{self, Business, Stack, newest, stacks};

const DAY: Duration = Duration::days(1);

async fn expire(stack: &Stack, business: &Business, before: DateTime<Utc>, limit: u32) -> Expired {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let retention = uow.message_retention();
    let expired = retention.expire_messages(before, limit).await.unwrap();
    uow.commit().await.unwrap();
    expired
}

async fn insert(stack: &Stack, business: &Business, message: &Message) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let original = json!({"text": {"body": "secret"}});
    let messages = uow.messages();
    assert!(messages.insert(message, Some(&original)).await.unwrap());
    uow.commit().await.unwrap();
}

async fn content(stack: &Stack, business: &Business, id: MessageId) -> MessageContent {
    let data = stack.store.read(business.id());
    data.messages().find(id).await.unwrap().unwrap().content
}

async fn finds(stack: &Stack, business: &Business, words: &str) -> usize {
    let data = stack.store.read(business.id());
    let query = SearchQuery::parse(words).unwrap();
    let filter = MessageFilter::default();
    let found = data.message_search().find(&query, &filter, newest(25));
    found.await.unwrap().rows.len()
}

fn gone(kind: &str) -> MessageContent {
    MessageContent::Expired { kind: kind.into() }
}

#[tokio::test]
async fn what_is_older_says_nothing_more_and_is_not_found_and_the_rest_stays() {
    for stack in stacks().await {
        let (business, other) = (stack.business().await, stack.business().await);
        let cutoff = stack.now();
        let old = Message {
            context: Some(json!({"forwarded": true})),
            referral: Some(json!({"body": "secret"})),
            ..business.inbound("the secret", cutoff - DAY)
        };
        let young = business.inbound("another secret", cutoff);
        let unsent = business.outbound("a queued secret", cutoff - DAY);
        assert_eq!(unsent.status, MessageStatus::Queued);
        let theirs = other.inbound("their secret", cutoff - DAY);
        for message in [&old, &young, &unsent] {
            insert(&stack, &business, message).await;
        }
        insert(&stack, &other, &theirs).await;
        assert_eq!(finds(&stack, &business, "secret").await, 3);

        let expired = expire(&stack, &business, cutoff, 10).await;
        assert_eq!((expired.count, expired.files), (1, vec![]));
        let data = stack.store.read(business.id());
        let left = data.messages().find(old.id).await.unwrap();
        let proof = Message {
            content: gone("text"),
            context: None,
            referral: None,
            ..old
        };
        assert_eq!(left, Some(proof));
        assert_eq!(content(&stack, &business, young.id).await, young.content);
        assert_eq!(content(&stack, &business, unsent.id).await, unsent.content);
        assert_eq!(content(&stack, &other, theirs.id).await, theirs.content);
        assert_eq!(finds(&stack, &business, "secret").await, 2);
        assert_eq!(finds(&stack, &other, "secret").await, 1);
        let again = expire(&stack, &business, cutoff, 10).await;
        assert_eq!(again, Expired::default());
    }
}

#[tokio::test]
async fn many_messages_go_some_at_a_time_the_oldest_first() {
    for stack in stacks().await {
        let business = stack.business().await;
        let cutoff = stack.now();
        let uow = stack.store.begin(business.id()).await.unwrap();
        let mut ids = Vec::new();
        for n in 0..2_500 {
            let message = business.inbound("hello", cutoff - DAY + Duration::seconds(n));
            assert!(uow.messages().insert(&message, None).await.unwrap());
            ids.push(message.id);
        }
        uow.commit().await.unwrap();
        let mut counts = Vec::new();
        for _ in 0..4 {
            counts.push(expire(&stack, &business, cutoff, 1_000).await.count);
            if counts.len() == 1 {
                assert_eq!(content(&stack, &business, ids[999]).await, gone("text"));
                let next = content(&stack, &business, ids[1_000]).await;
                assert_ne!(next, gone("text"));
            }
        }
        assert_eq!(counts, [1_000, 1_000, 500, 0]);
    }
}

#[tokio::test]
async fn two_who_empty_messages_at_once_take_each_message_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let cutoff = stack.now();
        for n in 0..40 {
            let message = business.inbound("hello", cutoff - DAY + Duration::seconds(n));
            insert(&stack, &business, &message).await;
        }
        let empties = async || {
            let mut count = 0;
            loop {
                match expire(&stack, &business, cutoff, 7).await.count {
                    0 => return count,
                    some => count += some,
                }
            }
        };
        let (one, other) = tokio::join!(empties(), empties());
        assert_eq!(one + other, 40, "{one} and {other}");
    }
}

/// A stored file, of a message or uploaded.
pub(crate) async fn stored(
    stack: &Stack,
    business: &Business,
    message: Option<&Message>,
) -> (Media, FileKey) {
    let file = File {
        created_at: stack.now(),
        ..given::file(business, stack.now())
    };
    let source = message.map(|message| MediaSource {
        account_id: business.account.id,
        message_id: message.id,
        meta_id: "1".into(),
        url: Some("https://lookaside.example/1".into()),
    });
    let media = Media {
        id: Id::generate(),
        source,
        kind: MediaKind::Image,
        mime_type: "image/jpeg".into(),
        sha256: Some("00ff".into()),
        file_name: Some("secret.jpg".into()),
        state: MediaState::Stored {
            key: file.key.clone(),
            size: 4,
        },
        created_at: stack.now(),
    };
    let uow = stack.store.begin(business.id()).await.unwrap();
    uow.files().insert(&file).await.unwrap();
    uow.media().insert(&media).await.unwrap();
    uow.commit().await.unwrap();
    (media, file.key)
}

async fn assert_lost(stack: &Stack, business: &Business, media: &Media, key: &FileKey) {
    let data = stack.store.read(business.id());
    let left = data.media().find(media.id).await.unwrap().unwrap();
    assert!(matches!(left.state, MediaState::Lost { .. }), "{left:?}");
    assert_eq!(left.file_name, None);
    assert_eq!(data.files().find(key).await.unwrap(), None);
}

#[tokio::test]
async fn the_files_of_a_message_go_with_it() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut message = business.inbound("", stack.now() - DAY);
        let media_id = Id::generate();
        message.content = MessageContent::Image(Attachment {
            media_id,
            mime_type: "image/jpeg".into(),
            caption: Some("secret".into()),
            filename: None,
            voice: None,
            animated: None,
        });
        insert(&stack, &business, &message).await;
        let (media, key) = stored(&stack, &business, Some(&message)).await;
        let expired = expire(&stack, &business, stack.now(), 10).await;
        assert_eq!((expired.count, expired.files), (1, vec![key.clone()]));
        assert_eq!(content(&stack, &business, message.id).await, gone("image"));
        assert_lost(&stack, &business, &media, &key).await;
    }
}

#[tokio::test]
async fn uploads_go_once_they_were_last_sent_so_long_ago() {
    for stack in stacks().await {
        let business = stack.business().await;
        let (old, old_key) = stored(&stack, &business, None).await;
        let (young, _) = stored(&stack, &business, None).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.media()
            .mark_used(old.id, stack.now() - DAY)
            .await
            .unwrap();
        uow.media().mark_used(young.id, stack.now()).await.unwrap();
        let uploaded = UploadedMedia {
            media_id: old.id,
            account_id: business.account.id,
            meta_id: "1".into(),
            uploaded_at: stack.now(),
        };
        uow.media().keep_uploaded(&uploaded).await.unwrap();
        let before = stack.now();
        let retention = uow.message_retention();
        let expired = retention.expire_uploads(before, 10).await.unwrap();
        assert_eq!((expired.count, expired.files), (1, vec![old_key.clone()]));
        let again = retention.expire_uploads(before, 10).await.unwrap();
        assert_eq!(again, Expired::default());
        uow.commit().await.unwrap();
        assert_lost(&stack, &business, &old, &old_key).await;
        let data = stack.store.read(business.id());
        let account = business.account.id;
        assert_eq!(data.media().uploaded(old.id, account).await.unwrap(), None);
        let left = data.media().find(young.id).await.unwrap();
        assert_eq!(left, Some(young));
    }
}

#[tokio::test]
async fn organizations_that_keep_messages_for_a_time_are_told_page_by_page() {
    for stack in stacks().await {
        let mut limited = Vec::new();
        for days in [Some(30), None, Some(365), Some(90)] {
            let mut organization = stack.business().await.organization;
            organization.message_retention = days.map(|days| Retention::new(days).unwrap());
            let uow = stack.store.begin(organization.id).await.unwrap();
            assert!(uow.organizations().update(&organization).await.unwrap());
            let current = uow.organizations().current().await.unwrap().unwrap();
            assert_eq!(current.message_retention, organization.message_retention);
            uow.commit().await.unwrap();
            limited.extend(
                organization
                    .message_retention
                    .map(|it| (organization.id, it)),
            );
        }
        limited.sort_by_key(|(id, _)| *id);
        let system = stack.store.read_system();
        let mut told = Vec::new();
        loop {
            let after = told.last().map(|(id, _)| *id);
            let page = system.maintenance().message_retentions(after, 2).await;
            let page = page.unwrap();
            if page.is_empty() {
                break;
            }
            told.extend(page);
        }
        assert_eq!(told, limited);
    }
}
