use std::{collections::HashMap, io, time::Duration};

use async_trait::async_trait;
use domain::storage::{ByteStream, Storage, StorageError, StoredFile};
use futures_util::{StreamExt, TryStreamExt};
use s3::{Bucket, BucketConfiguration, Region, creds::Credentials, error::S3Error};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::io::StreamReader;
use url::Url;

use super::{Meter, check_key, disposition::content_disposition, is_key, probe, unavailable};

/// Bounds a whole request: a part of an upload, or a download of the largest file.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(5);
/// Parts of one upload at a time; each holds 8 MB.
const CONCURRENT_PARTS: usize = 2;
const NOT_FOUND: u16 = 404;
const CONFLICT: u16 = 409;

pub struct S3Settings {
    pub endpoint: Url,
    pub region: String,
    pub bucket: String,
    pub access_key: String,
    pub secret_key: SecretString,
    /// Where browsers reach the endpoint, if elsewhere than this program does.
    pub public_url: Option<Url>,
}

/// Files in a bucket of S3 or of a server that speaks its protocol.
pub struct S3Storage {
    bucket: Box<Bucket>,
    /// The same bucket as browsers see it: signatures cover the host.
    public: Box<Bucket>,
}

impl S3Storage {
    /// Makes the bucket if it is missing.
    pub async fn connect(settings: S3Settings) -> Result<Self, StorageError> {
        let public_url = settings.public_url.as_ref().unwrap_or(&settings.endpoint);
        let storage = Self {
            bucket: settings
                .bucket_at(&settings.endpoint)
                .map_err(storage_error)?,
            public: settings.bucket_at(public_url).map_err(storage_error)?,
        };
        storage
            .make_bucket(&settings)
            .await
            .map_err(storage_error)?;
        Ok(storage)
    }

    async fn make_bucket(&self, settings: &S3Settings) -> Result<(), S3Error> {
        let one = Some(1);
        let listed = self
            .bucket
            .list_page(String::new(), None, None, None, one)
            .await;
        if !matches!(listed, Err(S3Error::HttpFailWithBody(NOT_FOUND, _))) {
            return listed.map(drop);
        }
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
        key: &str,
        content_type: &str,
        content: ByteStream,
        limit: u64,
    ) -> Result<StoredFile, StorageError> {
        check_key(key)?;
        let mut meter = Meter::new(limit);
        let mut refused = None;
        // Content that fails fails the upload, of which S3 then keeps nothing.
        let content = content.map(|chunk| {
            meter.pass(chunk).map_err(|error| {
                refused = Some(error);
                io::Error::other("the content was refused")
            })
        });
        let upload = self
            .bucket
            .put_object_stream_builder(key)
            .with_content_type(content_type)
            .with_max_concurrent_chunks(CONCURRENT_PARTS)
            .execute_stream(&mut StreamReader::new(content))
            .await;
        match (refused, upload) {
            (Some(refused), _) => Err(refused),
            (None, upload) => upload.map(|_| meter.finish()).map_err(storage_error),
        }
    }

    async fn get(&self, key: &str) -> Result<ByteStream, StorageError> {
        if !is_key(key) {
            return Err(StorageError::NotFound);
        }
        let object = self
            .bucket
            .get_object_stream(key)
            .await
            .map_err(storage_error)?;
        Ok(object.bytes.map_err(io::Error::other).boxed())
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        if !is_key(key) {
            return Ok(());
        }
        match self.bucket.delete_object(key).await.map_err(storage_error) {
            Ok(_) | Err(StorageError::NotFound) => Ok(()),
            Err(error) => Err(error),
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
        let seconds = u32::try_from(valid_for.as_secs()).map_err(unavailable)?;
        let answer = HashMap::from([
            ("response-content-type".to_owned(), content_type.to_owned()),
            (
                "response-content-disposition".to_owned(),
                content_disposition(file_name),
            ),
        ]);
        let url = self.public.presign_get(key, seconds, Some(answer)).await;
        Url::parse(&url.map_err(storage_error)?).map_err(unavailable)
    }

    async fn check(&self) -> Result<(), StorageError> {
        probe(self).await
    }
}

fn storage_error(error: S3Error) -> StorageError {
    match error {
        S3Error::HttpFailWithBody(NOT_FOUND, _) => StorageError::NotFound,
        error => unavailable(error),
    }
}
