//! Hints between the instances of the program, in process and through Redis.

use std::{sync::Arc, time::Duration};

use domain::{
    id::Id,
    organizations::{MemberName, OrganizationId},
    realtime::{Hint, Presence, PresentAgent, Realtime},
};
use futures_util::{StreamExt, stream::BoxStream};
use in_memory::InProcessRealtime;
use infrastructure::realtime::RedisRealtime;
use tokio::time::timeout;

use tests::stores::service_is_asked_for;

use crate::redis::{Cable, any_namespace, redis};

/// Two instances of the program; in process they are one.
struct Subject {
    here: Arc<dyn Realtime>,
    there: Arc<dyn Realtime>,
}

impl Subject {
    async fn all() -> Vec<Self> {
        let in_process = Arc::new(InProcessRealtime::new());
        let mut all = vec![Self {
            here: in_process.clone(),
            there: in_process,
        }];
        if service_is_asked_for("redis") {
            let redis = redis();
            all.push(Self {
                here: connected(RedisRealtime::start(redis.clone())).await,
                there: connected(RedisRealtime::start(redis)).await,
            });
        }
        all
    }
}

/// Waits until it listens to Redis, which it tells by saying that hints may have been lost.
async fn connected(realtime: RedisRealtime) -> Arc<RedisRealtime> {
    let mut hints = realtime.subscribe().await;
    assert_eq!(next(&mut hints).await, Hint::Unknown);
    Arc::new(realtime)
}

async fn next(hints: &mut BoxStream<'static, Hint>) -> Hint {
    let hint = timeout(Duration::from_secs(10), hints.next()).await;
    hint.expect("no hint came").expect("the hints ended")
}

fn any_organization() -> OrganizationId {
    Id::generate()
}

#[tokio::test]
async fn every_subscriber_of_every_instance_hears_every_hint_in_order() {
    for subject in Subject::all().await {
        let organizations: Vec<_> = (0..50).map(|_| any_organization()).collect();
        let mut subscribers = vec![
            subject.here.subscribe().await,
            subject.here.subscribe().await,
            subject.there.subscribe().await,
        ];
        for organization in &organizations {
            subject.here.announce(*organization).await;
        }
        for hints in &mut subscribers {
            for organization in &organizations {
                assert_eq!(next(hints).await, Hint::Grown(*organization));
            }
        }
    }
}

#[tokio::test]
async fn every_instance_is_told_who_is_there_and_types() {
    let agent = MemberName {
        user_id: Id::generate(),
        first_name: "Ana \"the cat\"".into(),
        last_name: "Núñez".into(),
        active: true,
    };
    let here = Presence::Here {
        source: Id::generate(),
        agents: vec![PresentAgent {
            agent: agent.clone(),
            viewing: vec![Id::generate()],
        }],
    };
    let typing = Presence::typing(agent, Id::generate());
    for subject in Subject::all().await {
        let organization = any_organization();
        let mut near = subject.here.subscribe().await;
        let mut far = subject.there.subscribe().await;
        for presence in [&Presence::WhoIsHere, &here, &typing] {
            subject.here.tell(organization, presence.clone()).await;
            let told = Hint::Presence(organization, Arc::new(presence.clone()));
            assert_eq!(next(&mut near).await, told);
            assert_eq!(next(&mut far).await, told);
        }
    }
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_is_told_so() {
    for subject in Subject::all().await {
        let mut slow = subject.there.subscribe().await;
        let mut quick = subject.there.subscribe().await;
        let count = 3000;
        let reading = tokio::spawn(async move {
            for _ in 0..count {
                next(&mut quick).await;
            }
        });
        for _ in 0..count {
            subject.here.announce(any_organization()).await;
            tokio::task::yield_now().await;
        }
        reading.await.unwrap();
        assert_eq!(next(&mut slow).await, Hint::Unknown);
        assert!(matches!(next(&mut slow).await, Hint::Grown(_)));
    }
}

#[tokio::test]
async fn announcing_to_nobody_is_well() {
    for subject in Subject::all().await {
        subject.here.announce(any_organization()).await;
    }
}

#[tokio::test]
async fn an_outage_of_redis_keeps_local_hints_coming_and_ends_by_itself() {
    if !service_is_asked_for("redis") {
        return;
    }
    let mut cable = Cable::plugged().await;
    let namespace = any_namespace();
    let here = connected(RedisRealtime::start(cable.redis(&namespace))).await;
    let there = connected(RedisRealtime::start(cable.redis(&namespace))).await;
    let (mut near, mut far) = (here.subscribe().await, there.subscribe().await);

    cable.cut().await;
    let during = any_organization();
    here.announce(during).await;
    assert_eq!(next(&mut near).await, Hint::Grown(during));

    cable.mend().await;
    assert_eq!(next(&mut near).await, Hint::Unknown);
    assert_eq!(
        next(&mut far).await,
        Hint::Unknown,
        "what was lost is made up for"
    );
    let after = any_organization();
    here.announce(after).await;
    assert_eq!(next(&mut near).await, Hint::Grown(after));
    assert_eq!(next(&mut far).await, Hint::Grown(after));
}
