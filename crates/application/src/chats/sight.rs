//! What of an organization's chats an actor sees. Whoever may see all costs no query.

use domain::{
    chats::{AgentsSee, Chat, ChatId, ChatOverview, Sight},
    event::Event,
    store::{Repositories, UnitOfWork},
    whatsapp::Media,
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

/// The same for who writes in it: the chat does not become part of another meanwhile.
pub(super) async fn lock_chat(
    uow: &dyn UnitOfWork,
    actor: &Actor,
    id: ChatId,
) -> Result<Chat, Error> {
    let chat = uow.chats().lock(id).await?;
    seen(uow, actor, chat, |chat| chat).await
}

/// As `find_chat`, with all that is shown of the chat.
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

/// Those of the chats that are in sight.
pub(crate) async fn those_seen(
    data: &dyn Repositories,
    actor: &Actor,
    mut ids: Vec<ChatId>,
) -> Result<Vec<ChatId>, Error> {
    let sight = sight_of(data, actor).await?;
    if sight != Sight::All && !ids.is_empty() {
        let assignees = data.chats().assignees(&ids).await?;
        ids.retain(|id| assignees.get(id).is_some_and(|it| sight.sees(*it)));
    }
    Ok(ids)
}

/// Whether the chat is there and in sight.
pub(super) async fn sees_chat(
    data: &dyn Repositories,
    actor: &Actor,
    id: ChatId,
) -> Result<bool, Error> {
    Ok(!those_seen(data, actor, vec![id]).await?.is_empty())
}

/// Whether the actor may have the file: from a chat in sight, or as their own upload.
pub(crate) async fn sees_file(
    data: &dyn Repositories,
    actor: &Actor,
    media: &Media,
) -> Result<bool, Error> {
    let sight = sight_of(data, actor).await?;
    Ok(data.media().is_in_sight(media, sight).await?)
}

/// Tells those who saw the chat and do not see any more what became of it, if it is somebody
/// else's.
pub(crate) fn record_reassignment(uow: &dyn UnitOfWork, before: &Chat, after: &Chat) {
    if before.assignee_id != after.assignee_id {
        uow.record(Event::ChatReassigned {
            chat_id: before.id,
            from: before.assignee_id,
            to: after.assignee_id,
        });
    }
}
