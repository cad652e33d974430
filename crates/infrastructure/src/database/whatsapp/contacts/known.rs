//! Of who was erased nothing is stored any more, also by those who have found them before.

use domain::{
    customers::CustomerId,
    store::StoreError,
    whatsapp::{Contact, ContactId},
};
use sea_orm::{ColumnTrait, QueryFilter, Select};

use crate::database::{
    entities::{contact, customer},
    error::{broken, unavailable},
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    /// All but those who were erased.
    pub(super) fn known_contacts(&self) -> Select<contact::Entity> {
        self.scope
            .find::<contact::Entity>()
            .filter(contact::Column::ErasedAt.is_null())
    }

    pub(super) fn known_contact(&self, id: ContactId) -> Select<contact::Entity> {
        self.known_contacts()
            .filter(contact::Column::Id.eq(id.uuid()))
    }

    /// Whether the contact is there, and nobody erases it before this unit of work ends.
    pub(super) async fn hold_known(&self, id: ContactId) -> Result<bool, StoreError> {
        let contact: Option<Contact> = self.db().lock_one(self.known_contact(id)).await?;
        Ok(contact.is_some())
    }

    /// Stores the row over that of the contact, unless it was erased.
    pub(super) async fn store_known(
        &self,
        id: ContactId,
        row: contact::ActiveModel,
    ) -> Result<(), StoreError> {
        let is_known = contact::Column::ErasedAt.is_null();
        if self.scope.update(row, is_known).await? {
            return Ok(());
        }
        let erased = self
            .scope
            .find::<contact::Entity>()
            .filter(contact::Column::Id.eq(id.uuid()));
        if self.db().count(erased).await? == 0 {
            return Err(broken("a contact to be updated is not there"));
        }
        Ok(())
    }

    /// A customer may have been erased since they were found; their row is there still. Whoever
    /// looks again finds nobody.
    pub(super) async fn refuse_erased_customer(&self, id: CustomerId) -> Result<(), StoreError> {
        let erased = self
            .scope
            .find::<customer::Entity>()
            .filter(customer::Column::Id.eq(id.uuid()))
            .filter(customer::Column::ErasedAt.is_not_null());
        if self.db().count(erased).await? > 0 {
            return Err(unavailable("the customer of a new contact was just erased"));
        }
        Ok(())
    }
}
