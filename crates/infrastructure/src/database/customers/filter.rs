//! Filters in SQL.

use chrono::{DateTime, Utc};
use domain::{
    customers::{CustomerFilter, CustomerSort, MarketingConsent, OwnerFilter, Stage, TermTest},
    page::SortedRequest,
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, JoinType, QueryFilter, QueryResult, QuerySelect, QueryTrait,
    Select, Statement, Value,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType},
};

use crate::database::{
    entities::{
        customer::{Column, Entity},
        customer_term,
    },
    error::store_error,
    pages::{self, within_the_calendar},
    unit_of_work::SeaUnitOfWork,
};

const FOUND: &str = "found";

/// So few terms are read one after the other.
const FEW: usize = 32;

/// Beyond so many, which of two words is the rarer one hardly matters.
const COUNTED: u32 = 10_000;

impl SeaUnitOfWork {
    pub(super) fn customers_that_meet(&self, filter: &CustomerFilter) -> Select<Entity> {
        let tests = filter.term_tests().into_iter();
        tests.fold(self.by_columns(filter), |customers, test| {
            customers.filter(self.passes(Column::Id, test))
        })
    }

    pub(super) async fn customers_in_order(
        &self,
        filter: &CustomerFilter,
        page: &SortedRequest<CustomerSort>,
    ) -> Result<Select<Entity>, StoreError> {
        use customer_term::Column::{CreatedAt, FoldedName};
        let (column, of_terms) = match page.sort {
            CustomerSort::Name => (Column::FoldedName, Some(FoldedName)),
            CustomerSort::CreatedAt => (Column::CreatedAt, Some(CreatedAt)),
            CustomerSort::LastSeenAt => (Column::LastSeenAt, None),
        };
        if let Some(key) = of_terms
            && let Some(found) = self.found_by_terms(filter, key, page).await?
        {
            return Ok(self.customers_found(filter, found, key, page));
        }
        let customers = self.customers_that_meet(filter);
        Ok(pages::sorted(customers, column, Column::Id, page))
    }

    fn customers_found(
        &self,
        filter: &CustomerFilter,
        found: SelectStatement,
        key: customer_term::Column,
        page: &SortedRequest<CustomerSort>,
    ) -> Select<Entity> {
        let of_found = |column: customer_term::Column| Expr::col((FOUND, column));
        let id = of_found(customer_term::Column::CustomerId);
        let mut customers = self.by_columns(filter);
        QueryTrait::query(&mut customers).join_subquery(
            JoinType::InnerJoin,
            found,
            FOUND,
            id.clone().equals((Entity, Column::Id)),
        );
        pages::first(customers, of_found(key), id, page)
    }

    /// Who has the terms that are asked for, where the index of terms finds them sooner than a
    /// walk along all customers: it has them in the order of `key`.
    async fn found_by_terms(
        &self,
        filter: &CustomerFilter,
        key: customer_term::Column,
        page: &SortedRequest<CustomerSort>,
    ) -> Result<Option<SelectStatement>, StoreError> {
        let only_search = CustomerFilter {
            search: filter.search.clone(),
            ..CustomerFilter::default()
        };
        let is_only_search = *filter == only_search;
        // Those whose names begin alike stand together, often after many others.
        let stand_together = matches!(key, customer_term::Column::FoldedName);
        if !is_only_search && !stand_together {
            return Ok(None);
        }
        let mut tests = filter.term_tests();
        let Some(rarest) = self.rarest(&tests).await? else {
            return Ok(None);
        };
        let first = tests.swap_remove(rarest);
        // Beside another word, several terms would have its customers looked up for each.
        if is_only_search
            && let Some(terms) = self.few_terms(&first).await?
            && (tests.is_empty() || terms.len() == 1)
        {
            return Ok(Some(self.first_of_each_term(&terms, &tests, key, page)));
        }
        Ok(stand_together.then(|| self.all_of_terms(first, tests, page)))
    }

