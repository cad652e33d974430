//! Files: what customers send, and what the organization shows.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;
use uuid::Uuid;

use crate::{auth::UserId, id::Id, organizations::OrganizationId, store::StoreError};

pub type ByteStream = BoxStream<'static, std::io::Result<Bytes>>;

/// What a file is for, and who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Folder {
    Images,
    Products,
    Documents,
    Media,
}

impl Folder {
    pub const ALL: [Self; 4] = [Self::Images, Self::Products, Self::Documents, Self::Media];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Products => "products",
            Self::Documents => "documents",
            Self::Media => "media",
        }
    }

    /// Whether its files have lasting URLs that anybody may read.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Images | Self::Products)
    }
}

/// Where a file is stored: `folder/organization/name`, made only of `A-Z a-z 0-9 - _ . /`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileKey(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is not the key of a file")]
pub struct FileKeyError;

impl FileKey {
    /// No name in a folder may be longer.
    const MAX_LENGTH: usize = 255;

    /// A key that nobody can guess; keys of a folder sort by the time of their making.
    #[expect(
        clippy::disallowed_methods,
        reason = "what tells the time has few bits that do not"
    )]
    pub fn generate(folder: Folder, organization: OrganizationId) -> Self {
        let (folder, time) = (folder.as_str(), Id::<Self>::generate());
        let random = Uuid::new_v4().simple();
        Self(format!("{folder}/{organization}/{time}-{random}"))
    }

    /// Refuses what could lead out of its folder.
    pub fn parse(text: &str) -> Result<Self, FileKeyError> {
        // Names that begin with a dot could also be files that are not yet whole.
        let is_name = |name: &str| {
            !name.is_empty()
                && !name.starts_with('.')
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let is_in_a_folder = Folder::ALL.iter().any(|folder| {
            let rest = text.strip_prefix(folder.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        });
        if is_in_a_folder && text.len() <= Self::MAX_LENGTH && text.split('/').all(is_name) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FileKeyError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_in(&self, folder: Folder) -> bool {
        self.0.split('/').next() == Some(folder.as_str())
    }

    pub fn is_public(&self) -> bool {
        let mut folders = Folder::ALL.into_iter();
        folders.any(|folder| folder.is_public() && self.is_in(folder))
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileKey({})", self.0)
    }
}

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for FileKey {
    type Error = FileKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<FileKey> for String {
    fn from(key: FileKey) -> Self {
        key.0
    }
}

/// What is kept with a file, in the storage itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMetadata {
    pub content_type: String,
    /// As whoever sent it named it: not to be trusted.
    pub original_name: Option<String>,
    pub organization_id: OrganizationId,
    /// Nobody if it came from a customer.
    pub uploaded_by: Option<UserId>,
}

/// A file as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// A file that lies in the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    pub key: FileKey,
    pub stored_at: DateTime<Utc>,
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

#[async_trait]
pub trait Storage: Send + Sync {
    /// Stores the whole file or nothing. Refuses more than `limit` bytes. Of the metadata, a
    /// type that no header can carry becomes `application/octet-stream`, and a name is cut
    /// after 500 bytes.
    async fn put(
        &self,
        key: &FileKey,
        metadata: &FileMetadata,
        content: ByteStream,
        limit: u64,
    ) -> Result<StoredFile, StorageError>;

    async fn get(&self, key: &FileKey) -> Result<ByteStream, StorageError>;

    /// What was stored with the file; not found also if nothing was.
    async fn metadata(&self, key: &FileKey) -> Result<FileMetadata, StorageError>;

    /// Succeeds also if there is no such file.
    async fn delete(&self, key: &FileKey) -> Result<(), StorageError>;

    /// A URL at which anyone can read the file until the time is over. The browser is told
    /// to treat it as `content_type` and, if a name is given, to save it under that name.
    async fn signed_url(
        &self,
        key: &FileKey,
        content_type: &str,
        file_name: Option<&str>,
        valid_for: Duration,
    ) -> Result<Url, StorageError>;

    /// The lasting URL of a file in a public folder.
    fn public_url(&self, key: &FileKey) -> Result<Url, StorageError>;

    /// At most `limit` files of a folder, in the order of their keys, from the one after
    /// this key; also what is left of files whose storing or deleting was cut short.
    async fn list(
        &self,
        folder: Folder,
        after: Option<&FileKey>,
        limit: u32,
    ) -> Result<Vec<ListedFile>, StorageError>;

    /// Whether files can be stored and read now.
    async fn check(&self) -> Result<(), StorageError>;
}

/// A file that something in the organization refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub key: FileKey,
    pub metadata: FileMetadata,
    pub stored: StoredFile,
    pub created_at: DateTime<Utc>,
}

/// The organization's files. What is stored without being in here is an orphan.
#[async_trait]
pub trait FileRepository: Send + Sync {
    async fn find(&self, key: &FileKey) -> Result<Option<File>, StoreError>;

    async fn insert(&self, file: &File) -> Result<(), StoreError>;

    /// False if there is none. The unit of work must also have `Job::DeleteFile` run.
    async fn remove(&self, key: &FileKey) -> Result<bool, StoreError>;
}

/// All files of the installation.
#[async_trait]
pub trait FileDirectory: Send + Sync {
    /// Those of the keys that nothing refers to: neither a file of any organization, nor a
    /// logo, whose file may be unknown since the table of files was made anew.
    async fn orphans_among(&self, keys: &[FileKey]) -> Result<Vec<FileKey>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unlike_each_other_and_sort_by_time() {
        let organization = Id::generate();
        let make = || FileKey::generate(Folder::Images, organization);
        let (first, second) = (make(), make());
        assert!(first < second);
        assert!(first.is_public());
        assert_eq!(FileKey::parse(first.as_str()), Ok(first));
    }

    #[test]
    fn only_a_folder_of_ours_and_plain_names_make_a_key() {
        for key in ["media/a", "documents/2026/a-B_9.jpg"] {
            assert!(
                FileKey::parse(key).is_ok_and(|key| !key.is_public()),
                "{key:?}"
            );
        }
        for key in [
            "",
            "media",
            "/media/a",
            "media/",
            "media//b",
            "../a",
            "media/../b",
            "media/.b",
            ".partial/a",
            "media/b c",
            "media/b%2e",
            "media\\b/c",
            "media/ü",
            "media/b\0",
            "secrets/a",
            "mediaa/b",
        ] {
            assert_eq!(FileKey::parse(key), Err(FileKeyError), "{key:?}");
        }
        let of_length =
            |length: usize| FileKey::parse(&format!("media/{}", "a".repeat(length - 6)));
        assert!(of_length(255).is_ok());
        assert!(of_length(256).is_err());
    }
}
