use chrono::{DateTime, Utc};
use domain::{
    chats::{ChatChange, ChatId, ChatStatus},
    event::Event,
    job::Outcome,
    organizations::OrganizationId,
};

use super::{Chats, assign_later};
use crate::Error;

impl Chats {
    /// Opens a chat whose time has come. One that was woken before, or put off to another
    /// time, is left alone: another job sees to that.
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn end_snooze(
        &self,
        organization_id: OrganizationId,
        chat_id: ChatId,
        until: DateTime<Utc>,
    ) -> Result<Outcome, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        let chat = uow.chats().lock(chat_id).await?;
        let Some(chat) = chat.filter(|chat| chat.snoozed_until == Some(until)) else {
            return Ok(Outcome::Done);
        };
        if now < until {
            return Ok(Outcome::Postpone { until });
        }
        let open = ChatChange {
            status: Some(ChatStatus::Open),
            ..ChatChange::default()
        };
        let mut chat = chat.changed(open, now).map_err(Error::internal)?;
        chat.updated_at = now;
        uow.chats().update(&chat).await?;
        if chat.waits_for_assignment() {
            assign_later(uow.as_ref(), organization_id).await?;
        }
        if let Some(overview) = uow.chats().overview(chat_id, None).await? {
            uow.record(Event::ChatUpdated { overview });
        }
        uow.commit().await?;
        Ok(Outcome::Done)
    }
}
