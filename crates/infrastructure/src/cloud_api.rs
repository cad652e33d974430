//! Meta's Graph API over HTTP.

mod answer;
mod catalog;
mod download;
mod request;
mod upload;

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    storage::ByteStream,
    whatsapp::{
        Accepted, BatchAccepted, BatchStatus, CatalogName, CloudApi, CloudApiError, Credentials,
        ItemChange, MediaDescription, MediaUpload, Outgoing, PhoneNumberHealth, PhoneSync,
        Recipient, ShownItems, TemplateCategory, TokenInfo,
    },
};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, redirect};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::{InvalidSetting, tls};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("luminous/", env!("CARGO_PKG_VERSION"));

pub struct CloudApiSettings {
    /// `https://graph.facebook.com`, or where a simulator stands in for it.
    pub url: Url,
    /// Such as `v23.0`.
    pub version: String,
    /// Bounds a call, and the silence within a download.
    pub timeout: Duration,
    /// Bounds a whole download or upload.
    pub transfer_timeout: Duration,
}

impl CloudApiSettings {
    /// With the usual time-outs.
    pub fn new(url: Url, version: String) -> Self {
        Self {
            url,
            version,
            timeout: Duration::from_secs(30),
            transfer_timeout: Duration::from_mins(5),
        }
    }
}

/// Calls the Graph API. Tokens go into headers, and where Meta wants it into a URL; error
/// texts show neither.
pub struct MetaCloudApi {
    client: Client,
    /// Meta is silent while it is given a file, however long that takes.
    patient_client: Client,
    settings: CloudApiSettings,
}

impl MetaCloudApi {
    pub fn new(settings: CloudApiSettings) -> Result<Self, InvalidSetting> {
        if !matches!(settings.url.scheme(), "http" | "https") {
            return Err(InvalidSetting::new("url", "is neither http nor https"));
        }
        tls::use_ring();
        let client = || {
            Client::builder()
                .user_agent(USER_AGENT)
                .connect_timeout(CONNECT_TIMEOUT)
                // They are followed by hand, as not every host may get the token.
                .redirect(redirect::Policy::none())
        };
        let built = |client: ClientBuilder| {
            let built = client.build();
            built.map_err(|error| InvalidSetting::new("timeout", error))
        };
        Ok(Self {
            client: built(client().read_timeout(settings.timeout))?,
            patient_client: built(client())?,
            settings,
        })
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.client
            .request(method, self.url(path))
            .timeout(self.settings.timeout)
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.settings.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .push(&self.settings.version)
                .extend(path);
        }
        url
    }

    async fn call<T: DeserializeOwned>(
        &self,
        credentials: &Credentials,
        request: RequestBuilder,
    ) -> Result<T, CloudApiError> {
        let request = request.bearer_auth(credentials.access_token.expose_secret());
        let response = request.send().await.map_err(answer::none)?;
        answer::read(response).await
    }

    async fn change_blocked(
        &self,
        method: Method,
        credentials: &Credentials,
        user: &Recipient,
    ) -> Result<(), CloudApiError> {
        let path = [credentials.phone_number_id.0.as_str(), "block_users"];
        let body = request::block_users(user);
        let request = self.request(method, &path).json(&body);
        let changed: answer::BlockChange = self.call(credentials, request).await?;
        changed.check()
    }

    async fn post_message<T: DeserializeOwned>(
        &self,
        credentials: &Credentials,
        body: &Value,
    ) -> Result<T, CloudApiError> {
        let path = [credentials.phone_number_id.0.as_str(), "messages"];
        let request = self.request(Method::POST, &path).json(body);
        self.call(credentials, request).await
    }
}

#[async_trait]
impl CloudApi for MetaCloudApi {
    async fn send(
        &self,
        credentials: &Credentials,
        message: &Outgoing,
    ) -> Result<Accepted, CloudApiError> {
        let body = request::message(message);
        let sent: answer::Sent = self.post_message(credentials, &body).await?;
        sent.try_into()
    }

    async fn mark_read(&self, credentials: &Credentials, wamid: &str) -> Result<(), CloudApiError> {
        let body = request::read_receipt(wamid);
        let done: answer::Done = self.post_message(credentials, &body).await?;
        done.check()
    }

    async fn show_typing(
        &self,
        credentials: &Credentials,
        wamid: &str,
    ) -> Result<(), CloudApiError> {
        let body = request::typing_indicator(wamid);
        let done: answer::Done = self.post_message(credentials, &body).await?;
        done.check()
    }

    async fn phone_number(
        &self,
        credentials: &Credentials,
    ) -> Result<PhoneNumberHealth, CloudApiError> {
        let request = self
            .request(Method::GET, &[&credentials.phone_number_id.0])
            .query(&[("fields", answer::Health::FIELDS)]);
        let number: answer::Health = self.call(credentials, request).await?;
        Ok(number.into())
    }

    async fn token(&self, credentials: &Credentials) -> Result<TokenInfo, CloudApiError> {
        let token = credentials.access_token.expose_secret();
        let request = self
            .request(Method::GET, &["debug_token"])
            .query(&[("input_token", token)]);
        let token: answer::Data<answer::Token> = self.call(credentials, request).await?;
        token.data.try_into()
    }

