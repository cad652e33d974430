//! What happened with customers. Each kind of thing is a list of its own, read by its index and
//! no further than the page needs.

use async_trait::async_trait;
use domain::{
    chats::{Message, Note},
    customers::{
        Consent, CustomerChange, CustomerHistory, CustomerId, TimelineEntry, TimelineKind,
    },
    id::Id,
    page::{Page, PageRequest},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, QuerySelect, Select,
};
use uuid::Uuid;

use crate::database::{
    entities::{
        chat,
        customer_change::{self, ActiveModel, Model},
        customer_consent, message, note,
    },
    error::store_error,
    pages,
    scope::Tenanted,
    text::{from_json, parse, to_json},
    unit_of_work::SeaUnitOfWork,
};

/// Whose chats are more are asked for in several statements.
const CHATS_PER_STATEMENT: usize = 50;

#[async_trait]
impl CustomerHistory for SeaUnitOfWork {
    async fn append(&self, changes: &[CustomerChange]) -> Result<(), StoreError> {
        let rows = changes.iter().map(row);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.scope.insert_all(rows).await
    }

    async fn list(
        &self,
        id: CustomerId,
        kinds: &[TimelineKind],
        page: PageRequest,
    ) -> Result<Page<TimelineEntry>, StoreError> {
        let chats = self.chats_of_customer(id).await?;
        let mut fetched = Vec::new();
        for kind in kinds {
            fetched.extend(self.timeline_entries(*kind, id, &chats, page).await?);
        }
        Ok(Page::from_lists(fetched, page, TimelineEntry::position))
    }

    async fn count(&self, id: CustomerId, kinds: &[TimelineKind]) -> Result<u64, StoreError> {
        let chats = self.chats_of_customer(id).await?;
        let mut count = 0;
        for kind in kinds {
            count += match kind {
                TimelineKind::Message => {
                    let messages = self.scope.find::<message::Entity>();
                    let theirs = message::Column::ChatId.is_in(chats.iter().copied());
                    self.db().count(messages.filter(theirs)).await?
                }
                TimelineKind::Note => {
                    let notes = self.scope.find::<note::Entity>();
                    let theirs = note::Column::ChatId.is_in(chats.iter().copied());
                    self.db().count(notes.filter(theirs)).await?
                }
                TimelineKind::Consent => self.db().count(self.consents_to_list(id)).await?,
                TimelineKind::Change => self.db().count(self.changes_of(id)).await?,
            };
        }
        Ok(count)
    }
}

impl SeaUnitOfWork {
    pub(super) async fn chats_of_customer(&self, id: CustomerId) -> Result<Vec<Uuid>, StoreError> {
        let chats = self
            .scope
            .find::<chat::Entity>()
            .select_only()
            .column(chat::Column::Id)
            .filter(chat::Column::CustomerId.eq(id.uuid()));
        let ids = chats.into_tuple().all(self.db()).await;
        ids.map_err(store_error)
    }

    /// What is of this kind, of which a page of it alone would be made; in no order.
    async fn timeline_entries(
        &self,
        kind: TimelineKind,
        id: CustomerId,
        chats: &[Uuid],
        page: PageRequest,
    ) -> Result<Vec<TimelineEntry>, StoreError> {
        Ok(match kind {
            TimelineKind::Message => {
                use message::Column::{ChatId, CreatedAt, Id};
                let columns = (ChatId, CreatedAt, Id);
                let messages = self.of_chats::<message::Entity, Message>(chats, columns, page);
                let messages = messages.await?.into_iter().map(Box::new);
                messages.map(TimelineEntry::Message).collect()
            }
            TimelineKind::Note => {
                use note::Column::{ChatId, CreatedAt, Id};
                let columns = (ChatId, CreatedAt, Id);
                let notes = self.of_chats::<note::Entity, Note>(chats, columns, page);
                let notes = notes.await?.into_iter();
                notes.map(TimelineEntry::Note).collect()
            }
            TimelineKind::Consent => {
                use customer_consent::Column::{Id, OccurredAt};
                let consents = pages::window(self.consents_to_list(id), OccurredAt, Id, page);
                let consents: Vec<Consent> = self.db().all(consents).await?;
                consents.into_iter().map(TimelineEntry::Consent).collect()
            }
            TimelineKind::Change => {
                use customer_change::Column::{ChangedAt, Id};
                let changes = pages::window(self.changes_of(id), ChangedAt, Id, page);
                let changes: Vec<CustomerChange> = self.db().all(changes).await?;
                changes.into_iter().map(TimelineEntry::Change).collect()
            }
        })
    }

