//! Filters in SQL.

use chrono::{DateTime, Utc};
use domain::{
    customers::{CustomerFilter, CustomerSort, MarketingConsent, OwnerFilter, Stage, TermTest},
    page::SortedRequest,
};
use sea_orm::{
    ColumnTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::database::{
    entities::{
        customer::{Column, Entity},
        customer_term,
    },
    pages::{self, within_the_calendar},
    unit_of_work::SeaUnitOfWork,
};

const FOUND: &str = "found";

impl SeaUnitOfWork {
    pub(super) fn customers_that_meet(&self, filter: &CustomerFilter) -> Select<Entity> {
        let tests = filter.term_tests().into_iter();
        tests.fold(self.by_columns(filter), |customers, test| {
            customers.filter(self.passes(Column::Id, test))
        })
    }

    pub(super) fn customers_in_order(
        &self,
        filter: &CustomerFilter,
        page: &SortedRequest<CustomerSort>,
    ) -> Select<Entity> {
        let column = match page.sort {
            CustomerSort::Name => {
                let mut tests = filter.term_tests();
                let range = |test: &TermTest| matches!(test, TermTest::Between { .. });
                if let Some(first) = tests.iter().position(range) {
                    let first = tests.remove(first);
                    return self.customers_by_name(filter, first, tests, page);
                }
                Column::FoldedName
            }
            CustomerSort::CreatedAt => Column::CreatedAt,
            CustomerSort::LastSeenAt => Column::LastSeenAt,
        };
        pages::sorted(self.customers_that_meet(filter), column, Column::Id, page)
    }

    /// In the order of their names, those whose names begin alike stand together, often after
    /// many others. So who has a term is gathered from its index, which has the names too.
    fn customers_by_name(
        &self,
        filter: &CustomerFilter,
        first: TermTest,
        tests: Vec<TermTest>,
        page: &SortedRequest<CustomerSort>,
    ) -> Select<Entity> {
        use customer_term::Column::{CustomerId, FoldedName};
        let mut found = self.terms_that(first);
        for test in tests {
            found = found.filter(self.passes(CustomerId, test));
        }
        if let Some(beyond) = pages::beyond(FoldedName, CustomerId, page) {
            found = found.filter(beyond);
        }
        let found = found.select_only().column(FoldedName).column(CustomerId);
        let of_found = |column: customer_term::Column| Expr::col((FOUND, column));
        let mut customers = self.by_columns(filter);
        QueryTrait::query(&mut customers).join_subquery(
            JoinType::InnerJoin,
            found.distinct().into_query(),
            FOUND,
            of_found(CustomerId).equals((Entity, Column::Id)),
        );
        pages::first(customers, of_found(FoldedName), of_found(CustomerId), page)
    }

    /// Those who meet what the filter says of what each has one of.
    fn by_columns(&self, filter: &CustomerFilter) -> Select<Entity> {
        let mut customers = self.known_customers();
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
        customers
    }

    fn passes(&self, customer_id: impl ColumnTrait, test: TermTest) -> Expr {
        let is_excluded = matches!(test, TermTest::NoneOf(_));
        let having = self
            .terms_that(test)
            .select_only()
            .column(customer_term::Column::CustomerId)
            .into_query();
        if is_excluded {
            customer_id.not_in_subquery(having)
        } else {
            customer_id.in_subquery(having)
        }
    }

    /// The terms that a test asks for.
    fn terms_that(&self, test: TermTest) -> Select<customer_term::Entity> {
        use customer_term::Column::Term;
        let terms = self.scope.find::<customer_term::Entity>();
        match test {
            TermTest::AnyOf(named) | TermTest::NoneOf(named) => terms.filter(Term.is_in(named)),
            TermTest::Between { from, to } => terms.filter(Term.gte(from).and(Term.lt(to))),
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