    async fn subscribe(&self, credentials: &Credentials) -> Result<(), CloudApiError> {
        let path = [credentials.business_account_id.as_str(), "subscribed_apps"];
        let request = self.request(Method::POST, &path);
        let done: answer::Done = self.call(credentials, request).await?;
        done.check()
    }

    async fn subscribed_apps(
        &self,
        credentials: &Credentials,
    ) -> Result<Vec<String>, CloudApiError> {
        let path = [credentials.business_account_id.as_str(), "subscribed_apps"];
        // More than anybody subscribes.
        let request = self.request(Method::GET, &path).query(&[("limit", 100)]);
        let apps: answer::Data<Vec<answer::SubscribedApp>> =
            self.call(credentials, request).await?;
        Ok(apps.data.into_iter().map(Into::into).collect())
    }

    async fn request_sync(
        &self,
        credentials: &Credentials,
        what: PhoneSync,
    ) -> Result<(), CloudApiError> {
        let path = [credentials.phone_number_id.0.as_str(), "smb_app_data"];
        let request = self.request(Method::POST, &path);
        let request = request.json(&request::phone_sync(what));
        let _: answer::SyncRequested = self.call(credentials, request).await?;
        Ok(())
    }

    async fn describe_media(
        &self,
        credentials: &Credentials,
        media_id: &str,
    ) -> Result<MediaDescription, CloudApiError> {
        let request = self
            .request(Method::GET, &[media_id])
            .query(&[("phone_number_id", &credentials.phone_number_id.0)]);
        let media: answer::Media = self.call(credentials, request).await?;
        Ok(media.into())
    }

    async fn upload_media(
        &self,
        credentials: &Credentials,
        file: &MediaUpload,
        content: ByteStream,
    ) -> Result<String, CloudApiError> {
        let url = self.url(&[&credentials.phone_number_id.0, "media"]);
        let request = self
            .patient_client
            .post(url)
            .timeout(self.settings.transfer_timeout)
            .multipart(upload::form(file, content)?);
        let uploaded: answer::Uploaded = self.call(credentials, request).await?;
        Ok(uploaded.id)
    }

    async fn block(
        &self,
        credentials: &Credentials,
        user: &Recipient,
    ) -> Result<(), CloudApiError> {
        self.change_blocked(Method::POST, credentials, user).await
    }

    async fn unblock(
        &self,
        credentials: &Credentials,
        user: &Recipient,
    ) -> Result<(), CloudApiError> {
        self.change_blocked(Method::DELETE, credentials, user).await
    }

    async fn template_category(
        &self,
        credentials: &Credentials,
        name: &str,
        language: &str,
    ) -> Result<Option<TemplateCategory>, CloudApiError> {
        let path = [
            credentials.business_account_id.as_str(),
            "message_templates",
        ];
        let fields = ("fields", "name,language,category");
        // Meta also finds templates whose names only contain this one.
        let wanted = [
            fields,
            ("name", name),
            ("language", language),
            ("limit", "100"),
        ];
        let request = self.request(Method::GET, &path).query(&wanted);
        let templates: answer::Data<Vec<answer::Template>> =
            self.call(credentials, request).await?;
        let mut templates = templates.data.into_iter();
        let template = templates.find(|it| it.name == name && it.language == language);
        Ok(template.and_then(|template| TemplateCategory::from_meta(&template.category)))
    }

    async fn download(
        &self,
        credentials: &Credentials,
        url: &str,
    ) -> Result<ByteStream, CloudApiError> {
        download::download(&self.client, &self.settings, credentials, url).await
    }

    async fn catalogs(&self, credentials: &Credentials) -> Result<Vec<CatalogName>, CloudApiError> {
        let path = [credentials.business_account_id.as_str(), "product_catalogs"];
        let request = self.request(Method::GET, &path);
        let request = request.query(&[("fields", "id,name"), ("limit", "100")]);
        let catalogs: catalog::Catalogs = self.call(credentials, request).await?;
        Ok(catalogs.into())
    }

    async fn change_items(
        &self,
        credentials: &Credentials,
        catalog_id: &str,
        changes: &[ItemChange],
    ) -> Result<BatchAccepted, CloudApiError> {
        let request = self.request(Method::POST, &[catalog_id, "items_batch"]);
        let request = request.json(&catalog::batch(changes));
        let taken: catalog::Taken = self.call(credentials, request).await?;
        Ok(taken.into())
    }

    async fn batch_status(
        &self,
        credentials: &Credentials,
        catalog_id: &str,
        handle: &str,
    ) -> Result<BatchStatus, CloudApiError> {
        let path = [catalog_id, "check_batch_request_status"];
        let request = self.request(Method::GET, &path);
        let request = request.query(&[("handle", handle), catalog::WITH_INVALID_IDS]);
        let batches: catalog::Batches = self.call(credentials, request).await?;
        Ok(batches.into())
    }

    async fn shown_items(
        &self,
        credentials: &Credentials,
        catalog_id: &str,
        after: Option<&str>,
    ) -> Result<ShownItems, CloudApiError> {
        let request = self
            .request(Method::GET, &[catalog_id, "products"])
            .query(&[("fields", catalog::FIELDS), ("limit", "100")])
            .query(&after.map(|after| [("after", after)]));
        let shown: catalog::Shown = self.call(credentials, request).await?;
        Ok(shown.into())
    }
}
