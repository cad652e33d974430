//! Running jobs without serving anything.

use anyhow::Context;
use application::worker::Worker;
use tokio::time::timeout;

use crate::{config::Config, serve::JOBS_END_WITHIN, signals, wiring::Wiring};

/// Runs jobs until told to stop.
pub(crate) async fn work(config: Config) -> anyhow::Result<()> {
    let stop = signals::stop_token()?;
    let wiring = Wiring::connect(&config, config.http.port).await?;
    let store = &wiring.application.ports.store;
    store
        .check()
        .await
        .context("the database is not ready; `luminous migrate up` makes it so")?;
    let worker = Worker::new(wiring.application, config.worker_concurrency);
    tracing::info!("Working");
    let running = tokio::spawn(worker.run(stop.clone()));
    stop.cancelled().await;
    tracing::info!("Stopping");
    if timeout(JOBS_END_WITHIN, running).await.is_err() {
        tracing::warn!("Jobs are still running; they run again when their leases end");
    }
    Ok(())
}
