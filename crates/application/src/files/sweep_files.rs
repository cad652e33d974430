use chrono::{DateTime, Duration, Utc};
use domain::{job::Outcome, storage::Folder};

use super::Files;
use crate::Error;

const EVERY: Duration = Duration::days(1);
/// An upload that is under way is to be referred to soon.
const GRACE: Duration = Duration::days(1);
const BATCH: u32 = 1_000;

impl Files {
    /// The job that deletes files to which nothing refers, and comes again in a day.
    pub(crate) async fn sweep_files(&self) -> Result<Outcome, Error> {
        let now = self.ports.clock.now();
        for folder in Folder::ALL {
            let count = self.sweep_folder(folder, now - GRACE).await?;
            if count > 0 {
                tracing::info!("{count} orphans in {} are deleted", folder.as_str());
            }
        }
        Ok(Outcome::Postpone { until: now + EVERY })
    }

    async fn sweep_folder(&self, folder: Folder, before: DateTime<Utc>) -> Result<usize, Error> {
        let mut count = 0;
        let mut after = None;
        loop {
            let storage = &self.ports.storage;
            let listed = storage.list(folder, after.as_ref(), BATCH).await?;
            let is_last = listed.len() < BATCH as usize;
            after = listed.last().map(|file| file.key.clone());
            let old = listed.into_iter().filter(|file| file.stored_at < before);
            let old: Vec<_> = old.map(|file| file.key).collect();
            let files = self.ports.store.read_system();
            for key in files.files().orphans_among(&old).await? {
                // One that cannot be deleted must not keep the others: tomorrow comes again.
                match storage.delete(&key).await {
                    Ok(()) => count += 1,
                    Err(error) => tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the orphan {key} could not be deleted"
                    ),
                }
            }
            if is_last {
                return Ok(count);
            }
        }
    }
}
