use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::auth::UserId;

/// One matter of a customer's, from the message that brought it up until it is resolved:
/// what response and resolution times are measured by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycle {
    /// When the customer wrote first.
    pub opened_at: DateTime<Utc>,
    /// When somebody first answered.
    pub first_response_at: Option<DateTime<Utc>>,
    /// Who that was; none also if it was on the phone that the number lives on too.
    pub first_response_by: Option<UserId>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub resolved_by: Option<UserId>,
}

impl Cycle {
    /// How long the customer waited for the first answer.
    pub fn first_response_time(&self) -> Option<Duration> {
        self.first_response_at.map(|at| at - self.opened_at)
    }

    pub fn resolution_time(&self) -> Option<Duration> {
        self.resolved_at.map(|at| at - self.opened_at)
    }
}
