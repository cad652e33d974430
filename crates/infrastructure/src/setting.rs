use std::error::Error;

/// A setting that an adapter cannot work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct InvalidSetting {
    /// The field's name in the adapter's settings.
    pub name: &'static str,
    /// What is wrong, without the value: it may be secret.
    pub problem: String,
}

impl InvalidSetting {
    pub(crate) fn new(
        name: &'static str,
        problem: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            name,
            problem: problem.into().to_string(),
        }
    }
}
