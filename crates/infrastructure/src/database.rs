//! The store on SQLite or PostgreSQL, by SeaORM.
//!
//! | file | what it holds |
//! |---|---|
//! | [`connection`], [`scope`] | statements; the filter that keeps organizations apart |
//! | [`store`], [`unit_of_work`] | the ports' entry points; transactions and their outbox |
//! | `audit` … `whatsapp` | the repositories, a file per feature |
//! | [`jobs`], [`inbox`] | the queue; the batched intake of deliveries |
//! | `entities` | the tables |

mod assignment;
mod audit;
mod auth;
mod automation;
mod backlog;
mod canned_replies;
mod catalog;
mod chats;
mod connection;
mod customers;
mod deliveries;
mod entities;
mod error;
mod events;
mod files;
mod idempotency;
mod imports;
mod inbox;
mod jobs;
mod maintenance;
mod message_search;
mod messages;
mod notes;
mod organizations;
mod pages;
mod retention;
mod scope;
mod store;
mod text;
mod unit_of_work;
mod whatsapp;

pub use store::SeaStore;

use std::time::Duration;

use domain::store::StoreError;
use log::LevelFilter;
use migration::{MigrationStatus, Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use error::{broken, store_error};

/// Statements that take longer are logged as warnings.
const SLOW: Duration = Duration::from_secs(1);
/// What a statement may take on PostgreSQL before it is cancelled.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// What PostgreSQL is to do otherwise than by default. It takes a row that is read by an index
/// to cost what it does on disks that turn, and would walk along a million rows to find a
/// thousand. And it would compile some statements, which takes longer than to run any of ours.
const POSTGRES_OPTIONS: [(&str, &str); 2] = [("random_page_cost", "1.1"), ("jit", "off")];
/// How long a caller waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);
/// The same in memory, where a read inside an open unit of work waits for itself: it shall
/// fail while somebody is looking.
const IN_MEMORY_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// An idle connection is checked before use only after this time: a check costs a round trip.
const TRUSTED_WHILE_IDLE: Duration = Duration::from_secs(5);
/// Names the lock under which PostgreSQL is migrated.
const MIGRATION_LOCK: i64 = 0x6c75_6d69_6e6f_7573;

pub struct DatabaseSettings {
    /// `sqlite://path?mode=rwc`, `sqlite::memory:` or `postgres://…`.
    pub url: SecretString,
    /// At least 1. On SQLite, of readers: there is one writer.
    pub max_connections: u32,
}

/// An open database. Clones share its connections.
#[derive(Clone)]
pub struct Database {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

impl Database {
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let url = settings.url.expose_secret();
        let max_connections = settings.max_connections.max(1);
        if url.starts_with("sqlite:") {
            if url.contains(":memory:") || url.contains("mode=memory") {
                Self::connect_sqlite_in_memory(url).await
            } else {
                Self::connect_sqlite_file(url, max_connections).await
            }
        } else {
            Self::connect_postgres(url, max_connections).await
        }
    }

    /// SQLite has one writer at a time in any case: with one connection for writing, those
    /// who wait stand in a fair line instead of meeting `SQLITE_BUSY`.
    async fn connect_sqlite_file(url: &str, readers: u32) -> Result<Self, StoreError> {
        let mut options = options(url);
        options
            .max_connections(1)
            .map_sqlx_sqlite_opts(durable_sqlite);
        let writer = connect(options.clone()).await?;
        options
            .max_connections(readers)
            .map_sqlx_sqlite_opts(|sqlite| durable_sqlite(sqlite).pragma("query_only", "on"));
        let reader = connect(options).await?;
        Ok(Self { writer, reader })
    }

    /// A database in memory belongs to one connection, which must never be closed.
    async fn connect_sqlite_in_memory(url: &str) -> Result<Self, StoreError> {
        let mut options = options(url);
        options
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(IN_MEMORY_ACQUIRE_TIMEOUT)
            // A caller that gives up during the test would close the connection.
            .test_before_acquire(false)
            .map_sqlx_sqlite_opts(|sqlite| sqlite.foreign_keys(true));
        let writer = connect(options).await?;
        Ok(Self {
            reader: writer.clone(),
            writer,
        })
    }

    async fn connect_postgres(url: &str, max_connections: u32) -> Result<Self, StoreError> {
        let mut options = options(url);
        options
            // One more for the listener.
            .max_connections(max_connections + 1)
            .statement_timeout(STATEMENT_TIMEOUT)
            .map_sqlx_postgres_opts(|postgres| postgres.options(POSTGRES_OPTIONS))
            .test_before_acquire_if_idle_for(TRUSTED_WHILE_IDLE)
            .set_application_name("luminous");
        let writer = connect(options).await?;
        Ok(Self {
            reader: writer.clone(),
            writer,
        })
    }

    /// Applies the migrations that are missing. Of several instances that start at once, one
    /// migrates and the others wait.
    pub async fn migrate_up(&self) -> Result<(), StoreError> {
        let lock = self.lock_migrations().await?;
        let migrated = Migrator::up(&self.writer, None).await.map_err(store_error);
        let indexed = match migrated {
            Ok(()) => backlog::index(self).await,
            Err(error) => Err(error),
        };
        unlock(lock).await?;
        indexed
    }

    /// Takes back the last `steps` migrations, and the data in their tables; all if none.
    pub async fn migrate_down(&self, steps: Option<u32>) -> Result<(), StoreError> {
        let lock = self.lock_migrations().await?;
        let migrated = Migrator::down(&self.writer, steps)
            .await
            .map_err(store_error);
        unlock(lock).await?;
        migrated
    }

    /// The names of all migrations, oldest first, each with whether it is applied.
    pub async fn migration_status(&self) -> Result<Vec<(String, bool)>, StoreError> {
        let migrations = Migrator::get_migration_with_status_read_only(&self.reader)
            .await
            .map_err(store_error)?;
        Ok(migrations
            .iter()
            .map(|migration| {
                let applied = migration.status() == MigrationStatus::Applied;
                (migration.name().to_owned(), applied)
            })
            .collect())
    }

    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reader.ping().await.map_err(store_error)
    }

    /// Waits until all connections are given back, and closes them.
    pub async fn close(self) -> Result<(), StoreError> {
        self.writer.close_by_ref().await.map_err(store_error)?;
        self.reader.close_by_ref().await.map_err(store_error)
    }

    fn is_postgres(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Postgres
    }

    async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        // Two deferred transactions on SQLite that read first and write later would block
        // each other.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.writer
            .begin_with_options(options)
            .await
            .map_err(store_error)
    }

    /// SQLite needs no lock: its only writer is busy while it migrates.
    async fn lock_migrations(&self) -> Result<Option<DatabaseTransaction>, StoreError> {
        if !self.is_postgres() {
            return Ok(None);
        }
        let lock = self.begin().await?;
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [MIGRATION_LOCK.into()],
        );
        lock.execute_raw(statement).await.map_err(store_error)?;
        Ok(Some(lock))
    }

    /// Fails unless the schema is at least the one that this program needs.
    async fn check_schema(&self) -> Result<(), StoreError> {
        let pending: Vec<_> = self
            .migration_status()
            .await?
            .into_iter()
            .filter_map(|(name, applied)| (!applied).then_some(name))
            .collect();
        if pending.is_empty() {
            Ok(())
        } else {
            Err(broken(format!(
                "migrations are missing: {}",
                pending.join(", ")
            )))
        }
    }
}

async fn unlock(lock: Option<DatabaseTransaction>) -> Result<(), StoreError> {
    match lock {
        Some(lock) => lock.rollback().await.map_err(store_error),
        None => Ok(()),
    }
}

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection, StoreError> {
    sea_orm::Database::connect(options)
        .await
        .map_err(store_error)
}

fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(true)
        .sqlx_logging_level(LevelFilter::Trace)
        .sqlx_slow_statements_logging_settings(LevelFilter::Warn, SLOW);
    options
}

/// With less than FULL, a power cut may take back a commit that was already answered for.
fn durable_sqlite(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(ACQUIRE_TIMEOUT)
}
