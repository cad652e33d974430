//! Files: stored before the unit of work that refers to them, deleted after the one that no
//! longer does. What falls in between is an orphan, and is swept away.

mod delete_file;
mod sweep_files;

use std::time::Duration;

use bytes::Bytes;
use domain::storage::{File, FileKey, FileMetadata, Folder};
use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use crate::{Actor, Error, Ports};

/// People wait for it, unlike for what customers send.
const STORE_WITHIN: Duration = Duration::from_secs(30);
const MAX_NAME_LENGTH: usize = 255;

#[derive(Clone)]
pub(crate) struct Files {
    ports: Ports,
}

/// What somebody has uploaded, as it is to be stored.
pub(crate) struct NewFile {
    pub(crate) folder: Folder,
    pub(crate) content_type: &'static str,
    /// As the client named it.
    pub(crate) original_name: Option<String>,
    pub(crate) content: Bytes,
}

impl Files {
    pub(crate) fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Stores a file, for the caller to insert in the unit of work that refers to it.
    pub(crate) async fn store(&self, actor: &Actor, file: NewFile) -> Result<File, Error> {
        let organization_id = actor.organization_id();
        let key = FileKey::generate(file.folder, organization_id);
        let metadata = FileMetadata {
            content_type: file.content_type.to_owned(),
            original_name: file.original_name.and_then(|name| plain_name(&name)),
            organization_id,
            uploaded_by: Some(actor.user_id()),
        };
        let size = file.content.len() as u64;
        let content = stream::iter([Ok(file.content)]).boxed();
        let put = self.ports.storage.put(&key, &metadata, content, size);
        let stored = match timeout(STORE_WITHIN, put).await {
            Ok(stored) => stored?,
            Err(elapsed) => {
                return Err(Error::Unavailable {
                    what: "storage",
                    cause: Box::new(elapsed),
                });
            }
        };
        Ok(File {
            key,
            metadata,
            stored,
            created_at: self.ports.clock.now(),
        })
    }

    /// Deletes a file that its unit of work has refused. If the database did not answer, the
    /// commit may have happened; then, as when deleting fails, the sweep looks again.
    pub(crate) async fn discard(&self, file: &File, because: &Error) {
        if matches!(because, Error::Unavailable { .. }) {
            return;
        }
        if let Err(error) = self.ports.storage.delete(&file.key).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The file {} is left to the sweep",
                file.key
            );
        }
    }
}

/// A name without what no database keeps and no page shows; none if nothing is left of it.
pub(crate) fn plain_name(name: &str) -> Option<String> {
    let plain = name.chars().filter(|c| !c.is_control());
    let plain: String = plain.take(MAX_NAME_LENGTH).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_can_be_kept_of_it() {
        assert_eq!(plain_name("a\0b\r\n.png"), Some("ab.png".into()));
        assert_eq!(plain_name(" \u{7f}\n "), None);
        assert_eq!(plain_name(&"é".repeat(300)), Some("é".repeat(255)));
    }
}
