//! Finding products by the words that they have, on both databases. How words are told apart,
//! and what an index is asked for, is that of messages.
//!
//! On PostgreSQL, a word that no product has is taken for those most like it.

use domain::{
    catalog::{Product, ProductId},
    chats::{Lookup, SearchQuery, terms},
    store::StoreError,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, sea_query::Expr};

use crate::database::{error::store_error, scope::Scope, unit_of_work::SeaUnitOfWork};

/// A shorter word is like too many others.
const MIN_MISSPELLED: usize = 4;
/// So many words are tried in place of one that is not known.
const ALTERNATIVES: u32 = 5;

impl Scope {
    /// Has the product be found by what it says now.
    pub(super) async fn index_product(&self, product: &Product) -> Result<(), StoreError> {
        self.unindex_product(product.id).await?;
        let titles = titles(product);
        let description = product.description.as_deref().unwrap_or_default();
        let found_by = terms(&format!("{titles}\n{description}"));
        let own = found_by.iter().map(|term| self.own_term(term));
        let key = [self.owner(), product.id.uuid().into()];
        if self.is_on_sqlite() {
            let sql = "INSERT INTO product_search (organization_id, product_id) VALUES ($1, $2)";
            self.change(sql, key.clone()).await?;
            let [owner, id] = key;
            let own: Vec<_> = own.collect();
            let sql = "INSERT INTO product_terms (rowid, terms) SELECT place, $1
                FROM product_search WHERE organization_id = $2 AND product_id = $3";
            return self.change(sql, [own.join(" ").into(), owner, id]).await;
        }
        let own: Vec<_> = own
            .zip(1..)
            .map(|(term, position)| format!("'{term}':{position}"))
            .collect();
        let [owner, id] = key;
        let sql = "INSERT INTO product_search (organization_id, product_id, terms)
            VALUES ($1, $2, CAST($3 AS text)::tsvector)";
        let row = [owner.clone(), id, own.join(" ").into()];
        self.change(sql, row).await?;
        let mut words = terms(&titles);
        words.retain(|word| word.chars().count() >= MIN_MISSPELLED);
        // In one order, so that two who add the same words do not wait for each other.
        words.sort_unstable();
        words.dedup();
        let sql = "INSERT INTO product_words (organization_id, word)
            SELECT $1, word FROM unnest(string_to_array(CAST($2 AS text), ' ')) AS word
            ON CONFLICT DO NOTHING";
        self.change(sql, [owner, words.join(" ").into()]).await
    }

    pub(super) async fn unindex_product(&self, id: ProductId) -> Result<(), StoreError> {
        let sql = "DELETE FROM product_search WHERE organization_id = $1 AND product_id = $2";
        self.change(sql, [self.owner(), id.uuid().into()]).await
    }
}

/// What somebody who looks for the product would write.
fn titles(product: &Product) -> String {
    let mut titles = vec![product.name.clone()];
    titles.extend(product.tags.iter().cloned().map(String::from));
    for variant in &product.variants {
        let sku = variant.sku.as_str();
        titles.push(sku.to_owned());
        // Who leaves the dashes out means the same.
        titles.push(sku.chars().filter(|c| c.is_alphanumeric()).collect());
        titles.extend(variant.option_values.iter().cloned());
    }
    titles.join("\n")
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
                Lookup::Term(term) => format!("'{}'", own(&term)),
                Lookup::Prefix(prefix) => {
                    let mut any = vec![format!("'{}':*", own(&prefix))];
                    let alike = self.words_like(&prefix).await?;
                    any.extend(alike.iter().map(|word| format!("'{}'", own(word))));
                    format!("({})", any.join(" | "))
                }
                Lookup::Phrase(phrase) => {
                    let phrase: Vec<_> = phrase.iter().map(own).collect();
                    format!("('{}')", phrase.join("' <-> '"))
                }
            });
        }
        Ok(Expr::cust_with_values(
            "\"products\".\"id\" IN (SELECT product_id FROM product_search
             WHERE terms @@ CAST($1 AS text)::tsquery AND organization_id = $2)",
            [sought.join(" & ").into(), self.scope.owner()],
        ))
    }

    /// The words most like one with which no word begins; none if one does.
    async fn words_like(&self, word: &str) -> Result<Vec<String>, StoreError> {
        if word.chars().count() < MIN_MISSPELLED {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT word FROM product_words
             WHERE organization_id = $1 AND word % $2 AND NOT EXISTS (
                 SELECT 1 FROM product_words
                 WHERE organization_id = $1 AND word >= $2 AND word < $3)
             ORDER BY similarity(word, $2) DESC, word LIMIT {ALTERNATIVES}"
        );
        let beyond = format!("{word}\u{10ffff}");
        let values = [self.scope.owner(), word.into(), beyond.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let rows = self.db().query_all_raw(statement).await;
        rows.map_err(store_error)?
            .iter()
            .map(|row| row.try_get("", "word").map_err(store_error))
            .collect()
    }
}
