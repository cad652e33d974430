use chrono::{DateTime, Duration, Utc};
use domain::{
    job::{Job, Outcome},
    store::StoreError,
};

use crate::{Error, Ports};

const EVERY: Duration = Duration::hours(1);
/// Meta repeats deliveries for 7 days; the bodies are kept longer than that, for people who
/// ask what really came.
const KEEP_DELIVERIES: Duration = Duration::days(30);
/// A client that was away longer starts afresh.
const KEEP_EVENTS: Duration = Duration::days(7);
/// So long they can be seen to have expired, and be sent again.
const KEEP_EXPIRED_INVITATIONS: Duration = Duration::days(30);
/// So long somebody may take who has uploaded a file to send it.
const KEEP_UNUSED_MEDIA: Duration = Duration::days(7);
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
    let unused_before = now - KEEP_UNUSED_MEDIA;
    let unused = system.media().sweep_unused(unused_before, BATCH).await?;
    let swept = [
        unused.len() as u64,
        system.sessions().sweep_expired(now, BATCH).await?,
        system.one_time_tokens().sweep_expired(now, BATCH).await?,
        system
            .invitations()
            .sweep_expired(now - KEEP_EXPIRED_INVITATIONS, BATCH)
            .await?,
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
    for key in unused {
        system.enqueue(Job::DeleteFile { key });
    }
    system.commit().await?;
    Ok(swept.into_iter().max().unwrap_or_default())
}
