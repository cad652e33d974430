use chrono::{DateTime, Utc};
use domain::{
    chats::{Chat, ChatId, Message, MessageContent, MessageId, ReplyTo},
    event::Event,
    organizations::Permission,
    store::UnitOfWork,
};

use super::{
    Chats, Draft,
    draft::{Sendable, file_pointer},
    sight::lock_chat,
};
use crate::{Actor, Error};

/// A message that an agent wants to send in a chat.
#[derive(Clone, Debug)]
pub struct SendMessage {
    pub chat_id: ChatId,
    pub draft: Draft,
    pub reply_to: Option<MessageId>,
}

impl Chats {
    /// Stores the message as queued. A worker delivers it to Meta.
    #[tracing::instrument(skip_all, fields(chat.id = %command.chat_id))]
    pub async fn send_message(
        &self,
        actor: &Actor,
        command: SendMessage,
    ) -> Result<Message, Error> {
        actor.require(Permission::ChatsWrite)?;
        let (reply_to, now) = (command.reply_to, self.ports.clock.now());
        let data = self.ports.store.read(actor.organization_id());
        let sendable = command
            .draft
            .check(
                data.as_ref(),
                self.ports.storage.as_ref(),
                actor,
                reply_to.is_some(),
                now,
            )
            .await?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let chat = lock_chat(uow.as_ref(), actor, command.chat_id).await?;
        let message = self
            .queue(uow.as_ref(), actor, &chat, sendable, reply_to)
            .await?;
        uow.commit().await?;
        Ok(message)
    }

    /// Writes a message into the chat, to be delivered once the unit of work is committed.
    pub(super) async fn queue(
        &self,
        uow: &dyn UnitOfWork,
        actor: &Actor,
        chat: &Chat,
        sendable: Sendable,
        reply_to: Option<MessageId>,
    ) -> Result<Message, Error> {
        let now = self.ports.clock.now();
        check_may_send(uow, chat, now).await?;
        if sendable.only_in.is_some_and(|id| id != chat.id) {
            let detail = "is not a message of this chat";
            return Err(Error::invalid("/reaction/messageId", "not_found", detail));
        }
        let content = sendable.content;
        check_catalog(uow, chat, &content).await?;
        if let Some((_, media_id)) = content.file()
            && !uow.media().mark_used(media_id, now).await?
        {
            // It was just swept away.
            let detail = "is not a file that was uploaded here";
            return Err(Error::invalid(&file_pointer(&content), "not_found", detail));
        }
        let reply_to = match reply_to {
            Some(id) => Some(quoted(uow, chat.id, id).await?),
            None => None,
        };
        let message = chat.compose(content, reply_to, actor.user_id(), now)?;
        uow.messages().insert(&message, None).await?;
        uow.chats().note_message(&message, now).await?;
        uow.record(Event::MessageQueued {
            message: message.clone(),
        });
        Ok(message)
    }
}

/// Refuses a chat whose account cannot send now, or whose other side is blocked.
pub(super) async fn check_may_send(
    data: &dyn UnitOfWork,
    chat: &Chat,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let account = data
        .accounts()
        .find(chat.account_id)
        .await?
        .ok_or_else(|| {
            let detail = "the number of this chat is not connected any more";
            Error::conflict("account_removed", detail)
        })?;
    chat.check_account(&account, now)?;
    let contact = data.contacts().find(chat.contact_id).await?;
    let contact = contact.ok_or_else(|| {
        let detail = "the person in this chat was erased";
        Error::conflict("customer_erased", detail)
    })?;
    Ok(contact.check_may_be_written_to()?)
}

/// Refuses products of a catalog that the chat's business account does not have.
async fn check_catalog(
    data: &dyn UnitOfWork,
    chat: &Chat,
    content: &MessageContent,
) -> Result<(), Error> {
    let MessageContent::InteractiveMessage(interactive) = content else {
        return Ok(());
    };
    if !interactive.action.shows_catalog() {
        return Ok(());
    }
    let catalog = data.meta_catalog().find().await?;
    let business = async |id| {
        let account = data.accounts().find(id).await?;
        Ok::<_, Error>(account.map(|account| account.business_account_id))
    };
    if let Some(catalog) = catalog.filter(|catalog| catalog.enabled)
        && let Some(shown_by) = business(catalog.account_id).await?
        && business(chat.account_id).await? == Some(shown_by)
    {
        return Ok(());
    }
    let detail = "no catalog is connected to the business account of this number";
    Err(Error::conflict("catalog_not_connected", detail))
}

async fn quoted(data: &dyn UnitOfWork, chat_id: ChatId, id: MessageId) -> Result<ReplyTo, Error> {
    let refuse = |code, detail: &str| Error::invalid("/replyToId", code, detail);
    let message = data
        .messages()
        .find(id)
        .await?
        .filter(|message| message.chat_id == chat_id)
        .ok_or_else(|| refuse("not_found", "is not a message of this chat"))?;
    let wamid = message
        .wamid
        .ok_or_else(|| refuse("not_sent", "has not been sent yet"))?;
    Ok(ReplyTo {
        message_id: Some(id),
        wamid,
    })
}
