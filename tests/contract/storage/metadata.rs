//! What is kept with a file.

use domain::{
    id::Id,
    storage::{FileMetadata, StorageError},
};

use super::{LIMIT, Subject, any_key, any_metadata, stream_of};

async fn kept(subject: &Subject, metadata: &FileMetadata) -> FileMetadata {
    let key = any_key();
    let content = stream_of(b"test");
    let put = subject.storage.put(&key, metadata, content, LIMIT);
    put.await.unwrap();
    subject.storage.metadata(&key).await.unwrap()
}

#[tokio::test]
async fn who_brought_a_file_and_what_it_is_called_are_kept() {
    for subject in Subject::all().await {
        let whole = FileMetadata {
            content_type: "audio/ogg; codecs=opus".to_owned(),
            original_name: Some("Menü \"día\" 100% 花.ogg".to_owned()),
            organization_id: Id::generate(),
            uploaded_by: Some(Id::generate()),
        };
        assert_eq!(kept(&subject, &whole).await, whole, "{}", subject.name);
        let bare = any_metadata();
        assert_eq!(kept(&subject, &bare).await, bare, "{}", subject.name);
    }
}

#[tokio::test]
async fn metadata_of_large_files_are_kept_too() {
    for subject in Subject::all().await {
        let key = any_key();
        let metadata = FileMetadata {
            original_name: Some("film.mp4".to_owned()),
            ..any_metadata()
        };
        let content = stream_of(&vec![7; 20 << 20]);
        let put = subject.storage.put(&key, &metadata, content, LIMIT);
        put.await.unwrap();
        let kept = subject.storage.metadata(&key).await.unwrap();
        assert_eq!(kept, metadata, "{}", subject.name);
    }
}

#[tokio::test]
async fn what_a_stranger_wrote_into_metadata_does_no_harm() {
    for subject in Subject::all().await {
        let hostile = FileMetadata {
            content_type: "text/html\r\nx-amz-acl: public-read".to_owned(),
            original_name: Some("€\r\n".repeat(1000)),
            ..any_metadata()
        };
        let kept = kept(&subject, &hostile).await;
        assert_eq!(kept.content_type, "application/octet-stream");
        assert_eq!(kept.original_name, Some("€\r\n".repeat(100)));
    }
}

#[tokio::test]
async fn a_file_that_is_gone_has_no_metadata() {
    for subject in Subject::all().await {
        let key = any_key();
        subject.put(&key, b"test").await.unwrap();
        subject.storage.delete(&key).await.unwrap();
        for key in [key, any_key()] {
            let found = subject.storage.metadata(&key).await;
            assert!(
                matches!(found, Err(StorageError::NotFound)),
                "{}",
                subject.name
            );
        }
    }
}
