use chrono::Duration;
use domain::store::{KeptAnswer, KeyState, Store};
use futures_util::future::join_all;

use crate::given::{concurrent_stacks, stacks};

const FINGERPRINT: [u8; 32] = [9; 32];

fn answer() -> KeptAnswer {
    KeptAnswer {
        status: 201,
        headers: vec![("Location".into(), "/x".into())],
        body: b"{}".to_vec(),
    }
}

#[tokio::test]
async fn an_answer_is_given_again_for_a_day() {
    for stack in stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        let until = now + Duration::minutes(1);
        let uow = stack.store.begin(business.id()).await.unwrap();
        let keys = uow.idempotency_keys();
        let claim = |at| keys.claim("key", at, at + Duration::minutes(1));
        assert_eq!(claim(now).await.unwrap(), KeyState::Claimed);
        assert_eq!(claim(now).await.unwrap(), KeyState::InProgress);
        keys.keep("key", &FINGERPRINT, &answer(), now)
            .await
            .unwrap();
        let answered = KeyState::Answered {
            fingerprint: FINGERPRINT,
            answer: answer(),
        };
        let almost_a_day = now + Duration::hours(24) - Duration::seconds(1);
        for at in [now, until, almost_a_day] {
            assert_eq!(claim(at).await.unwrap(), answered);
        }
        assert_eq!(
            claim(now + Duration::hours(24)).await.unwrap(),
            KeyState::Claimed
        );
        assert_eq!(
            claim(now + Duration::hours(24)).await.unwrap(),
            KeyState::InProgress
        );
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_claim_lapses_or_is_given_back() {
    for stack in stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        let until = now + Duration::minutes(1);
        let uow = stack.store.begin(business.id()).await.unwrap();
        let keys = uow.idempotency_keys();
        let claim = |at| keys.claim("key", at, until + Duration::hours(1));
        let first = keys.claim("key", now, until).await.unwrap();
        assert_eq!(first, KeyState::Claimed);
        assert_eq!(claim(until).await.unwrap(), KeyState::Claimed);
        keys.release("key").await.unwrap();
        assert_eq!(claim(now).await.unwrap(), KeyState::Claimed);
        keys.keep("key", &FINGERPRINT, &answer(), now)
            .await
            .unwrap();
        keys.release("key").await.unwrap();
        assert!(matches!(
            claim(now).await.unwrap(),
            KeyState::Answered { .. }
        ));
    }
}

#[tokio::test]
async fn of_many_who_claim_a_key_one_wins() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        let claims = (0..20).map(async |_| {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let until = now + Duration::minutes(1);
            let keys = uow.idempotency_keys();
            let state = keys.claim("key", now, until).await.unwrap();
            uow.commit().await.unwrap();
            state
        });
        let states = join_all(claims).await;
        let claimed = states.iter().filter(|state| **state == KeyState::Claimed);
        assert_eq!(claimed.count(), 1);
    }
}

#[tokio::test]
async fn keys_are_each_organizations_own_and_swept_by_age() {
    for stack in stacks().await {
        let now = stack.now();
        for business in [stack.business().await, stack.business().await] {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let keys = uow.idempotency_keys();
            let state = keys.claim("key", now, now).await.unwrap();
            assert_eq!(state, KeyState::Claimed);
            uow.commit().await.unwrap();
        }
        let later = now + Duration::seconds(1);
        let system = stack.store.begin_system().await.unwrap();
        let maintenance = system.maintenance();
        assert_eq!(
            maintenance.sweep_idempotency_keys(now, 10).await.unwrap(),
            0
        );
        assert_eq!(
            maintenance.sweep_idempotency_keys(later, 1).await.unwrap(),
            1
        );
        assert_eq!(
            maintenance.sweep_idempotency_keys(later, 10).await.unwrap(),
            1
        );
        system.commit().await.unwrap();
    }
}
