use domain::{
    chats::{ChatId, Message, MessageId},
    organizations::Permission,
    page::{Page, PageRequest, Position, Window},
    store::Repositories,
};

use super::{Addressee, Chats, find_chat, sight_of};
use crate::{Actor, Error};

/// A page of messages and, if it was asked for, how many the chat has in all.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageList {
    pub page: Page<Message>,
    pub total: Option<u64>,
}

impl Chats {
    /// Newest first. Reading marks nothing as read.
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn list_messages(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        page: PageRequest,
        include_total: bool,
    ) -> Result<MessageList, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        find_chat(data.as_ref(), actor, chat_id).await?;
        list(data.as_ref(), chat_id, page, include_total).await
    }

    /// A message in the middle of those around it: `limit` in all, but always at least one
    /// on either side if there is one.
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn list_messages_around(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        anchor: MessageId,
        limit: u32,
        include_total: bool,
    ) -> Result<MessageList, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        find_chat(data.as_ref(), actor, chat_id).await?;
        let anchor = data
            .messages()
            .find(anchor)
            .await?
            .filter(|message| message.chat_id == chat_id)
            .ok_or(Error::NotFound("message"))?;
        let position = Position {
            at: anchor.created_at,
            id: anchor.id.uuid(),
        };
        let beside = limit.saturating_sub(1);
        let older = PageRequest {
            window: Window::Before(position),
            limit: (beside / 2).max(1),
        };
        let newer = PageRequest {
            window: Window::After(position),
            limit: beside.div_ceil(2).max(1),
        };
        let older = data.messages().list(chat_id, older).await?;
        let newer = data.messages().list(chat_id, newer).await?;
        let mut rows = newer.rows;
        rows.push(anchor);
        rows.extend(older.rows);
        let page = Page {
            rows,
            older: older.older,
            newer: newer.newer,
        };
        let total = total(data.as_ref(), chat_id, include_total).await?;
        Ok(MessageList { page, total })
    }

    /// What was said with somebody, newest first, in the chat where something was last said.
    #[tracing::instrument(skip_all)]
    pub async fn list_messages_with(
        &self,
        actor: &Actor,
        addressee: &Addressee,
        page: PageRequest,
        include_total: bool,
    ) -> Result<MessageList, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let known = addressee.find(data.as_ref(), "/contact").await?;
        let sight = sight_of(data.as_ref(), actor).await?;
        let chat = match known.contact {
            Some(contact) => {
                data.chats()
                    .find_latest_of_contact(contact.id, sight)
                    .await?
            }
            None => None,
        };
        match chat {
            Some(chat) => list(data.as_ref(), chat.id, page, include_total).await,
            None => Ok(MessageList {
                page: Page {
                    rows: Vec::new(),
                    older: None,
                    newer: None,
                },
                total: include_total.then_some(0),
            }),
        }
    }
}

async fn list(
    data: &dyn Repositories,
    chat_id: ChatId,
    page: PageRequest,
    include_total: bool,
) -> Result<MessageList, Error> {
    Ok(MessageList {
        page: data.messages().list(chat_id, page).await?,
        total: total(data, chat_id, include_total).await?,
    })
}

async fn total(
    data: &dyn Repositories,
    chat_id: ChatId,
    wanted: bool,
) -> Result<Option<u64>, Error> {
    if wanted {
        Ok(Some(data.messages().count(chat_id).await?))
    } else {
        Ok(None)
    }
}
