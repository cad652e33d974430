//! Running jobs: claimed with a lease, run at least once, retried or kept as dead.

mod backoff;
mod dispatch;
mod sweep;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use domain::{
    job::{Job, NewJob, Outcome, QueuedJob},
    request_id,
    store::StoreError,
};
use tokio::{task::JoinSet, time};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub use backoff::backoff;
pub(crate) use backoff::jitter;

use crate::{Application, Error};

/// For so long a crashed worker's jobs stand still.
const LEASE: Duration = Duration::from_secs(30);
const RENEWAL: Duration = Duration::from_secs(10);
/// Wake-ups may get lost between processes; then a job waits for so long at most.
const POLL: Duration = Duration::from_secs(2);

/// How often jobs look whether what they need is there again.
const OUTAGE_POLL: Duration = Duration::from_secs(15);

#[derive(Clone)]
pub struct Worker {
    application: Arc<Application>,
    concurrency: usize,
}

impl Worker {
    /// `concurrency` jobs run at once.
    pub fn new(application: Application, concurrency: usize) -> Self {
        Self {
            application: Arc::new(application),
            concurrency: concurrency.max(1),
        }
    }

    /// Runs jobs until told to stop; then starts none and returns when those that run have
    /// ended.
    pub async fn run(self, stop: CancellationToken) {
        for sweep in [
            Job::Sweep,
            Job::SweepFiles,
            Job::ExpireMessages,
            Job::CheckAccounts,
        ] {
            self.schedule(sweep).await;
        }
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            while running.try_join_next().is_some() {}
            let claimed = self.claim(self.concurrency - running.len()).await;
            let came_empty = claimed.is_empty();
            for job in claimed {
                let worker = self.clone();
                running.spawn(async move { worker.run_one(job).await });
            }
            if running.len() >= self.concurrency {
                running.join_next().await;
            } else if came_empty {
                let at_most = self.until_next_due().await;
                tokio::select! {
                    () = stop.cancelled() => {}
                    _ = running.join_next(), if !running.is_empty() => {}
                    () = self.jobs().wait(at_most) => {}
                }
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Runs, one after the other, all jobs that are due, and those that these set off.
    /// Answers how many ran.
    pub async fn run_until_idle(&self) -> usize {
        let mut count = 0;
        loop {
            let claimed = self.claim(1).await;
            if claimed.is_empty() {
                return count;
            }
            for job in claimed {
                self.run_one(job).await;
                count += 1;
            }
        }
    }

    async fn claim(&self, limit: usize) -> Vec<QueuedJob> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        match self.jobs().claim(limit, LEASE).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "Jobs cannot be claimed"
                );
                time::sleep(POLL).await;
                Vec::new()
            }
        }
    }

    async fn run_one(&self, job: QueuedJob) {
        let span = tracing::info_span!(
            "job",
            job.id = %job.id,
            job.kind = job.job.kind(),
            job.attempt = job.attempt,
            request.id = job.request_id,
        );
        let request = job.request_id.clone().unwrap_or_else(|| job.id.to_string());
        let work = request_id::within(request, self.run_leased(&job));
        work.instrument(span).await;
    }

    async fn run_leased(&self, job: &QueuedJob) {
        let outcome = tokio::select! {
            outcome = self.outcome_of(job) => outcome,
            () = self.hold_lease(job) => {
                tracing::warn!("Another worker has taken this job over");
                return;
            }
        };
        match &outcome {
            Outcome::Done => tracing::debug!("Job done"),
            Outcome::Retry { at, error } => {
                tracing::warn!(%at, error, "Job failed and will run again");
            }
            Outcome::Postpone { until } => tracing::debug!(%until, "Job postponed"),
            Outcome::Dead { error } => tracing::error!(error, "Job is dead"),
        }
        if let Err(error) = self.jobs().finish(job, &outcome).await {
            // It runs again when its lease is over.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "The job's end cannot be stored"
            );
        }
    }

    /// Returns when the lease is lost.
    async fn hold_lease(&self, job: &QueuedJob) {
        loop {
            time::sleep(RENEWAL).await;
            match self.jobs().renew(job, LEASE).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "The job's lease cannot be renewed"
                ),
            }
        }
    }

    async fn outcome_of(&self, job: &QueuedJob) -> Outcome {
        let worker = self.clone();
        let queued = job.clone();
        let request = request_id::current().unwrap_or_default();
        // A task of its own, so that a panic ends this job alone.
        let mut task = JoinSet::new();
        task.spawn(
            request_id::within(request, async move { worker.dispatch(&queued).await })
                .in_current_span(),
        );
        match task.join_next().await {
            Some(Ok(Ok(outcome))) => outcome,
            Some(Ok(Err(error))) => self.after_error(job, &error),
            Some(Err(panic)) => self.after_failure(job, panic.to_string()),
            None => Outcome::Done,
        }
    }

    fn after_error(&self, job: &QueuedJob, error: &Error) -> Outcome {
        let reason = chain(error);
        // An outage is no fault of the job's: it neither kills it nor uses up its attempts.
        if matches!(error, Error::Unavailable { .. } | Error::RateLimited { .. }) {
            tracing::warn!(error = reason, "Something is down; the job waits");
            return Outcome::Postpone {
                until: self.now() + OUTAGE_POLL,
            };
        }
        self.after_failure(job, reason)
    }

    fn after_failure(&self, job: &QueuedJob, error: String) -> Outcome {
        if job.attempt >= job.job.max_attempts() {
            Outcome::Dead { error }
        } else {
            Outcome::Retry {
                at: self.now() + backoff(job.attempt),
                error,
            }
        }
    }

    /// Sweeping is a job that puts itself off each time: it must only be there once.
    async fn schedule(&self, sweep: Job) {
        let kind = sweep.kind();
        let sweep = NewJob {
            job: sweep,
            organization_id: None,
            ordering_key: None,
            run_at: self.now(),
            unique_key: Some(kind.into()),
            request_id: None,
        };
        if let Err(error) = self.jobs().enqueue(&sweep).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "The job {kind} cannot be scheduled"
            );
        }
    }

    async fn until_next_due(&self) -> Duration {
        match self.jobs().next_due().await {
            Ok(Some(due)) => (due - self.now()).to_std().unwrap_or_default().min(POLL),
            Ok(None) | Err(StoreError::Unavailable(_) | StoreError::Broken(_)) => POLL,
        }
    }

    fn jobs(&self) -> &dyn domain::job::JobQueue {
        self.application.ports.store.jobs()
    }

    fn now(&self) -> DateTime<Utc> {
        self.application.ports.clock.now()
    }
}

/// An error with its causes, for the log and the list of dead jobs.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
