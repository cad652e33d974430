//! File storage: in memory, in a folder, on S3.

mod folder;
mod listing;
mod metadata;
mod outages;
mod signed_urls;

use std::{any::Any, env, io, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{
    clock::Clock,
    id::Id,
    storage::{ByteStream, FileKey, FileMetadata, Folder, Storage, StorageError, StoredFile},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use in_memory::{MapStorage, SettableClock};
use infrastructure::storage::{FolderSettings, FolderStorage, S3Settings, S3Storage};
use tempfile::TempDir;
use url::Url;

use tests::{
    s3::{self, S3Server},
    stores::service_is_asked_for,
};

const LIMIT: u64 = 100 * MB as u64;
const MB: usize = 1024 * 1024;

struct Subject {
    name: &'static str,
    storage: Arc<dyn Storage>,
    /// Where it lies; goes with it.
    _place: Box<dyn Any>,
}

impl Subject {
    async fn all() -> Vec<Self> {
        let folder = TempDir::new().unwrap();
        let mut all = vec![
            Self {
                name: "memory",
                storage: Arc::new(MapStorage::new(clock())),
                _place: Box::new(()),
            },
            Self {
                name: "folder",
                storage: Arc::new(folder_storage(&folder, clock())),
                _place: Box::new(folder),
            },
        ];
        if service_is_asked_for("s3") {
            let (storage, server) = s3_storage().await;
            all.push(Self {
                name: "s3",
                storage: Arc::new(storage),
                _place: Box::new(server),
            });
        }
        all
    }

    async fn put(&self, key: &FileKey, content: &[u8]) -> Result<StoredFile, StorageError> {
        put(self.storage.as_ref(), key, content).await
    }

    async fn read(&self, key: &FileKey) -> Result<Vec<u8>, StorageError> {
        let chunks = self.storage.get(key).await?;
        let chunks: Vec<_> = chunks
            .try_collect()
            .await
            .map_err(StorageError::Interrupted)?;
        Ok(chunks.concat())
    }

    async fn has(&self, key: &FileKey) -> bool {
        match self.read(key).await {
            Ok(_) => true,
            Err(StorageError::NotFound) => false,
            Err(error) => panic!("{}: {error}", self.name),
        }
    }
}

async fn put(
    storage: &dyn Storage,
    key: &FileKey,
    content: &[u8],
) -> Result<StoredFile, StorageError> {
    let content = stream_of(content);
    storage.put(key, &any_metadata(), content, LIMIT).await
}

fn clock() -> Arc<SettableClock> {
    Arc::new(SettableClock::new("2026-03-02T09:00:00Z".parse().unwrap()))
}

fn folder_storage(folder: &TempDir, clock: Arc<dyn Clock>) -> FolderStorage {
    let settings = FolderSettings {
        root: folder.path().to_owned(),
        public_url: Url::parse("http://localhost:8080").unwrap(),
        signing_key: "a key that nobody knows, of 32 bytes".to_owned().into(),
    };
    FolderStorage::open(settings, clock).unwrap()
}

/// A bucket of its own on the S3 server of the tests, or else on one in this process.
async fn s3_storage() -> (S3Storage, Option<S3Server>) {
    let (settings, server) = s3_settings().await;
    (S3Storage::connect(settings).await.unwrap(), server)
}

async fn s3_settings() -> (S3Settings, Option<S3Server>) {
    let Ok(endpoint) = env::var("TEST_S3_ENDPOINT") else {
        let server = S3Server::start().await;
        return (s3::settings(server.endpoint()), Some(server));
    };
    let access_key = env::var("TEST_S3_ACCESS_KEY").unwrap_or(s3::KEY.into());
    let secret_key = env::var("TEST_S3_SECRET_KEY").unwrap_or(s3::KEY.into());
    let settings = S3Settings {
        access_key,
        secret_key: secret_key.into(),
        ..s3::settings(Url::parse(&endpoint).unwrap())
    };
    (settings, None)
}

fn stream_of(content: &[u8]) -> ByteStream {
    let chunks: Vec<_> = content
        .chunks(MB)
        .map(Bytes::copy_from_slice)
        .map(Ok)
        .collect();
    stream::iter(chunks).boxed()
}

fn any_key() -> FileKey {
    FileKey::generate(Folder::Media, Id::generate())
}

fn any_metadata() -> FileMetadata {
    FileMetadata {
        content_type: "text/plain".to_owned(),
        original_name: None,
        organization_id: Id::generate(),
        uploaded_by: None,
    }
}

#[tokio::test]
async fn what_is_stored_reads_back() {
    for subject in Subject::all().await {
        let key = any_key();
        let stored = subject.put(&key, b"test").await.unwrap();
        let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into();
        assert_eq!(stored, StoredFile { size: 4, sha256 }, "{}", subject.name);
        assert_eq!(
            subject.read(&key).await.unwrap(),
            b"test",
            "{}",
            subject.name
        );
    }
}

#[tokio::test]
async fn a_large_file_and_an_empty_one_read_back() {
    let large: Vec<u8> = (0..=250).cycle().take(20 * MB).collect();
    for subject in Subject::all().await {
        for content in [&large[..], &[]] {
            let key = any_key();
            let stored = subject.put(&key, content).await.unwrap();
            assert_eq!(stored.size, content.len() as u64);
            assert!(
                subject.read(&key).await.unwrap() == content,
                "{}",
                subject.name
            );
        }
    }
}

#[tokio::test]
async fn a_file_above_the_limit_leaves_nothing() {
    let (content, metadata) = (vec![7; 20 * MB], any_metadata());
    for subject in Subject::all().await {
        for limit in [3, 10 * MB as u64, 20 * MB as u64 - 1] {
            let key = any_key();
            let put = subject
                .storage
                .put(&key, &metadata, stream_of(&content), limit);
            let refused = put.await.unwrap_err();
            let named =
                matches!(refused, StorageError::TooLarge { limit: named } if named == limit);
            assert!(named, "{}: {refused}", subject.name);
            assert!(!subject.has(&key).await, "{}", subject.name);
        }
        let key = any_key();
        let exactly = subject.storage.put(&key, &metadata, stream_of(b"test"), 4);
        assert!(exactly.await.is_ok(), "{}", subject.name);
    }
}

#[tokio::test]
async fn content_that_breaks_off_leaves_what_was_there() {
    for subject in Subject::all().await {
        let (absent, present) = (any_key(), any_key());
        subject.put(&present, b"before").await.unwrap();
        for key in [&absent, &present] {
            let broken = stream_of(b"half")
                .chain(stream::iter([Err(io::Error::other("cut"))]))
                .boxed();
            let error = subject
                .storage
                .put(key, &any_metadata(), broken, LIMIT)
                .await
                .unwrap_err();
            assert!(
                matches!(error, StorageError::Interrupted(_)),
                "{}: {error}",
                subject.name
            );
        }
        assert!(!subject.has(&absent).await, "{}", subject.name);
        assert_eq!(
            subject.read(&present).await.unwrap(),
            b"before",
            "{}",
            subject.name
        );
    }
}

#[tokio::test]
async fn a_file_can_be_replaced() {
    for subject in Subject::all().await {
        let key = any_key();
        subject.put(&key, b"before").await.unwrap();
        subject.put(&key, b"after").await.unwrap();
        assert_eq!(
            subject.read(&key).await.unwrap(),
            b"after",
            "{}",
            subject.name
        );
    }
}

#[tokio::test]
async fn a_file_is_deleted_once_and_for_all() {
    for subject in Subject::all().await {
        let key = any_key();
        subject.put(&key, b"test").await.unwrap();
        subject.storage.delete(&key).await.unwrap();
        assert!(!subject.has(&key).await, "{}", subject.name);
        subject.storage.delete(&key).await.unwrap();
    }
}

#[tokio::test]
async fn storage_that_works_says_so() {
    for subject in Subject::all().await {
        subject.storage.check().await.unwrap();
    }
}

#[tokio::test]
async fn a_bucket_that_is_there_already_is_used() {
    if !service_is_asked_for("s3") {
        return;
    }
    let (settings, _server) = s3_settings().await;
    let again = S3Settings {
        endpoint: settings.endpoint.clone(),
        region: settings.region.clone(),
        bucket: settings.bucket.clone(),
        access_key: settings.access_key.clone(),
        secret_key: settings.secret_key.clone(),
        public_endpoint: Some(Url::parse("https://files.example.com").unwrap()),
        public_url: settings.public_url.clone(),
    };
    S3Storage::connect(settings).await.unwrap();
    let storage = S3Storage::connect(again).await.unwrap();
    storage.check().await.unwrap();
    let url = storage
        .signed_url(&any_key(), "image/png", None, Duration::from_mins(1))
        .await;
    assert_eq!(url.unwrap().host_str(), Some("files.example.com"));
}

#[tokio::test]
async fn a_wrong_secret_is_told_when_connecting() {
    if !service_is_asked_for("s3") {
        return;
    }
    let (mut settings, _server) = s3_settings().await;
    settings.secret_key = "wrong".to_owned().into();
    let refused = S3Storage::connect(settings).await;
    assert!(matches!(refused, Err(StorageError::Unavailable(_))));
}
