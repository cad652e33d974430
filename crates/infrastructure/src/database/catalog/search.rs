//! Finding products by the words that they have, on both databases. How words are told apart,
//! and what an index is asked for, is that of messages.
//!
//! On PostgreSQL, a word that no product has is taken for those most like it.

use domain::{
    catalog::{Product, ProductFilter, ProductId, ProductSort},
    chats::{Lookup, SearchQuery, terms},
    page::SortedRequest,
    store::StoreError,
};
use sea_orm::{
    ConnectionTrait, DbBackend, FromQueryResult, QueryFilter, QuerySelect, QueryTrait, Select,
    Statement, Value, sea_query::Expr,
};

use super::filter::in_order;
use crate::database::{
    entities::product::{Entity, Model},
    error::store_error,
    scope::Scope,
    unit_of_work::SeaUnitOfWork,
};

/// PostgreSQL's column of them.
const TERMS: &str = "terms";
/// So many products are looked through in the order of the page before the index is asked.
const NEAREST: u64 = 4_000;
/// If it is not said among so many, no more are looked through.
const VERY_NEAREST: u64 = 500;

/// A shorter word is like too many others.
const MIN_MISSPELLED: usize = 4;
/// So many words are tried in place of one that is not known.
const ALTERNATIVES: usize = 5;
/// More words than these are not named one by one.
const FEW_WORDS: usize = 10;

impl Scope {
    /// Has the product be found by what it says now.
    pub(super) async fn index_product(&self, product: &Product) -> Result<(), StoreError> {
        let found_by = terms(&text(product));
        if self.is_on_sqlite() {
            self.index_in_sqlite(product.id, &found_by).await
        } else {
            self.index_in_postgres(product.id, found_by).await
        }
    }

    pub(super) async fn unindex_product(&self, id: ProductId) -> Result<(), StoreError> {
        let sql = if self.is_on_sqlite() {
            "DELETE FROM product_search WHERE organization_id = $1 AND product_id = $2"
        } else {
            "UPDATE products SET terms = NULL WHERE organization_id = $1 AND id = $2"
        };
        self.change(sql, [self.owner(), id.uuid().into()]).await
    }

    async fn index_in_sqlite(&self, id: ProductId, terms: &[String]) -> Result<(), StoreError> {
        self.unindex_product(id).await?;
        let sql = "INSERT INTO product_search (organization_id, product_id) VALUES ($1, $2)";
        let key = || [self.owner(), id.uuid().into()];
        self.change(sql, key()).await?;
        let sql = "INSERT INTO product_terms (rowid, terms) SELECT place, $3
            FROM product_search WHERE organization_id = $1 AND product_id = $2";
        let own: Vec<_> = terms.iter().map(|term| self.own_term(term)).collect();
        let values = key().into_iter().chain([own.join(" ").into()]);
        self.change(sql, values).await
    }

    /// If they are others than before. Their words stay known when the product goes.
    async fn index_in_postgres(
        &self,
        id: ProductId,
        mut terms: Vec<String>,
    ) -> Result<(), StoreError> {
        let own: Vec<_> = (1..)
            .zip(&terms)
            .map(|(position, term)| format!("'{}':{position}", self.own_term(term)))
            .collect();
        terms.retain(|word| !has_digits(word));
        // In one order, so that two who add the same words do not wait for each other.
        terms.sort_unstable();
        terms.dedup();
        let sql = "WITH changed AS (
                UPDATE products SET terms = CAST($3 AS text)::tsvector
                WHERE organization_id = $1 AND id = $2
                AND terms IS DISTINCT FROM CAST($3 AS text)::tsvector
                RETURNING organization_id)
            INSERT INTO product_words (organization_id, word)
            SELECT organization_id, word
            FROM changed, unnest(string_to_array(CAST($4 AS text), ' ')) AS word
            ON CONFLICT DO NOTHING";
        let values = [
            self.owner(),
            id.uuid().into(),
            own.join(" ").into(),
            terms.join(" ").into(),
        ];
        self.change(sql, values).await
    }
}

/// Then it is no known word: there are too many numbers, and whoever writes another one means
/// another product.
fn has_digits(word: &str) -> bool {
    word.contains(char::is_numeric)
}

/// What somebody who looks for the product would write.
fn text(product: &Product) -> String {
    let mut text = vec![product.name.clone()];
    text.extend(product.tags.iter().cloned().map(String::from));
    for variant in &product.variants {
        let sku = variant.sku.as_str();
        text.push(sku.to_owned());
        // Who leaves the dashes out means the same.
        text.push(sku.chars().filter(|c| c.is_alphanumeric()).collect());
        text.extend(variant.option_values.iter().cloned());
    }
    text.extend(product.description.clone());
    text.join("\n")
}

