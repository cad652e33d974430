//! The index by which customers are found.

use std::collections::BTreeSet;

use domain::{
    customers::{Customer, terms_of},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ExprTrait, QueryFilter,
    sea_query::Expr,
};

use super::folded;
use crate::database::{
    entities::customer_term::{ActiveModel, Column, Entity},
    error::store_error,
    scope::Scope,
};

impl Scope {
    /// Has the customer found by what is known of them now, and by nothing else.
    pub(in crate::database) async fn put_customer_terms(
        &self,
        customer: &Customer,
    ) -> Result<(), StoreError> {
        let of_customer = Column::CustomerId.eq(customer.id.uuid());
        let rows = self.find::<Entity>().filter(of_customer.clone());
        let rows = rows.all(self.connection()).await.map_err(store_error)?;
        let before: BTreeSet<_> = rows.into_iter().map(|row| row.term).collect();
        let now = terms_of(customer);
        let folded_name = folded(customer);
        self.update_many::<Entity>()
            .col_expr(Column::FoldedName, Expr::val(folded_name.as_str()))
            .filter(
                of_customer
                    .clone()
                    .and(Column::FoldedName.ne(folded_name.as_str())),
            )
            .exec(self.connection().writing()?)
            .await
            .map_err(store_error)?;
        let gone: Vec<_> = before.difference(&now).cloned().collect();
        if !gone.is_empty() {
            self.delete::<Entity>(of_customer.and(Column::Term.is_in(gone)))
                .await?;
        }
        let new = now.difference(&before);
        let new = new.map(|term| row(customer, &folded_name, term));
        self.insert_all(new.collect()).await
    }

    /// The same for many of whom nothing is known yet.
    pub(in crate::database) async fn put_terms_of_new(
        &self,
        customers: &[Customer],
    ) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for customer in customers {
            let folded_name = folded(customer);
            let terms = terms_of(customer);
            rows.extend(terms.iter().map(|term| row(customer, &folded_name, term)));
        }
        self.insert_all(rows).await
    }
}

fn row(customer: &Customer, folded_name: &str, term: &str) -> ActiveModel {
    ActiveModel {
        organization_id: NotSet,
        customer_id: Set(customer.id.uuid()),
        term: Set(term.to_owned()),
        folded_name: Set(folded_name.to_owned()),
        created_at: Set(customer.created_at),
    }
}
