//! The queue of jobs.
//!
//! A job's `due_at` is when it may be claimed; a claim moves it to the end of the lease, so
//! that a job whose worker died is simply due again. A run is known by its attempt and by
//! being leased: `attempt` goes back when a run is postponed, but a job that was claimed
//! after it can never again be leased under a number that an earlier claim had.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    id::Id,
    job::{DeadJob, Job, JobId, JobQueue, NewJob, Outcome, QueuedJob},
    organizations::OrganizationId,
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, Statement, UpdateMany, Value,
    sea_query::{Expr, ExprTrait},
};
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use super::{
    connection::{Connection, Transaction},
    entities::job::{self, Column, Entity, Model},
    error::{broken, store_error},
    scope::{self, SystemScope},
    text::{from_json, to_json},
    unit_of_work::Shared,
};

/// PostgreSQL's channel that tells of new jobs.
const CHANNEL: &str = "luminous_jobs";
/// How long the listener waits before it tries again to connect.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

pub(super) struct SeaJobQueue {
    shared: Arc<Shared>,
    scope: SystemScope,
    /// Ends with the queue.
    _listener: Option<AbortOnDropHandle<()>>,
}

/// Stores those of the jobs whose unique keys are free, and, on PostgreSQL, has the workers
/// of all processes woken by the commit. Answers how many were stored.
pub(super) async fn insert(
    transaction: &Transaction,
    jobs: &[NewJob],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let rows = jobs
        .iter()
        .map(|job| row(job, now))
        .collect::<Result<Vec<_>, _>>()?;
    let stored = scope::insert_jobs(transaction, rows).await?;
    if stored > 0 && transaction.get_database_backend() == sea_orm::DbBackend::Postgres {
        let notify = format!("NOTIFY {CHANNEL}");
        transaction
            .execute_unprepared(&notify)
            .await
            .map_err(store_error)?;
    }
    Ok(stored)
}

fn row(new: &NewJob, now: DateTime<Utc>) -> Result<job::ActiveModel, StoreError> {
    Ok(job::ActiveModel {
        id: Set(JobId::generate().uuid()),
        organization_id: Set(new.organization_id.map(Id::uuid)),
        kind: Set(new.job.kind().to_owned()),
        payload: Set(to_json(&new.job)?),
        ordering_key: Set(new.ordering_key.clone()),
        unique_key: Set(new.unique_key.clone()),
        request_id: Set(new.request_id.clone()),
        due_at: Set(new.run_at),
        leased: Set(false),
        attempt: Set(0),
        error: Set(None),
        died_at: Set(None),
        created_at: Set(now),
    })
}

/// That no older unfinished job has the candidate's ordering key.
const IS_NEXT_OF_ITS_KEY: &str = "(candidate.ordering_key IS NULL OR NOT EXISTS (
    SELECT 1 FROM jobs AS older
    WHERE older.ordering_key = candidate.ordering_key
      AND older.died_at IS NULL
      AND older.id < candidate.id))";

