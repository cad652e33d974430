//! Storing what became of a message that Meta was asked to send.

use std::time::Duration;

use domain::{
    chats::{Message, MessageError, MessageId, MessageStatus},
    customers::{Consent, ConsentSource, MarketingConsent},
    event::Event,
    id::Id,
    organizations::OrganizationId,
    store::{StoreError, UnitOfWork},
    whatsapp::{Accepted, Contact, ContactId, Identity, IdentityKind, MetaError},
};
use serde_json::json;
use tokio::time;

use super::{Chats, annotate, customer_of, mark_undeliverable};
use crate::Error;

/// How long a database that is away is waited for. What cannot be stored in the end becomes
/// uncertain, which is safe but costs a person's attention.
const PATIENCE: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// What became of a message that was claimed.
pub(super) enum Verdict {
    Accepted {
        wamid: String,
        contact_id: ContactId,
        /// Under which further names Meta turned out to know the recipient.
        identities: Vec<Identity>,
    },
    Refused(MetaError),
    Impossible(MessageError),
    /// Meta surely did not take it: it may be tried again.
    NotTaken,
    /// Meta may have taken it.
    Unknown,
}

impl Verdict {
    pub(super) fn accepted(accepted: Accepted, contact: &Contact) -> Self {
        let named = [
            (IdentityKind::WaId, accepted.wa_id, &contact.wa_id),
            (IdentityKind::UserId, accepted.user_id, &contact.user_id),
        ];
        let identities = named
            .into_iter()
            .filter(|(_, name, known)| name != *known)
            .filter_map(|(kind, name, _)| name.map(|value| Identity { kind, value }))
            .collect();
        Self::Accepted {
            wamid: accepted.wamid,
            contact_id: contact.id,
            identities,
        }
    }
}

impl Chats {
    /// Stores the verdict, and waits for the database if it is away for a moment. Answers what
    /// the message's status is then; none if there is no such message any more.
    pub(super) async fn settle(
        &self,
        organization_id: OrganizationId,
        message_id: MessageId,
        verdict: &Verdict,
    ) -> Result<Option<MessageStatus>, Error> {
        for delay in PATIENCE {
            match self.try_settle(organization_id, message_id, verdict).await {
                Err(StoreError::Unavailable(cause)) => {
                    tracing::warn!(cause, "What became of a message cannot be stored yet");
                    time::sleep(delay).await;
                }
                result => return Ok(result?),
            }
        }
        Ok(self
            .try_settle(organization_id, message_id, verdict)
            .await?)
    }

    /// Status reports may have come first: the message is locked, and the verdict is merged
    /// into what is known of it.
    async fn try_settle(
        &self,
        organization_id: OrganizationId,
        message_id: MessageId,
        verdict: &Verdict,
    ) -> Result<Option<MessageStatus>, StoreError> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        let Some(before) = uow.messages().lock(message_id).await? else {
            return Ok(None);
        };
        let mut message = before.clone();
        match verdict {
            Verdict::Accepted {
                wamid,
                contact_id,
                identities,
            } => {
                message.accept(wamid.clone(), now);
                let messages = uow.messages();
                let reports = messages.reports_of(message.account_id, &[wamid]).await?;
                for report in reports {
                    message.apply(&report);
                }
                if !identities.is_empty() {
                    uow.contacts()
                        .add_identities(*contact_id, identities)
                        .await?;
                }
            }
            Verdict::Refused(error) => {
                message.fail(error.into(), now);
                if error.is_undeliverable() {
                    mark_undeliverable(uow.as_ref(), message.chat_id, error, now).await?;
                }
                if error.is_marketing_opt_out() {
                    self.record_opt_out(uow.as_ref(), &message, error).await?;
                }
            }
            Verdict::Impossible(error) => message.fail(error.clone(), now),
            Verdict::NotTaken => {
                message.requeue();
            }
            Verdict::Unknown => {
                message.doubt();
            }
        }
        if message != before {
            uow.messages().update(&message).await?;
            // That it was being sent was not told either.
            if !matches!(verdict, Verdict::NotTaken) {
                uow.record(Event::status_changed(&message, now));
            }
            if let Some(wamid) = message.annotates() {
                annotate(uow.as_ref(), message.account_id, wamid).await?;
            }
        }
        uow.commit().await?;
        Ok(Some(message.status))
    }

    async fn record_opt_out(
        &self,
        uow: &dyn UnitOfWork,
        message: &Message,
        error: &MetaError,
    ) -> Result<(), StoreError> {
        let Some(chat) = uow.chats().find(message.chat_id).await? else {
            return Ok(());
        };
        let now = self.ports.clock.now();
        let Some(customer_id) = customer_of(uow, chat.contact_id, now).await? else {
            return Ok(());
        };
        let consent = Consent {
            id: Id::generate(),
            customer_id,
            state: MarketingConsent::OptedOut,
            source: ConsentSource::Meta,
            proof: json!({ "messageId": message.id, "error": error }),
            occurred_at: now,
        };
        if uow.customers().insert_consent(&consent).await?
            && let Some(customer) = uow.customers().find(customer_id).await?
        {
            uow.record(Event::CustomerUpdated { customer });
        }
        Ok(())
    }
}
