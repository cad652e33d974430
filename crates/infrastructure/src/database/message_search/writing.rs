//! Writing the index.

use domain::{
    chats::{Message, terms},
    store::StoreError,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use uuid::Uuid;

use super::{PLACES_IN_A_MILLISECOND, chat_term, first_place, kind_term};
use crate::database::{error::store_error, scope::Scope};

/// PostgreSQL takes 65,535 values with one statement.
const ROWS_PER_STATEMENT: usize = 1_000;

impl Scope {
    /// Has the message be found by what it says.
    pub(in crate::database) async fn index(&self, message: &Message) -> Result<(), StoreError> {
        self.index_all(&[message]).await
    }

    /// The same for many.
    pub(in crate::database) async fn index_all(
        &self,
        messages: &[&Message],
    ) -> Result<(), StoreError> {
        let indexed = messages
            .iter()
            .map(|message| (*message, self.terms_of(message)));
        let indexed: Vec<_> = indexed.filter(|(_, terms)| !terms.is_empty()).collect();
        if self.is_on_sqlite() {
            for (message, terms) in indexed {
                self.insert_in_sqlite(message, terms).await?;
            }
        } else {
            for some in indexed.chunks(ROWS_PER_STATEMENT) {
                self.insert_in_postgres(some).await?;
            }
        }
        Ok(())
    }

    /// None at all if it says nothing.
    fn terms_of(&self, message: &Message) -> Vec<String> {
        let terms = message.searchable_text().map(|text| terms(&text));
        let Some(terms) = terms.filter(|terms| !terms.is_empty()) else {
            return Vec::new();
        };
        let chat = chat_term(message.chat_id.uuid());
        [chat, kind_term(message.content.kind())]
            .into_iter()
            .chain(terms)
            .map(|term| self.own_term(&term))
            .collect()
    }

    /// The same for a message that says something else than when it was indexed.
    pub(in crate::database) async fn index_anew(
        &self,
        message: &Message,
    ) -> Result<(), StoreError> {
        self.unindex(&[message.id.uuid()]).await?;
        self.index(message).await
    }

    /// These messages are found no more.
    pub(in crate::database) async fn unindex(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        let places: Vec<_> = (2..).take(ids.len()).map(|n| format!("${n}")).collect();
        let places = places.join(", ");
        let sql =
            format!("DELETE FROM message_search WHERE organization_id = $1 AND id IN ({places})");
        let mut values = vec![self.owner()];
        values.extend(ids.iter().map(|id| Value::from(*id)));
        self.change(&sql, values).await
    }

    async fn insert_in_sqlite(
        &self,
        message: &Message,
        terms: Vec<String>,
    ) -> Result<(), StoreError> {
        let first = first_place(message.created_at);
        let sql = "INSERT INTO message_search (place, organization_id, id, chat_id, created_at)
            SELECT COALESCE(MAX(place) + 1, $1), $2, $3, $4, $5
            FROM message_search WHERE place >= $1 AND place < $6";
        let row = [
            first.into(),
            self.owner(),
            message.id.uuid().into(),
            message.chat_id.uuid().into(),
            message.created_at.into(),
            first.saturating_add(PLACES_IN_A_MILLISECOND).into(),
        ];
        self.change(sql, row).await?;
        let sql = "INSERT INTO message_terms (rowid, terms)
            SELECT place, $1 FROM message_search WHERE organization_id = $2 AND id = $3";
        let row = [
            terms.join(" ").into(),
            self.owner(),
            message.id.uuid().into(),
        ];
        self.change(sql, row).await
    }

    async fn insert_in_postgres(
        &self,
        messages: &[(&Message, Vec<String>)],
    ) -> Result<(), StoreError> {
        let mut values = vec![self.owner()];
        let mut place = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let rows = messages.iter().map(|(message, terms)| {
            let id = place(message.id.uuid().into());
            let chat_id = place(message.chat_id.uuid().into());
            let created_at = place(message.created_at.into());
            let terms = terms.iter().zip(1..);
            let terms: Vec<_> = terms
                .map(|(term, position)| format!("'{term}':{position}"))
                .collect();
            let terms = place(terms.join(" ").into());
            format!("($1, {id}, {chat_id}, {created_at}, CAST({terms} AS text)::tsvector)")
        });
        let rows: Vec<_> = rows.collect();
        let sql = format!(
            "INSERT INTO message_search (organization_id, id, chat_id, created_at, terms)
             VALUES {}",
            rows.join(", ")
        );
        self.change(&sql, values).await
    }

    pub(in crate::database) async fn change(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value> + Send,
    ) -> Result<(), StoreError> {
        let transaction = self.connection().writing()?;
        let statement =
            Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
        transaction
            .execute_raw(statement)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    pub(in crate::database) fn owner(&self) -> Value {
        self.organization().uuid().into()
    }

    /// The term as it stands in this organization: after the last 8 digits of its id, which
    /// are random.
    pub(in crate::database) fn own_term(&self, term: &str) -> String {
        let id = self.organization().uuid().simple().to_string();
        format!("{}{term}", &id[24..])
    }

    pub(in crate::database) fn is_on_sqlite(&self) -> bool {
        self.connection().get_database_backend() == DbBackend::Sqlite
    }
}
