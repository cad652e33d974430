use async_trait::async_trait;
use domain::{
    customers::CustomerId,
    page::{Page, PageRequest, Position},
    store::StoreError,
    whatsapp::{Contact, ContactId, ContactRepository, Identity, IdentityKind},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::database::{
    entities::{contact, contact_identity},
    error::{broken, store_error},
    text::{contains, folded_name, parse, phone_digits},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ContactRepository for SeaUnitOfWork {
    async fn find(&self, id: ContactId) -> Result<Option<Contact>, StoreError> {
        let contacts = self.scope.find::<contact::Entity>();
        self.db()
            .one(contacts.filter(contact::Column::Id.eq(id.uuid())))
            .await
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
        let ids = known.iter().map(|row| row.contact_id);
        // Who was erased while they were waited for is nobody any more.
        let contacts = self
            .scope
            .find::<contact::Entity>()
            .filter(contact::Column::ErasedAt.is_null())
            .filter(contact::Column::Id.is_in(ids))
            .order_by_asc(contact::Column::Id);
        let mut contacts: Vec<Contact> = self.db().lock_all(contacts).await?;
        contacts.sort_by_key(place);
        Ok(contacts)
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
            .scope
            .find::<contact::Entity>()
            .filter(contact::Column::CustomerId.eq(customer_id.uuid()))
            .order_by_desc(contact::Column::CreatedAt)
            .order_by_desc(contact::Column::Id);
        self.db().one(newest).await
    }

    async fn insert(&self, contact: &Contact, identities: &[Identity]) -> Result<bool, StoreError> {
        let identities = identity_rows(contact.id, identities);
        let wanted = identities.len() as u64;
        self.scope.insert(row(contact)).await?;
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
        if self.scope.update(row(contact), Condition::all()).await? {
            Ok(())
        } else {
            Err(broken("a contact to be updated is not there"))
        }
    }

    async fn add_identities(
        &self,
        id: ContactId,
        identities: &[Identity],
    ) -> Result<(), StoreError> {
        let rows = identity_rows(id, identities);
        self.scope.insert_those_not_taken(rows).await?;
        Ok(())
    }

    async fn move_identities(
        &self,
        id: ContactId,
        identities: &[Identity],
    ) -> Result<(), StoreError> {
        use contact_identity::Column::{ContactId, Kind, OrganizationId, Value};
        let take_over = OnConflict::columns([OrganizationId, Kind, Value])
            .update_column(ContactId)
            .to_owned();
        self.take_from_others(id, identities).await?;
        let rows = identity_rows(id, identities);
        self.scope.upsert(rows, take_over).await?;
        Ok(())
    }

    async fn identities(&self, id: ContactId) -> Result<Vec<Identity>, StoreError> {
        use contact_identity::Column::{ContactId, Kind, Value};
        let identities = self
            .scope
            .find::<contact_identity::Entity>()
            .filter(ContactId.eq(id.uuid()))
            .order_by_asc(Kind)
            .order_by_asc(Value);
        self.db().all(identities).await
    }

    async fn list(
        &self,
        search: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Contact>, StoreError> {
        let contacts = self.contacts_that_match(search);
        let order = (contact::Column::CreatedAt, contact::Column::Id);
        self.db()
            .page(contacts, order, page, |contact: &Contact| Position {
                at: contact.created_at,
                id: contact.id.uuid(),
            })
            .await
    }

    async fn count(&self, search: Option<&str>) -> Result<u64, StoreError> {
        self.db().count(self.contacts_that_match(search)).await
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

    fn contacts_that_match(&self, search: Option<&str>) -> Select<contact::Entity> {
        use contact::Column::{FoldedName, WaId};
        let contacts = self
            .scope
            .find::<contact::Entity>()
            .filter(contact::Column::ErasedAt.is_null());
        let Some(search) = search else {
            return contacts;
        };
        let mut matches = Condition::any().add(contains(FoldedName.into_expr(), search));
        if let Some(digits) = phone_digits(search) {
            matches = matches.add(contains(WaId.into_expr(), &digits));
        }
        contacts.filter(matches)
    }
}

fn any_of(identities: &[Identity]) -> Condition {
    use contact_identity::Column::{Kind, Value};
    identities.iter().fold(Condition::any(), |any, identity| {
        let kind = Kind.eq(identity.kind.as_str());
        any.add(kind.and(Value.eq(&identity.value)))
    })
}

/// Each identity once, in an order that is the same for everyone: who waits for another's
/// row never waits in a circle.
fn identity_rows(id: ContactId, identities: &[Identity]) -> Vec<contact_identity::ActiveModel> {
    let identities = Identity::with_variants(identities);
    let mut keys: Vec<_> = identities
        .iter()
        .map(|identity| (identity.kind.as_str(), &identity.value))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .map(|(kind, value)| contact_identity::ActiveModel {
            organization_id: NotSet,
            kind: Set(kind.to_owned()),
            value: Set(value.clone()),
            contact_id: Set(id.uuid()),
        })
        .collect()
}

impl TryFrom<contact_identity::Model> for Identity {
    type Error = StoreError;

    fn try_from(row: contact_identity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            kind: parse(&row.kind)?,
            value: row.value,
        })
    }
}

fn row(contact: &Contact) -> contact::ActiveModel {
    contact::ActiveModel {
        organization_id: NotSet,
        id: Set(contact.id.uuid()),
        customer_id: Set(contact.customer_id.uuid()),
        name: Set(contact.name.clone()),
        folded_name: Set(folded_name(&[contact.name.as_deref()])),
        wa_id: Set(contact.wa_id.clone()),
        user_id: Set(contact.user_id.clone()),
        username: Set(contact.username.clone()),
        created_at: Set(contact.created_at),
        updated_at: Set(contact.updated_at),
        erased_at: NotSet,
    }
}

impl TryFrom<contact::Model> for Contact {
    type Error = StoreError;

    fn try_from(row: contact::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            customer_id: row.customer_id.into(),
            name: row.name,
            wa_id: row.wa_id,
            user_id: row.user_id,
            username: row.username,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
