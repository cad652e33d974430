//! The rate limiter, in process and on Redis.

use std::{sync::Arc, time::Duration};

use domain::{
    id::Id,
    rate_limit::{Allowance, Permit, Quota, RateLimiter},
    store::StoreError,
};
use in_memory::{InProcessRateLimiter, SettableClock};
use infrastructure::rate_limit::RedisRateLimiter;

use tests::stores::service_is_asked_for;

use crate::redis::{Cable, any_namespace, redis};

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
        matches!(self.acquire(keys).await, Permit::Granted(_))
    }

    async fn allowances(&self, keys: &[(&str, Quota)]) -> Vec<Allowance> {
        match self.acquire(keys).await {
            Permit::Granted(allowances) => allowances,
            denied @ Permit::Denied { .. } => panic!("{denied:?}"),
        }
    }

    /// Which key denies, and for how long.
    async fn denial(&self, keys: &[(&str, Quota)]) -> (usize, Duration) {
        match self.acquire(keys).await {
            Permit::Denied { index, retry_after } => (index, retry_after),
            granted @ Permit::Granted(_) => panic!("{granted:?}"),
        }
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
        let (_, retry_after) = subject.denial(&[(&key, quota)]).await;
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
async fn a_permit_tells_what_is_left_of_each_key_and_when_all_is_back() {
    let minute = Duration::from_mins(1);
    let (few, many) = (Quota::per(3, minute), Quota::per(6000, minute));
    for subject in Subject::all() {
        let (a, b) = (any_key(), any_key());
        for used in 1..=3 {
            let allowances = subject.allowances(&[(&a, few), (&b, many)]).await;
            let [of_a, of_b] = allowances.as_slice() else {
                panic!("{allowances:?}")
            };
            assert_eq!(of_a.remaining, 3 - used);
            // Some come back while real time passes.
            assert!((6000 - used..6000).contains(&of_b.remaining), "{of_b:?}");
            let all_back = few.interval * used;
            let slack = Duration::from_secs(1);
            assert!(of_a.reset_after <= all_back && of_a.reset_after + slack > all_back);
        }
        // What a denial asks for is not used up.
        subject.denial(&[(&b, many), (&a, few)]).await;
        let allowances = subject.allowances(&[(&b, many)]).await;
        assert!(allowances[0].remaining >= 6000 - 4, "{allowances:?}");
    }
}

#[tokio::test]
async fn what_is_left_grows_again_as_time_passes() {
    let quota = Quota::per(4, Duration::from_millis(800));
    for subject in Subject::all() {
        let key = any_key();
        for _ in 0..4 {
            assert!(subject.is_granted(&[(&key, quota)]).await);
        }
        subject.pass(Duration::from_millis(400)).await;
        let allowances = subject.allowances(&[(&key, quota)]).await;
        // Real time may have been longer.
        assert!((1..4).contains(&allowances[0].remaining), "{allowances:?}");
        assert!(allowances[0].reset_after <= Duration::from_millis(600));
    }
}

#[tokio::test]
async fn nothing_is_granted_or_denied_without_a_key() {
    for subject in Subject::all() {
        assert!(subject.allowances(&[]).await.is_empty());
    }
}

#[tokio::test]
async fn a_denial_names_the_longest_wait_and_its_key() {
    let short = Quota::per(1, Duration::from_secs(10));
    let long = Quota::per(1, Duration::from_mins(1));
    for subject in Subject::all() {
        let (a, b) = (any_key(), any_key());
        assert!(subject.is_granted(&[(&a, short), (&b, long)]).await);
        let unused = any_key();
        let keys = [(a.as_str(), short), (&b, long), (&unused, short)];
        let (index, retry_after) = subject.denial(&keys).await;
        assert_eq!(index, 1);
        assert!(retry_after > Duration::from_secs(50), "{retry_after:?}");
        let (index, retry_after) = subject.denial(&[(&unused, short), (&a, short)]).await;
        assert_eq!(index, 1);
        assert!(retry_after <= Duration::from_secs(10), "{retry_after:?}");
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

#[tokio::test]
async fn without_redis_nothing_is_granted_or_denied() {
    if !service_is_asked_for("redis") {
        return;
    }
    let quota = Quota::per(1, Duration::from_mins(1));
    let mut cable = Cable::plugged().await;
    let limiter = RedisRateLimiter::new(cable.redis(&any_namespace()));
    let keys = [(any_key(), quota)];
    cable.cut().await;
    let refused = limiter.acquire(&keys).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    let refused = limiter.reset(&keys[0].0).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    cable.mend().await;
    let granted = limiter.acquire(&keys).await;
    assert!(matches!(granted, Ok(Permit::Granted(_))), "{granted:?}");
}
