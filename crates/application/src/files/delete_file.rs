use domain::{job::Outcome, storage::FileKey};

use super::Files;
use crate::Error;

impl Files {
    /// The job that deletes a file to which nothing refers any more.
    pub(crate) async fn delete_file(&self, key: &FileKey) -> Result<Outcome, Error> {
        self.ports.storage.delete(key).await?;
        Ok(Outcome::Done)
    }
}
