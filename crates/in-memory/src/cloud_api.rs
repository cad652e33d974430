mod call;
mod catalog;
mod state;

use std::{
    future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    id::Id,
    storage::ByteStream,
    whatsapp::{
        Accepted, BatchAccepted, BatchStatus, CatalogName, CloudApi, CloudApiError, Credentials,
        ItemChange, MediaDescription, MediaUpload, Outgoing, PhoneNumberHealth, PhoneSync,
        Recipient, ShownItems, TemplateCategory, TokenInfo,
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};
use infrastructure::storage::Meter;
use tokio::sync::Notify;

pub use call::{Call, CallKind};
pub use catalog::{CATALOG, ScriptedCatalog};
use state::State;

/// A Meta that says yes to everything, unless it is told what to answer instead, and keeps
/// what it was asked.
#[derive(Default)]
pub struct ScriptedCloudApi {
    state: Mutex<State>,
}

/// What to answer instead of yes.
#[derive(Clone, Debug)]
pub enum Answer {
    Fail(CloudApiError),
    /// Never answers: for a caller that is stopped meanwhile.
    Hang,
    /// Says yes: for letting some calls pass before one that fails.
    Succeed,
    /// Says yes once it is told to: for what happens meanwhile.
    SucceedOnce(Arc<Notify>),
}

#[derive(Clone)]
struct File {
    mime_type: String,
    content: Bytes,
}

impl ScriptedCloudApi {
    /// The answer to the next call of this kind for which none is set yet.
    pub fn answer_next(&self, kind: CallKind, answer: Answer) {
        self.locked().script.push_back((kind, answer));
    }

    /// A file that can be described by this id and downloaded.
    pub fn add_media(&self, media_id: &str, mime_type: &str, content: impl Into<Bytes>) {
        let file = File {
            mime_type: mime_type.to_owned(),
            content: content.into(),
        };
        self.locked().media.insert(media_id.to_owned(), file);
    }

    /// What it tells of numbers from now on.
    pub fn set_number(&self, change: impl FnOnce(&mut PhoneNumberHealth)) {
        change(&mut self.locked().number);
    }

    /// What it tells of tokens from now on.
    pub fn set_token(&self, change: impl FnOnce(&mut TokenInfo)) {
        change(&mut self.locked().token);
    }

    /// To which apps it says that it delivers, from now on.
    pub fn set_subscribed_apps(&self, apps: impl IntoIterator<Item = String>) {
        self.locked().subscribed_apps = apps.into_iter().collect();
    }

    /// What it takes every template for, from now on.
    pub fn set_template_category(&self, category: TemplateCategory) {
        self.locked().template_category = Some(category);
    }

    /// Everything asked so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.locked().calls.clone()
    }

    /// The messages that it was asked to send, in order, whatever it answered.
    pub fn sent(&self) -> Vec<Outgoing> {
        let messages = self.calls().into_iter().filter_map(|call| match call {
            Call::Send(message) => Some(message),
            _ => None,
        });
        messages.collect()
    }

    /// The files that it was given, in order, whatever it answered.
    pub fn uploads(&self) -> Vec<(MediaUpload, Bytes)> {
        let files = self.calls().into_iter().filter_map(|call| match call {
            Call::Upload { file, content } => Some((file, content)),
            _ => None,
        });
        files.collect()
    }

    /// The batches that a catalog was told of, in order, whatever it answered.
    pub fn batches(&self) -> Vec<Vec<ItemChange>> {
        let batches = self.calls().into_iter().filter_map(|call| match call {
            Call::ChangeItems(changes) => Some(changes),
            _ => None,
        });
        batches.collect()
    }

    /// Its catalog, to be looked at or changed behind our back.
    pub fn with_catalog<T>(&self, look: impl FnOnce(&mut ScriptedCatalog) -> T) -> T {
        look(&mut self.locked().catalog)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the call, and does as the script says.
    async fn ask(&self, call: Call) -> Result<(), CloudApiError> {
        // The lock is let go before a call hangs.
        let answer = self.locked().take_answer(call);
        match answer {
            Answer::Succeed => Ok(()),
            Answer::Fail(error) => Err(error),
            Answer::Hang => future::pending().await,
            Answer::SucceedOnce(told) => {
                told.notified().await;
                Ok(())
            }
        }
    }

    fn media(&self, media_id: &str) -> Result<File, CloudApiError> {
        let file = self.locked().media.get(media_id).cloned();
        file.ok_or(CloudApiError::Gone)
    }
}

/// The app that all tokens were given to.
const APP_ID: &str = "670843887433847";
const MEDIA_URL: &str = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=";

#[async_trait]
impl CloudApi for ScriptedCloudApi {
    async fn send(
        &self,
        _credentials: &Credentials,
        message: &Outgoing,
    ) -> Result<Accepted, CloudApiError> {
        self.ask(Call::Send(message.clone())).await?;
        let (wa_id, user_id) = match &message.recipient {
            Recipient::Phone(digits) => (Some(digits.clone()), None),
            Recipient::UserId(user_id) => (None, Some(user_id.clone())),
        };
        Ok(Accepted {
            wamid: format!("wamid.{}", Id::<Accepted>::generate()),
            wa_id,
            user_id,
        })
    }

    async fn mark_read(
        &self,
        _credentials: &Credentials,
        wamid: &str,
    ) -> Result<(), CloudApiError> {
        let wamid = wamid.to_owned();
        self.ask(Call::MarkRead { wamid }).await
    }

    async fn show_typing(
        &self,
        _credentials: &Credentials,
        wamid: &str,
    ) -> Result<(), CloudApiError> {
        let wamid = wamid.to_owned();
        self.ask(Call::ShowTyping { wamid }).await
    }

    async fn phone_number(
        &self,
        _credentials: &Credentials,
    ) -> Result<PhoneNumberHealth, CloudApiError> {
        self.ask(Call::PhoneNumber).await?;
        Ok(self.locked().number.clone())
    }

    async fn token(&self, _credentials: &Credentials) -> Result<TokenInfo, CloudApiError> {
        self.ask(Call::Token).await?;
        Ok(self.locked().token.clone())
    }

    async fn subscribe(&self, _credentials: &Credentials) -> Result<(), CloudApiError> {
        self.ask(Call::Subscribe).await
    }

    async fn subscribed_apps(
        &self,
        _credentials: &Credentials,
    ) -> Result<Vec<String>, CloudApiError> {
        self.ask(Call::SubscribedApps).await?;
        Ok(self.locked().subscribed_apps.clone())
    }

    async fn request_sync(
        &self,
        _credentials: &Credentials,
        what: PhoneSync,
    ) -> Result<(), CloudApiError> {
        self.ask(Call::RequestSync(what)).await
    }

    async fn describe_media(
        &self,
        _credentials: &Credentials,
        media_id: &str,
    ) -> Result<MediaDescription, CloudApiError> {
        let call = Call::DescribeMedia {
            media_id: media_id.to_owned(),
        };
        self.ask(call).await?;
        let file = self.media(media_id)?;
        let mut meter = Meter::new(u64::MAX);
        meter
            .pass(Ok(file.content))
            .map_err(|error| CloudApiError::NoAnswer(error.to_string()))?;
        let stored = meter.finish();
        Ok(MediaDescription {
            url: format!("{MEDIA_URL}{media_id}"),
            mime_type: Some(file.mime_type),
            sha256: Some(stored.sha256),
            size: Some(stored.size),
        })
    }

    async fn upload_media(
        &self,
        _credentials: &Credentials,
        file: &MediaUpload,
        content: ByteStream,
    ) -> Result<String, CloudApiError> {
        let content: Vec<Bytes> = content
            .try_collect()
            .await
            .map_err(|error| CloudApiError::NoAnswer(error.to_string()))?;
        let content = Bytes::from(content.concat());
        let call = Call::Upload {
            file: file.clone(),
            content: content.clone(),
        };
        self.ask(call).await?;
        let meta_id = Id::<MediaUpload>::generate().to_string();
        self.add_media(&meta_id, &file.mime_type, content);
        Ok(meta_id)
    }

    async fn block(
        &self,
        _credentials: &Credentials,
        user: &Recipient,
    ) -> Result<(), CloudApiError> {
        self.ask(Call::Block(user.clone())).await
    }

    async fn unblock(
        &self,
        _credentials: &Credentials,
        user: &Recipient,
    ) -> Result<(), CloudApiError> {
        self.ask(Call::Unblock(user.clone())).await
    }

    async fn template_category(
        &self,
        _credentials: &Credentials,
        name: &str,
        _language: &str,
    ) -> Result<Option<TemplateCategory>, CloudApiError> {
        let name = name.to_owned();
        self.ask(Call::TemplateCategory { name }).await?;
        Ok(self.locked().template_category)
    }

    async fn download(
        &self,
        _credentials: &Credentials,
        url: &str,
    ) -> Result<ByteStream, CloudApiError> {
        self.ask(Call::Download {
            url: url.to_owned(),
        })
        .await?;
        let media_id = url
            .strip_prefix(MEDIA_URL)
            .ok_or_else(|| CloudApiError::ForeignHost(url.to_owned()))?;
        let content = self.media(media_id)?.content;
        Ok(stream::iter([Ok(content)]).boxed())
    }

    async fn catalogs(
        &self,
        _credentials: &Credentials,
    ) -> Result<Vec<CatalogName>, CloudApiError> {
        self.ask(Call::Catalogs).await?;
        Ok(vec![CatalogName {
            id: CATALOG.to_owned(),
            name: Some("Lucky Shrub".into()),
        }])
    }

    async fn change_items(
        &self,
        _credentials: &Credentials,
        _catalog_id: &str,
        changes: &[ItemChange],
    ) -> Result<BatchAccepted, CloudApiError> {
        self.ask(Call::ChangeItems(changes.to_vec())).await?;
        Ok(self.locked().catalog.change(changes))
    }

    async fn batch_status(
        &self,
        _credentials: &Credentials,
        _catalog_id: &str,
        handle: &str,
    ) -> Result<BatchStatus, CloudApiError> {
        self.ask(Call::BatchStatus).await?;
        Ok(self.locked().catalog.status(handle))
    }

    async fn shown_items(
        &self,
        _credentials: &Credentials,
        _catalog_id: &str,
        _after: Option<&str>,
    ) -> Result<ShownItems, CloudApiError> {
        self.ask(Call::ShownItems).await?;
        Ok(ShownItems {
            items: self.locked().catalog.shown(),
            next: None,
        })
    }
}
