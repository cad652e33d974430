//! Images as people upload them: checked before they are decoded, turned upright, fitted, and
//! written anew as WebP, so that nothing of the original but its pixels remains.
//!
//! All of it happens off the async threads, and of little at once: who waits too long is told
//! to come again.

mod decode;
mod fit;
#[cfg(test)]
mod tests;

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use bytes::Bytes;
use thiserror::Error;
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use crate::{Error, FieldError};

/// What images are stored as.
pub(crate) const CONTENT_TYPE: &str = "image/webp";

/// The largest image that is allowed may occupy some 400 MB while it is decoded.
const MAX_AT_ONCE: usize = 2;
const WAIT_AT_MOST: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct Images {
    permits: Arc<Semaphore>,
    wait_at_most: Duration,
}

/// Why something that was uploaded is no image for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum ImageError {
    #[error("must be a PNG, JPEG, WebP or GIF image")]
    UnsupportedType,
    #[error("must have at most 40 megapixels, and 20,000 pixels a side")]
    TooManyPixels,
    #[error("is damaged or cut off")]
    Damaged,
}

impl ImageError {
    fn code(self) -> &'static str {
        match self {
            Self::UnsupportedType => "unsupported_image_type",
            Self::TooManyPixels => "too_many_pixels",
            Self::Damaged => "damaged_image",
        }
    }

    pub(crate) fn at(self, pointer: &str) -> FieldError {
        FieldError::new(pointer, self.code(), self)
    }
}

impl Images {
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            permits: Arc::new(Semaphore::new(cores.min(MAX_AT_ONCE))),
            wait_at_most: WAIT_AT_MOST,
        }
    }

    /// The image as WebP, once for each of the squares, whose sides are given in pixels: made
    /// smaller if it does not fit into one, never larger.
    pub(crate) async fn fit<const N: usize>(
        &self,
        content: Bytes,
        squares: [u32; N],
    ) -> Result<Result<[Bytes; N], ImageError>, Error> {
        let permit = timeout(self.wait_at_most, self.permits.clone().acquire_owned()).await;
        let permit = permit.map_err(|elapsed| Error::Unavailable {
            what: "image_processing",
            cause: Box::new(elapsed),
        })?;
        let permit = permit.map_err(Error::internal)?;
        let fitted = spawn_blocking(move || {
            // Held to the end also if whoever asked has gone.
            let _permit = permit;
            match decode::decode(&content) {
                Ok(image) => fit::fit(image, squares).map(Ok),
                Err(refusal) => Ok(Err(refusal)),
            }
        });
        fitted.await.map_err(Error::internal)?
    }
}
