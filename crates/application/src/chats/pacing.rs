//! Never sending faster than Meta takes it, over all senders and instances.

use std::time::Duration;

use domain::{
    rate_limit::{Permit, Quota},
    whatsapp::{Account, Recipient},
};

use super::Chats;
use crate::{Error, worker::jitter};

/// What one recipient may get from one number. Source: cloud API 7.
const PAIR: Quota = Quota {
    burst: 45,
    interval: Duration::from_secs(6),
};

/// A second's worth of any number's messages, at most ten of them in store: limits keep the
/// time up to which they are used up, so that this holds back whoever asks for the same key
/// under the number's own quota.
const PENALTY: Quota = Quota {
    burst: 10,
    interval: Duration::from_secs(1),
};

/// Messages that are held back at the same moment come back spread over this time.
const SPREAD: Duration = Duration::from_millis(250);

impl Chats {
    /// Asks to send one message now; answers for how long to wait, if it must wait.
    pub(super) async fn pace(
        &self,
        account: &Account,
        recipient: &Recipient,
    ) -> Result<Option<Duration>, Error> {
        let number = Quota::per(account.health.throughput_per_second, Duration::from_secs(1));
        let keys = [
            (number_key(account), number),
            (pair_key(account, recipient), PAIR),
        ];
        Ok(match self.ports.rate_limiter.acquire(&keys).await? {
            Permit::Granted(_) => None,
            Permit::Denied { retry_after, .. } => Some(retry_after + jitter(SPREAD)),
        })
    }

    /// Has everybody who sends from this number wait a little longer: Meta found it too fast.
    pub(super) async fn slow_down(&self, account: &Account) -> Result<(), Error> {
        let keys = [(number_key(account), PENALTY)];
        // Denied only if it is slowed down more than enough already.
        self.ports.rate_limiter.acquire(&keys).await?;
        Ok(())
    }
}

fn number_key(account: &Account) -> String {
    format!("whatsapp:number:{}", account.phone_number_id)
}

fn pair_key(account: &Account, recipient: &Recipient) -> String {
    let (Recipient::Phone(recipient) | Recipient::UserId(recipient)) = recipient;
    format!("whatsapp:pair:{}:{recipient}", account.phone_number_id)
}
