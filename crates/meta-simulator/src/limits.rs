//! What Meta enforces on senders: throughput, the pair rate and the customer service window.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{bounded::RecentMap, graph::GraphError};

/// Messages a second of one business number, in and out together.
const THROUGHPUT: usize = 80;
/// One message in this time to the same user.
const PAIR_INTERVAL: TimeDelta = TimeDelta::seconds(6);
/// How many messages to the same user may borrow from the future.
const PAIR_BURST: i32 = 45;
/// How long free-form messages are allowed after the customer's last one.
const SERVICE_WINDOW: TimeDelta = TimeDelta::hours(24);

/// Which limits are enforced. All are unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// 80 messages a second and number, in and out together: 130429.
    pub throughput: bool,
    /// One message in 6 seconds to the same user, with bursts of 45: 131056.
    pub pair_rate: bool,
    /// Free-form messages only within 24 hours of the customer's last one: 131047. An open
    /// simulator, which forgets at every restart, trusts the sender about customers it has not
    /// heard of.
    pub window: bool,
}

impl Limits {
    pub const ALL: Self = Self {
        throughput: true,
        pair_rate: true,
        window: true,
    };
    pub const NONE: Self = Self {
        throughput: false,
        pair_rate: false,
        window: false,
    };
}

/// How fast numbers went lately.
pub(crate) struct Pace {
    /// The moments of each number's messages within the last second.
    last_second: HashMap<String, VecDeque<DateTime<Utc>>>,
    /// By number and contact: when the pair will have paid for all its messages.
    paid: RecentMap<(String, String), DateTime<Utc>>,
}

impl Pace {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            last_second: HashMap::new(),
            paid: RecentMap::new(capacity),
        }
    }

    /// Counts a message from `number` to `contact`, or refuses it.
    pub(crate) fn admit(
        &mut self,
        limits: Limits,
        number: &str,
        contact: &str,
        now: DateTime<Utc>,
    ) -> Result<(), GraphError> {
        if limits.throughput && self.last_second(number, now).len() >= THROUGHPUT {
            return Err(GraphError::new(130_429));
        }
        if limits.pair_rate {
            let paid = self.paid.entry(&(number.to_owned(), contact.to_owned()));
            let next = (*paid).max(now) + PAIR_INTERVAL;
            if next - now > PAIR_INTERVAL * PAIR_BURST {
                return Err(GraphError::new(131_056));
            }
            *paid = next;
        }
        self.count(number, now);
        Ok(())
    }

    /// Counts a message, of either direction, towards the number's throughput.
    pub(crate) fn count(&mut self, number: &str, now: DateTime<Utc>) {
        self.last_second(number, now).push_back(now);
    }

    fn last_second(&mut self, number: &str, now: DateTime<Utc>) -> &mut VecDeque<DateTime<Utc>> {
        let moments = self.last_second.entry(number.to_owned()).or_default();
        moments.retain(|at| now - at < TimeDelta::seconds(1));
        moments
    }
}

/// Whether free-form messages may go to a customer who last wrote at `last_inbound_at`.
pub(crate) fn window_is_open(last_inbound_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - last_inbound_at < SERVICE_WINDOW
}
