//! Secrets that must be read again, as they are kept.

use std::fmt;

/// A secret encrypted under one of the installation's keys: `<key id>.<base64>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub String);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}
