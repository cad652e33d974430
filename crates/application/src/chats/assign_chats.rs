use domain::{
    chats::{Chat, ChatChange},
    event::Event,
    job::{Job, Outcome},
    organizations::{Availability, OrganizationId},
    store::{StoreError, UnitOfWork},
};

use super::{Chats, record_reassignment, update_chat::may_work};
use crate::Error;

/// Has the chats that wait given to whoever is free once this unit of work commits, if the
/// organization wants it.
pub(crate) async fn assign_later(
    uow: &dyn UnitOfWork,
    organization_id: OrganizationId,
) -> Result<(), StoreError> {
    if uow.assignment().settings().await?.enabled {
        uow.enqueue(Job::AssignChats { organization_id });
    }
    Ok(())
}

impl Chats {
    /// Gives the chats that nobody has to those who are free, until none waits or nobody is.
    #[tracing::instrument(skip_all)]
    pub async fn assign_chats(&self, organization_id: OrganizationId) -> Result<Outcome, Error> {
        while self.assign_one(organization_id).await? {}
        Ok(Outcome::Done)
    }

    /// One chat in a unit of work: who holds a chat waits for no member, so that this and
    /// somebody who assigns by hand cannot wait for each other. False if there is nothing
    /// more to give.
    async fn assign_one(&self, organization_id: OrganizationId) -> Result<bool, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        let assignment = uow.assignment();
        let settings = assignment.lock().await?;
        if !settings.enabled {
            return Ok(false);
        }
        let Some(chat_id) = assignment.next_chat().await? else {
            return Ok(false);
        };
        let candidates = assignment.candidates().await?;
        let ids: Vec<_> = candidates.iter().map(|it| it.user_id).collect();
        let open = assignment.open_chats(&ids).await?;
        let Some(turn) = settings.next_turn(&candidates, &open, now) else {
            return Ok(false);
        };
        // What was seen may have changed by the time that the locks are there: then one looks
        // again.
        let member = uow.members().lock(turn.user_id).await?;
        let may_work = member.as_ref().is_some_and(may_work);
        if !may_work || member.is_some_and(|it| it.availability != Availability::Available) {
            return Ok(true);
        }
        let open = assignment.open_chats(&[turn.user_id]).await?;
        if open.values().any(|open| !settings.has_room(*open)) {
            return Ok(true);
        }
        let chat = uow.chats().lock(chat_id).await?;
        let Some(chat) = chat.filter(Chat::waits_for_assignment) else {
            return Ok(true);
        };
        let given = ChatChange {
            assignee_id: Some(Some(turn.user_id)),
            ..ChatChange::default()
        };
        let before = chat;
        let mut chat = before.changed(given, now).map_err(Error::internal)?;
        chat.updated_at = now;
        uow.chats().update(&chat).await?;
        uow.assignment().note_turn(turn).await?;
        if let Some(overview) = uow.chats().overview(chat_id, None).await? {
            uow.record(Event::ChatUpdated { overview });
        }
        record_reassignment(uow.as_ref(), &before, &chat);
        uow.commit().await?;
        Ok(true)
    }
}
