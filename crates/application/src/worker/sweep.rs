use chrono::{DateTime, Duration, Utc};
use domain::{job::Outcome, store::StoreError};

use crate::{Error, Ports};

const EVERY: Duration = Duration::hours(1);
/// Meta repeats deliveries for 7 days; the bodies are kept longer than that, for people who
/// ask what really came.
const KEEP_DELIVERIES: Duration = Duration::days(30);
/// A client that was away longer starts afresh.
const KEEP_EVENTS: Duration = Duration::days(7);
const KEEP_IDEMPOTENCY_KEYS: Duration = Duration::hours(24);
/// Small transactions, so that nobody waits for the broom.
const BATCH: u32 = 1_000;

/// Deletes what has had its time, and comes again in an hour.
pub(super) async fn sweep(ports: &Ports) -> Result<Outcome, Error> {
    let now = ports.clock.now();
    while sweep_batch(ports, now).await? >= u64::from(BATCH) {}
    Ok(Outcome::Postpone { until: now + EVERY })
}

/// Answers the most that one kind of row lost.
async fn sweep_batch(ports: &Ports, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let system = ports.store.begin_system().await?;
    let swept = [
        system.sessions().sweep_expired(now, BATCH).await?,
        system
            .deliveries()
            .sweep(now - KEEP_DELIVERIES, BATCH)
            .await?,
        system
            .maintenance()
            .sweep_events(now - KEEP_EVENTS, BATCH)
            .await?,
        system
            .maintenance()
            .sweep_idempotency_keys(now - KEEP_IDEMPOTENCY_KEYS, BATCH)
            .await?,
    ];
    system.commit().await?;
    Ok(swept.into_iter().max().unwrap_or_default())
}
