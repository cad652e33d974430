use async_trait::async_trait;

use super::{Consent, Customer, CustomerId};
use crate::store::StoreError;

#[async_trait]
pub trait CustomerRepository: Send + Sync {
    async fn find(&self, id: CustomerId) -> Result<Option<Customer>, StoreError>;

    /// Those of them that exist, in no order.
    async fn find_all(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError>;

    async fn insert(&self, customer: &Customer) -> Result<(), StoreError>;

    async fn update(&self, customer: &Customer) -> Result<(), StoreError>;

    /// Adds to the history and, unless a later entry is there already, sets the customer's
    /// present consent. False if this entry (customer, source, state, time) is there already.
    async fn insert_consent(&self, consent: &Consent) -> Result<bool, StoreError>;

    /// The whole history, oldest first.
    async fn consents(&self, id: CustomerId) -> Result<Vec<Consent>, StoreError>;
}
