use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{id::Id, storage::FileKey};

pub type ProductImageId = Id<ProductImage>;

/// A picture of a product, in public storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductImage {
    pub id: ProductImageId,
    pub file: FileKey,
    pub thumbnail: FileKey,
    /// What is seen on it, for those who do not see it.
    pub alt: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl ProductImage {
    pub const MAX_OF_A_PRODUCT: usize = 10;
    pub const MAX_ALT: usize = 500;

    pub fn files(&self) -> [&FileKey; 2] {
        [&self.file, &self.thumbnail]
    }
}
