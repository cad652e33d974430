use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    clock::Clock,
    storage::{ByteStream, Storage, StorageError, StoredFile},
};
use futures_util::StreamExt;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tempfile::{NamedTempFile, TempPath};
use tokio::{fs::File, io::AsyncWriteExt, task::spawn_blocking};
use tokio_util::io::ReaderStream;
use url::Url;

use super::{Meter, check_key, disposition::content_disposition, is_key, probe, unavailable};

/// Where files lie until they are whole. No key leads there.
const PARTIAL: &str = ".partial";

pub struct FolderSettings {
    pub root: PathBuf,
    /// Where this program is reached; files are below `files/`.
    pub public_url: Url,
    /// Signs the URLs of files.
    pub signing_key: SecretString,
}

/// Files in a folder, served by this program at signed URLs.
pub struct FolderStorage {
    root: PathBuf,
    public_url: Url,
    key: hmac::Key,
    clock: Arc<dyn Clock>,
}

/// The query of a signed URL.
#[derive(Clone, Debug, Deserialize)]
pub struct SignedQuery {
    /// Seconds since 1970.
    expires: i64,
    #[serde(rename = "type")]
    content_type: String,
    name: Option<String>,
    signature: String,
}

/// A file that the bearer of a URL may read, and the headers to serve it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedFile {
    key: String,
    pub content_type: String,
    pub content_disposition: String,
    pub expires_at: DateTime<Utc>,
}

impl FolderStorage {
    /// Makes the folder if it is missing, and clears away what crashes have left.
    pub fn open(settings: FolderSettings, clock: Arc<dyn Clock>) -> Result<Self, StorageError> {
        let partial = settings.root.join(PARTIAL);
        fs::create_dir_all(&partial)
            .and_then(|()| remove_abandoned(&partial, clock.now() - TimeDelta::days(1)))
            .map_err(|error| unavailable(format!("{}: {error}", settings.root.display())))?;
        Ok(Self {
            key: hmac::Key::new(
                hmac::HMAC_SHA256,
                settings.signing_key.expose_secret().as_bytes(),
            ),
            root: settings.root,
            public_url: settings.public_url,
            clock,
        })
    }

    /// What a signed URL entitles to. None if it is forged or its time is over.
    pub fn verify(&self, key: &str, query: &SignedQuery) -> Option<VerifiedFile> {
        let signature = URL_SAFE_NO_PAD.decode(&query.signature).ok()?;
        let message = signed_message(
            key,
            query.expires,
            &query.content_type,
            query.name.as_deref(),
        );
        hmac::verify(&self.key, &message, &signature).ok()?;
        let expires_at = DateTime::from_timestamp(query.expires, 0)?;
        (is_key(key) && self.clock.now() < expires_at).then(|| VerifiedFile {
            key: key.to_owned(),
            content_type: query.content_type.clone(),
            content_disposition: content_disposition(query.name.as_deref()),
            expires_at,
        })
    }

    /// For serving the file, or a part of it.
    pub async fn read(&self, file: &VerifiedFile) -> Result<File, StorageError> {
        self.file(&file.key).await
    }

    async fn file(&self, key: &str) -> Result<File, StorageError> {
        if !is_key(key) {
            return Err(StorageError::NotFound);
        }
        match File::open(self.root.join(key)).await {
            Ok(file) => Ok(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(StorageError::NotFound),
            Err(error) => Err(unavailable(error)),
        }
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
}

#[async_trait]
impl Storage for FolderStorage {
    async fn put(
        &self,
        key: &str,
        _content_type: &str,
        content: ByteStream,
        limit: u64,
    ) -> Result<StoredFile, StorageError> {
        check_key(key)?;
        let folder = self.root.join(PARTIAL);
        let partial = blocking(move || NamedTempFile::new_in(folder)).await?;
        // The path deletes the file when dropped, also if this future is.
        let (file, path) = partial.into_parts();
        let stored = self
            .write(&mut File::from_std(file), content, limit)
            .await?;
        let target = self.root.join(key);
        blocking(move || publish(path, &target)).await?;
        Ok(stored)
    }

    async fn get(&self, key: &str) -> Result<ByteStream, StorageError> {
        Ok(ReaderStream::new(self.file(key).await?).boxed())
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        if !is_key(key) {
            return Ok(());
        }
        match tokio::fs::remove_file(self.root.join(key)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unavailable(error)),
            _ => Ok(()),
        }
    }

    async fn signed_url(
        &self,
        key: &str,
        content_type: &str,
        file_name: Option<&str>,
        valid_for: Duration,
    ) -> Result<Url, StorageError> {
        check_key(key)?;
        let expires = (self.clock.now() + valid_for).timestamp();
        let message = signed_message(key, expires, content_type, file_name);
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, &message));
        let mut url = self.public_url.clone();
        url.path_segments_mut()
            .map_err(|()| unavailable("the public URL has no path"))?
            .pop_if_empty()
            .push("files")
            .extend(key.split('/'));
        let mut query = url.query_pairs_mut();
        query.append_pair("expires", &expires.to_string());
        query.append_pair("type", content_type);
        if let Some(name) = file_name {
            query.append_pair("name", name);
        }
        query.append_pair("signature", &signature);
        drop(query);
        Ok(url)
    }

    async fn check(&self) -> Result<(), StorageError> {
        probe(self).await
    }
}

/// Everything that the bearer may not change, so that no two meanings have the same bytes.
fn signed_message(key: &str, expires: i64, content_type: &str, name: Option<&str>) -> Vec<u8> {
    let expires = expires.to_string();
    let presence = if name.is_some() { "named" } else { "unnamed" };
    [
        key,
        &expires,
        content_type,
        presence,
        name.unwrap_or_default(),
    ]
    .iter()
    .flat_map(|part| [&(part.len() as u64).to_be_bytes()[..], part.as_bytes()].concat())
    .collect()
}

/// Gives a whole file its name, for good: the folders are synced too.
fn publish(partial: TempPath, target: &Path) -> io::Result<()> {
    let folder = target.parent().unwrap_or(target);
    fs::create_dir_all(folder)?;
    partial.persist(target)?;
    fs::File::open(folder)?.sync_all()
}

fn remove_abandoned(folder: &Path, before: DateTime<Utc>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if DateTime::<Utc>::from(entry.metadata()?.modified()?) < before {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StorageError> {
    spawn_blocking(work)
        .await
        .map_err(unavailable)?
        .map_err(unavailable)
}
