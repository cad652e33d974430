use domain::{
    chats::{Attachment, Message, MessageContent, MessageStatus},
    id::Id,
    storage::FileKey,
    store::Store,
    whatsapp::{Media, MediaId, MediaKind, MediaState},
};

use super::begin;
use crate::given::{self, Business, Stack, stacks};

#[tokio::test]
async fn what_was_uploaded_for_the_person_goes_unless_others_were_sent_it() {
    for stack in stacks().await {
        let business = stack.business().await;
        let other = business
            .another_chat(stack.store.as_ref(), "Ana", stack.now())
            .await;
        let (own, own_key) = uploaded(&stack, &business).await;
        let (shared, _) = uploaded(&stack, &business).await;
        let (unsent, _) = uploaded(&stack, &business).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        for (media, chat_id) in [
            (&own, business.chat.id),
            (&shared, business.chat.id),
            (&shared, other.id),
        ] {
            let message = Message {
                chat_id,
                content: image(media.id),
                status: MessageStatus::Sent,
                ..business.outbound("", stack.now())
            };
            assert!(uow.messages().insert(&message, None).await.unwrap());
        }
        uow.commit().await.unwrap();
        let traces = begin(&stack, &business).await.traces.unwrap();
        let uow = stack.store.begin(business.id()).await.unwrap();
        let erasures = uow.customer_erasures();
        let erased = erasures.erase_messages(&traces, stack.now(), 9).await;
        assert_eq!(erased.unwrap().files, [own_key]);
        let media = uow.media();
        let lost = media.find(own.id).await.unwrap().unwrap();
        assert!(matches!(lost.state, MediaState::Lost { .. }));
        assert_eq!((lost.file_name, lost.sha256), (None, None));
        for kept in [shared, unsent] {
            assert_eq!(media.find(kept.id).await.unwrap(), Some(kept));
        }
    }
}

async fn uploaded(stack: &Stack, business: &Business) -> (Media, FileKey) {
    let file = given::file(business, stack.now());
    let media = Media {
        id: Id::generate(),
        source: None,
        kind: MediaKind::Image,
        mime_type: "image/jpeg".into(),
        sha256: Some("00ff".into()),
        file_name: Some("sheena.jpg".into()),
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

fn image(media_id: MediaId) -> MessageContent {
    MessageContent::Image(Attachment {
        media_id,
        mime_type: "image/jpeg".into(),
        caption: None,
        filename: None,
        voice: None,
        animated: None,
    })
}
