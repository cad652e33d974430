//! Fetching what customers send, before Meta forgets it.

use chrono::Duration;
use domain::{
    chats::MessageContent,
    event::Event,
    job::Outcome,
    organizations::OrganizationId,
    storage::{ByteStream, File, FileKey, FileMetadata, Folder, StorageError, StoredFile},
    whatsapp::{
        Account, CloudApiError, Credentials, Duty, Media, MediaId, MediaKind, MediaSource,
        MediaState, MetaError, Pause,
    },
};

use super::{ACCOUNT_POLL, WhatsApp, explain, meta_unavailable};
use crate::Error;

/// The URL of a webhook lives for 5 minutes. Source: cloud API 3.
const URL_IS_FRESH: Duration = Duration::minutes(4);
/// Meta keeps a file for 7 days.
const META_KEEPS: Duration = Duration::days(7);
/// After so many attempts a file that differs from what was promised is given up.
const DIFFERING_ATTEMPTS: u32 = 3;

/// Why a file was not fetched.
enum Failure {
    /// It will never be had; why, in plain words.
    Lost(String),
    /// The account must be mended first.
    Paused,
    Later(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Later(error.into())
    }
}

impl WhatsApp {
    /// The job that fetches a file. `attempt` counts from 1.
    pub(crate) async fn fetch_media(
        &self,
        organization_id: OrganizationId,
        media_id: MediaId,
        attempt: u32,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let Some(media) = data.media().find(media_id).await? else {
            return Ok(Outcome::Done);
        };
        if media.state != MediaState::Pending {
            return Ok(Outcome::Done);
        }
        let Some(source) = &media.source else {
            return Ok(Outcome::Done);
        };
        match self.fetch(organization_id, &media, source, attempt).await {
            Ok(()) => Ok(Outcome::Done),
            Err(Failure::Lost(reason)) => {
                tracing::warn!(media.id = %media.id, reason, "A customer's file is lost");
                let lost = Media {
                    state: MediaState::Lost { reason },
                    ..media
                };
                self.store_media(organization_id, &lost, None).await?;
                Ok(Outcome::Done)
            }
            Err(Failure::Paused) => Ok(Outcome::Postpone {
                until: self.ports.clock.now() + ACCOUNT_POLL,
            }),
            Err(Failure::Later(error)) => Err(error),
        }
    }

    async fn fetch(
        &self,
        organization_id: OrganizationId,
        media: &Media,
        source: &MediaSource,
        attempt: u32,
    ) -> Result<(), Failure> {
        if self.ports.clock.now() - media.created_at > META_KEEPS {
            return Err(lost("WhatsApp keeps files for 7 days only."));
        }
        let data = self.ports.store.read(organization_id);
        let Some(account) = data.accounts().find(source.account_id).await? else {
            return Err(lost("The number was removed before the file had come."));
        };
        if account.check_may_answer().is_err() {
            return Err(Failure::Paused);
        }
        let (content, promised) = self
            .download(organization_id, &account, media, source)
            .await?;
        let key = FileKey::generate(Folder::Media, organization_id);
        let metadata = FileMetadata {
            content_type: media.mime_type.clone(),
            original_name: media.file_name.clone(),
            organization_id,
            uploaded_by: None,
        };
        let stored = self
            .store_file(&key, &metadata, media.kind, content)
            .await?;
        if promised.is_some_and(|promised| promised != stored.sha256) {
            self.ports.storage.delete(&key).await?;
            return Err(if attempt < DIFFERING_ATTEMPTS {
                Failure::Later(Error::internal(
                    "the file is not the one that Meta promised",
                ))
            } else {
                lost("What WhatsApp sent is not what the customer sent.")
            });
        }
        let media = Media {
            sha256: Some(stored.sha256.clone()),
            state: MediaState::Stored {
                key: key.clone(),
                size: stored.size,
            },
            ..media.clone()
        };
        let file = File {
            key: key.clone(),
            metadata,
            stored,
            created_at: self.ports.clock.now(),
        };
        if !self
            .store_media(organization_id, &media, Some(&file))
            .await?
        {
            // Another run was faster.
            self.ports.storage.delete(&key).await?;
        }
        Ok(())
    }

