//! Takes webhooks to the callback, again and again until it answers 200.

use std::time::Duration;

use actix_web::http::header;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use thiserror::Error;

use crate::{Simulator, ids, wire};

/// How long Meta goes on repeating a webhook.
const GIVES_UP_AFTER: TimeDelta = TimeDelta::days(7);
/// How long the callback may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// The wait doubles this many times.
const DOUBLINGS: u32 = 6;

/// What became of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The HTTP status of each try; none where the callback could not be reached or took longer
    /// than 20 seconds.
    pub statuses: Vec<Option<u16>>,
    /// Whether the last try was answered with 200. If not, it was given up after seven days by
    /// the simulator's clock.
    pub delivered: bool,
}

#[derive(Debug, Error)]
pub enum VerificationFailed {
    #[error("the callback could not be reached: {0}")]
    Unreachable(#[from] reqwest::Error),
    #[error("the callback answered {status} and {body:?} where 200 and the challenge were due")]
    Refused { status: u16, body: String },
}

/// How the webhooks of this simulator fared.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Webhooks {
    delivered: u64,
    failed_tries: u64,
    /// In words, what the callback answered last.
    last_answer: Option<String>,
}

/// A webhook that is not delivered yet. Dropped when it is, or is given up.
pub(crate) struct Pending(Simulator);

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.inner.pending.send_modify(|count| *count -= 1);
    }
}

struct Webhook {
    body: Bytes,
    first_tried_at: DateTime<Utc>,
    statuses: Vec<Option<u16>>,
    _pending: Pending,
}

impl Simulator {
    /// Signs the body as it is and delivers it. Returns once the callback has answered 200, or
    /// after seven days by the simulator's clock.
    pub async fn deliver(&self, body: Vec<u8>) -> DeliveryReport {
        let mut webhook = self.webhook(body);
        let delivered = self.try_once(&mut webhook).await || self.repeat(&mut webhook).await;
        DeliveryReport {
            statuses: webhook.statuses,
            delivered,
        }
    }

    /// Resolves when no webhook waits to be delivered: neither the statuses that are due, nor
    /// those that are being repeated.
    pub async fn idle(&self) {
        let mut pending = self.inner.pending.subscribe();
        // The sender lives in `self`, so that waiting cannot fail.
        let _ = pending.wait_for(|count| *count == 0).await;
    }

    /// Asks the callback to confirm that it is ours, as Meta does when one is saved.
    pub async fn verify_callback(&self) -> Result<(), VerificationFailed> {
        let challenge = ids::object();
        let url = self.state().callback_url.clone();
        let request = self.inner.client.get(url).timeout(PATIENCE).query(&[
            ("hub.mode", "subscribe"),
            ("hub.challenge", &challenge),
            ("hub.verify_token", &self.inner.settings.verify_token),
        ]);
        let response = request.send().await?;
        let status = response.status().as_u16();
        let body = response.text().await?;
        if status == 200 && body == challenge {
            Ok(())
        } else {
            Err(VerificationFailed::Refused { status, body })
        }
    }

    /// Delivers the body if the first try succeeds, and goes on trying in the background if not.
    pub(crate) async fn post(&self, body: Vec<u8>) {
        let mut webhook = self.webhook(body);
        if !self.try_once(&mut webhook).await {
            let simulator = self.clone();
            tokio::spawn(async move { simulator.repeat(&mut webhook).await });
        }
    }

    /// Keeps the simulator from being idle.
    pub(crate) fn pending(&self) -> Pending {
        self.inner.pending.send_modify(|count| *count += 1);
        Pending(self.clone())
    }

    fn webhook(&self, body: Vec<u8>) -> Webhook {
        Webhook {
            body: body.into(),
            first_tried_at: self.now(),
            statuses: Vec::new(),
            _pending: self.pending(),
        }
    }

    /// Whether it was delivered in the end.
    async fn repeat(&self, webhook: &mut Webhook) -> bool {
        let mut doublings = 0;
        while self.now() - webhook.first_tried_at < GIVES_UP_AFTER {
            let wait = self.inner.settings.retry_base * 2_u32.pow(doublings);
            tokio::time::sleep(wait).await;
            if self.try_once(webhook).await {
                return true;
            }
            doublings = (doublings + 1).min(DOUBLINGS);
        }
        tracing::warn!("gave up a webhook after seven days");
        false
    }

    async fn try_once(&self, webhook: &mut Webhook) -> bool {
        let secret = &self.inner.settings.app_secret;
        let url = self.state().callback_url.clone();
        let request = self
            .inner
            .client
            .post(url)
            .timeout(PATIENCE)
            .header(header::CONTENT_TYPE.as_str(), "application/json")
            .header("X-Hub-Signature", wire::signature_1(secret, &webhook.body))
            .header(
                "X-Hub-Signature-256",
                wire::signature_256(secret, &webhook.body),
            )
            .body(webhook.body.clone());
        let (status, answer) = match request.send().await {
            Ok(response) => (
                Some(response.status().as_u16()),
                response.status().to_string(),
            ),
            Err(error) => (None, error.without_url().to_string()),
        };
        webhook.statuses.push(status);
        let delivered = status == Some(200);
        if !delivered {
            tracing::warn!(%answer, "a webhook was not taken");
        }
        let webhooks = &mut self.state().webhooks;
        webhooks.last_answer = Some(answer);
        if delivered {
            webhooks.delivered += 1;
        } else {
            webhooks.failed_tries += 1;
        }
        delivered
    }
}
