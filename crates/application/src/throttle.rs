//! How often somebody may do something.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    rate_limit::{Allowance, Permit, Quota},
    store::StoreError,
};

use crate::{Error, Ports};

/// A request that is let pass anyhow waits no longer for its count.
const COUNTED_WITHIN: Duration = Duration::from_millis(500);

/// So many times within a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// For clients, and part of the limiter's keys.
    pub name: &'static str,
    pub count: u32,
    pub period: Duration,
}

impl Limit {
    pub fn quota(self) -> Quota {
        Quota::per(self.count, self.period)
    }

    /// The key under which `of` is counted.
    pub(crate) fn key(self, of: impl std::fmt::Display) -> String {
        format!("{}:{of}", self.name)
    }
}

/// How a client stands with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub limit: Limit,
    pub allowance: Allowance,
}

/// The limits that applied to a request, for the headers of its answer.
#[derive(Clone, Default)]
pub struct Standings(Arc<Mutex<Vec<Standing>>>);

tokio::task_local! {
    static STANDINGS: Standings;
}

impl Standings {
    /// Those that are noted now: a task of its own goes on with them.
    pub fn current() -> Self {
        STANDINGS.try_with(Self::clone).unwrap_or_default()
    }

    /// Runs a future, and notes which limits are asked within it.
    pub async fn record<F: Future>(&self, future: F) -> F::Output {
        STANDINGS.scope(self.clone(), future).await
    }

    pub fn take(&self) -> Vec<Standing> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(standings: impl IntoIterator<Item = Standing>) {
        // Nobody asks in jobs.
        let _ = STANDINGS.try_with(|all| {
            let mut all = all.0.lock().unwrap_or_else(PoisonError::into_inner);
            for standing in standings {
                all.retain(|earlier| earlier.limit.name != standing.limit.name);
                all.push(standing);
            }
        });
    }
}

/// Counts a request against a limit that keeps one client from taking what all share.
///
/// Whatever cannot be counted, as Redis is down, is let pass: for a while too much is better
/// than nothing at all. Limits that keep guessers out are asked by `throttle`, which refuses
/// then: they must not be lifted by whoever manages to bring Redis down.
pub async fn admit(ports: &Ports, limit: Limit, of: impl std::fmt::Display) -> Result<(), Error> {
    let counted = tokio::time::timeout(COUNTED_WITHIN, throttle(ports, &[(limit, of)])).await;
    let cause = match counted {
        Ok(Err(Error::Unavailable { cause, .. })) => cause,
        Ok(counted) => return counted,
        Err(elapsed) => elapsed.into(),
    };
    tracing::warn!(
        error = &*cause as &dyn std::error::Error,
        "the limit {} was not counted, and the request let pass",
        limit.name
    );
    Ok(())
}

/// Uses one permit of each limit, or refuses.
pub(crate) async fn throttle(
    ports: &Ports,
    limits: &[(Limit, impl std::fmt::Display)],
) -> Result<(), Error> {
    let keys: Vec<_> = limits
        .iter()
        .map(|(limit, of)| (limit.key(of), limit.quota()))
        .collect();
    match acquire(ports, &keys).await? {
        Permit::Granted(allowances) => {
            let standings = limits.iter().zip(allowances);
            Standings::add(standings.map(|((limit, _), allowance)| Standing {
                limit: *limit,
                allowance,
            }));
            Ok(())
        }
        Permit::Denied { index, retry_after } => {
            let denied = limits.get(index).map(|(limit, _)| Standing {
                limit: *limit,
                allowance: Allowance {
                    remaining: 0,
                    reset_after: retry_after,
                },
            });
            Standings::add(denied);
            Err(Error::RateLimited { retry_after })
        }
    }
}

/// The same without a word to the client of how it stands.
pub(crate) async fn acquire(ports: &Ports, keys: &[(String, Quota)]) -> Result<Permit, Error> {
    let permit = ports.rate_limiter.acquire(keys).await;
    permit.map_err(|error| match error {
        StoreError::Unavailable(cause) => Error::Unavailable {
            what: "rate_limiter",
            cause,
        },
        StoreError::Broken(cause) => Error::Internal(cause),
    })
}

/// For counting an address: a household or a server has a whole /64 of IPv6 addresses at its
/// command.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let prefix = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::2:3:4:5"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
