use domain::{
    chats::{ChatId, ChatOverview},
    organizations::Permission,
};

use super::Chats;
use crate::{Actor, Error};

impl Chats {
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn get_chat(&self, actor: &Actor, chat_id: ChatId) -> Result<ChatOverview, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        data.chats()
            .overview(chat_id, Some(actor.user_id()))
            .await?
            .ok_or(Error::NotFound("chat"))
    }
}
