//! The rate limiter, in process and on Redis.

use std::{sync::Arc, time::Duration};

use domain::{
    id::Id,
    rate_limit::{Permit, Quota, RateLimiter},
};
use in_memory::{InProcessRateLimiter, SettableClock};
use infrastructure::rate_limit::RedisRateLimiter;

use tests::stores::service_is_asked_for;

use crate::redis::redis;

struct Subject {
    limiter: Arc<dyn RateLimiter>,
    /// Real time passes on Redis.
    clock: Option<Arc<SettableClock>>,
}

impl Subject {
    fn all() -> Vec<Self> {
        let clock = Arc::new(SettableClock::new("2026-03-02T09:00:00Z".parse().unwrap()));
        let mut all = vec![Self {
            limiter: Arc::new(InProcessRateLimiter::new(clock.clone())),
            clock: Some(clock),
        }];
        if service_is_asked_for("redis") {
            all.push(Self {
                limiter: Arc::new(RedisRateLimiter::new(redis())),
                clock: None,
            });
        }
        all
    }

    async fn acquire(&self, keys: &[(&str, Quota)]) -> Permit {
        let keys: Vec<_> = keys
            .iter()
            .map(|(key, quota)| ((*key).to_owned(), *quota))
            .collect();
        self.limiter.acquire(&keys).await.unwrap()
    }

    async fn is_granted(&self, keys: &[(&str, Quota)]) -> bool {
        self.acquire(keys).await == Permit::Granted
    }

    async fn pass(&self, time: Duration) {
        match &self.clock {
            Some(clock) => clock.advance(time),
            None => tokio::time::sleep(time + Duration::from_millis(5)).await,
        }
    }
}

fn any_key() -> String {
    Id::<Quota>::generate().to_string()
}

#[tokio::test]
async fn a_burst_is_granted_at_once_and_then_one_permit_an_interval() {
    let quota = Quota {
        burst: 3,
        interval: Duration::from_millis(400),
    };
    for subject in Subject::all() {
        let key = any_key();
        for _ in 0..quota.burst {
            assert!(subject.is_granted(&[(&key, quota)]).await);
        }
        let Permit::Denied { retry_after } = subject.acquire(&[(&key, quota)]).await else {
            panic!("more than the burst was granted");
        };
        assert!(retry_after > Duration::ZERO && retry_after <= quota.interval);
        subject.pass(retry_after).await;
        assert!(subject.is_granted(&[(&key, quota)]).await);
        assert!(!subject.is_granted(&[(&key, quota)]).await);
    }
}

#[tokio::test]
async fn what_is_not_used_is_saved_up_to_the_burst() {
    let quota = Quota::per(2, Duration::from_millis(100));
    for subject in Subject::all() {
        let key = any_key();
        assert!(subject.is_granted(&[(&key, quota)]).await);
        subject.pass(Duration::from_millis(300)).await;
        assert!(subject.is_granted(&[(&key, quota)]).await);
        assert!(subject.is_granted(&[(&key, quota)]).await);
        assert!(!subject.is_granted(&[(&key, quota)]).await);
    }
}

#[tokio::test]
async fn several_keys_are_granted_together_or_not_at_all() {
    let once = Quota::per(1, Duration::from_mins(1));
    let twice = Quota::per(2, Duration::from_mins(1));
    for subject in Subject::all() {
        let (number, pair) = (any_key(), any_key());
        assert!(subject.is_granted(&[(&pair, once)]).await);
        for _ in 0..5 {
            assert!(!subject.is_granted(&[(&number, twice), (&pair, once)]).await);
        }
        // The number's permits were not used up by what the pair forbade.
        assert!(subject.is_granted(&[(&number, twice)]).await);
        assert!(subject.is_granted(&[(&number, twice)]).await);
        assert!(!subject.is_granted(&[(&number, twice)]).await);
    }
}

#[tokio::test]
async fn a_denial_names_the_longest_wait() {
    let short = Quota::per(1, Duration::from_secs(10));
    let long = Quota::per(1, Duration::from_mins(1));
    for subject in Subject::all() {
        let (a, b) = (any_key(), any_key());
        assert!(subject.is_granted(&[(&a, short), (&b, long)]).await);
        let Permit::Denied { retry_after } = subject.acquire(&[(&a, short), (&b, long)]).await
        else {
            panic!("granted beyond the quota");
        };
        assert!(retry_after > Duration::from_secs(50), "{retry_after:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_reset_starts_anew() {
    let quota = Quota::per(1, Duration::from_mins(1));
    for subject in Subject::all() {
        let (key, other) = (any_key(), any_key());
        assert!(subject.is_granted(&[(&key, quota), (&other, quota)]).await);
        subject.limiter.reset(&key).await.unwrap();
        assert!(subject.is_granted(&[(&key, quota)]).await);
        assert!(!subject.is_granted(&[(&other, quota)]).await);
    }
}

#[tokio::test]
async fn many_at_once_get_no_more_than_the_burst() {
    let quota = Quota::per(10, Duration::from_mins(10));
    for subject in Subject::all() {
        let subject = Arc::new(subject);
        let key = any_key();
        let tasks: Vec<_> = (0..40)
            .map(|_| {
                let (subject, key) = (subject.clone(), key.clone());
                tokio::spawn(async move { subject.is_granted(&[(&key, quota)]).await })
            })
            .collect();
        let mut granted = 0;
        for task in tasks {
            granted += u32::from(task.await.unwrap());
        }
        assert_eq!(granted, quota.burst);
    }
}