    /// Which of the tests that are ranges the fewest terms meet, as far as they are counted.
    async fn rarest(&self, tests: &[TermTest]) -> Result<Option<usize>, StoreError> {
        let mut values = vec![self.scope.owner()];
        let mut places = Vec::new();
        let mut counts = Vec::new();
        for (place, test) in tests.iter().enumerate() {
            let TermTest::Between { from, to } = test else {
                continue;
            };
            places.push(place);
            values.extend([from.as_str().into(), to.as_str().into()]);
            let to = values.len();
            counts.push(format!(
                "SELECT {place} AS place, (SELECT COUNT(*) FROM (
                     SELECT 1 FROM customer_terms WHERE organization_id = $1
                     AND term >= ${} AND term < ${to} LIMIT {COUNTED}) AS counted) AS terms",
                to - 1
            ));
        }
        if let [] | [_] = places[..] {
            return Ok(places.first().copied());
        }
        let counts = counts.join(" UNION ALL ");
        let sql = format!("SELECT place FROM ({counts}) AS tests ORDER BY terms, place LIMIT 1");
        let rows = self.rows(&sql, values).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let place: i32 = row.try_get("", "place").map_err(store_error)?;
        Ok(usize::try_from(place).ok())
    }

    /// All who have terms that meet the tests, which may be many.
    fn all_of_terms(
        &self,
        first: TermTest,
        tests: Vec<TermTest>,
        page: &SortedRequest<CustomerSort>,
    ) -> SelectStatement {
        use customer_term::Column::{CustomerId, FoldedName};
        let mut found = self.terms_that(first);
        for test in tests {
            found = found.filter(self.passes(CustomerId, test));
        }
        if let Some(beyond) = pages::beyond(FoldedName, CustomerId, page) {
            found = found.filter(beyond);
        }
        let found = found.select_only().column(FoldedName).column(CustomerId);
        found.distinct().into_query()
    }

    /// Of each term, as many as a page may need of those who meet the tests, too.
    fn first_of_each_term(
        &self,
        terms: &[String],
        tests: &[TermTest],
        key: customer_term::Column,
        page: &SortedRequest<CustomerSort>,
    ) -> SelectStatement {
        use customer_term::Column::{CustomerId, Term};
        let of_each = terms.iter().map(|term| {
            let mut found = self.scope.find::<customer_term::Entity>();
            found = found.filter(Term.eq(term.as_str()));
            for test in tests {
                found = found.filter(self.passes(CustomerId, test.clone()));
            }
            let found = found.select_only().column(key).column(CustomerId);
            let first = pages::sorted(found, key, CustomerId, page);
            let mut places = Query::select();
            places.columns([key, CustomerId]);
            places.from_subquery(first.into_query(), FOUND).to_owned()
        });
        let of_all = of_each.reduce(|mut all, one| {
            all.union(UnionType::Distinct, one);
            all
        });
        of_all.unwrap_or_default()
    }

    /// The terms that a test means, if they are few: a name has one, however many have the name.
    async fn few_terms(&self, test: &TermTest) -> Result<Option<Vec<String>>, StoreError> {
        let TermTest::Between { from, to } = test else {
            return Ok(None);
        };
        // From each to the next by the index, past all who have it.
        let next = "SELECT min(term) FROM customer_terms WHERE organization_id = $1 AND term <";
        let sql = format!(
            "WITH RECURSIVE found(term) AS (
                {next} $3 AND term >= $2
                UNION ALL
                SELECT ({next} $3 AND term > found.term) FROM found WHERE term IS NOT NULL
             ) SELECT term FROM found WHERE term IS NOT NULL LIMIT {}",
            FEW + 1
        );
        let values = vec![self.scope.owner(), from.as_str().into(), to.as_str().into()];
        let terms = self.rows(&sql, values).await?;
        let terms = terms.iter().map(|row| row.try_get("", "term"));
        let terms: Vec<String> = terms.collect::<Result<_, _>>().map_err(store_error)?;
        Ok((1..=FEW).contains(&terms.len()).then_some(terms))
    }

    async fn rows(&self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, StoreError> {
        let backend = self.db().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = self.db().query_all_raw(statement).await;
        rows.map_err(store_error)
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
