//! How many clients may be connected at once, which the system limits by open files.

use std::io;

/// For the database, Redis, storage, Meta and the log.
const OTHER_DESCRIPTORS: usize = 512;
/// More would only use memory.
const MOST: usize = 100_000;
/// If the system does not say how many files may be open.
const FEW: usize = 256;

/// Raises the limit of open files as far as this user may, and tells what it is good for.
pub(crate) fn possible() -> usize {
    match descriptors() {
        Ok(descriptors) => descriptors
            .saturating_sub(OTHER_DESCRIPTORS)
            .clamp(FEW, MOST),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The limit of open files is not known"
            );
            FEW
        }
    }
}

fn descriptors() -> io::Result<usize> {
    let limit = rlimit::increase_nofile_limit(u64::MAX)?;
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}
