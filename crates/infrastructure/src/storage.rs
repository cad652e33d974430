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
    storage::{FileKey, FileMetadata, Folder, Storage, StorageError},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use url::Url;

/// The form in which the port promises to keep metadata. S3 carries them in headers, of 2 KB
/// in all, where each byte of a name may take three.
pub fn kept(metadata: &FileMetadata) -> FileMetadata {
    const MAX_TYPE_LENGTH: usize = 100;
    const MAX_NAME_LENGTH: usize = 500;
    let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    let content_type = match metadata.content_type.trim() {
        text if (1..=MAX_TYPE_LENGTH).contains(&text.len()) && is_plain(text) => text,
        _ => "application/octet-stream",
    };
    let cut = |name: &String| name[..name.floor_char_boundary(MAX_NAME_LENGTH)].to_owned();
    FileMetadata {
        content_type: content_type.to_owned(),
        original_name: metadata.original_name.as_ref().map(cut),
        ..metadata.clone()
    }
}

/// Where this program serves a file.
fn file_url(public_url: &Url, key: &FileKey) -> Result<Url, StorageError> {
    let mut url = public_url.clone();
    url.path_segments_mut()
        .map_err(|()| unavailable("the public URL has no path"))?
        .pop_if_empty()
        .push("files")
        .extend(key.as_str().split('/'));
    Ok(url)
}

/// Stores, reads and deletes a small file. What a crash leaves of it is an orphan.
async fn probe(storage: &dyn Storage) -> Result<(), StorageError> {
    const CONTENT: &[u8] = b"probe";
    let metadata = FileMetadata {
        content_type: "text/plain".to_owned(),
        original_name: None,
        organization_id: Id::generate(),
        uploaded_by: None,
    };
    let key = FileKey::generate(Folder::Documents, metadata.organization_id);
    let content = stream::iter([Ok(CONTENT.into())]).boxed();
    storage
        .put(&key, &metadata, content, CONTENT.len() as u64)
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

    fn of(content_type: &str, name: &str) -> FileMetadata {
        kept(&FileMetadata {
            content_type: content_type.to_owned(),
            original_name: Some(name.to_owned()),
            organization_id: Id::generate(),
            uploaded_by: None,
        })
    }

    #[test]
    fn a_type_is_one_that_a_header_can_carry() {
        assert_eq!(
            of("audio/ogg; codecs=opus", "").content_type,
            "audio/ogg; codecs=opus"
        );
        for hostile in ["", " ", "text/html\r\nx: y", "image/ü", &"a".repeat(101)] {
            let kept = of(hostile, "").content_type;
            assert_eq!(kept, "application/octet-stream", "{hostile:?}");
        }
    }

    #[test]
    fn a_name_is_cut_between_letters() {
        let name = of("text/plain", &"€".repeat(300)).original_name.unwrap();
        assert_eq!(name, "€".repeat(166));
    }
}
