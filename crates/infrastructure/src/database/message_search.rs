//! Finding messages by their words: what only each database itself can do, side by side.
//!
//! Every term begins with a short name of its organization, so that an index never looks at
//! the terms of another; that two organizations may share a name costs time alone, as the
//! rows are compared with the organization all the same. A message's chat and kind are terms
//! too, so that a search within a chat does not look at all others.
//!
//! The repository of messages writes the index, in the same transaction; no trigger could,
//! as words are told apart by our own code.

mod conditions;
mod writing;

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    chats::{Lookup, Message, MessageFilter, MessageSearch, SearchQuery},
    page::{Page, PageRequest, Position, Window},
    store::StoreError,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, QueryFilter, Statement, Value};
use uuid::Uuid;

use self::conditions::Conditions;
use super::{
    entities::message, error::store_error, pages::within_the_calendar, unit_of_work::SeaUnitOfWork,
};

/// So many of the newest messages are looked through before PostgreSQL's inverted index is
/// asked, which knows no order: what is said often is found among them, and of what is said
/// seldom there is not much to sort.
const NEWEST: u32 = 2_000;
/// If it is not said among so many, no more are looked through.
const VERY_NEWEST: u32 = 500;

/// SQLite's inverted index gives back the greatest places first. A message's place is its
/// time in milliseconds, with room for so many of the same one.
const PLACES_IN_A_MILLISECOND: i64 = 1 << 20;

#[async_trait]
impl MessageSearch for SeaUnitOfWork {
    async fn find(
        &self,
        query: &SearchQuery,
        filter: &MessageFilter,
        page: PageRequest,
    ) -> Result<Page<Message>, StoreError> {
        let filter = &MessageFilter {
            from: filter.from.map(within_the_calendar),
            to: filter.to.map(within_the_calendar),
            ..filter.clone()
        };
        let ids = if self.scope.is_on_sqlite() {
            self.find_in_sqlite(query, filter, page).await?
        } else {
            self.find_in_postgres(query, filter, page).await?
        };
        let messages = self
            .scope
            .find::<message::Entity>()
            .filter(message::Column::Id.is_in(ids.iter().copied()));
        let messages: Vec<Message> = self.db().all(messages).await?;
        let mut messages: HashMap<_, _> = messages
            .into_iter()
            .map(|message| (message.id.uuid(), message))
            .collect();
        let found = ids.iter().filter_map(|id| messages.remove(id)).collect();
        Ok(Page::from_fetched(found, page, |message: &Message| {
            Position {
                at: message.created_at,
                id: message.id.uuid(),
            }
        }))
    }
}

/// Towards the older ones, or towards the newer ones.
fn direction(page: PageRequest) -> (&'static str, &'static str, Option<Position>) {
    let known = |Position { at, id }| Position {
        at: within_the_calendar(at),
        id,
    };
    match page.window {
        Window::Newest => ("<", "DESC", None),
        Window::Before(position) => ("<", "DESC", Some(known(position))),
        Window::After(position) => (">", "ASC", Some(known(position))),
    }
}

/// Asking it.
impl SeaUnitOfWork {
    async fn find_in_sqlite(
        &self,
        query: &SearchQuery,
        filter: &MessageFilter,
        page: PageRequest,
    ) -> Result<Vec<Uuid>, StoreError> {
        let chats = self.chats_of(filter).await?;
        let sought = self.sought(query, filter, &chats, " OR ", |lookup| match lookup {
            Lookup::Term(term) => format!("\"{term}\""),
            Lookup::Prefix(prefix) => format!("\"{prefix}\" *"),
            Lookup::Phrase(phrase) => format!("\"{}\"", phrase.join(" ")),
        });
        let mut conditions = Conditions::new(
            "message_terms MATCH $1 AND message.organization_id = $2",
            [sought.join(" AND ").into(), self.scope.owner()],
        );
        let (beyond, order, position) = direction(page);
        if let Some(position) = position {
            let place = self.place_of(position, beyond).await?;
            conditions.and(&format!("message_terms.rowid {beyond}"), place);
        }
        if let Some(chat_id) = filter.chat_id {
            conditions.and("message.chat_id =", chat_id.uuid());
        }
        let in_sight = conditions.in_sight(filter.sight);
        conditions.sql.push(in_sight);
        if let Some(from) = filter.from {
            conditions.and("message_terms.rowid >=", first_place(from));
            conditions.and("message.created_at >=", from);
        }
        if let Some(to) = filter.to {
            let end = first_place(to).saturating_add(PLACES_IN_A_MILLISECOND);
            conditions.and("message_terms.rowid <", end);
            conditions.and("message.created_at <", to);
        }
        let Conditions { sql, values } = conditions;
        let sql = sql.join(" AND ");
        // A cross join is made in the order in which it is written.
        let sql = format!(
            "SELECT message.id FROM message_terms
             CROSS JOIN message_search AS message ON message.place = message_terms.rowid
             WHERE {sql} ORDER BY message_terms.rowid {order} LIMIT {}",
            page.limit + 1
        );
        self.ids(&sql, values).await
    }

    /// Where the rows beyond this position begin. If its message is not there any more, with
    /// those of the same millisecond: better twice than never.
    async fn place_of(&self, position: Position, beyond: &str) -> Result<i64, StoreError> {
        let sql = "SELECT place FROM message_search WHERE organization_id = $1 AND id = $2";
        let key = [self.scope.owner(), position.id.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, key);
        let row = self.db().query_one_raw(statement).await;
        match row.map_err(store_error)? {
            Some(row) => row.try_get("", "place").map_err(store_error),
            None if beyond == "<" => {
                Ok(first_place(position.at).saturating_add(PLACES_IN_A_MILLISECOND))
            }
            None => Ok(first_place(position.at).saturating_sub(1)),
        }
    }

