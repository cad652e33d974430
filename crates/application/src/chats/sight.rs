//! What of an organization's chats an actor sees. Whoever may see all costs no query.

use domain::{
    chats::{AgentsSee, Chat, ChatId, ChatOverview, Sight},
    store::Repositories,
};

use crate::{Actor, Error};

pub(crate) async fn sight_of(data: &dyn Repositories, actor: &Actor) -> Result<Sight, Error> {
    let strictest = AgentsSee::OwnAndUnassigned.sight_of(actor.user_id(), actor.role());
    if strictest == Sight::All {
        return Ok(strictest);
    }
    let settings = data.assignment().settings().await?;
    Ok(settings.agents_see.sight_of(actor.user_id(), actor.role()))
}

/// The chat, if the actor sees it.
pub(crate) async fn find_chat(
    data: &dyn Repositories,
    actor: &Actor,
    id: ChatId,
) -> Result<Chat, Error> {
    let chat = data.chats().find(id).await?;
    seen(data, actor, chat, |chat| chat).await
}

/// The same with all that is shown of it.
pub(super) async fn find_overview(
    data: &dyn Repositories,
    actor: &Actor,
    id: ChatId,
) -> Result<ChatOverview, Error> {
    let overview = data.chats().overview(id, Some(actor.user_id())).await?;
    seen(data, actor, overview, |overview| &overview.chat).await
}

/// What is there and in sight; the two are never told apart.
pub(super) async fn seen<T>(
    data: &dyn Repositories,
    actor: &Actor,
    found: Option<T>,
    chat: impl Fn(&T) -> &Chat,
) -> Result<T, Error> {
    let sight = sight_of(data, actor).await?;
    found
        .filter(|it| sight.sees(chat(it).assignee_id))
        .ok_or(Error::NotFound("chat"))
}
