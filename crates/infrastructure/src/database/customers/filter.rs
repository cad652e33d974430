//! Filters in SQL.

use chrono::{DateTime, Utc};
use domain::customers::{CustomerFilter, MarketingConsent, OwnerFilter, Stage, TermTest};
use sea_orm::{
    ColumnTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::database::{
    entities::{
        customer::{Column, Entity},
        customer_term,
    },
    pages::within_the_calendar,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    pub(super) fn customers_that_meet(&self, filter: &CustomerFilter) -> Select<Entity> {
        let mut customers = self.scope.find::<Entity>();
        if !filter.stages.is_empty() {
            let stages = filter.stages.iter().copied().map(Stage::as_str);
            customers = customers.filter(Column::Stage.is_in(stages));
        }
        match filter.owner {
            Some(OwnerFilter::Nobody) => customers = customers.filter(Column::OwnerId.is_null()),
            Some(OwnerFilter::User(id)) => {
                customers = customers.filter(Column::OwnerId.eq(id.uuid()));
            }
            None => {}
        }
        if let Some(opted_out) = filter.opted_out {
            let state = MarketingConsent::OptedOut.as_str();
            customers = customers.filter(if opted_out {
                Column::MarketingConsent.eq(state)
            } else {
                Column::MarketingConsent.ne(state)
            });
        }
        customers = between(
            customers,
            Column::CreatedAt,
            filter.created_from,
            filter.created_to,
        );
        customers = between(
            customers,
            Column::LastSeenAt,
            filter.last_seen_from,
            filter.last_seen_to,
        );
        if filter.last_seen_to.is_some() {
            // Who was never seen was not seen before then either.
            customers = customers.filter(Column::LastSeenAt.gt(DateTime::UNIX_EPOCH));
        }
        for test in filter.term_tests() {
            customers = customers.filter(self.passes(test));
        }
        customers
    }

    fn passes(&self, test: TermTest) -> Expr {
        use customer_term::Column::{CustomerId, Term};
        let terms = self
            .scope
            .find::<customer_term::Entity>()
            .select_only()
            .column(CustomerId);
        match test {
            TermTest::AnyOf(wanted) => {
                Column::Id.in_subquery(terms.filter(Term.is_in(wanted)).into_query())
            }
            TermTest::NoneOf(unwanted) => {
                Column::Id.not_in_subquery(terms.filter(Term.is_in(unwanted)).into_query())
            }
            TermTest::Between { from, to } => {
                let within = Term.gte(from).and(Term.lt(to));
                Column::Id.in_subquery(terms.filter(within).into_query())
            }
        }
    }
}

fn between(
    customers: Select<Entity>,
    column: Column,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Select<Entity> {
    let customers = match from {
        Some(from) => customers.filter(column.gte(within_the_calendar(from))),
        None => customers,
    };
    match to {
        Some(to) => customers.filter(column.lt(within_the_calendar(to))),
        None => customers,
    }
}
