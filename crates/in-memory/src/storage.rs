use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use domain::{
    clock::Clock,
    storage::{
        ByteStream, FileKey, FileMetadata, Folder, ListedFile, Storage, StorageError, StoredFile,
    },
};
use futures_util::{StreamExt, stream};
use infrastructure::storage::{Meter, kept};
use url::Url;

/// Keeps files in a map. Its URLs lead nowhere, but say what was signed.
pub struct MapStorage {
    clock: Arc<dyn Clock>,
    files: Mutex<BTreeMap<FileKey, MapFile>>,
    kept: Mutex<HashSet<FileKey>>,
    down: AtomicBool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapFile {
    pub metadata: FileMetadata,
    pub content: Bytes,
    pub stored_at: DateTime<Utc>,
}

impl MapStorage {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            files: Mutex::default(),
            kept: Mutex::default(),
            down: AtomicBool::new(false),
        }
    }

    /// What is stored now, by key.
    pub fn files(&self) -> BTreeMap<FileKey, MapFile> {
        self.locked().clone()
    }

    /// From now on every call fails, or none any more.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    /// From now on this file cannot be deleted.
    pub fn refuse_to_delete(&self, key: FileKey) {
        self.kept().insert(key);
    }

    fn kept(&self) -> MutexGuard<'_, HashSet<FileKey>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<FileKey, MapFile>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, key: &FileKey) -> Result<MapFile, StorageError> {
        self.check_up()?;
        let file = self.locked().get(key).cloned();
        file.ok_or(StorageError::NotFound)
    }

    fn check_up(&self) -> Result<(), StorageError> {
        if self.down.load(Ordering::Relaxed) {
            Err(StorageError::Unavailable("told to be down".into()))
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Storage for MapStorage {
    async fn put(
        &self,
        key: &FileKey,
        metadata: &FileMetadata,
        mut content: ByteStream,
        limit: u64,
    ) -> Result<StoredFile, StorageError> {
        let mut meter = Meter::new(limit);
        let mut whole = BytesMut::new();
        while let Some(chunk) = content.next().await {
            whole.extend_from_slice(&meter.pass(chunk)?);
        }
        self.check_up()?;
        let file = MapFile {
            metadata: kept(metadata),
            content: whole.freeze(),
            stored_at: self.clock.now(),
        };
        self.locked().insert(key.clone(), file);
        Ok(meter.finish())
    }

    async fn get(&self, key: &FileKey) -> Result<ByteStream, StorageError> {
        let file = self.file(key)?;
        Ok(stream::iter([Ok(file.content)]).boxed())
    }

    async fn metadata(&self, key: &FileKey) -> Result<FileMetadata, StorageError> {
        Ok(self.file(key)?.metadata)
    }

    async fn delete(&self, key: &FileKey) -> Result<(), StorageError> {
        self.check_up()?;
        if self.kept().contains(key) {
            return Err(StorageError::Unavailable("told not to delete it".into()));
        }
        self.locked().remove(key);
        Ok(())
    }

    async fn signed_url(
        &self,
        key: &FileKey,
        content_type: &str,
        file_name: Option<&str>,
        valid_for: Duration,
    ) -> Result<Url, StorageError> {
        self.check_up()?;
        let mut url = self.public_url(key)?;
        let expires = (self.clock.now() + valid_for).timestamp().to_string();
        url.query_pairs_mut()
            .append_pair("expires", &expires)
            .append_pair("type", content_type)
            .extend_pairs(file_name.map(|name| ("name", name)));
        Ok(url)
    }

    fn public_url(&self, key: &FileKey) -> Result<Url, StorageError> {
        Url::parse("https://files.example.com/files/")
            .and_then(|base| base.join(key.as_str()))
            .map_err(|error| StorageError::Unavailable(error.to_string()))
    }

    async fn list(
        &self,
        folder: Folder,
        after: Option<&FileKey>,
        limit: u32,
    ) -> Result<Vec<ListedFile>, StorageError> {
        self.check_up()?;
        let is_wanted = |key: &FileKey| key.is_in(folder) && Some(key) > after;
        let files = self.locked();
        let wanted = files.iter().filter(|(key, _)| is_wanted(key));
        let listed = wanted.map(|(key, file)| ListedFile {
            key: key.clone(),
            stored_at: file.stored_at,
        });
        Ok(listed.take(limit as usize).collect())
    }

    async fn check(&self) -> Result<(), StorageError> {
        self.check_up()
    }
}