    async fn of_chats<E, T>(
        &self,
        chats: &[Uuid],
        (chat_id, at, id): (E::Column, E::Column, E::Column),
        page: PageRequest,
    ) -> Result<Vec<T>, StoreError>
    where
        E: Tenanted,
        T: TryFrom<E::Model, Error = StoreError>,
    {
        let mut rows = Vec::new();
        for some in chats.chunks(CHATS_PER_STATEMENT) {
            let of_each = some.iter().map(|chat| {
                let rows = self.scope.find::<E>();
                rows.filter(chat_id.eq(*chat))
            });
            let ids = pages::ids_in_window(of_each.collect(), at, id, page);
            let found = self.scope.find::<E>().filter(id.in_subquery(ids));
            rows.extend(self.db().all(found).await?);
        }
        Ok(rows)
    }

    fn consents_to_list(&self, id: CustomerId) -> Select<customer_consent::Entity> {
        let consents = self.scope.find::<customer_consent::Entity>();
        consents.filter(customer_consent::Column::CustomerId.eq(id.uuid()))
    }

    fn changes_of(&self, id: CustomerId) -> Select<customer_change::Entity> {
        let changes = self.scope.find::<customer_change::Entity>();
        changes.filter(customer_change::Column::CustomerId.eq(id.uuid()))
    }
}

/// $1 is the organization, $2 the customer who goes, $3 the one who stays.
pub(super) const MOVE_CHANGES: &str = "
    UPDATE customer_changes SET customer_id = $3
    WHERE organization_id = $1 AND customer_id = $2";

/// $1 is the organization, $2 the customer who stayed, $3 the one who is there again: with what
/// became of them, and of those who had been merged into them before.
pub(super) const GIVE_CHANGES_BACK: &str = "
    WITH RECURSIVE theirs (id) AS (
        SELECT id FROM customers WHERE organization_id = $1 AND id = $3
        UNION
        SELECT other_id FROM customer_merges JOIN theirs ON customer_id = theirs.id
        WHERE organization_id = $1 AND undone_at IS NULL)
    UPDATE customer_changes SET customer_id = $3
    WHERE organization_id = $1 AND customer_id = $2
    AND subject_id IN (SELECT id FROM theirs)";

fn row(change: &CustomerChange) -> Result<ActiveModel, StoreError> {
    Ok(ActiveModel {
        organization_id: NotSet,
        id: Set(change.id.uuid()),
        customer_id: Set(change.customer_id.uuid()),
        subject_id: Set(change.subject_id.uuid()),
        origin: Set(change.origin.as_str().to_owned()),
        changed_by: Set(change.changed_by.map(Id::uuid)),
        changed_at: Set(change.changed_at),
        is_new: Set(change.is_new),
        changed_values: Set(to_json(&change.values)?),
    })
}

impl TryFrom<Model> for CustomerChange {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            customer_id: row.customer_id.into(),
            subject_id: row.subject_id.into(),
            origin: parse(&row.origin)?,
            changed_by: row.changed_by.map(Into::into),
            changed_at: row.changed_at,
            is_new: row.is_new,
            values: from_json(&row.changed_values)?,
        })
    }
}
