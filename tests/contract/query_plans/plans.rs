//! The plans by which the databases run statements.

use std::sync::Arc;

use infrastructure::database::{Database, DatabaseSettings, SeaStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

use super::log::logged;
use crate::given::Stack;

/// The last statement that bears all the signs, and SQLite's plan of it.
pub(super) async fn sqlite_plan(
    sqlite: &mut SqliteConnection,
    signs: &[&str],
) -> (String, Vec<String>) {
    // Other cases of this process ask PostgreSQL, which alone takes unions with parentheses.
    let others = ["Query Text", "EXPLAIN QUERY PLAN", ") UNION"];
    let is_statement = |line: &str| others.iter().all(|sign| !line.contains(sign));
    let statement = logged(signs, is_statement).await;
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let steps = sqlx::query(explain).fetch_all(sqlite).await.unwrap();
    let steps = steps.iter().map(|step| step.get("detail")).collect();
    (statement, steps)
}

/// PostgreSQL's plan of the last statement that bears all the signs, as it was run.
pub(super) async fn postgres_plan(signs: &[&str]) -> String {
    logged(signs, |line| line.contains("Query Text")).await
}

/// A store of the same PostgreSQL database, after it was filled, that has its plans told.
pub(super) async fn filled_postgres(stack: &Stack, fill: &'static str) -> Arc<SeaStore> {
    let mut postgres = PgConnection::connect(stack.database.url()).await.unwrap();
    sqlx::raw_sql(fill).execute(&mut postgres).await.unwrap();
    let url = format!(
        "{}?options[session_preload_libraries]=auto_explain\
         &options[auto_explain.log_min_duration]=0\
         &options[auto_explain.log_level]=notice",
        stack.database.url()
    );
    let settings = DatabaseSettings {
        url: url.into(),
        max_connections: 2,
    };
    let database = Database::connect(&settings).await.unwrap();
    SeaStore::new(database, stack.clock.clone(), stack.realtime.clone())
}
