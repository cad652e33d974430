use std::{
    collections::HashMap,
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use chrono::DateTime;
use domain::storage::{
    ByteStream, FileKey, FileMetadata, Folder, ListedFile, Storage, StorageError, StoredFile,
};
use futures_util::{StreamExt, TryStreamExt};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use s3::{Bucket, BucketConfiguration, Region, creds::Credentials, error::S3Error};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use tokio_util::io::StreamReader;
use url::Url;

use super::{Meter, disposition::content_disposition, file_url, kept, probe, unavailable};

/// Bounds a whole request: a part of an upload, or a download of the largest file.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(5);
/// Bounds a request that moves no file.
const QUICK_REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a server that says nothing may hold up the start.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
/// Parts of one upload at a time; each holds 8 MB.
const CONCURRENT_PARTS: usize = 2;
const NOT_FOUND: u16 = 404;
const REQUEST_TIMED_OUT: u16 = 408;
const CONFLICT: u16 = 409;
const TOO_MANY_REQUESTS: u16 = 429;

// Names of metadata, after `x-amz-meta-`.
const ORIGINAL_NAME: &str = "original-name";
const ORGANIZATION_ID: &str = "organization-id";
const UPLOADED_BY: &str = "uploaded-by";

pub struct S3Settings {
    pub endpoint: Url,
    pub region: String,
    pub bucket: String,
    pub access_key: String,
    pub secret_key: SecretString,
    /// Where browsers reach the endpoint, if elsewhere than this program does.
    pub public_endpoint: Option<Url>,
    /// Where this program is reached; files of public folders are below `files/`.
    pub public_url: Url,
}

/// Files in a bucket of S3 or of a server that speaks its protocol.
pub struct S3Storage {
    bucket: Box<Bucket>,
    /// The same bucket, for requests that move no file.
    quick: Box<Bucket>,
    /// The same bucket as browsers see it: signatures cover the host.
    public: Box<Bucket>,
    settings: S3Settings,
    /// Whether the bucket was seen.
    is_prepared: AtomicBool,
}

impl S3Storage {
    /// Makes the bucket if it is missing. If the server cannot be reached, the first use that
    /// reaches it does; if it refuses us, that is an error.
    pub async fn connect(settings: S3Settings) -> Result<Self, StorageError> {
        let bucket_at = |url| settings.bucket_at(url).map_err(storage_error);
        let mut quick = bucket_at(&settings.endpoint)?;
        quick.set_request_timeout(Some(QUICK_REQUEST_TIMEOUT));
        let public_endpoint = settings.public_endpoint.as_ref();
        let storage = Self {
            bucket: bucket_at(&settings.endpoint)?,
            quick,
            public: bucket_at(public_endpoint.unwrap_or(&settings.endpoint))?,
            settings,
            is_prepared: AtomicBool::new(false),
        };
        let prepared = timeout(CONNECTED_WITHIN, storage.prepare()).await;
        match prepared.unwrap_or_else(|elapsed| Err(S3Error::Io(elapsed.into()))) {
            Err(error) if is_refusal(&error) => return Err(unavailable(error)),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "S3 at {} cannot be reached; files are unavailable until it can",
                storage.settings.endpoint
            ),
            Ok(()) => {}
        }
        Ok(storage)
    }

    /// Whether there is a bucket to use. Who finds out at the same time is not waited for.
    async fn prepare(&self) -> Result<(), S3Error> {
        if !self.is_prepared.load(Ordering::Relaxed) {
            self.make_bucket().await?;
            self.is_prepared.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn prepared<'a>(&self, bucket: &'a Bucket) -> Result<&'a Bucket, StorageError> {
        self.prepare().await.map_err(unavailable)?;
        Ok(bucket)
    }

    async fn make_bucket(&self) -> Result<(), S3Error> {
        let one = Some(1);
        let listed = self
            .quick
            .list_page(String::new(), None, None, None, one)
            .await;
        if !matches!(listed, Err(S3Error::HttpFailWithBody(NOT_FOUND, _))) {
            return listed.map(drop);
        }
        let settings = &self.settings;
        let made = Bucket::create_with_path_style(
            &settings.bucket,
            settings.region_at(&settings.endpoint),
            settings.credentials()?,
            BucketConfiguration::default(),
        );
        match made.await {
            // Another instance was faster.
            Err(S3Error::HttpFailWithBody(CONFLICT, _)) => Ok(()),
            made => made.map(drop),
        }
    }
}

impl S3Settings {
    fn bucket_at(&self, endpoint: &Url) -> Result<Box<Bucket>, S3Error> {
        let region = self.region_at(endpoint);
        let mut bucket = Bucket::new(&self.bucket, region, self.credentials()?)?;
        bucket.set_path_style();
        bucket.set_request_timeout(Some(REQUEST_TIMEOUT));
        Ok(bucket)
    }

    fn region_at(&self, endpoint: &Url) -> Region {
        Region::Custom {
            region: self.region.clone(),
            endpoint: endpoint.as_str().trim_end_matches('/').to_owned(),
        }
    }

    fn credentials(&self) -> Result<Credentials, S3Error> {
        let secret_key = self.secret_key.expose_secret();
        Ok(Credentials::new(
            Some(&self.access_key),
            Some(secret_key),
            None,
            None,
            None,
        )?)
    }
}

