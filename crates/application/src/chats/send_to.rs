use domain::{
    chats::{Message, MessageId},
    organizations::Permission,
    page::{PageRequest, Window},
    store::UnitOfWork,
    whatsapp::AccountId,
};

use super::{Addressee, Chats, Draft, draft::Sendable, find_or_open_chat};
use crate::{Actor, Error};

/// A message to somebody with whom there need not be a chat yet.
#[derive(Clone, Debug)]
pub struct SendTo {
    /// From which number; may be left out if the organization has exactly one.
    pub account_id: Option<AccountId>,
    pub to: Addressee,
    pub draft: Draft,
    pub reply_to: Option<MessageId>,
}

impl Chats {
    /// Finds or opens the chat and sends in it.
    #[tracing::instrument(skip_all)]
    pub async fn send_to(&self, actor: &Actor, command: SendTo) -> Result<Message, Error> {
        actor.require(Permission::ChatsWrite)?;
        // Two who write to the same stranger at once may meet; the second then finds the
        // contact that the first has made.
        const TRIES: u32 = 3;
        let now = self.ports.clock.now();
        let data = self.ports.store.read(actor.organization_id());
        let draft = command.draft.clone();
        let sendable = draft
            .check(data.as_ref(), command.reply_to.is_some(), now)
            .await?;
        for _ in 0..TRIES {
            if let Some(message) = self.try_send_to(actor, &command, &sendable).await? {
                return Ok(message);
            }
        }
        Err(Error::internal("a contact can neither be found nor made"))
    }

    async fn try_send_to(
        &self,
        actor: &Actor,
        command: &SendTo,
        sendable: &Sendable,
    ) -> Result<Option<Message>, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let account_id = sending_account(uow.as_ref(), command.account_id).await?;
        let known = command.to.find(uow.as_ref(), "/to").await?;
        let contact = known
            .contact_or_new(uow.as_ref(), actor, "/to", now)
            .await?;
        let Some(contact) = contact else {
            return Ok(None);
        };
        let Some(chat) = find_or_open_chat(uow.as_ref(), account_id, &contact, now).await? else {
            return Ok(None);
        };
        let message = self
            .queue(
                uow.as_ref(),
                actor,
                &chat,
                sendable.clone(),
                command.reply_to,
            )
            .await?;
        uow.commit().await?;
        Ok(Some(message))
    }
}

async fn sending_account(
    uow: &dyn UnitOfWork,
    wanted: Option<AccountId>,
) -> Result<AccountId, Error> {
    if let Some(id) = wanted {
        let account = uow.accounts().find(id).await?;
        return account
            .map(|account| account.id)
            .ok_or(Error::NotFound("account"));
    }
    let page = PageRequest {
        window: Window::Newest,
        limit: 2,
    };
    let detail = match uow.accounts().list(page).await?.rows.as_slice() {
        [account] => return Ok(account.id),
        [] => "no WhatsApp number is connected yet",
        _ => "must say which of the organization's numbers sends",
    };
    Err(Error::invalid("/accountId", "required", detail))
}
