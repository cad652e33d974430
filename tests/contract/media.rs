use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::{
        Attachment, Message, MessageContent, MessageStatus, Sight, TemplateHeader, TemplateUse,
    },
    id::Id,
    organizations::Role,
    storage::{File, FileKey, FileMetadata, Folder, StoredFile},
    store::Store,
    whatsapp::{
        Media, MediaId, MediaKind, MediaSource, MediaState, TemplateParameters, UploadedMedia,
    },
};

use crate::given::{self, Business, Stack, colleague, stacks};

/// A file that somebody uploaded.
fn upload(business: &Business, at: DateTime<Utc>) -> Media {
    Media {
        id: Id::generate(),
        source: None,
        kind: MediaKind::Image,
        mime_type: "image/jpeg".into(),
        sha256: Some("00ff".into()),
        file_name: None,
        state: MediaState::Stored {
            key: FileKey::generate(Folder::Media, business.id()),
            size: 4,
        },
        created_at: at,
    }
}

fn key_of(media: &Media) -> FileKey {
    match &media.state {
        MediaState::Stored { key, .. } => key.clone(),
        state => panic!("{state:?}"),
    }
}

async fn store(stack: &Stack, business: &Business, media: &Media) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let file = File {
        key: key_of(media),
        metadata: FileMetadata {
            content_type: media.mime_type.clone(),
            original_name: None,
            organization_id: business.id(),
            uploaded_by: None,
        },
        stored: StoredFile {
            size: 4,
            sha256: "00ff".into(),
        },
        created_at: media.created_at,
    };
    uow.files().insert(&file).await.unwrap();
    uow.media().insert(media).await.unwrap();
    uow.commit().await.unwrap();
}

pub(crate) fn image(media_id: MediaId) -> MessageContent {
    MessageContent::Image(Attachment {
        media_id,
        mime_type: "image/jpeg".into(),
        caption: None,
        filename: None,
        voice: None,
        animated: None,
    })
}

/// A template with it.
fn header(media_id: MediaId) -> MessageContent {
    MessageContent::Template(TemplateUse {
        name: "menu".into(),
        language: "en_US".into(),
        parameters: TemplateParameters::Positional(Vec::new()),
        header: Some(TemplateHeader::File {
            kind: MediaKind::Image,
            media_id,
            filename: None,
        }),
        buttons: Vec::new(),
    })
}

async fn is_there(stack: &Stack, business: &Business, id: MediaId) -> bool {
    let data = stack.store.read(business.id());
    data.media().find(id).await.unwrap().is_some()
}

