use std::collections::HashMap;

use domain::{
    chats::{FoundMessage, MessageFilter, SearchQuery},
    organizations::Permission,
    page::{Page, PageRequest},
};

use super::{Chats, sight_of};
use crate::{Actor, Error};

impl Chats {
    /// Messages that have all words of the text, newest first. They are not counted: that
    /// would take as long as there are many.
    #[tracing::instrument(skip_all)]
    pub async fn search_messages(
        &self,
        actor: &Actor,
        text: &str,
        filter: &MessageFilter,
        page: PageRequest,
    ) -> Result<Page<FoundMessage>, Error> {
        actor.require(Permission::ChatsRead)?;
        let query =
            SearchQuery::parse(text).map_err(|error| Error::invalid("/q", "too_short", error))?;
        let data = self.ports.store.read(actor.organization_id());
        let filter = MessageFilter {
            sight: sight_of(data.as_ref(), actor).await?,
            ..filter.clone()
        };
        let search = data.message_search();
        let Page { rows, older, newer } = search.find(&query, &filter, page).await?;

        let mut chats: Vec<_> = rows.iter().map(|message| message.chat_id).collect();
        chats.sort_unstable();
        chats.dedup();
        let chats = data.chats().find_overviews(&chats, actor.user_id()).await?;
        let chats: HashMap<_, _> = chats
            .into_iter()
            .map(|overview| (overview.chat.id, overview))
            .collect();
        let found = rows.into_iter().filter_map(|message| {
            Some(FoundMessage {
                chat: chats.get(&message.chat_id)?.clone(),
                excerpt: query.excerpt(&message.content.text()?),
                message,
            })
        });
        Ok(Page {
            rows: found.collect(),
            older,
            newer,
        })
    }
}
