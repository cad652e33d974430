//! Taking the parts of a delivery in, each within a unit of work that is open already.

mod account;
mod address_book;
mod automatic;
mod history;
mod message;
mod people;
mod products;
mod status;

pub(super) use history::Past;

use chrono::{DateTime, Utc};
use domain::{
    chats::Direction,
    customers::{ConsentSource, MarketingConsent},
    organizations::OrganizationId,
    storage::Storage,
    store::{StoreError, UnitOfWork},
    whatsapp::{
        AccountId, Duty, Identity, MetaError, Pause,
        webhook::{Part, Party, Update},
    },
};
use serde_json::Value;

use super::explain;

/// One account's unit of work on what came for it.
pub(super) struct Intake<'a> {
    pub(super) uow: &'a dyn UnitOfWork,
    pub(super) organization_id: OrganizationId,
    pub(super) account_id: AccountId,
    pub(super) received_at: DateTime<Utc>,
    pub(super) now: DateTime<Utc>,
    pub(super) storage: &'a dyn Storage,
}

/// What was made of a part.
pub(super) enum Made {
    Use,
    NoUse,
    /// It speaks of somebody who was erased: what came is to be forgotten too.
    Forgotten,
    Failure,
}

impl Made {
    fn use_if(is_of_use: bool) -> Self {
        if is_of_use { Self::Use } else { Self::NoUse }
    }
}

impl Intake<'_> {
    /// Taking the same part in again changes nothing.
    pub(super) async fn take_in(&self, part: &Part) -> Result<Made, StoreError> {
        let is_of_use = match &part.update {
            Update::Message(message) => {
                self.take_message(message, Direction::Inbound, &part.original)
                    .await?;
                true
            }
            Update::Echo(message) => {
                self.take_message(message, Direction::Outbound, &part.original)
                    .await?;
                true
            }
            Update::Past(message) => {
                self.take_history(&[(message.as_ref(), &part.original)])
                    .await?;
                true
            }
            Update::History(report) => self.take_history_report(report).await?,
            Update::AddressBook(entry) => {
                self.take_address_book_entry(entry).await?;
                true
            }
            Update::Status(status) => return self.take_status(status, &part.original).await,
            Update::Preference {
                party,
                consent,
                occurred_at,
            } => {
                self.take_preference(party, *consent, *occurred_at, &part.original)
                    .await?;
                true
            }
            Update::UserIdChange { party, current } => {
                self.take_user_id_change(party, current).await?
            }
            Update::Account(change) => self.take_account_change(change).await?,
            Update::Error(error) => self.pause_if_due(error).await?,
            Update::Unused | Update::Malformed(_) => false,
        };
        Ok(Made::use_if(is_of_use))
    }

    /// Lets the account stand still if the error obliges to that, and says whether. One that
    /// came before the account's last change may be mended: a delivery that waited until the
    /// number was connected tells of another token.
    async fn pause_if_due(&self, error: &MetaError) -> Result<bool, StoreError> {
        let Duty::Pause(Pause::Account(status)) = error.duty() else {
            return Ok(false);
        };
        let reason = explain(error);
        let mut is_current = false;
        self.change_account(|account| {
            is_current = account.updated_at <= self.received_at;
            if is_current {
                account.pause(status, &reason);
            }
        })
        .await?;
        Ok(is_current)
    }

    /// Somebody who is not known yet is made known, so that what they want is honoured.
    async fn take_preference(
        &self,
        party: &Party,
        consent: MarketingConsent,
        occurred_at: DateTime<Utc>,
        proof: &Value,
    ) -> Result<(), StoreError> {
        let contact = self.find_or_make_contact(party).await?;
        let source = ConsentSource::Meta;
        self.record_consent(contact.id, consent, source, occurred_at, proof)
            .await
    }

    async fn take_user_id_change(
        &self,
        party: &Party,
        current: &[Identity],
    ) -> Result<bool, StoreError> {
        let contacts = self.uow.contacts();
        let Some(contact) = contacts.find_by_identities(&party.identities()).await? else {
            return Ok(false);
        };
        // News that came late must not undo what came after them.
        let is_present = contact.user_id.is_none() || contact.user_id == party.user_id;
        if is_present {
            self.give_identities(contact, current).await?;
        } else {
            contacts.add_identities(contact.id, current).await?;
        }
        Ok(true)
    }
}