#[async_trait]
impl Storage for S3Storage {
    async fn put(
        &self,
        key: &FileKey,
        metadata: &FileMetadata,
        content: ByteStream,
        limit: u64,
    ) -> Result<StoredFile, StorageError> {
        let metadata = kept(metadata);
        let mut meter = Meter::new(limit);
        let mut refused = None;
        // Content that fails fails the upload, of which S3 then keeps nothing.
        let content = content.map(|chunk| {
            meter.pass(chunk).map_err(|error| {
                refused = Some(error);
                io::Error::other("the content was refused")
            })
        });
        let bucket = self.prepared(&self.bucket).await?;
        let mut upload = bucket
            .put_object_stream_builder(key.as_str())
            .with_content_type(&metadata.content_type)
            .with_max_concurrent_chunks(CONCURRENT_PARTS);
        for (name, value) in headers_of(&metadata) {
            upload = upload.with_metadata(name, value).map_err(storage_error)?;
        }
        let upload = upload.execute_stream(&mut StreamReader::new(content)).await;
        match (refused, upload) {
            (Some(refused), _) => Err(refused),
            (None, upload) => upload.map(|_| meter.finish()).map_err(storage_error),
        }
    }

    async fn get(&self, key: &FileKey) -> Result<ByteStream, StorageError> {
        let bucket = self.prepared(&self.bucket).await?;
        let object = bucket
            .get_object_stream(key.as_str())
            .await
            .map_err(storage_error)?;
        Ok(object.bytes.map_err(io::Error::other).boxed())
    }

    async fn metadata(&self, key: &FileKey) -> Result<FileMetadata, StorageError> {
        let bucket = self.prepared(&self.quick).await?;
        let head = bucket.head_object(key.as_str()).await;
        let (head, _) = head.map_err(storage_error)?;
        metadata_of(head.content_type, &head.metadata.unwrap_or_default())
            .ok_or(StorageError::NotFound)
    }

    async fn delete(&self, key: &FileKey) -> Result<(), StorageError> {
        let bucket = self.prepared(&self.quick).await?;
        let deleted = bucket.delete_object(key.as_str()).await;
        match deleted.map_err(storage_error) {
            Ok(_) | Err(StorageError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn signed_url(
        &self,
        key: &FileKey,
        content_type: &str,
        file_name: Option<&str>,
        valid_for: Duration,
    ) -> Result<Url, StorageError> {
        let seconds = u32::try_from(valid_for.as_secs()).map_err(unavailable)?;
        let answer = HashMap::from([
            ("response-content-type".to_owned(), content_type.to_owned()),
            (
                "response-content-disposition".to_owned(),
                content_disposition(file_name),
            ),
        ]);
        let url = self.public.presign_get(key.as_str(), seconds, Some(answer));
        Url::parse(&url.await.map_err(storage_error)?).map_err(unavailable)
    }

    fn public_url(&self, key: &FileKey) -> Result<Url, StorageError> {
        file_url(&self.settings.public_url, key)
    }

    async fn list(
        &self,
        folder: Folder,
        after: Option<&FileKey>,
        limit: u32,
    ) -> Result<Vec<ListedFile>, StorageError> {
        let bucket = self.prepared(&self.quick).await?;
        let limit = limit as usize;
        let prefix = format!("{}/", folder.as_str());
        let mut after = after.map(FileKey::to_string);
        let mut files = Vec::new();
        // S3 answers at most 1,000 at a time, and among them may be what is not ours.
        while files.len() < limit {
            let missing = Some(limit - files.len());
            let page = bucket.list_page(prefix.clone(), None, None, after, missing);
            let (page, _) = page.await.map_err(storage_error)?;
            after = page.contents.last().map(|object| object.key.clone());
            for object in page.contents {
                let stored_at = DateTime::parse_from_rfc3339(&object.last_modified);
                if let Ok(key) = FileKey::parse(&object.key) {
                    files.push(ListedFile {
                        key,
                        stored_at: stored_at.map_err(unavailable)?.to_utc(),
                    });
                }
            }
            if !page.is_truncated || after.is_none() {
                break;
            }
        }
        Ok(files)
    }

    async fn check(&self) -> Result<(), StorageError> {
        probe(self).await
    }
}

/// Headers carry ASCII alone.
fn headers_of(metadata: &FileMetadata) -> Vec<(&'static str, String)> {
    let name = metadata.original_name.as_deref();
    let name = name.map(|name| utf8_percent_encode(name, NON_ALPHANUMERIC).to_string());
    let uploaded_by = metadata.uploaded_by.map(|user| user.to_string());
    let organization_id = metadata.organization_id.to_string();
    [
        (ORIGINAL_NAME, name),
        (ORGANIZATION_ID, Some(organization_id)),
        (UPLOADED_BY, uploaded_by),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn metadata_of(
    content_type: Option<String>,
    headers: &HashMap<String, String>,
) -> Option<FileMetadata> {
    let name = headers.get(ORIGINAL_NAME);
    let name = name.map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned());
    Some(FileMetadata {
        content_type: content_type?,
        original_name: name,
        organization_id: headers.get(ORGANIZATION_ID)?.parse().ok()?,
        uploaded_by: headers.get(UPLOADED_BY).and_then(|user| user.parse().ok()),
    })
}

/// Whether the server answered that we may not, or may not like this: no time mends that.
fn is_refusal(error: &S3Error) -> bool {
    match error {
        S3Error::HttpFailWithBody(REQUEST_TIMED_OUT | TOO_MANY_REQUESTS, _) => false,
        S3Error::HttpFailWithBody(status, _) => (400..500).contains(status),
        _ => false,
    }
}

fn storage_error(error: S3Error) -> StorageError {
    match error {
        S3Error::HttpFailWithBody(NOT_FOUND, _) => StorageError::NotFound,
        error => unavailable(error),
    }
}
