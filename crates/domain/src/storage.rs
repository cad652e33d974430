//! Files: what customers send and, later, what the organization shows.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use thiserror::Error;
use url::Url;

pub type ByteStream = BoxStream<'static, std::io::Result<Bytes>>;

/// A file as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
}

#[derive(Debug, Error)]
pub enum StorageError {
    #[error("no file has this key")]
    NotFound,
    #[error("the file is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    /// What was to be stored could not be read to its end.
    #[error("the content broke off: {0}")]
    Interrupted(std::io::Error),
    #[error("file storage is unavailable: {0}")]
    Unavailable(String),
}

/// Keys are `folder/name`, unguessable, and made only of `A-Z a-z 0-9 - _ . /`.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Stores the whole file or nothing. Refuses more than `limit` bytes.
    async fn put(
        &self,
        key: &str,
        content_type: &str,
        content: ByteStream,
        limit: u64,
    ) -> Result<StoredFile, StorageError>;

    async fn get(&self, key: &str) -> Result<ByteStream, StorageError>;

    /// Succeeds also if there is no such file.
    async fn delete(&self, key: &str) -> Result<(), StorageError>;

    /// A URL at which anyone can read the file until the time is over. The browser is told
    /// to treat it as `content_type` and, if a name is given, to save it under that name.
    async fn signed_url(
        &self,
        key: &str,
        content_type: &str,
        file_name: Option<&str>,
        valid_for: Duration,
    ) -> Result<Url, StorageError>;

    /// Whether files can be stored and read now.
    async fn check(&self) -> Result<(), StorageError>;
}
