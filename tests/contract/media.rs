use domain::{
    id::Id,
    store::Store,
    whatsapp::{Media, MediaKind, MediaState},
};

use crate::given::stacks;

#[tokio::test]
async fn a_file_is_kept_in_each_of_its_states() {
    for stack in stacks().await {
        let business = stack.business().await;
        let message = business.inbound("", stack.now());
        let mut media = Media {
            id: Id::generate(),
            account_id: business.account.id,
            message_id: message.id,
            kind: MediaKind::Image,
            meta_id: "1".into(),
            url: Some("https://lookaside.example/1".into()),
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
            key: "media/1".into(),
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
