use domain::{
    chats::{ChatId, Message, MessageId},
    event::Event,
    organizations::Permission,
};

use super::{Chats, find_chat, send_message::check_may_send};
use crate::{Actor, Error};

impl Chats {
    /// Has a failed message sent again. `even_if_uncertain` is the actor's word that one of
    /// which nobody knows whether it was sent may arrive twice.
    #[tracing::instrument(skip_all, fields(message.id = %message_id))]
    pub async fn retry_message(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        message_id: MessageId,
        even_if_uncertain: bool,
    ) -> Result<Message, Error> {
        actor.require(Permission::ChatsWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let chat = find_chat(uow.as_ref(), actor, chat_id).await?;
        let mut message = uow
            .messages()
            .lock(message_id)
            .await?
            .filter(|message| message.chat_id == chat_id)
            .ok_or(Error::NotFound("message"))?;
        message.retry(even_if_uncertain)?;
        let now = self.ports.clock.now();
        check_may_send(uow.as_ref(), &chat, now).await?;
        if !message.content.may_leave_window() {
            chat.check_window(now)?;
        }
        uow.messages().update(&message).await?;
        uow.record(Event::MessageQueued {
            message: message.clone(),
        });
        uow.commit().await?;
        Ok(message)
    }
}
