//! Giving Meta the files of messages: once for each number, as long as Meta keeps them.

use domain::{
    organizations::OrganizationId,
    storage::StorageError,
    whatsapp::{
        Account, CloudApiError, Credentials, MediaFormat, MediaId, MediaState, MediaUpload,
        UploadedMedia,
    },
};

use super::WhatsApp;
use crate::Error;

/// What became of a file that Meta was to have.
pub(crate) enum HandOver {
    Done {
        uploaded: UploadedMedia,
        /// Whether Meta has had it from before.
        was_known: bool,
    },
    /// There is no such file any more.
    Gone,
    Failed(CloudApiError),
}

impl WhatsApp {
    /// Sees to it that Meta has the file. Two that do so at once both give it to Meta, which
    /// does no harm.
    pub(crate) async fn hand_over_media(
        &self,
        organization_id: OrganizationId,
        account: &Account,
        credentials: &Credentials,
        media_id: MediaId,
    ) -> Result<HandOver, Error> {
        let data = self.ports.store.read(organization_id);
        if let Some(uploaded) = data.media().uploaded(media_id, account.id).await?
            && uploaded.is_good(self.ports.clock.now())
        {
            return Ok(HandOver::Done {
                uploaded,
                was_known: true,
            });
        }
        let Some(media) = data.media().find(media_id).await? else {
            return Ok(HandOver::Gone);
        };
        let MediaState::Stored { key, size } = media.state else {
            return Ok(HandOver::Gone);
        };
        let content = match self.ports.storage.get(&key).await {
            Ok(content) => content,
            Err(StorageError::NotFound) => return Ok(HandOver::Gone),
            Err(error) => return Err(error.into()),
        };
        let format = MediaFormat::of(&media.mime_type);
        let file = MediaUpload {
            mime_type: format.map_or(media.mime_type, |format| format.mime_type.to_owned()),
            file_name: media.file_name.unwrap_or_else(|| "file".to_owned()),
            size,
        };
        let asked_at = self.ports.clock.now();
        let meta_id = match self
            .ports
            .cloud_api
            .upload_media(credentials, &file, content)
            .await
        {
            Ok(meta_id) => meta_id,
            Err(error) => return Ok(HandOver::Failed(error)),
        };
        let uploaded = UploadedMedia {
            media_id,
            account_id: account.id,
            meta_id,
            uploaded_at: asked_at,
        };
        let uow = self.ports.store.begin(organization_id).await?;
        uow.media().keep_uploaded(&uploaded).await?;
        uow.commit().await?;
        Ok(HandOver::Done {
            uploaded,
            was_known: false,
        })
    }

    /// Meta says that it does not have the file any more.
    pub(crate) async fn forget_handed_over(
        &self,
        organization_id: OrganizationId,
        uploaded: &UploadedMedia,
    ) -> Result<(), Error> {
        let uow = self.ports.store.begin(organization_id).await?;
        uow.media().forget_uploaded(uploaded).await?;
        Ok(uow.commit().await?)
    }
}
