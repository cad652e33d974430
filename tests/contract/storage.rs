//! File storage: in memory, in a folder, on S3.

mod signed_urls;

use std::{env, io, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{
    clock::Clock,
    id::Id,
    storage::{ByteStream, Storage, StorageError, StoredFile},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use in_memory::{MapStorage, SettableClock};
use infrastructure::storage::{FolderSettings, FolderStorage, S3Settings, S3Storage};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;

use tests::stores::service_is_asked_for;

const LIMIT: u64 = 100 * MB as u64;
const MB: usize = 1024 * 1024;

struct Subject {
    name: &'static str,
    storage: Arc<dyn Storage>,
    /// Is deleted with it.
    _folder: TempDir,
}

impl Subject {
    async fn all() -> Vec<Self> {
        let folder = TempDir::new().unwrap();
        let mut all = vec![
            Self {
                name: "memory",
                storage: Arc::new(MapStorage::new(clock())),
                _folder: TempDir::new().unwrap(),
            },
            Self {
                name: "folder",
                storage: Arc::new(folder_storage(&folder, clock())),
                _folder: folder,
            },
        ];
        if service_is_asked_for("s3") {
            let folder = TempDir::new().unwrap();
            all.push(Self {
                name: "s3",
                storage: Arc::new(s3_storage(&folder).await),
                _folder: folder,
            });
        }
        all
    }

    async fn put(&self, key: &str, content: &[u8]) -> Result<StoredFile, StorageError> {
        let content = stream_of(content);
        self.storage.put(key, "text/plain", content, LIMIT).await
    }

    async fn read(&self, key: &str) -> Result<Vec<u8>, StorageError> {
        let chunks = self.storage.get(key).await?;
        let chunks: Vec<_> = chunks
            .try_collect()
            .await
            .map_err(StorageError::Interrupted)?;
        Ok(chunks.concat())
    }

    async fn has(&self, key: &str) -> bool {
        match self.read(key).await {
            Ok(_) => true,
            Err(StorageError::NotFound) => false,
            Err(error) => panic!("{}: {error}", self.name),
        }
    }
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
async fn s3_storage(folder: &TempDir) -> S3Storage {
    S3Storage::connect(s3_settings(folder).await).await.unwrap()
}

async fn s3_settings(folder: &TempDir) -> S3Settings {
    let endpoint = match env::var("TEST_S3_ENDPOINT") {
        Ok(endpoint) => Url::parse(&endpoint).unwrap(),
        Err(_) => s3_server(folder).await,
    };
    let access_key = env::var("TEST_S3_ACCESS_KEY").unwrap_or("minioadmin".into());
    let secret_key = env::var("TEST_S3_SECRET_KEY").unwrap_or("minioadmin".into());
    S3Settings {
        endpoint,
        region: "us-east-1".into(),
        bucket: format!("test-{}", Id::<Subject>::generate()),
        access_key,
        secret_key: secret_key.into(),
        public_url: None,
    }
}

async fn s3_server(folder: &TempDir) -> Url {
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
    service.set_auth(SimpleAuth::from_single("minioadmin", "minioadmin"));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let server = auto::Builder::new(TokioExecutor::new());
        while let Ok((stream, _)) = listener.accept().await {
            let connection = server.serve_connection(TokioIo::new(stream), service.clone());
            tokio::spawn(connection.into_owned());
        }
    });
    Url::parse(&format!("http://{address}")).unwrap()
}

fn stream_of(content: &[u8]) -> ByteStream {
    let chunks: Vec<_> = content
        .chunks(MB)
        .map(Bytes::copy_from_slice)
        .map(Ok)
        .collect();
    stream::iter(chunks).boxed()
}

fn any_key() -> String {
    format!("media/{}", Id::<Subject>::generate())
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
    let content = vec![7; 20 * MB];
    for subject in Subject::all().await {
        for limit in [3, 10 * MB as u64, 20 * MB as u64 - 1] {
            let key = any_key();
            let put = subject
                .storage
                .put(&key, "text/plain", stream_of(&content), limit);
            let refused = put.await.unwrap_err();
            let named =
                matches!(refused, StorageError::TooLarge { limit: named } if named == limit);
            assert!(named, "{}: {refused}", subject.name);
            assert!(!subject.has(&key).await, "{}", subject.name);
        }
        let key = any_key();
        let exactly = subject
            .storage
            .put(&key, "text/plain", stream_of(b"test"), 4);
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
                .put(key, "text/plain", broken, LIMIT)
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
async fn storage_in_memory_can_be_told_to_be_down() {
    let storage = MapStorage::new(clock());
    storage.set_down(true);
    assert!(matches!(
        storage.check().await,
        Err(StorageError::Unavailable(_))
    ));
    storage.set_down(false);
    storage.check().await.unwrap();
}

#[tokio::test]
async fn no_key_leads_out_of_the_folder() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    std::fs::create_dir(folder.path().join("files")).unwrap();
    let settings = FolderSettings {
        root: folder.path().join("files"),
        public_url: Url::parse("http://localhost:8080").unwrap(),
        signing_key: "a key that nobody knows, of 32 bytes".to_owned().into(),
    };
    let storage = FolderStorage::open(settings, clock()).unwrap();
    for key in [
        "../secret",
        "media/../../secret",
        ".partial/x",
        "/etc/passwd",
    ] {
        assert!(
            matches!(storage.get(key).await, Err(StorageError::NotFound)),
            "{key}"
        );
        let put = storage.put(key, "text/plain", stream_of(b"x"), LIMIT).await;
        assert!(put.is_err(), "{key}");
        storage.delete(key).await.unwrap();
    }
    assert_eq!(
        std::fs::read(folder.path().join("secret")).unwrap(),
        b"secret"
    );
}

#[tokio::test]
async fn a_bucket_that_is_there_already_is_used() {
    if !service_is_asked_for("s3") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let settings = s3_settings(&folder).await;
    let again = S3Settings {
        endpoint: settings.endpoint.clone(),
        region: settings.region.clone(),
        bucket: settings.bucket.clone(),
        access_key: settings.access_key.clone(),
        secret_key: settings.secret_key.clone(),
        public_url: Some(Url::parse("https://files.example.com").unwrap()),
    };
    S3Storage::connect(settings).await.unwrap();
    let storage = S3Storage::connect(again).await.unwrap();
    storage.check().await.unwrap();
    let url = storage
        .signed_url("media/a", "image/png", None, Duration::from_mins(1))
        .await;
    assert_eq!(url.unwrap().host_str(), Some("files.example.com"));
}

#[tokio::test]
async fn a_wrong_secret_is_told_when_connecting() {
    if !service_is_asked_for("s3") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let mut settings = s3_settings(&folder).await;
    settings.secret_key = "wrong".to_owned().into();
    let refused = S3Storage::connect(settings).await;
    assert!(matches!(refused, Err(StorageError::Unavailable(_))));
}