#[tokio::test]
async fn a_file_is_kept_in_each_of_its_states() {
    for stack in stacks().await {
        let business = stack.business().await;
        let message = business.inbound("", stack.now());
        let mut media = Media {
            id: Id::generate(),
            source: Some(MediaSource {
                account_id: business.account.id,
                message_id: message.id,
                meta_id: "1".into(),
                url: Some("https://lookaside.example/1".into()),
            }),
            kind: MediaKind::Image,
            mime_type: "image/jpeg".into(),
            sha256: None,
            file_name: Some("cat.jpg".into()),
            state: MediaState::Pending,
            created_at: stack.now(),
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        uow.media().insert(&media).await.unwrap();
        uow.commit().await.unwrap();

        let read = stack.store.read(business.id());
        let stored = MediaState::Stored {
            key: FileKey::parse("media/1").unwrap(),
            size: 1 << 33,
        };
        let lost = MediaState::Lost {
            reason: "gone".into(),
        };
        for state in [MediaState::Pending, stored, lost] {
            media.state = state;
            media.sha256 = Some("00ff".into());
            media.mime_type = "image/png".into();
            let uow = stack.store.begin(business.id()).await.unwrap();
            uow.media().update(&media).await.unwrap();
            uow.commit().await.unwrap();
            let found = read.media().find(media.id).await.unwrap();
            assert_eq!(found, Some(media.clone()));
        }
    }
}

#[tokio::test]
async fn a_file_is_in_sight_where_a_message_with_it_is_and_of_who_uploaded_it() {
    for stack in stacks().await {
        let (business, stranger) = (stack.business().await, stack.business().await);
        let own = colleague(&stack, &business, Role::Agent).await.user_id;
        let sight = Sight::OwnAndUnassigned(own);
        let other = business
            .another_chat(stack.store.as_ref(), "Luz", stack.now())
            .await;
        let media = upload(&business, stack.now());
        store(&stack, &business, &media).await;
        let read = stack.store.read(business.id());
        let is_seen = async |sight| read.media().is_in_sight(&media, sight).await.unwrap();
        assert!(is_seen(Sight::All).await);
        assert!(!is_seen(sight).await, "it is in no chat");

        // In a template as well as by itself; in a chat of the boss's, and in one of nobody's.
        for (chat_id, assignee_id, content, expected) in [
            (other.id, Some(business.user.id), image(media.id), false),
            (business.chat.id, None, header(media.id), true),
        ] {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let mut chat = uow.chats().find(chat_id).await.unwrap().unwrap();
            chat.assignee_id = assignee_id;
            assert!(uow.chats().update(&chat).await.unwrap());
            let message = Message {
                chat_id,
                content,
                ..business.outbound("", stack.now())
            };
            assert!(uow.messages().insert(&message, None).await.unwrap());
            uow.commit().await.unwrap();
            assert_eq!(is_seen(sight).await, expected);
        }
        let data = stack.store.read(stranger.id());
        let of_strangers = data.media().is_in_sight(&media, sight).await;
        assert!(!of_strangers.unwrap());

        let brought = upload(&business, stack.now());
        let mut uploaded = given::file(&business, stack.now());
        uploaded.metadata.uploaded_by = Some(own);
        uploaded.key = key_of(&brought);
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.files().insert(&uploaded).await.unwrap();
        uow.commit().await.unwrap();
        for (sight, expected) in [
            (sight, true),
            (Sight::OwnAndUnassigned(business.user.id), false),
        ] {
            let seen = read.media().is_in_sight(&brought, sight).await.unwrap();
            assert_eq!(seen, expected, "{sight:?}");
        }
    }
}

#[tokio::test]
async fn a_message_that_was_emptied_shows_its_file_to_nobody() {
    for stack in stacks().await {
        let business = stack.business().await;
        let media = upload(&business, stack.now());
        store(&stack, &business, &media).await;
        let message = Message {
            content: image(media.id),
            status: MessageStatus::Sent,
            ..business.outbound("", stack.now())
        };
        let sight = Sight::OwnAndUnassigned(Id::generate());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        assert!(uow.media().is_in_sight(&media, sight).await.unwrap());
        let later = stack.now() + Duration::days(1);
        let expired = uow.message_retention().expire_messages(later, 10).await;
        assert_eq!(expired.unwrap().count, 1);
        assert!(!uow.media().is_in_sight(&media, sight).await.unwrap());
    }
}

#[tokio::test]
async fn what_meta_calls_a_file_is_kept_for_each_number_and_replaced() {
    for stack in stacks().await {
        let (business, other) = (stack.business().await, stack.business().await);
        let media = upload(&business, stack.now());
        store(&stack, &business, &media).await;
        let mut uploaded = UploadedMedia {
            media_id: media.id,
            account_id: business.account.id,
            meta_id: "1".into(),
            uploaded_at: stack.now(),
        };
        let read = stack.store.read(business.id());
        let kept = async || {
            let kept = read.media().uploaded(media.id, business.account.id).await;
            kept.unwrap()
        };
        assert_eq!(kept().await, None);
        let first = uploaded.clone();
        for meta_id in ["1", "2"] {
            uploaded.meta_id = meta_id.into();
            uploaded.uploaded_at += Duration::days(1);
            let uow = stack.store.begin(business.id()).await.unwrap();
            uow.media().keep_uploaded(&uploaded).await.unwrap();
            uow.commit().await.unwrap();
            assert_eq!(kept().await.as_ref(), Some(&uploaded));
        }
        let foreign = stack.store.read(other.id());
        let foreign = foreign.media().uploaded(media.id, business.account.id);
        assert_eq!(foreign.await.unwrap(), None);
        let uow = stack.store.begin(other.id()).await.unwrap();
        uow.media().forget_uploaded(&uploaded).await.unwrap();
        assert!(!uow.media().mark_used(media.id, stack.now()).await.unwrap());
        uow.commit().await.unwrap();

        for (forgotten, expected) in [(&first, Some(&uploaded)), (&uploaded, None)] {
            let uow = stack.store.begin(business.id()).await.unwrap();
            uow.media().forget_uploaded(forgotten).await.unwrap();
            uow.commit().await.unwrap();
            assert_eq!(kept().await.as_ref(), expected);
        }

        let theirs = UploadedMedia {
            account_id: other.account.id,
            ..uploaded
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        let refused = uow.media().keep_uploaded(&theirs).await;
        assert!(refused.is_err(), "another organization's number");
    }
}

#[tokio::test]
async fn files_that_no_message_has_used_are_swept_with_all_that_belongs_to_them() {
    for stack in stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        let [old, older, used, young] = [-2, -3, -4, 0].map(|age| {
            let at = now + Duration::days(age);
            upload(&business, at)
        });
        for media in [&old, &older, &used, &young] {
            store(&stack, &business, media).await;
        }
        let message = business.inbound("", now);
        let source = MediaSource {
            account_id: business.account.id,
            message_id: message.id,
            meta_id: "1".into(),
            url: None,
        };
        let received = Media {
            source: Some(source),
            ..upload(&business, now - Duration::days(9))
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        uow.media().insert(&received).await.unwrap();
        assert!(uow.media().mark_used(used.id, now).await.unwrap());
        assert!(!uow.media().mark_used(Id::generate(), now).await.unwrap());
        let uploaded = UploadedMedia {
            media_id: older.id,
            account_id: business.account.id,
            meta_id: "1".into(),
            uploaded_at: now,
        };
        uow.media().keep_uploaded(&uploaded).await.unwrap();
        uow.commit().await.unwrap();

        for swept in [&older, &old] {
            let system = stack.store.begin_system().await.unwrap();
            let yesterday = now - Duration::days(1);
            let keys = system.media().sweep_unused(yesterday, 1).await.unwrap();
            system.commit().await.unwrap();
            assert_eq!(keys, [key_of(swept)]);
            assert!(!is_there(&stack, &business, swept.id).await);
            let files = stack.store.read(business.id());
            let file = files.files().find(&key_of(swept)).await.unwrap();
            assert_eq!(file, None);
        }
        let system = stack.store.begin_system().await.unwrap();
        let keys = system.media().sweep_unused(now, 10).await.unwrap();
        assert_eq!(keys, []);
        drop(system);
        for kept in [used, young, received] {
            assert!(is_there(&stack, &business, kept.id).await);
        }
    }
}

/// Either the message has it or it is gone, never both.
#[tokio::test]
async fn a_file_is_not_swept_away_from_under_a_message() {
    for stack in stacks().await {
        let business = stack.business().await;
        let at = stack.now() - Duration::days(2);
        for _ in 0..10 {
            let media = upload(&business, at);
            store(&stack, &business, &media).await;
            let uses = async {
                let uow = stack.store.begin(business.id()).await.unwrap();
                let is_used = uow.media().mark_used(media.id, stack.now()).await.unwrap();
                uow.commit().await.unwrap();
                is_used
            };
            let sweeps = async {
                let system = stack.store.begin_system().await.unwrap();
                let swept = system.media().sweep_unused(stack.now(), 10).await.unwrap();
                system.commit().await.unwrap();
                swept.is_empty()
            };
            let (is_used, is_kept) = tokio::join!(uses, sweeps);
            assert_eq!(is_used, is_kept);
            assert_eq!(is_there(&stack, &business, media.id).await, is_kept);
        }
    }
}
