//! Files in a folder or in S3.

mod disposition;
mod folder;
mod meter;
mod s3;

pub use folder::{FolderSettings, FolderStorage, SignedQuery, VerifiedFile};
pub use meter::Meter;
pub use s3::{S3Settings, S3Storage};

use std::error::Error;

use domain::{
    id::Id,
    storage::{Storage, StorageError},
};
use futures_util::{StreamExt, TryStreamExt, stream};

/// Whether a key has the form that the port promises. Names that begin with a dot could lead
/// out of the folder, or to files that are not yet whole.
fn is_key(key: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    key.contains('/') && key.split('/').all(is_name)
}

/// For where a key is made by us, not given by a client.
fn check_key(key: &str) -> Result<(), StorageError> {
    if is_key(key) {
        Ok(())
    } else {
        Err(StorageError::Unavailable(format!("{key:?} is no key")))
    }
}

/// Stores, reads and deletes a small file.
async fn probe(storage: &dyn Storage) -> Result<(), StorageError> {
    const CONTENT: &[u8] = b"probe";
    let key = format!("probe/{}", Id::<StorageError>::generate());
    let content = stream::iter([Ok(CONTENT.into())]).boxed();
    storage
        .put(&key, "text/plain", content, CONTENT.len() as u64)
        .await?;
    let read: Vec<_> = storage
        .get(&key)
        .await?
        .try_collect()
        .await
        .map_err(unavailable)?;
    storage.delete(&key).await?;
    if read.concat() == CONTENT {
        Ok(())
    } else {
        Err(StorageError::Unavailable(
            "it does not return what was stored".into(),
        ))
    }
}

fn unavailable(error: impl Into<Box<dyn Error + Send + Sync>>) -> StorageError {
    StorageError::Unavailable(error.into().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_folder_and_a_plain_name_make_a_key() {
        for key in ["media/a", "media/2026/a-B_9.jpg"] {
            assert!(is_key(key), "{key:?}");
        }
        for key in [
            "",
            "a",
            "/a",
            "a/",
            "a//b",
            "../a",
            "a/../b",
            "a/.b",
            ".partial/a",
            "a/b c",
            "a/b%2e",
            "a\\b/c",
            "a/ü",
            "a/b\0",
        ] {
            assert!(!is_key(key), "{key:?}");
        }
    }
}
