mod customers;
mod filter;
mod known;
mod rows;

use std::collections::HashMap;

use async_trait::async_trait;
use domain::{
    customers::CustomerId,
    id::Id,
    page::{Page, PageRequest, Position},
    store::StoreError,
    whatsapp::{
        AddressBookName, Blocked, Contact, ContactFilter, ContactId, ContactRepository, Identity,
        IdentityKind, Undeliverable,
    },
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, OnConflict, SimpleExpr},
};

use self::rows::{identity_rows, row};
use crate::database::{
    entities::{contact, contact_identity},
    error::store_error,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ContactRepository for SeaUnitOfWork {
    async fn find(&self, id: ContactId) -> Result<Option<Contact>, StoreError> {
        self.db().one(self.known_contact(id)).await
    }

    async fn find_by_identities(
        &self,
        identities: &[Identity],
    ) -> Result<Option<Contact>, StoreError> {
        let identities = Identity::with_variants(identities);
        if identities.is_empty() {
            return Ok(None);
        }
        let known = self
            .scope
            .find::<contact_identity::Entity>()
            .filter(any_of(&identities))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let first = identities.iter().find_map(|identity| {
            known
                .iter()
                .find(|row| row.kind == identity.kind.as_str() && row.value == identity.value)
        });
        match first {
            Some(row) => ContactRepository::find(self, row.contact_id.into()).await,
            None => Ok(None),
        }
    }

    async fn lock_by_identities(
        &self,
        identities: &[Identity],
    ) -> Result<Vec<Contact>, StoreError> {
        let identities = Identity::with_variants(identities);
        if identities.is_empty() {
            return Ok(Vec::new());
        }
        let known = self
            .scope
            .find::<contact_identity::Entity>()
            .filter(any_of(&identities))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let place = |contact: &Contact| {
            identities.iter().position(|identity| {
                known.iter().any(|row| {
                    row.contact_id == contact.id.uuid()
                        && row.kind == identity.kind.as_str()
                        && row.value == identity.value
                })
            })
        };
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let ids = known.iter().map(|row| row.contact_id);
        // Who was erased while they were waited for is nobody any more.
        let contacts = self
            .known_contacts()
            .filter(contact::Column::Id.is_in(ids))
            .order_by_asc(contact::Column::Id);
        let mut contacts: Vec<Contact> = self.db().lock_all(contacts).await?;
        contacts.sort_by_key(place);
        Ok(contacts)
    }

    async fn lock(&self, id: ContactId) -> Result<Option<Contact>, StoreError> {
        self.db().lock_one(self.known_contact(id)).await
    }

    async fn lock_without_customer(&self, limit: u32) -> Result<Vec<Contact>, StoreError> {
        self.lock_first_without_customer(limit).await
    }

    async fn give_customers(&self, of: &[(ContactId, CustomerId)]) -> Result<(), StoreError> {
        self.make_customers_of(of).await
    }

    async fn absorb(&self, gone: ContactId, into: ContactId) -> Result<(), StoreError> {
        use contact_identity::Column::ContactId;
        self.scope
            .update_many::<contact_identity::Entity>()
            .filter(ContactId.eq(gone.uuid()))
            .col_expr(ContactId, Expr::val(into.uuid()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        let gone = contact::Column::Id.eq(gone.uuid());
        self.scope.delete::<contact::Entity>(gone).await?;
        Ok(())
    }

    async fn find_by_customer(
        &self,
        customer_id: CustomerId,
    ) -> Result<Option<Contact>, StoreError> {
        let newest = self
            .known_contacts()
            .filter(contact::Column::CustomerId.eq(customer_id.uuid()))
            .order_by_desc(contact::Column::CreatedAt)
            .order_by_desc(contact::Column::Id);
        self.db().one(newest).await
    }

    async fn insert(&self, contact: &Contact, identities: &[Identity]) -> Result<bool, StoreError> {
        let identities = identity_rows(contact.id, identities);
        let wanted = identities.len() as u64;
        let row = contact::ActiveModel {
            customer_id: Set(contact.customer_id.map(Id::uuid)),
            ..row(contact)
        };
        self.scope.insert(row).await?;
        if let Some(customer_id) = contact.customer_id {
            self.refuse_erased_customer(customer_id).await?;
        }
        if self.scope.insert_those_not_taken(identities).await? == wanted {
            return Ok(true);
        }
        let of_contact = contact_identity::Column::ContactId.eq(contact.id.uuid());
        self.scope
            .delete::<contact_identity::Entity>(of_contact)
            .await?;
        let this = contact::Column::Id.eq(contact.id.uuid());
        self.scope.delete::<contact::Entity>(this).await?;
        Ok(false)
    }

    async fn update(&self, contact: &Contact) -> Result<(), StoreError> {
        self.store_known(contact.id, row(contact)).await
    }

    async fn set_blocked(
        &self,
        id: ContactId,
        blocked: Option<&Blocked>,
    ) -> Result<bool, StoreError> {
        use contact::Column::{BlockedAt, BlockedBy};
        let (at, by) = (blocked.map(|it| it.at), blocked.map(|it| it.by.uuid()));
        let columns = [(BlockedAt, Expr::value(at)), (BlockedBy, Expr::value(by))];
        self.mark(id, BlockedAt, blocked.is_some(), columns).await
    }

    async fn set_undeliverable(
        &self,
        id: ContactId,
        undeliverable: Option<&Undeliverable>,
    ) -> Result<bool, StoreError> {
        use contact::Column::{UndeliverableAt, UndeliverableReason};
        let at = undeliverable.map(|it| it.at);
        let reason = undeliverable.map(|it| it.reason.as_str());
        let columns = [
            (UndeliverableAt, Expr::value(at)),
            (UndeliverableReason, Expr::value(reason)),
        ];
        let is_set = undeliverable.is_some();
        self.mark(id, UndeliverableAt, is_set, columns).await
    }

    async fn add_identities(
        &self,
        id: ContactId,
        identities: &[Identity],
    ) -> Result<(), StoreError> {
        if self.hold_known(id).await? {
            let rows = identity_rows(id, identities);
            self.scope.insert_those_not_taken(rows).await?;
        }
        Ok(())
    }

    async fn move_identities(
        &self,
        id: ContactId,
        identities: &[Identity],
    ) -> Result<(), StoreError> {
        use contact_identity::Column::{ContactId, Kind, OrganizationId, Value};
        if !self.hold_known(id).await? {
            return Ok(());
        }
        let take_over = OnConflict::columns([OrganizationId, Kind, Value])
            .update_column(ContactId)
            .to_owned();
        self.take_from_others(id, identities).await?;
        let rows = identity_rows(id, identities);
        self.scope.upsert(rows, take_over).await?;
        Ok(())
    }

    async fn address_book_name(
        &self,
        id: ContactId,
    ) -> Result<Option<AddressBookName>, StoreError> {
        let row = self
            .known_contact(id)
            .one(self.db())
            .await
            .map_err(store_error)?;
        let known = row.and_then(|row| row.address_book_name.zip(row.address_book_at));
        Ok(known.map(|(name, written_at)| AddressBookName { name, written_at }))
    }

    async fn keep_address_book_name(
        &self,
        id: ContactId,
        name: &AddressBookName,
    ) -> Result<(), StoreError> {
        let row = contact::ActiveModel {
            id: Set(id.uuid()),
            address_book_name: Set(Some(name.name.clone())),
            address_book_at: Set(Some(name.written_at)),
            ..Default::default()
        };
        self.store_known(id, row).await
    }

    async fn identities(
        &self,
        ids: &[ContactId],
    ) -> Result<HashMap<ContactId, Vec<Identity>>, StoreError> {
        use contact_identity::Column::{ContactId, Kind, Value};
        let rows = self
            .scope
            .find::<contact_identity::Entity>()
            .filter(ContactId.is_in(ids.iter().map(|id| id.uuid())))
            .order_by_asc(Kind)
            .order_by_asc(Value)
            .all(self.db())
            .await
            .map_err(store_error)?;
        let mut identities: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            let of_contact = identities.entry(row.contact_id.into()).or_default();
            of_contact.push(row.try_into()?);
        }
        Ok(identities)
    }

    async fn list(
        &self,
        filter: ContactFilter<'_>,
        page: PageRequest,
    ) -> Result<Page<Contact>, StoreError> {
        let contacts = self.contacts_that_match(filter);
        let order = (contact::Column::CreatedAt, contact::Column::Id);
        self.db()
            .page(contacts, order, page, |contact: &Contact| Position {
                at: contact.created_at,
                id: contact.id.uuid(),
            })
            .await
    }

    async fn count(&self, filter: ContactFilter<'_>) -> Result<u64, StoreError> {
        self.db().count(self.contacts_that_match(filter)).await
    }
}

impl SeaUnitOfWork {
    /// Nobody else is written to by an id that is about to be this contact's.
    async fn take_from_others(
        &self,
        id: ContactId,
        identities: &[Identity],
    ) -> Result<(), StoreError> {
        use contact_identity::Column::ContactId;
        let identities = Identity::with_variants(identities);
        if identities.is_empty() {
            return Ok(());
        }
        let losers: Vec<contact_identity::Model> = self
            .scope
            .find::<contact_identity::Entity>()
            .filter(any_of(&identities))
            .filter(ContactId.ne(id.uuid()))
            .all(self.db())
            .await
            .map_err(store_error)?;
        if losers.is_empty() {
            return Ok(());
        }
        let losers: Vec<_> = losers.iter().map(|row| row.contact_id).collect();
        for (column, kind) in [
            (contact::Column::WaId, IdentityKind::WaId),
            (contact::Column::UserId, IdentityKind::UserId),
        ] {
            let taken = identities.iter().filter(|identity| identity.kind == kind);
            let taken: Vec<_> = taken.map(|identity| identity.value.as_str()).collect();
            self.scope
                .update_many::<contact::Entity>()
                .col_expr(column, Expr::value(None::<String>))
                .filter(contact::Column::Id.is_in(losers.clone()))
                .filter(column.is_in(taken))
                .exec(self.scope.connection())
                .await
                .map_err(store_error)?;
        }
        Ok(())
    }

    /// Sets columns of a contact, if the mark is not already set, or not set, as is wanted.
    async fn mark<const N: usize>(
        &self,
        id: ContactId,
        mark: contact::Column,
        is_set: bool,
        columns: [(contact::Column, SimpleExpr); N],
    ) -> Result<bool, StoreError> {
        let was_other = if is_set {
            mark.is_null()
        } else {
            mark.is_not_null()
        };
        let mut update = self
            .scope
            .update_many::<contact::Entity>()
            .filter(contact::Column::Id.eq(id.uuid()))
            .filter(contact::Column::ErasedAt.is_null())
            .filter(was_other);
        for (column, value) in columns {
            update = update.col_expr(column, value);
        }
        let updated = update.exec(self.db().writing()?).await;
        Ok(updated.map_err(store_error)?.rows_affected > 0)
    }
}

fn any_of(identities: &[Identity]) -> Condition {
    use contact_identity::Column::{Kind, Value};
    identities.iter().fold(Condition::any(), |any, identity| {
        let kind = Kind.eq(identity.kind.as_str());
        any.add(kind.and(Value.eq(&identity.value)))
    })
}
