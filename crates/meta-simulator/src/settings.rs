use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// How a simulator behaves from its first moment.
#[derive(Clone)]
pub struct Settings {
    /// Signs the webhooks.
    pub app_secret: String,
    /// Sent in the callback's verification.
    pub verify_token: String,
    /// Where webhooks are POSTed.
    pub callback_url: Url,
    /// Whether unknown numbers, business accounts, tokens, templates and media ids are taken as
    /// they come. A strict simulator knows only what it was told.
    pub open: bool,
    /// How long a message takes from one status to the next, in real time.
    pub status_delay: Duration,
    /// The first wait before a webhook is repeated, in real time. It doubles up to 64 times this.
    pub retry_base: Duration,
    /// The clock of everything that is stamped or expires.
    pub now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// Where the simulator itself is reached; media URLs begin with it.
    pub public_url: Url,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("callback_url", &self.callback_url.as_str())
            .field("open", &self.open)
            .field("status_delay", &self.status_delay)
            .field("retry_base", &self.retry_base)
            .field("public_url", &self.public_url.as_str())
            .finish_non_exhaustive()
    }
}

/// How far accepted messages come by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Automatic {
    Sent,
    Delivered,
    Read,
}
