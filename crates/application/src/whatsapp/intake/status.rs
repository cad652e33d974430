use domain::{
    chats::{Direction, Message, MessageContent, MessageStatus, StatusReport},
    customers::{ConsentSource, MarketingConsent},
    event::Event,
    store::StoreError,
    whatsapp::{MetaError, webhook::Status},
};
use serde_json::Value;

use super::{Intake, Made};
use crate::chats::{mark_undeliverable, note_reached};

impl Intake<'_> {
    /// Keeps a report and applies it. One of a message that is not known yet waits until it
    /// is: reports may come before the answer to the request that they report on.
    pub(super) async fn take_status(
        &self,
        status: &Status,
        original: &Value,
    ) -> Result<Made, StoreError> {
        let report = &status.report;
        let messages = self.uow.messages();
        if !messages
            .insert_report(self.account_id, report, original, self.received_at)
            .await?
        {
            return Ok(Made::Use);
        }
        let Some(mut message) = self.lock_reported(report).await? else {
            return Ok(Made::Use);
        };
        if self.is_of_somebody_erased(&message).await? {
            // The report names whom the message went to.
            let wamid = report.wamid.as_str();
            messages.forget_reports(self.account_id, &[wamid]).await?;
            return Ok(Made::Forgotten);
        }
        let had_failed = message.status == MessageStatus::Failed;
        if !message.apply(report) {
            return Ok(Made::Use);
        }
        messages.update(&message).await?;
        self.uow
            .record(Event::status_changed(&message, report.occurred_at));
        if let Some(wamid) = message.annotates() {
            self.annotate(wamid).await?;
        }
        if message.status == MessageStatus::Failed
            && !had_failed
            && let Some(error) = &report.error
        {
            self.pause_if_due(error).await?;
            if error.is_undeliverable() {
                let at = report.occurred_at;
                mark_undeliverable(self.uow, message.chat_id, error, at).await?;
            }
        }
        self.learn_of_recipient(&message, status, original).await?;
        Ok(Made::Use)
    }

    async fn is_of_somebody_erased(&self, message: &Message) -> Result<bool, StoreError> {
        if !matches!(message.content, MessageContent::Expired { .. }) {
            return Ok(false);
        }
        let Some(chat) = self.uow.chats().find(message.chat_id).await? else {
            return Ok(false);
        };
        let contact = self.uow.contacts().find(chat.contact_id).await?;
        Ok(contact.is_none())
    }

    /// Our own id, which Meta repeats, finds the message even if the wamid is not known yet.
    async fn lock_reported(&self, report: &StatusReport) -> Result<Option<Message>, StoreError> {
        let messages = self.uow.messages();
        let ours = report
            .callback_data
            .as_deref()
            .and_then(|data| data.parse().ok());
        if let Some(id) = ours
            && let Some(message) = messages.lock(id).await?
            && message.account_id == self.account_id
        {
            return Ok(Some(message));
        }
        let found = messages
            .lock_by_wamid(self.account_id, &report.wamid)
            .await?;
        Ok(found.filter(|message| message.direction == Direction::Outbound))
    }

    async fn learn_of_recipient(
        &self,
        message: &Message,
        status: &Status,
        original: &Value,
    ) -> Result<(), StoreError> {
        let opted_out = status
            .report
            .error
            .as_ref()
            .is_some_and(MetaError::is_marketing_opt_out);
        let is_delivery = status.report.status.is_delivery();
        if !opted_out && !is_delivery && status.recipient.is_none() {
            return Ok(());
        }
        let Some(chat) = self.uow.chats().find(message.chat_id).await? else {
            return Ok(());
        };
        if opted_out {
            let at = status.report.occurred_at;
            self.record_consent(
                chat.contact_id,
                MarketingConsent::OptedOut,
                ConsentSource::Meta,
                at,
                original,
            )
            .await?;
        }
        let Some(contact) = self.uow.contacts().find(chat.contact_id).await? else {
            return Ok(());
        };
        let at = status.report.occurred_at;
        if is_delivery {
            note_reached(self.uow, &contact, at).await?;
        }
        if let Some(recipient) = &status.recipient {
            self.refresh_contact(&contact, recipient, at).await?;
        }
        Ok(())
    }
}
