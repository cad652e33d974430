use std::sync::Arc;

use domain::{
    clock::Clock,
    mail::Mailer,
    rate_limit::RateLimiter,
    realtime,
    storage::Storage,
    store::Store,
    whatsapp::{CloudApi, DeliveryInbox},
};
use secrecy::SecretString;
use url::Url;

use crate::SealingKeys;

/// The outside, as the use cases see it.
#[derive(Clone)]
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub deliveries: Arc<dyn DeliveryInbox>,
    pub clock: Arc<dyn Clock>,
    pub storage: Arc<dyn Storage>,
    pub mailer: Arc<dyn Mailer>,
    pub realtime: Arc<dyn realtime::Realtime>,
    pub rate_limiter: Arc<dyn RateLimiter>,
    pub cloud_api: Arc<dyn CloudApi>,
}

/// What the installation was configured to.
pub struct Settings {
    /// Signs access tokens; at least 32 bytes.
    pub jwt_secret: SecretString,
    /// Is mixed into the hashes of refresh tokens, links in mails and recovery codes; at least
    /// 32 bytes.
    pub jwt_refresh_secret: SecretString,
    /// Seals what must be read again, such as Meta's tokens.
    pub sealing_keys: SealingKeys,
    /// Signs Meta's deliveries, unless the account has a secret of its own.
    pub whatsapp_app_secret: SecretString,
    /// What Meta must present when the webhook is set up.
    pub whatsapp_verify_token: SecretString,
    /// Where people open the product, for links in mails.
    pub frontend_url: Url,
}
