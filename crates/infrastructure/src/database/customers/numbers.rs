//! That no two customers have the same number. The first of each customer's is unique by a key;
//! the others are among the terms.

use domain::{
    customers::{Customer, number_term, phone_key},
    store::StoreError,
};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, Select};

use crate::database::{
    entities::{customer, customer_term},
    error::unavailable,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    /// The ids of those who have one of these terms.
    pub(in crate::database) fn customers_of_terms(
        &self,
        terms: impl IntoIterator<Item = String>,
    ) -> Select<customer_term::Entity> {
        self.scope
            .find::<customer_term::Entity>()
            .select_only()
            .column(customer_term::Column::CustomerId)
            .filter(customer_term::Column::Term.is_in(terms))
    }

    /// Whether one of their numbers is another customer's, but for that of two whose first it
    /// is, which the key tells.
    pub(super) async fn have_numbers_of_others(
        &self,
        customers: &[Customer],
    ) -> Result<bool, StoreError> {
        let ids = || customers.iter().map(|customer| customer.id.uuid());
        let numbers: Vec<_> = customers.iter().flat_map(Customer::all_numbers).collect();
        if numbers.is_empty() {
            return Ok(false);
        }
        let as_other = self
            .customers_of_terms(numbers.iter().map(number_term))
            .filter(customer_term::Column::CustomerId.is_not_in(ids()));
        if self.db().count(as_other).await? > 0 {
            return Ok(true);
        }
        let others = customers.iter().flat_map(|it| &it.other_phone_numbers);
        let keys: Vec<_> = others.map(phone_key).collect();
        if keys.is_empty() {
            return Ok(false);
        }
        let as_first = self
            .scope
            .find::<customer::Entity>()
            .filter(customer::Column::PhoneKey.is_in(keys))
            .filter(customer::Column::Id.is_not_in(ids()));
        Ok(self.db().count(as_first).await? > 0)
    }

    /// A number may have become another customer's while the key was waited for: then all of
    /// the unit of work must be done again.
    pub(in crate::database) async fn refuse_numbers_just_given(
        &self,
        customers: &[Customer],
    ) -> Result<(), StoreError> {
        if self.have_numbers_of_others(customers).await? {
            return Err(unavailable("a number was just given to another customer"));
        }
        Ok(())
    }
}