    async fn find_in_postgres(
        &self,
        query: &SearchQuery,
        filter: &MessageFilter,
        page: PageRequest,
    ) -> Result<Vec<Uuid>, StoreError> {
        let chats = self.chats_of(filter).await?;
        let sought = self.sought(query, filter, &chats, " | ", |lookup| match lookup {
            Lookup::Term(term) => format!("'{term}'"),
            Lookup::Prefix(prefix) => format!("'{prefix}':*"),
            Lookup::Phrase(phrase) => format!("('{}')", phrase.join("' <-> '")),
        });
        let mut conditions = Conditions::new(
            "organization_id = $2",
            [sought.join(" & ").into(), self.scope.owner()],
        );
        let (beyond, order, position) = direction(page);
        if let Some(Position { at, id }) = position {
            let (at, id) = (conditions.place(at), conditions.place(id));
            let is_beyond = format!("(created_at, id) {beyond} ({at}, {id})");
            conditions.sql.push(is_beyond);
        }
        if let Some(chat_id) = filter.chat_id {
            conditions.and("chat_id =", chat_id.uuid());
        }
        if let Some(from) = filter.from {
            conditions.and("created_at >=", from);
        }
        if let Some(to) = filter.to {
            conditions.and("created_at <", to);
        }
        // Not of the newest: who sees little would have all looked through for as many.
        let in_sight = conditions.in_sight(filter.sight);
        let Conditions { sql, values } = conditions;
        let sql = sql.join(" AND ");
        let said = "terms @@ CAST($1 AS text)::tsquery";
        let limit = page.limit + 1;
        // `OFFSET 0` keeps the inverted index to itself: it finds few, where those of times and
        // organizations would find nearly all.
        let farthest = if order == "DESC" { "ASC" } else { "DESC" };
        let sql = format!(
            "WITH very_newest AS MATERIALIZED (
                 SELECT terms FROM message_search WHERE {sql}
                 ORDER BY created_at {order}, id {order} LIMIT {VERY_NEWEST}),
             reach AS MATERIALIZED (
                 SELECT CASE WHEN EXISTS (SELECT 1 FROM very_newest WHERE {said})
                     THEN {NEWEST} ELSE {VERY_NEWEST} END AS messages),
             newest AS MATERIALIZED (
                 SELECT id, chat_id, created_at, terms FROM message_search WHERE {sql}
                 ORDER BY created_at {order}, id {order} LIMIT (SELECT messages FROM reach)),
             near AS MATERIALIZED (
                 SELECT id, created_at FROM newest WHERE {said} AND {in_sight}
                 ORDER BY created_at {order}, id {order} LIMIT {limit}),
             far AS MATERIALIZED (
                 SELECT id, created_at FROM (
                     SELECT organization_id, id, chat_id, created_at FROM message_search
                     WHERE {said}
                     AND (SELECT COUNT(*) FROM near) < {limit}
                     AND (SELECT COUNT(*) FROM newest) = (SELECT messages FROM reach)
                     OFFSET 0) AS said
                 WHERE {sql} AND {in_sight} AND (created_at, id) {beyond} (
                     SELECT created_at, id FROM newest
                     ORDER BY created_at {farthest}, id {farthest} LIMIT 1))
             SELECT id FROM (SELECT * FROM near UNION ALL SELECT * FROM far) AS found
             ORDER BY created_at {order}, id {order} LIMIT {limit}"
        );
        self.ids(&sql, values).await
    }

    /// What the index is asked for, written as the database wants it.
    fn sought(
        &self,
        query: &SearchQuery,
        filter: &MessageFilter,
        chats: &[Uuid],
        or: &str,
        write: impl Fn(Lookup) -> String,
    ) -> Vec<String> {
        let in_chat = |id: &Uuid| write(Lookup::Term(self.scope.own_term(&chat_term(*id))));
        let in_chats: Vec<_> = chats.iter().map(in_chat).collect();
        let in_chats = (!chats.is_empty()).then(|| format!("({})", in_chats.join(or)));
        let filters = filter.kind.as_deref().map(kind_term).map(Lookup::Term);
        query
            .lookups()
            .into_iter()
            .chain(filters)
            .map(|lookup| match lookup {
                Lookup::Term(term) => Lookup::Term(self.scope.own_term(&term)),
                Lookup::Prefix(prefix) => Lookup::Prefix(self.scope.own_term(&prefix)),
                Lookup::Phrase(phrase) => Lookup::Phrase(
                    phrase
                        .iter()
                        .map(|term| self.scope.own_term(term))
                        .collect(),
                ),
            })
            .map(&write)
            .chain(in_chats)
            .collect()
    }

    async fn ids(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Uuid>, StoreError> {
        let backend = self.db().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = self.db().query_all_raw(statement).await;
        rows.map_err(store_error)?
            .iter()
            .map(|row| row.try_get("", "id").map_err(store_error))
            .collect()
    }
}

/// No term of a text has a dot in it.
fn chat_term(chat_id: Uuid) -> String {
    format!("·{}", chat_id.simple())
}

fn kind_term(kind: &str) -> String {
    format!("·{kind}")
}

/// The first place of a message of this time.
fn first_place(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
        .saturating_mul(PLACES_IN_A_MILLISECOND)
}
