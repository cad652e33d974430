use std::io;

use bytes::Bytes;
use domain::storage::{StorageError, StoredFile};
use sha2::{Digest, Sha256};

use crate::hex::hex;

/// Counts, hashes and bounds content while it passes.
pub struct Meter {
    limit: u64,
    size: u64,
    hash: Sha256,
}

impl Meter {
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            size: 0,
            hash: Sha256::new(),
        }
    }

    /// Lets the next chunk pass, unless it broke off or is beyond the limit.
    pub fn pass(&mut self, chunk: io::Result<Bytes>) -> Result<Bytes, StorageError> {
        let chunk = chunk.map_err(StorageError::Interrupted)?;
        self.size += chunk.len() as u64;
        if self.size > self.limit {
            return Err(StorageError::TooLarge { limit: self.limit });
        }
        self.hash.update(&chunk);
        Ok(chunk)
    }

    /// What has passed.
    pub fn finish(self) -> StoredFile {
        StoredFile {
            size: self.size,
            sha256: hex(&self.hash.finalize()),
        }
    }
}
