use std::io;

use domain::{
    chats::Attachment,
    id::Id,
    storage::ByteStream,
    whatsapp::{CloudApi, CloudApiError, MediaKind, MediaUpload, Outgoing, OutgoingContent},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use in_memory::ScriptedCloudApi;

use super::{Meta, credentials, text};

/// A file of ten chunks.
fn file(mime_type: &str) -> (MediaUpload, ByteStream) {
    let chunks: Vec<_> = (0..10_u8).map(|n| Ok(vec![n; 1000].into())).collect();
    let upload = MediaUpload {
        mime_type: mime_type.into(),
        file_name: "Menú \"del día\".pdf".into(),
        size: 10_000,
    };
    (upload, stream::iter(chunks).boxed())
}

#[tokio::test]
async fn a_file_is_given_to_meta_whole_and_can_be_had_back() {
    let meta = Meta::start().await;
    let scripted = ScriptedCloudApi::default();
    let apis: [&dyn CloudApi; 2] = [&meta.api, &scripted];
    for api in apis {
        let (upload, content) = file("application/pdf");
        let id = api.upload_media(&credentials(), &upload, content).await;
        let (id, (upload, content)) = (id.unwrap(), file("application/pdf"));
        let again = api.upload_media(&credentials(), &upload, content).await;
        assert_ne!(again.unwrap(), id, "each upload has its own");
        let described = api.describe_media(&credentials(), &id).await.unwrap();
        assert_eq!(described.mime_type.as_deref(), Some("application/pdf"));
        assert_eq!(described.size, Some(10_000));
        let content = api.download(&credentials(), &described.url).await.unwrap();
        let content: Vec<_> = content.try_collect().await.unwrap();
        let expected: Vec<u8> = (0..10).flat_map(|n| vec![n; 1000]).collect();
        assert_eq!(content.concat(), expected);
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_or_that_meta_refuses_is_not_given() {
    let meta = Meta::start().await;
    let (upload, _) = file("application/pdf");
    let broken = stream::iter([Ok(vec![0; 10].into()), Err(io::ErrorKind::Other.into())]).boxed();
    let refused = meta.api.upload_media(&credentials(), &upload, broken).await;
    assert!(
        matches!(refused, Err(CloudApiError::NoAnswer(_))),
        "{refused:?}"
    );
    let (upload, content) = file("image/gif");
    let refused = meta
        .api
        .upload_media(&credentials(), &upload, content)
        .await;
    assert!(
        matches!(&refused, Err(CloudApiError::Refused(error)) if error.code == 100),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_message_carries_its_file_by_metas_id() {
    let meta = Meta::start().await;
    let (upload, content) = file("image/jpeg");
    let meta_id = meta
        .api
        .upload_media(&credentials(), &upload, content)
        .await;
    let image = |meta_id: &str| Outgoing {
        content: OutgoingContent::File {
            kind: MediaKind::Image,
            meta_id: meta_id.to_owned(),
            attachment: Attachment {
                media_id: Id::generate(),
                mime_type: "image/jpeg".into(),
                caption: Some("Menu".into()),
                filename: None,
                voice: None,
                animated: None,
            },
        },
        ..text()
    };
    let sent = meta
        .api
        .send(&credentials(), &image(&meta_id.unwrap()))
        .await;
    sent.unwrap();
    let unknown = meta.api.send(&credentials(), &image("404")).await;
    assert!(
        matches!(&unknown, Err(CloudApiError::Refused(error)) if error.may_be_about_a_file()),
        "{unknown:?}"
    );
}
