use std::{collections::HashMap, hash::Hash};

use domain::{
    auth::UserId,
    chats::{Chat, ChatOverview, Message, MessageId, Person},
    customers::Customer,
    id::Id,
    organizations::{MemberName, MemberRepository},
    store::StoreError,
    whatsapp::Contact,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::database::{
    entities::{chat, chat_read, contact, customer, message},
    error::{broken, store_error},
    scope::Tenanted,
    unit_of_work::SeaUnitOfWork,
};

/// A chat on its way into a list.
pub(super) struct Listed {
    pub(super) chat: Chat,
    last_message_id: Option<MessageId>,
}

impl TryFrom<chat::Model> for Listed {
    type Error = StoreError;

    fn try_from(row: chat::Model) -> Result<Self, StoreError> {
        Ok(Self {
            last_message_id: row.last_message_id.map(Into::into),
            chat: row.try_into()?,
        })
    }
}

impl SeaUnitOfWork {
    /// What a list shows of these chats, by one query for each kind of thing.
    pub(super) async fn overviews(
        &self,
        chats: Vec<Listed>,
        viewer: Option<UserId>,
    ) -> Result<Vec<ChatOverview>, StoreError> {
        if chats.is_empty() {
            return Ok(Vec::new());
        }
        let chat_ids = chats.iter().map(|listed| listed.chat.id.uuid());
        let customer_ids = chats.iter().filter_map(|listed| listed.chat.customer_id);
        let contact_ids = chats.iter().map(|listed| listed.chat.contact_id.uuid());
        let message_ids = chats.iter().filter_map(|listed| listed.last_message_id);

        let customers: HashMap<_, Customer> = self
            .by_id(
                customer::Column::Id,
                customer_ids.map(Id::uuid),
                |customer: &Customer| customer.id,
            )
            .await?;
        let contacts: HashMap<_, Contact> = self
            .by_id(contact::Column::Id, contact_ids, |contact: &Contact| {
                contact.id
            })
            .await?;
        let mut messages: HashMap<_, Message> = self
            .by_id(
                message::Column::Id,
                message_ids.map(Id::uuid),
                |message: &Message| message.id,
            )
            .await?;
        let assignees = chats.iter().filter_map(|listed| listed.chat.assignee_id);
        let assignees = self.assignees(assignees.collect()).await?;
        let mut labels = self.labels_of(chat_ids.clone().collect()).await?;
        let mut cycles = self.cycles_of(chat_ids.clone().collect()).await?;
        let reads = match viewer {
            Some(viewer) => self.read_counts(viewer, chat_ids.collect()).await?,
            None => HashMap::new(),
        };

        chats
            .into_iter()
            .map(
                |Listed {
                     chat,
                     last_message_id,
                 }| {
                    let read = reads.get(&chat.id.uuid()).copied().unwrap_or_default();
                    Ok(ChatOverview {
                        unread_count: chat.inbound_count - read,
                        person: Person {
                            customer: match &chat.customer_id {
                                Some(id) => Some(present(&customers, id)?),
                                None => None,
                            },
                            contact: present(&contacts, &chat.contact_id)?,
                        },
                        assignee: match &chat.assignee_id {
                            Some(id) => Some(present(&assignees, id)?),
                            None => None,
                        },
                        cycle: cycles.remove(&chat.id.uuid()),
                        labels: labels.remove(&chat.id.uuid()).unwrap_or_default(),
                        last_message: last_message_id.and_then(|id| messages.remove(&id)),
                        chat,
                    })
                },
            )
            .collect()
    }

    async fn by_id<C, T, K>(
        &self,
        id: C,
        ids: impl Iterator<Item = Uuid> + Send,
        key: impl Fn(&T) -> K + Send,
    ) -> Result<HashMap<K, T>, StoreError>
    where
        C: ColumnTrait,
        C::EntityName: Tenanted<Column = C>,
        T: TryFrom<<C::EntityName as EntityTrait>::Model, Error = StoreError> + Send,
        K: Eq + Hash + Send,
    {
        let ids: Vec<_> = ids.collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self.scope.find::<C::EntityName>().filter(id.is_in(ids));
        let found = self.db().all(rows).await?;
        Ok(found
            .into_iter()
            .map(|entity| (key(&entity), entity))
            .collect())
    }

    async fn assignees(&self, ids: Vec<UserId>) -> Result<HashMap<UserId, MemberName>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let names = self.names(&ids).await?.into_iter();
        Ok(names.map(|name| (name.user_id, name)).collect())
    }

    async fn read_counts(
        &self,
        viewer: UserId,
        chat_ids: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, i64>, StoreError> {
        let reads = self
            .reads(viewer)
            .filter(chat_read::Column::ChatId.is_in(chat_ids))
            .all(self.db())
            .await
            .map_err(store_error)?;
        Ok(reads
            .into_iter()
            .map(|read| (read.chat_id, read.inbound_count))
            .collect())
    }
}

/// A foreign key sees to it that what a chat refers to is there.
fn present<K: Eq + Hash, T: Clone>(found: &HashMap<K, T>, key: &K) -> Result<T, StoreError> {
    let entity = found.get(key).cloned();
    entity.ok_or_else(|| broken("what a chat refers to is not there"))
}
