use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    chats::Chat,
    organizations::Permission,
    whatsapp::{Blocked, CloudApiError, Contact, ContactId, MetaError, Recipient},
};

use super::{ContactDetails, WhatsApp, explain, meta_unavailable};
use crate::{Actor, Error, chats::tell_of_chats};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Block,
    Unblock,
}

impl WhatsApp {
    /// Wants to hear no more of somebody: Meta is asked for each number that has a chat with
    /// them. One that agrees is enough, as Meta lets a number block only who has just written
    /// to it. Whoever is not sure that it worked may do it again, and so may who wants the
    /// other numbers to block, too.
    #[tracing::instrument(skip_all, fields(contact.id = %id))]
    pub async fn block_contact(
        &self,
        actor: &Actor,
        id: ContactId,
    ) -> Result<ContactDetails, Error> {
        self.change_blocked(actor, id, Wish::Block).await
    }

    /// Ends that. All numbers must agree, lest one stays deaf without anybody knowing.
    #[tracing::instrument(skip_all, fields(contact.id = %id))]
    pub async fn unblock_contact(
        &self,
        actor: &Actor,
        id: ContactId,
    ) -> Result<ContactDetails, Error> {
        self.change_blocked(actor, id, Wish::Unblock).await
    }

    async fn change_blocked(
        &self,
        actor: &Actor,
        id: ContactId,
        wish: Wish,
    ) -> Result<ContactDetails, Error> {
        actor.require(Permission::ContactsWrite)?;
        let data = self.ports.store.read(actor.organization_id());
        let contact = data.contacts().find(id).await?;
        let contact = contact.ok_or(Error::NotFound("contact"))?;
        let chats = data.chats().list_of_contact(id).await?;
        // Meta comes first: were it told after the commit and could not be, somebody would
        // seem blocked and be heard all the same.
        self.ask_to(wish, actor, &contact, &chats).await?;
        self.store_blocked(actor, id, wish).await?;
        self.get_contact(actor, id).await
    }

    async fn ask_to(
        &self,
        wish: Wish,
        actor: &Actor,
        contact: &Contact,
        chats: &[Chat],
    ) -> Result<(), Error> {
        let Some(user) = contact.recipient() else {
            return Ok(());
        };
        let (mut agreed, mut refusal) = (false, None);
        for chat in chats {
            match self.ask_number_to(wish, actor, chat, &user).await? {
                None => {}
                Some(Ok(())) => agreed = true,
                Some(Err(error)) => refusal = Some(error),
            }
        }
        match refusal {
            Some(error) if wish == Wish::Unblock || !agreed => Err(refused(&error)),
            Some(error) => {
                tracing::info!(code = error.code, "Not each number could block: {error}");
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// None if the number is not connected any more.
    async fn ask_number_to(
        &self,
        wish: Wish,
        actor: &Actor,
        chat: &Chat,
        user: &Recipient,
    ) -> Result<Option<Result<(), MetaError>>, Error> {
        let data = self.ports.store.read(actor.organization_id());
        let Some(account) = data.accounts().find(chat.account_id).await? else {
            return Ok(None);
        };
        let credentials = self.credentials(&account)?;
        let cloud_api = &self.ports.cloud_api;
        let answer = match wish {
            Wish::Block => cloud_api.block(&credentials, user).await,
            Wish::Unblock => cloud_api.unblock(&credentials, user).await,
        };
        match answer {
            Ok(()) => Ok(Some(Ok(()))),
            Err(CloudApiError::Refused(error)) => Ok(Some(Err(error))),
            Err(error) => Err(meta_unavailable(error)),
        }
    }

    /// Changes nothing and leaves no entry if it is so already.
    async fn store_blocked(&self, actor: &Actor, id: ContactId, wish: Wish) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let blocked = Blocked {
            at: now,
            by: actor.user_id(),
        };
        let (blocked, action) = match wish {
            Wish::Block => (Some(&blocked), AuditAction::ContactBlocked),
            Wish::Unblock => (None, AuditAction::ContactUnblocked),
        };
        if !uow.contacts().set_blocked(id, blocked).await? {
            return Ok(());
        }
        let target = AuditTarget::new(AuditTargetKind::Contact, id);
        let entry = actor.entry(action, target, now);
        uow.audit_log().append(&entry).await?;
        tell_of_chats(uow.as_ref(), id).await?;
        Ok(uow.commit().await?)
    }
}

fn refused(error: &MetaError) -> Error {
    if error.is_window_closed() {
        let detail = "WhatsApp lets only those be blocked who wrote within the last 24 hours";
        return Error::conflict("contact_not_recent", detail);
    }
    Error::conflict("whatsapp_refused", explain(error))
}
