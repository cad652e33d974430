use async_trait::async_trait;
use chrono::DateTime;
use domain::{
    customers::{
        Apart, Belongings, Customer, CustomerId, CustomerMerge, CustomerMergeId,
        CustomerMergeRepository, CustomerRepository,
    },
    page::{Page, PageRequest, Position},
    store::StoreError,
    whatsapp::ContactId,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, LockType},
};

use super::{
    MOVE_CONSENTS, consents,
    history::{GIVE_CHANGES_BACK, MOVE_CHANGES},
    row,
};
use crate::database::{
    entities::{
        chat, contact, customer, customer_consent,
        customer_merge::{ActiveModel, Column, Entity, Model},
    },
    error::{broken, store_error},
    text::{from_json_if_some, to_json},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CustomerMergeRepository for SeaUnitOfWork {
    async fn lock(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
        let ids = || ids.iter().map(|id| id.uuid());
        // Their contacts first, as they do who take messages in.
        let contacts = self
            .scope
            .find::<contact::Entity>()
            .filter(contact::Column::CustomerId.is_in(ids()))
            .order_by_asc(contact::Column::Id)
            .lock(LockType::NoKeyUpdate);
        contacts.all(self.db()).await.map_err(store_error)?;
        // With their keys: nothing more comes to refer to them.
        let customers = self
            .scope
            .find::<customer::Entity>()
            .filter(customer::Column::Id.is_in(ids()))
            .order_by_asc(customer::Column::Id)
            .lock(LockType::Update);
        let rows = customers.all(self.db().writing()?).await;
        let rows = rows.map_err(store_error)?.into_iter();
        rows.map(Customer::try_from).collect()
    }

    async fn belongings(&self, id: CustomerId) -> Result<Belongings, StoreError> {
        let mut contacts = self.contacts_of(&[id]).await?;
        contacts.sort_by_key(|contact| (contact.created_at, contact.id));
        let mut chats = self.chats_of_customer(id).await?;
        chats.sort();
        Ok(Belongings {
            contacts,
            chats: chats.into_iter().map(Into::into).collect(),
            consents: self.consents_of(id).await?,
        })
    }

    async fn insert(&self, merge: &CustomerMerge, customer: &Customer) -> Result<(), StoreError> {
        let (from, to) = (merge.other_id, merge.customer_id);
        self.give(
            contact::Column::CustomerId.eq(from.uuid()),
            chat::Column::CustomerId.eq(from.uuid()),
            to,
        )
        .await?;
        for sql in MOVE_CONSENTS.into_iter().chain([MOVE_CHANGES]) {
            let values = [self.scope.owner(), from.uuid().into(), to.uuid().into()];
            self.scope.change(sql, values).await?;
        }
        // Before its number becomes the other's.
        let other = customer::Column::Id.eq(from.uuid());
        self.scope.delete::<customer::Entity>(other).await?;
        self.put_whole(customer).await?;
        self.scope
            .insert(ActiveModel {
                organization_id: NotSet,
                id: Set(merge.id.uuid()),
                customer_id: Set(to.uuid()),
                other_id: Set(from.uuid()),
                merged_by: Set(merge.merged_by.uuid()),
                merged_at: Set(merge.merged_at),
                undone_at: Set(merge.undone_at),
                undo: Set(merge.undo.as_ref().map(to_json).transpose()?),
            })
            .await
    }

    async fn lock_merge(
        &self,
        customer_id: CustomerId,
        id: CustomerMergeId,
    ) -> Result<Option<CustomerMerge>, StoreError> {
        let merges = self.merges_into(customer_id);
        let merge = merges.filter(Column::Id.eq(id.uuid()));
        self.db().lock_one(merge).await
    }

    async fn list(
        &self,
        customer_id: CustomerId,
        page: PageRequest,
    ) -> Result<Page<CustomerMerge>, StoreError> {
        let order = (Column::MergedAt, Column::Id);
        let position = |merge: &CustomerMerge| Position {
            at: merge.merged_at,
            id: merge.id.uuid(),
        };
        let merges = self.merges_into(customer_id);
        self.db().page(merges, order, page, position).await
    }

    async fn count(&self, customer_id: CustomerId) -> Result<u64, StoreError> {
        self.db().count(self.merges_into(customer_id)).await
    }

    async fn take_back(
        &self,
        merge: &CustomerMerge,
        apart: &Apart,
        contacts: &[ContactId],
    ) -> Result<bool, StoreError> {
        self.put_whole(&apart.customer).await?;
        if !CustomerRepository::insert(self, &apart.other).await? {
            return Ok(false);
        }
        let contacts = || contacts.iter().map(|id| id.uuid());
        self.give(
            contact::Column::Id.is_in(contacts()),
            chat::Column::ContactId.is_in(contacts()),
            apart.other.id,
        )
        .await?;
        let consents = &apart.other_consents;
        let ids = consents.iter().map(|consent| consent.id.uuid());
        let theirs = customer_consent::Column::Id.is_in(ids);
        self.scope
            .delete::<customer_consent::Entity>(theirs)
            .await?;
        let rows = consents.iter().map(consents::row);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.scope.insert_all(rows).await?;
        let values = [
            self.scope.owner(),
            apart.customer.id.uuid().into(),
            apart.other.id.uuid().into(),
        ];
        self.scope.change(GIVE_CHANGES_BACK, values).await?;
        let undone = ActiveModel {
            id: Set(merge.id.uuid()),
            undone_at: Set(merge.undone_at),
            undo: Set(None),
            ..Default::default()
        };
        self.scope.update(undone, Condition::all()).await
    }

    async fn forget(&self, id: CustomerMergeId) -> Result<(), StoreError> {
        let forgotten = ActiveModel {
            id: Set(id.uuid()),
            undo: Set(None),
            ..Default::default()
        };
        self.scope.update(forgotten, Condition::all()).await?;
        Ok(())
    }
}

impl SeaUnitOfWork {
    fn merges_into(&self, id: CustomerId) -> Select<Entity> {
        let merges = self.scope.find::<Entity>();
        merges.filter(Column::CustomerId.eq(id.uuid()))
    }

    /// These contacts and these chats are the customer's from now on.
    async fn give(&self, contacts: Expr, chats: Expr, to: CustomerId) -> Result<(), StoreError> {
        let to = Expr::val(to.uuid());
        self.scope
            .update_many::<contact::Entity>()
            .filter(contacts)
            .col_expr(contact::Column::CustomerId, to.clone())
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        self.scope
            .update_many::<chat::Entity>()
            .filter(chats)
            .col_expr(chat::Column::CustomerId, to)
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    /// Stores all of a customer who is locked, as the next version.
    async fn put_whole(&self, customer: &Customer) -> Result<(), StoreError> {
        let mut whole = customer::ActiveModel {
            marketing_consent: Set(customer.marketing_consent.as_str().to_owned()),
            last_seen_at: Set(customer.last_seen_at.unwrap_or(DateTime::UNIX_EPOCH)),
            version: Set(customer.version + 1),
            ..row(customer)?
        };
        let any = Condition::all;
        if !self.scope.update_unless_taken(whole.clone(), any()).await? {
            // Some from before there were keys share a number with another, and keep it.
            whole.phone_key = NotSet;
            if !self.scope.update(whole, any()).await? {
                return Err(broken("a customer who is locked is not there"));
            }
        }
        self.scope.put_customer_terms(customer).await
    }
}

impl TryFrom<Model> for CustomerMerge {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            customer_id: row.customer_id.into(),
            other_id: row.other_id.into(),
            merged_by: row.merged_by.into(),
            merged_at: row.merged_at,
            undone_at: row.undone_at,
            undo: from_json_if_some(row.undo.as_deref())?,
        })
    }
}
