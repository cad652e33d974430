//! Taking in a file that somebody wants to send.

mod format;

use std::{io, time::Duration};

use bytes::{Bytes, BytesMut};
use domain::{
    id::Id,
    organizations::Permission,
    storage::{ByteStream, File, FileKey, FileMetadata, Folder, StorageError},
    whatsapp::{Media, MediaState},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::timeout;

use super::WhatsApp;
use crate::{
    Actor, Error,
    files::{Files, plain_name},
};
use format::{Format, HEAD};

/// Longer than clients are given for a body.
const STORE_WITHIN: Duration = Duration::from_mins(10);

/// A file, as it comes from the client.
pub struct UploadMedia {
    /// As the client named it.
    pub file_name: Option<String>,
    pub content: ByteStream,
}

impl WhatsApp {
    /// Stores a file, to be sent in as many messages as one likes. What it is shows in its
    /// content; Meta's limits hold. A file that no message has for seven days is deleted.
    #[tracing::instrument(skip_all)]
    pub async fn upload_media(&self, actor: &Actor, command: UploadMedia) -> Result<Media, Error> {
        actor.require(Permission::ChatsWrite)?;
        let file_name = command.file_name.and_then(|name| plain_name(&name));
        let (head, content) = peek(command.content).await.map_err(interrupted)?;
        if head.is_empty() {
            return Err(Error::invalid("/file", "required", "is required"));
        }
        let Format { format, max_size } = format::recognise(&head, file_name.as_deref())?;
        let organization_id = actor.organization_id();
        let key = FileKey::generate(Folder::Media, organization_id);
        let metadata = FileMetadata {
            content_type: format.mime_type.to_owned(),
            original_name: file_name.clone(),
            organization_id,
            uploaded_by: Some(actor.user_id()),
        };
        let put = self.ports.storage.put(&key, &metadata, content, max_size);
        let stored = timeout(STORE_WITHIN, put)
            .await
            .map_err(|elapsed| interrupted(io::Error::new(io::ErrorKind::TimedOut, elapsed)))??;
        let now = self.ports.clock.now();
        let media = Media {
            id: Id::generate(),
            source: None,
            kind: format.kind,
            mime_type: format.mime_type.to_owned(),
            sha256: Some(stored.sha256.clone()),
            file_name,
            state: MediaState::Stored {
                key: key.clone(),
                size: stored.size,
            },
            created_at: now,
        };
        let file = File {
            key,
            metadata,
            stored,
            created_at: now,
        };
        if let Err(error) = self.insert_uploaded(actor, &media, &file).await {
            Files::new(self.ports.clone()).discard(&file, &error).await;
            return Err(error);
        }
        Ok(media)
    }

    async fn insert_uploaded(
        &self,
        actor: &Actor,
        media: &Media,
        file: &File,
    ) -> Result<(), Error> {
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        uow.files().insert(file).await?;
        uow.media().insert(media).await?;
        Ok(uow.commit().await?)
    }
}

/// How the content begins, and all of it.
async fn peek(mut content: ByteStream) -> io::Result<(Bytes, ByteStream)> {
    let mut head = BytesMut::new();
    while head.len() < HEAD {
        match content.try_next().await? {
            Some(chunk) => head.extend_from_slice(&chunk),
            None => break,
        }
    }
    let head = head.freeze();
    let whole = stream::iter([Ok(head.clone())]).chain(content).boxed();
    Ok((head, whole))
}

fn interrupted(error: io::Error) -> Error {
    StorageError::Interrupted(error).into()
}
