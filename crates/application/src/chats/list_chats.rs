use domain::{
    chats::{ChatFilter, ChatOverview},
    organizations::Permission,
    page::{Page, PageRequest},
    text::search_term,
};

use super::{Chats, sight_of};
use crate::{Actor, Error};

/// A page of chats and, if it was asked for, how many chats fit the filter in all.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatList {
    pub page: Page<ChatOverview>,
    pub total: Option<u64>,
}

impl Chats {
    /// By last activity, newest first, with what the actor has not read.
    #[tracing::instrument(skip_all)]
    pub async fn list_chats(
        &self,
        actor: &Actor,
        filter: ChatFilter,
        page: PageRequest,
        include_total: bool,
    ) -> Result<ChatList, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let filter = ChatFilter {
            search: filter.search.as_deref().and_then(search_term),
            sight: sight_of(data.as_ref(), actor).await?,
            ..filter
        };
        let page = data.chats().list(&filter, actor.user_id(), page).await?;
        let total = if include_total {
            Some(data.chats().count(&filter, actor.user_id()).await?)
        } else {
            None
        };
        Ok(ChatList { page, total })
    }
}