    /// The file, and the checksum that Meta promised in the webhook or, failing that, with
    /// the URL.
    async fn download(
        &self,
        organization_id: OrganizationId,
        account: &Account,
        media: &Media,
        source: &MediaSource,
    ) -> Result<(ByteStream, Option<String>), Failure> {
        let credentials = self.credentials(account)?;
        let is_fresh = self.ports.clock.now() - media.created_at < URL_IS_FRESH;
        let result = match source.url.as_deref().filter(|_| is_fresh) {
            Some(url) => match self.ports.cloud_api.download(&credentials, url).await {
                Err(CloudApiError::Gone | CloudApiError::ForeignHost(_)) => {
                    self.describe_and_download(&credentials, media, source)
                        .await
                }
                result => result.map(|content| (content, media.sha256.clone())),
            },
            None => {
                self.describe_and_download(&credentials, media, source)
                    .await
            }
        };
        match result {
            Ok(found) => Ok(found),
            Err(error) => Err(self.failure(organization_id, account, error).await?),
        }
    }

    async fn describe_and_download(
        &self,
        credentials: &Credentials,
        media: &Media,
        source: &MediaSource,
    ) -> Result<(ByteStream, Option<String>), CloudApiError> {
        let cloud_api = &self.ports.cloud_api;
        let description = cloud_api
            .describe_media(credentials, &source.meta_id)
            .await?;
        let content = cloud_api.download(credentials, &description.url).await?;
        Ok((content, media.sha256.clone().or(description.sha256)))
    }

    async fn failure(
        &self,
        organization_id: OrganizationId,
        account: &Account,
        error: CloudApiError,
    ) -> Result<Failure, Failure> {
        Ok(match &error {
            CloudApiError::Refused(refusal) => match refusal.duty() {
                Duty::Pause(Pause::Account(status)) => {
                    let reason = explain(refusal);
                    self.pause_account(organization_id, account, status, &reason)
                        .await?;
                    Failure::Paused
                }
                Duty::Pause(Pause::Message) | Duty::Final if is_unknown_object(refusal) => {
                    lost("WhatsApp does not have the file any more.")
                }
                Duty::Pause(Pause::Message) | Duty::Final => Failure::Lost(explain(refusal)),
                Duty::Retry | Duty::SlowNumber | Duty::SlowPair => {
                    Failure::Later(meta_unavailable(error))
                }
            },
            CloudApiError::ForeignHost(_) => lost("WhatsApp named a place that is not its own."),
            CloudApiError::NotReached(_) | CloudApiError::NoAnswer(_) => {
                Failure::Later(meta_unavailable(error))
            }
            // Even a fresh URL led nowhere: not to be tried for ever.
            CloudApiError::Gone => Failure::Later(Error::internal(error)),
        })
    }

    async fn store_file(
        &self,
        key: &FileKey,
        metadata: &FileMetadata,
        kind: MediaKind,
        content: ByteStream,
    ) -> Result<StoredFile, Failure> {
        let limit = kind.max_size();
        let stored = self.ports.storage.put(key, metadata, content, limit).await;
        match stored {
            Ok(file) => Ok(file),
            Err(StorageError::TooLarge { limit }) => {
                let megabytes = limit / (1024 * 1024);
                Err(Failure::Lost(format!(
                    "The file is larger than {megabytes} MB."
                )))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Stores how the file fares, and tells those who show its message. False if that was
    /// decided before.
    async fn store_media(
        &self,
        organization_id: OrganizationId,
        media: &Media,
        file: Option<&File>,
    ) -> Result<bool, Error> {
        let uow = self.ports.store.begin(organization_id).await?;
        let known = uow.media().find(media.id).await?;
        if known.is_none_or(|known| known.state != MediaState::Pending) {
            return Ok(false);
        }
        uow.media().update(media).await?;
        if let Some(file) = file {
            uow.files().insert(file).await?;
        }
        if let Some(source) = &media.source
            && let Some(message) = uow.messages().find(source.message_id).await?
        {
            // An edit brings its file to the message that it edits.
            if let MessageContent::Edit { message_id, .. } = &message.content
                && let Some(edited) = uow
                    .messages()
                    .find_by_wamid(message.account_id, message_id)
                    .await?
            {
                uow.record(Event::MessageUpdated { message: edited });
            }
            uow.record(Event::MessageUpdated { message });
        }
        uow.commit().await?;
        Ok(true)
    }
}

/// Source: cloud API 3.
fn is_unknown_object(error: &MetaError) -> bool {
    matches!((error.code, error.subcode), (33, _) | (100, Some(33)))
}

fn lost(reason: &str) -> Failure {
    Failure::Lost(reason.to_owned())
}