impl SeaJobQueue {
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let listener = shared.database.is_postgres().then(|| {
            let pool = shared
                .database
                .writer
                .get_postgres_connection_pool()
                .clone();
            let listener = listen(pool, shared.wake.clone());
            AbortOnDropHandle::new(tokio::spawn(listener))
        });
        let reading = Connection::Reading(shared.database.reader.clone());
        Self {
            scope: SystemScope::new(reading),
            shared,
            _listener: listener,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// Runs a statement by itself, which is a transaction of its own.
    async fn query(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value> + Send,
    ) -> Result<Vec<sea_orm::QueryResult>, StoreError> {
        let writer = &self.shared.database.writer;
        let statement = Statement::from_sql_and_values(writer.get_database_backend(), sql, values);
        writer.query_all_raw(statement).await.map_err(store_error)
    }

    /// Changes a run that still is its worker's. False if it is not.
    async fn change_run(
        &self,
        job: &QueuedJob,
        change: impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> + Send,
    ) -> Result<bool, StoreError> {
        let runs = self
            .scope
            .update_many::<Entity>()
            .filter(Column::Id.eq(job.id.uuid()))
            .filter(Column::Attempt.eq(job.attempt))
            .filter(Column::Leased.eq(true));
        let result = change(runs).exec(&self.shared.database.writer).await;
        Ok(result.map_err(store_error)?.rows_affected > 0)
    }

    async fn remove_run(&self, job: &QueuedJob) -> Result<bool, StoreError> {
        let sql = "DELETE FROM jobs WHERE id = $1 AND attempt = $2 AND leased RETURNING id";
        let removed = self
            .query(sql, [job.id.uuid().into(), job.attempt.into()])
            .await?;
        Ok(!removed.is_empty())
    }

    fn wake(&self) {
        self.shared.wake.notify_one();
    }
}

#[async_trait]
impl JobQueue for SeaJobQueue {
    async fn enqueue(&self, job: &NewJob) -> Result<bool, StoreError> {
        let transaction = Transaction::new(self.shared.database.begin().await?);
        let stored = insert(&transaction, std::slice::from_ref(job), self.now()).await?;
        transaction.commit().await?;
        if stored > 0 {
            self.wake();
        }
        Ok(stored > 0)
    }

    async fn claim(&self, limit: u32, lease: Duration) -> Result<Vec<QueuedJob>, StoreError> {
        let now = self.now();
        // SQLite has no row locks and needs none: its writers come one after the other.
        let lock = if self.shared.database.is_postgres() {
            "FOR NO KEY UPDATE SKIP LOCKED"
        } else {
            ""
        };
        let sql = format!(
            "WITH ready AS MATERIALIZED (
                SELECT id FROM jobs AS candidate
                WHERE died_at IS NULL AND due_at <= $1 AND {IS_NEXT_OF_ITS_KEY}
                ORDER BY due_at, id LIMIT $2 {lock}
            )
            UPDATE jobs SET leased = TRUE, attempt = attempt + 1, due_at = $3
            WHERE id IN (SELECT id FROM ready)
            RETURNING id, payload, organization_id, request_id, attempt"
        );
        let values = [now.into(), i64::from(limit).into(), (now + lease).into()];
        let mut claimed = self
            .query(&sql, values)
            .await?
            .iter()
            .map(|row| Claimed::from_query_result(row, "").map_err(store_error))
            .map(|row| QueuedJob::try_from(row?))
            .collect::<Result<Vec<_>, _>>()?;
        claimed.sort_unstable_by_key(|job| job.id);
        Ok(claimed)
    }

    async fn renew(&self, job: &QueuedJob, lease: Duration) -> Result<bool, StoreError> {
        let until = self.now() + lease;
        self.change_run(job, |run| run.col_expr(Column::DueAt, Expr::val(until)))
            .await
    }

    async fn finish(&self, job: &QueuedJob, outcome: &Outcome) -> Result<bool, StoreError> {
        let released = |run: UpdateMany<Entity>| run.col_expr(Column::Leased, Expr::val(false));
        let finished = match outcome {
            Outcome::Done => self.remove_run(job).await?,
            Outcome::Retry { at, error } => {
                self.change_run(job, |run| {
                    released(run)
                        .col_expr(Column::DueAt, Expr::val(*at))
                        .col_expr(Column::Error, Expr::val(error))
                })
                .await?
            }
            Outcome::Postpone { until } => {
                self.change_run(job, |run| {
                    released(run)
                        .col_expr(Column::DueAt, Expr::val(*until))
                        .col_expr(Column::Attempt, Column::Attempt.into_expr().sub(1))
                })
                .await?
            }
            Outcome::Dead { error } => {
                let died_at = self.now();
                self.change_run(job, |run| {
                    released(run)
                        .col_expr(Column::DiedAt, Expr::val(died_at))
                        .col_expr(Column::Error, Expr::val(error))
                })
                .await?
            }
        };
        // The next of its key may be ready now, and when to look again may have changed.
        self.wake();
        Ok(finished)
    }