impl SeaUnitOfWork {
    /// That a product has all of these words.
    pub(super) async fn has_words(&self, query: &SearchQuery) -> Result<Expr, StoreError> {
        let own = |term: &String| self.scope.own_term(term);
        let mut sought = Vec::new();
        if self.scope.is_on_sqlite() {
            for lookup in query.lookups() {
                sought.push(match lookup {
                    Lookup::Term(term) => format!("\"{}\"", own(&term)),
                    Lookup::Prefix(prefix) => format!("\"{}\" *", own(&prefix)),
                    Lookup::Phrase(phrase) => {
                        let phrase: Vec<_> = phrase.iter().map(own).collect();
                        format!("\"{}\"", phrase.join(" "))
                    }
                });
            }
            // A cross join is made in the order in which it is written.
            return Ok(Expr::cust_with_values(
                "\"products\".\"id\" IN (SELECT search.product_id FROM product_terms
                 CROSS JOIN product_search AS search ON search.place = product_terms.rowid
                 WHERE product_terms MATCH ? AND search.organization_id = ?)",
                [sought.join(" AND ").into(), self.scope.owner()],
            ));
        }
        for lookup in query.lookups() {
            sought.push(match lookup {
                Lookup::Term(word) => self.meant_by(&word, true).await?,
                Lookup::Prefix(beginning) => self.meant_by(&beginning, false).await?,
                Lookup::Phrase(phrase) => {
                    let phrase: Vec<_> = phrase.iter().map(own).collect();
                    format!("('{}')", phrase.join("' <-> '"))
                }
            });
        }
        Ok(Expr::cust_with_values(
            "\"products\".\"terms\" @@ CAST($1 AS text)::tsquery",
            [Value::from(sought.join(" & "))],
        ))
    }

    /// The first rows in the order of the page, one more than its limit. PostgreSQL's index of
    /// terms knows no order: so the nearest products are looked through before it is asked. What
    /// many say is found among them, and what few say is not much to sort.
    pub(super) async fn search_in_postgres(
        &self,
        words: Expr,
        filter: &ProductFilter,
        page: &SortedRequest<ProductSort>,
    ) -> Result<Vec<Model>, StoreError> {
        let nearest = |count| {
            let terms = Expr::col((Entity, TERMS));
            let nearest = in_order(self.products_there(), page).expr_as(terms, TERMS);
            nearest.limit(count)
        };
        let near = self.products_with(Some(words.clone()), filter);
        let mut found = self
            .first_among(nearest(VERY_NEAREST), near.clone(), page)
            .await?;
        let is_full = |found: &[Model]| found.len() > page.limit as usize;
        if !found.is_empty() && !is_full(&found) {
            found = self.first_among(nearest(NEAREST), near, page).await?;
        }
        if !is_full(&found) {
            // An offset, also of nothing, has what was said be found first, by its index.
            let said = self.products_there().filter(words).offset(0);
            let far = self.products_with(None, filter);
            found = self.first_among(said, far, page).await?;
        }
        Ok(found)
    }

    async fn first_among(
        &self,
        some: Select<Entity>,
        wanted: Select<Entity>,
        page: &SortedRequest<ProductSort>,
    ) -> Result<Vec<Model>, StoreError> {
        let mut first = in_order(wanted, page).into_query();
        first.from_clear().from_subquery(some.into_query(), Entity);
        let first = Model::find_by_statement(DbBackend::Postgres.build(&first));
        first.all(self.db()).await.map_err(store_error)
    }

    /// The terms that are, or begin with, this word; if there are none, those most like it. The
    /// few that are known are named, as what begins with something takes the index longer.
    async fn meant_by(&self, word: &str, is_whole: bool) -> Result<String, StoreError> {
        let own = |word: &str| format!("'{}'", self.scope.own_term(word));
        let any = own(word) + if is_whole { "" } else { ":*" };
        if has_digits(word) {
            return Ok(any);
        }
        let beyond = format!("{word}{}", if is_whole { '\u{1}' } else { '\u{10ffff}' });
        let mut words = self
            .words(
                "word >= $2 AND word < $3 ORDER BY word",
                FEW_WORDS + 1,
                [word.into(), beyond.into()],
            )
            .await?;
        if words.is_empty() && word.chars().count() >= MIN_MISSPELLED {
            let alike = "word % $2 ORDER BY similarity(word, $2) DESC, word";
            words = self.words(alike, ALTERNATIVES, [word.into()]).await?;
        }
        if words.is_empty() || words.len() > FEW_WORDS {
            return Ok(any);
        }
        let words: Vec<_> = words.iter().map(|word| own(word)).collect();
        Ok(format!("({})", words.join(" | ")))
    }

    /// The first of the words that products have which are so.
    async fn words(
        &self,
        which: &str,
        limit: usize,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<String>, StoreError> {
        let sql = format!(
            "SELECT word FROM product_words WHERE organization_id = $1 AND {which} LIMIT {limit}"
        );
        let values = [self.scope.owner()].into_iter().chain(values);
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let rows = self.db().query_all_raw(statement).await;
        rows.map_err(store_error)?
            .iter()
            .map(|row| row.try_get("", "word").map_err(store_error))
            .collect()
    }
}
