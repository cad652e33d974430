use domain::{
    chats::{Chat, ChatChange, ChatId, ChatOverview, ChatStatus, Label},
    event::Event,
    job::Job,
    organizations::{Member, Permission},
    store::UnitOfWork,
};

use super::{Chats, assign_later, record_reassignment, sight::seen};
use crate::{Actor, Error, FieldError};

/// What is to change of a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateChat {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub change: ChatChange,
    pub labels: Option<Vec<String>>,
}

impl Chats {
    /// Changes what people decide on. Of several who claim a chat that nobody has, one gets
    /// it; to take it from somebody, the version must be named.
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn update_chat(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        command: UpdateChat,
    ) -> Result<ChatOverview, Error> {
        actor.require(Permission::ChatsWrite)?;
        let (now, change) = (self.ports.clock.now(), command.change);
        let mut faults = Vec::new();
        let labels = labels(command.labels.as_deref(), &mut faults);
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        // First the member, then the chat, as whoever removes a member does: two changes
        // cannot wait for each other.
        if let Some(Some(assignee)) = change.assignee_id
            && !uow
                .members()
                .lock(assignee)
                .await?
                .as_ref()
                .is_some_and(may_work)
        {
            let detail = "is not an active member who may answer chats";
            faults.push(FieldError::new("/assigneeId", "not_a_member", detail));
        }
        let before = uow.chats().lock(chat_id).await?;
        let before = seen(uow.as_ref(), actor, before, |chat| chat).await?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let mut chat = match before.changed(change, now) {
            Ok(chat) if faults.is_empty() => chat,
            Ok(_) => return Err(Error::Invalid(faults)),
            Err(error) => {
                faults.push(FieldError::new("/snoozedUntil", error.code(), error));
                return Err(Error::Invalid(faults));
            }
        };
        if !before.may_be_assigned(chat.assignee_id, actor.user_id(), expected.is_some()) {
            return Err(already_assigned(uow.as_ref(), &before).await?);
        }
        let relabelled = relabel(uow.as_ref(), chat_id, labels).await?;
        if chat != before || relabelled {
            chat.updated_at = now;
            if !uow.chats().update(&chat).await? {
                return Err(Error::VersionMismatch);
            }
            match (before.status, chat.status) {
                (ChatStatus::Resolved, ChatStatus::Resolved) => {}
                (_, ChatStatus::Resolved) => {
                    let by = actor.user_id();
                    uow.chats().resolve_cycle(chat_id, by, now).await?;
                }
                (ChatStatus::Resolved, _) => uow.chats().resume_cycle(chat_id).await?,
                _ => {}
            }
            if let Some(until) = chat.snoozed_until
                && chat.snoozed_until != before.snoozed_until
            {
                uow.enqueue(Job::EndSnooze { chat_id, until });
            }
            if let Some(overview) = uow.chats().overview(chat_id, None).await? {
                uow.record(Event::ChatUpdated { overview });
            }
            record_reassignment(uow.as_ref(), &before, &chat);
            if chat.lets_assign(&before) {
                assign_later(uow.as_ref(), actor.organization_id()).await?;
            }
        }
        let overview = uow.chats().overview(chat_id, Some(actor.user_id())).await?;
        uow.commit().await?;
        overview.ok_or(Error::NotFound("chat"))
    }
}

fn labels(texts: Option<&[String]>, faults: &mut Vec<FieldError>) -> Option<Vec<Label>> {
    let texts = texts?;
    if texts.len() > Label::MAX_OF_A_CHAT {
        let detail = format!("must have at most {}", Label::MAX_OF_A_CHAT);
        faults.push(FieldError::new("/labels", "too_many", detail));
        return None;
    }
    match Label::parse_all(texts) {
        Ok(labels) => Some(labels),
        Err(errors) => {
            faults.extend(errors.into_iter().map(|(index, error)| {
                FieldError::new(&format!("/labels/{index}"), error.code(), error)
            }));
            None
        }
    }
}

/// Whether chats may be given to the member.
pub(super) fn may_work(member: &Member) -> bool {
    member.active && member.role.may(Permission::ChatsWrite)
}

async fn already_assigned(uow: &dyn UnitOfWork, chat: &Chat) -> Result<Error, Error> {
    let assignee = uow
        .members()
        .names(chat.assignee_id.as_slice())
        .await?
        .pop();
    let detail = match assignee {
        Some(name) => format!("{} {} has this chat", name.first_name, name.last_name),
        None => "somebody else has this chat".to_owned(),
    };
    Ok(Error::conflict("chat_already_assigned", detail))
}

/// False if the chat has exactly these labels already, written alike.
async fn relabel(
    uow: &dyn UnitOfWork,
    chat_id: ChatId,
    labels: Option<Vec<Label>>,
) -> Result<bool, Error> {
    let Some(mut labels) = labels else {
        return Ok(false);
    };
    labels.sort_by_key(Label::key);
    let before = uow.chats().labels(chat_id).await?;
    if labels
        .iter()
        .map(Label::as_str)
        .eq(before.iter().map(Label::as_str))
    {
        return Ok(false);
    }
    uow.chats().set_labels(chat_id, &labels).await?;
    Ok(true)
}
