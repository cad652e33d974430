use domain::{
    chats::{Attachment, Message, MessageContent, MessageStatus},
    store::Store,
    whatsapp::{MediaId, MediaState},
};

use super::begin;
use crate::{given::stacks, message_retention::stored};

#[tokio::test]
async fn what_was_uploaded_for_the_person_goes_unless_others_were_sent_it() {
    for stack in stacks().await {
        let business = stack.business().await;
        let other = business
            .another_chat(stack.store.as_ref(), "Ana", stack.now())
            .await;
        let (own, own_key) = stored(&stack, &business, None).await;
        let (shared, _) = stored(&stack, &business, None).await;
        let (unsent, _) = stored(&stack, &business, None).await;
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
