use domain::{
    chats::{ChatId, ChatOverview},
    organizations::Permission,
};

use super::{Chats, sight::find_overview};
use crate::{Actor, Error};

impl Chats {
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn get_chat(&self, actor: &Actor, chat_id: ChatId) -> Result<ChatOverview, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        find_overview(data.as_ref(), actor, chat_id).await
    }
}