    async fn hasten(&self, organization: OrganizationId) -> Result<(), StoreError> {
        let sql = "UPDATE jobs SET due_at = $2
            WHERE organization_id = $1 AND died_at IS NULL AND NOT leased AND due_at > $2
            RETURNING id";
        let values = [organization.uuid().into(), self.now().into()];
        self.query(sql, values).await?;
        self.wake();
        Ok(())
    }

    async fn wait(&self, at_most: Duration) {
        // A wake-up that nobody waited for is kept: none is lost between claim and wait.
        let _woken = tokio::time::timeout(at_most, self.shared.wake.notified()).await;
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sql = format!(
            "SELECT due_at FROM jobs AS candidate
            WHERE died_at IS NULL AND {IS_NEXT_OF_ITS_KEY}
            ORDER BY due_at, id LIMIT 1"
        );
        let reader = &self.shared.database.reader;
        let statement = Statement::from_string(reader.get_database_backend(), sql);
        let row = reader.query_one_raw(statement).await.map_err(store_error)?;
        row.map(|row| row.try_get("", "due_at").map_err(store_error))
            .transpose()
    }

    async fn dead(&self, page: PageRequest) -> Result<Page<DeadJob>, StoreError> {
        let dead = self
            .scope
            .find::<Entity>()
            .filter(Column::DiedAt.is_not_null());
        self.scope
            .connection()
            .page(dead, (Column::DiedAt, Column::Id), page, |job: &DeadJob| {
                Position {
                    at: job.died_at,
                    id: job.id.uuid(),
                }
            })
            .await
    }

    async fn revive(&self, id: JobId) -> Result<bool, StoreError> {
        let sql = "UPDATE jobs SET died_at = NULL, due_at = $2, attempt = 0
            WHERE id = $1 AND died_at IS NOT NULL
              AND (unique_key IS NULL OR NOT EXISTS (
                SELECT 1 FROM jobs AS other
                WHERE other.unique_key = jobs.unique_key AND other.died_at IS NULL))
            RETURNING id";
        let revived = self
            .query(sql, [id.uuid().into(), self.now().into()])
            .await?;
        self.wake();
        Ok(!revived.is_empty())
    }
}

#[derive(FromQueryResult)]
struct Claimed {
    id: uuid::Uuid,
    payload: String,
    organization_id: Option<uuid::Uuid>,
    request_id: Option<String>,
    attempt: i32,
}

impl TryFrom<Claimed> for QueuedJob {
    type Error = StoreError;

    fn try_from(row: Claimed) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            job: from_json(&row.payload)?,
            organization_id: row.organization_id.map(Into::into),
            request_id: row.request_id,
            attempt: u32::try_from(row.attempt).map_err(broken)?,
        })
    }
}

impl TryFrom<Model> for DeadJob {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            job: from_json::<Job>(&row.payload)?,
            organization_id: row.organization_id.map(Into::into),
            attempts: u32::try_from(row.attempt).map_err(broken)?,
            error: row.error.unwrap_or_default(),
            died_at: row.died_at.ok_or_else(|| broken("the job is not dead"))?,
        })
    }
}

/// Wakes this process's workers when any process commits jobs.
async fn listen(pool: sqlx::PgPool, wake: Arc<Notify>) {
    loop {
        if let Err(error) = listen_until_lost(&pool, &wake).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "lost the connection that tells of new jobs; until it is back, they are found by looking"
            );
        }
        tokio::time::sleep(RECONNECT_AFTER).await;
    }
}

async fn listen_until_lost(pool: &sqlx::PgPool, wake: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // Also after a reconnection, when some may have been missed.
        wake.notify_one();
        if listener.try_recv().await?.is_none() {
            tracing::info!("reconnected to hear of new jobs");
        }
    }
}
