use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Consent, Customer, CustomerField, CustomerFieldId, CustomerFilter, CustomerId, CustomerSort,
    FieldKey,
};
use crate::{
    page::{SortedPage, SortedRequest},
    store::StoreError,
    text::PhoneNumber,
    whatsapp::Contact,
};

#[async_trait]
pub trait CustomerRepository: Send + Sync {
    async fn find(&self, id: CustomerId) -> Result<Option<Customer>, StoreError>;

    /// Those of them that exist, in no order.
    async fn find_all(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError>;

    /// Who has this number, among others too, in whichever way it is written.
    async fn find_by_phone(&self, number: &PhoneNumber) -> Result<Option<Customer>, StoreError>;

    /// Those who meet the filter. Among equals, in the order of their ids.
    async fn list(
        &self,
        filter: &CustomerFilter,
        page: &SortedRequest<CustomerSort>,
    ) -> Result<SortedPage<Customer>, StoreError>;

    async fn count(&self, filter: &CustomerFilter) -> Result<u64, StoreError>;

    /// By what these customers are known on WhatsApp, in no order.
    async fn contacts_of(&self, ids: &[CustomerId]) -> Result<Vec<Contact>, StoreError>;

    /// False if another customer has one of the numbers; nothing is stored then.
    async fn insert(&self, customer: &Customer) -> Result<bool, StoreError>;

    /// Stores the customer as the version after `customer.version`, but for the consent and
    /// when they were seen. False if that is not the stored version any more, or if another
    /// customer has one of the numbers.
    async fn update(&self, customer: &Customer) -> Result<bool, StoreError>;

    /// The customer has written at this time. Changes nothing if they have written later, and
    /// never the version.
    async fn saw(&self, id: CustomerId, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// One customer turned out to be another: the consents of the first are the other's, and
    /// the first is removed if nobody has touched it since its contact wrote and nothing
    /// else refers to it.
    async fn absorb(&self, gone: CustomerId, into: CustomerId) -> Result<(), StoreError>;

    /// Adds to the history and, unless a later entry is there already, sets the customer's
    /// present consent. False if this entry (customer, source, state, time) is there already,
    /// or if the customer was erased.
    async fn insert_consent(&self, consent: &Consent) -> Result<bool, StoreError>;

    /// The whole history, oldest first.
    async fn consents(&self, id: CustomerId) -> Result<Vec<Consent>, StoreError>;
}

#[async_trait]
pub trait CustomerFieldRepository: Send + Sync {
    async fn find(&self, id: CustomerFieldId) -> Result<Option<CustomerField>, StoreError>;

    async fn find_by_key(&self, key: &FieldKey) -> Result<Option<CustomerField>, StoreError>;

    /// All of them, oldest first: they are few.
    async fn list(&self) -> Result<Vec<CustomerField>, StoreError>;

    /// False if the key is taken; nothing is stored then.
    async fn insert(&self, field: &CustomerField) -> Result<bool, StoreError>;

    /// Stores label and choices as the version after `field.version`. False if that is not the
    /// stored one any more.
    async fn update(&self, field: &CustomerField) -> Result<bool, StoreError>;

    /// False if that is not the stored version any more.
    async fn remove(&self, id: CustomerFieldId, version: i64) -> Result<bool, StoreError>;
}
