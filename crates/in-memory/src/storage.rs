use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use domain::{
    clock::Clock,
    storage::{ByteStream, Storage, StorageError, StoredFile},
};
use futures_util::{StreamExt, stream};
use infrastructure::storage::Meter;
use url::Url;

/// Keeps files in a map. Its signed URLs lead nowhere, but say what was signed.
pub struct MapStorage {
    clock: Arc<dyn Clock>,
    files: Mutex<BTreeMap<String, MapFile>>,
    down: AtomicBool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapFile {
    pub content_type: String,
    pub content: Bytes,
}

impl MapStorage {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            files: Mutex::default(),
            down: AtomicBool::new(false),
        }
    }

    /// What is stored now, by key.
    pub fn files(&self) -> BTreeMap<String, MapFile> {
        self.locked().clone()
    }

    /// From now on every call fails, or none any more.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, MapFile>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
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
        key: &str,
        content_type: &str,
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
            content_type: content_type.to_owned(),
            content: whole.freeze(),
        };
        self.locked().insert(key.to_owned(), file);
        Ok(meter.finish())
    }

    async fn get(&self, key: &str) -> Result<ByteStream, StorageError> {
        self.check_up()?;
        let file = self
            .locked()
            .get(key)
            .cloned()
            .ok_or(StorageError::NotFound)?;
        Ok(stream::iter([Ok(file.content)]).boxed())
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        self.check_up()?;
        self.locked().remove(key);
        Ok(())
    }

    async fn signed_url(
        &self,
        key: &str,
        content_type: &str,
        file_name: Option<&str>,
        valid_for: Duration,
    ) -> Result<Url, StorageError> {
        self.check_up()?;
        let mut url = Url::parse("https://files.example.com")
            .and_then(|base| base.join(key))
            .map_err(|error| StorageError::Unavailable(error.to_string()))?;
        let expires = (self.clock.now() + valid_for).timestamp().to_string();
        url.query_pairs_mut()
            .append_pair("expires", &expires)
            .append_pair("type", content_type)
            .extend_pairs(file_name.map(|name| ("name", name)));
        Ok(url)
    }

    async fn check(&self) -> Result<(), StorageError> {
        self.check_up()
    }
}
