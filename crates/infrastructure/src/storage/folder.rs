mod layout;
mod signing;

pub use signing::{SignedQuery, VerifiedFile};

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::{
    clock::Clock,
    storage::{
        ByteStream, FileKey, FileMetadata, Folder, ListedFile, Storage, StorageError, StoredFile,
    },
};
use futures_util::StreamExt;
use secrecy::SecretString;
use tokio::{fs::File, io::AsyncWriteExt, task::spawn_blocking};
use tokio_util::io::ReaderStream;
use url::Url;

use self::{layout::Layout, signing::Signer};
use super::{Meter, file_url, kept, probe, unavailable};

pub struct FolderSettings {
    pub root: PathBuf,
    /// Where this program is reached; files are below `files/`.
    pub public_url: Url,
    /// Signs the URLs of files.
    pub signing_key: SecretString,
}

/// Files in a folder that nobody but this program's user can read.
pub struct FolderStorage {
    layout: Arc<Layout>,
    public_url: Url,
    signer: Signer,
    clock: Arc<dyn Clock>,
}

impl FolderStorage {
    /// Makes the folder if it is missing, and clears away what crashes have left.
    pub fn open(settings: FolderSettings, clock: Arc<dyn Clock>) -> Result<Self, StorageError> {
        let layout = Layout::open(settings.root, clock.now() - TimeDelta::days(1));
        Ok(Self {
            layout: Arc::new(layout.map_err(unavailable)?),
            public_url: settings.public_url,
            signer: Signer::new(&settings.signing_key),
            clock,
        })
    }

    /// What a signed URL entitles to. None if it is forged or its time is over.
    pub fn verify(&self, key: &str, query: &SignedQuery) -> Option<VerifiedFile> {
        self.signer.verify(key, query, self.clock.now())
    }

    /// For serving the file, or a part of it.
    pub async fn read(&self, file: &VerifiedFile) -> Result<File, StorageError> {
        self.file(file.key()).await
    }

    async fn file(&self, key: &FileKey) -> Result<File, StorageError> {
        File::open(self.layout.content(key)).await.map_err(absent)
    }

    async fn write(
        &self,
        partial: &mut File,
        mut content: ByteStream,
        limit: u64,
    ) -> Result<StoredFile, StorageError> {
        let mut meter = Meter::new(limit);
        while let Some(chunk) = content.next().await {
            let chunk = meter.pass(chunk)?;
            partial.write_all(&chunk).await.map_err(unavailable)?;
        }
        partial.flush().await.map_err(unavailable)?;
        partial.sync_all().await.map_err(unavailable)?;
        Ok(meter.finish())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Layout) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        let layout = self.layout.clone();
        let worked = spawn_blocking(move || work(&layout)).await;
        worked.map_err(unavailable)?.map_err(absent)
    }
}

#[async_trait]
impl Storage for FolderStorage {
    async fn put(
        &self,
        key: &FileKey,
        metadata: &FileMetadata,
        content: ByteStream,
        limit: u64,
    ) -> Result<StoredFile, StorageError> {
        let partial = self.blocking(Layout::partial).await?;
        // The path deletes the file when dropped, also if this future is.
        let (file, path) = partial.into_parts();
        let stored = self
            .write(&mut File::from_std(file), content, limit)
            .await?;
        let (key, metadata) = (key.clone(), kept(metadata));
        self.blocking(move |layout| layout.publish(&key, &metadata, path))
            .await?;
        Ok(stored)
    }

    async fn get(&self, key: &FileKey) -> Result<ByteStream, StorageError> {
        Ok(ReaderStream::new(self.file(key).await?).boxed())
    }

    async fn metadata(&self, key: &FileKey) -> Result<FileMetadata, StorageError> {
        let key = key.clone();
        self.blocking(move |layout| layout.metadata(&key)).await
    }

    async fn delete(&self, key: &FileKey) -> Result<(), StorageError> {
        let key = key.clone();
        self.blocking(move |layout| layout.delete(&key)).await
    }

    async fn signed_url(
        &self,
        key: &FileKey,
        content_type: &str,
        file_name: Option<&str>,
        valid_for: Duration,
    ) -> Result<Url, StorageError> {
        let url = file_url(&self.public_url, key)?;
        let expires_at = self.clock.now() + valid_for;
        Ok(self
            .signer
            .sign(url, key, content_type, file_name, expires_at))
    }

    fn public_url(&self, key: &FileKey) -> Result<Url, StorageError> {
        file_url(&self.public_url, key)
    }

    async fn list(
        &self,
        folder: Folder,
        after: Option<&FileKey>,
        limit: u32,
    ) -> Result<Vec<ListedFile>, StorageError> {
        let after = after.cloned();
        self.blocking(move |layout| layout.list(folder, after.as_ref(), limit))
            .await
    }

    async fn check(&self) -> Result<(), StorageError> {
        probe(self).await
    }
}

fn absent(error: io::Error) -> StorageError {
    match error.kind() {
        io::ErrorKind::NotFound => StorageError::NotFound,
        _ => unavailable(error),
    }
}
