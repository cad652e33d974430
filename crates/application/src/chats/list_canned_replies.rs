use domain::{
    chats::{CannedReply, CannedReplyId, ChatId, VariableValues},
    organizations::Permission,
    page::{Page, PageRequest},
    store::Repositories,
    text::fold_for_search,
};

use super::{Chats, canned_replies::find, sight::find_overview};
use crate::{Actor, Error};

/// A canned reply and, if a chat was given, its text as it would be said there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedReply {
    pub reply: CannedReply,
    pub rendered_text: Option<String>,
}

/// A page of canned replies and, if it was asked for, how many there are in all.
#[derive(Clone, Debug, PartialEq)]
pub struct CannedReplyList {
    pub page: Page<RenderedReply>,
    pub total: Option<u64>,
}

impl Chats {
    /// Newest first; with `search`, those that have it in their shortcut or text.
    #[tracing::instrument(skip_all)]
    pub async fn list_canned_replies(
        &self,
        actor: &Actor,
        search: Option<&str>,
        chat_id: Option<ChatId>,
        page: PageRequest,
        include_total: bool,
    ) -> Result<CannedReplyList, Error> {
        actor.require(Permission::ChatsRead)?;
        let search = search.map(|search| fold_for_search(search.trim()));
        let search = search.as_deref().filter(|search| !search.is_empty());
        let data = self.ports.store.read(actor.organization_id());
        let render = renderer(data.as_ref(), actor, chat_id).await?;
        let page = data.canned_replies().list(search, page).await?;
        let total = if include_total {
            Some(data.canned_replies().count(search).await?)
        } else {
            None
        };
        Ok(CannedReplyList {
            page: page.map(render),
            total,
        })
    }

    #[tracing::instrument(skip_all, fields(canned_reply.id = %id))]
    pub async fn get_canned_reply(
        &self,
        actor: &Actor,
        id: CannedReplyId,
        chat_id: Option<ChatId>,
    ) -> Result<RenderedReply, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let reply = find(data.as_ref(), id).await?;
        let render = renderer(data.as_ref(), actor, chat_id).await?;
        Ok(render(reply))
    }
}

/// What fills in the variables as the actor would say it in the chat.
async fn renderer(
    data: &dyn Repositories,
    actor: &Actor,
    chat_id: Option<ChatId>,
) -> Result<impl Fn(CannedReply) -> RenderedReply, Error> {
    let values = match chat_id {
        Some(chat_id) => {
            let person = find_overview(data, actor, chat_id).await?.person;
            let agent = data.members().names(&[actor.user_id()]).await?.pop();
            let organization = data.organizations().current().await?;
            let organization = organization.ok_or(Error::NotFound("organization"))?;
            Some((person, agent, organization))
        }
        None => None,
    };
    Ok(move |reply: CannedReply| {
        let rendered_text = values.as_ref().map(|(person, agent, organization)| {
            reply.text.render(&VariableValues {
                person,
                agent: agent
                    .as_ref()
                    .map(|agent| (agent.first_name.as_str(), agent.last_name.as_str())),
                organization_name: &organization.name,
            })
        });
        RenderedReply {
            reply,
            rendered_text,
        }
    })
}
