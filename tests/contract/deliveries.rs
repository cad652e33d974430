use std::time::Duration;

use bytes::Bytes;
use domain::{
    id::Id,
    job::Job,
    organizations::OrganizationId,
    store::{Store, StoreError},
    whatsapp::{
        Delivery, DeliveryId, DeliveryInbox, LeftOver, LeftOverReason, NewDelivery, PhoneNumberId,
    },
};
use futures_util::future::join_all;
use serde_json::json;

use crate::given::{Stack, newest, stacks};

const LEASE: Duration = Duration::from_mins(1);

fn delivery(stack: &Stack, body: impl Into<Bytes>) -> NewDelivery {
    NewDelivery {
        body: body.into(),
        organization_id: None,
        ordering_key: None,
        request_id: Some("request".into()),
        received_at: stack.now(),
    }
}

async fn claimed_deliveries(stack: &Stack) -> Vec<DeliveryId> {
    let jobs = stack.store.jobs().claim(1_000, LEASE).await.unwrap();
    jobs.into_iter()
        .map(|job| match job.job {
            Job::ProcessDelivery { delivery_id } => delivery_id,
            other => panic!("not a delivery's job: {other:?}"),
        })
        .collect()
}

async fn find(stack: &Stack, id: DeliveryId) -> Option<Delivery> {
    let system = stack.store.read_system();
    system.deliveries().find(id).await.unwrap()
}

#[tokio::test]
async fn an_accepted_delivery_is_there_with_its_job() {
    for stack in stacks().await {
        let body = Bytes::from_static(b"{\"as\": \"it came\"}\x00\xff");
        stack
            .store
            .accept(delivery(&stack, body.clone()))
            .await
            .unwrap();
        let jobs = stack.store.jobs().claim(10, LEASE).await.unwrap();
        let [job] = jobs.as_slice() else {
            panic!("not one job: {jobs:?}")
        };
        assert_eq!(job.request_id.as_deref(), Some("request"));
        let Job::ProcessDelivery { delivery_id } = job.job else {
            panic!("{job:?}")
        };
        let found = find(&stack, delivery_id).await.unwrap();
        assert_eq!(found.body, body);
        assert_eq!((found.received_at, found.processed_at), (stack.now(), None));
    }
}

#[tokio::test]
async fn a_burst_is_stored_whole() {
    for stack in stacks().await {
        let burst = (0..1_000).map(|n| stack.store.accept(delivery(&stack, n.to_string())));
        for accepted in join_all(burst).await {
            accepted.unwrap();
        }
        let mut bodies = Vec::new();
        for id in claimed_deliveries(&stack).await {
            bodies.push(find(&stack, id).await.unwrap().body);
        }
        bodies.sort_unstable();
        let mut expected: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
        expected.sort_unstable();
        assert_eq!(bodies, expected);
    }
}

#[tokio::test]
async fn deliveries_that_come_one_after_the_other_keep_their_order() {
    for stack in stacks().await {
        for n in 0..5 {
            stack
                .store
                .accept(delivery(&stack, n.to_string()))
                .await
                .unwrap();
        }
        for (id, n) in claimed_deliveries(&stack).await.into_iter().zip(0..) {
            assert_eq!(find(&stack, id).await.unwrap().body, n.to_string());
        }
    }
}

#[tokio::test]
async fn deliveries_with_one_key_are_processed_one_after_the_other() {
    for stack in stacks().await {
        for body in ["1", "2"] {
            let delivery = NewDelivery {
                ordering_key: Some("contact".into()),
                ..delivery(&stack, body)
            };
            stack.store.accept(delivery).await.unwrap();
        }
        assert_eq!(claimed_deliveries(&stack).await.len(), 1);
    }
}

#[tokio::test]
async fn what_the_database_refuses_spoils_nothing_else() {
    for stack in stacks().await {
        let nobody = OrganizationId::generate();
        let deliveries = (0..20).map(|n| {
            let mut delivery = delivery(&stack, n.to_string());
            delivery.organization_id = (n == 7).then_some(nobody);
            stack.store.accept(delivery)
        });
        for (accepted, n) in join_all(deliveries).await.into_iter().zip(0..) {
            match accepted {
                Err(StoreError::Broken(_)) => assert_eq!(n, 7),
                other => other.unwrap(),
            }
        }
        assert_eq!(claimed_deliveries(&stack).await.len(), 19);
    }
}

async fn accept_one(stack: &Stack) -> DeliveryId {
    stack.store.accept(delivery(stack, "{}")).await.unwrap();
    claimed_deliveries(stack).await[0]
}

fn left_over(stack: &Stack, delivery_id: DeliveryId, position: &str, number: &str) -> LeftOver {
    LeftOver {
        id: Id::generate(),
        delivery_id,
        position: position.into(),
        reason: LeftOverReason::UnknownAccount,
        phone_number_id: Some(PhoneNumberId(number.into())),
        business_account_id: None,
        field: Some("messages".into()),
        content: json!({"from": "x"}),
        created_at: stack.now(),
    }
}

#[tokio::test]
async fn left_overs_are_kept_once_listed_and_counted() {
    for stack in stacks().await {
        let delivery_id = accept_one(&stack).await;
        let first = left_over(&stack, delivery_id, "0.0.messages.0", "1");
        let again = LeftOver {
            id: Id::generate(),
            ..first.clone()
        };
        let second = LeftOver {
            reason: LeftOverReason::Malformed,
            phone_number_id: None,
            ..left_over(&stack, delivery_id, "0.0.messages.1", "1")
        };
        let system = stack.store.begin_system().await.unwrap();
        let deliveries = system.deliveries();
        deliveries
            .keep_left_overs(std::slice::from_ref(&first))
            .await
            .unwrap();
        deliveries
            .keep_left_overs(&[again, second.clone()])
            .await
            .unwrap();
        deliveries.keep_left_overs(&[]).await.unwrap();
        system.commit().await.unwrap();

        let system = stack.store.read_system();
        let page = system
            .deliveries()
            .list_left_overs(newest(10))
            .await
            .unwrap();
        assert_eq!(page.rows, [second, first]);
        let count = |reason| system.deliveries().count_left_overs(reason);
        assert_eq!(count(LeftOverReason::UnknownAccount).await.unwrap(), 1);
        assert_eq!(count(LeftOverReason::Failed).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn left_overs_of_a_number_are_taken_oldest_first() {
    for stack in stacks().await {
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(accept_one(&stack).await);
        }
        let left_overs = [
            left_over(&stack, ids[2], "0", "1"),
            left_over(&stack, ids[0], "0", "1"),
            left_over(&stack, ids[0], "1", "1"),
            left_over(&stack, ids[1], "0", "other"),
        ];
        let malformed = LeftOver {
            reason: LeftOverReason::Malformed,
            ..left_over(&stack, ids[1], "1", "1")
        };
        let number = PhoneNumberId("1".into());
        let (anybody, now) = (OrganizationId::generate(), stack.now());
        let system = stack.store.begin_system().await.unwrap();
        let deliveries = system.deliveries();
        deliveries.keep_left_overs(&left_overs).await.unwrap();
        deliveries.keep_left_overs(&[malformed]).await.unwrap();
        for expected in [vec![ids[0]], vec![ids[2]], vec![]] {
            let taken = deliveries.take_left_overs_of(&number, anybody, now, 1);
            assert_eq!(taken.await.unwrap(), expected);
        }
        system.commit().await.unwrap();
    }
}

#[tokio::test]
async fn left_overs_are_taken_by_whom_the_delivery_may_speak_of_and_no_newer_ones() {
    for stack in stacks().await {
        let (ours, others) = (stack.business().await.id(), stack.business().await.id());
        let mut ids = Vec::new();
        for organization_id in [None, Some(ours), Some(others), None] {
            let delivery = NewDelivery {
                organization_id,
                ..delivery(&stack, "{}")
            };
            stack.store.accept(delivery).await.unwrap();
            ids.push(claimed_deliveries(&stack).await[0]);
        }
        let now = stack.now();
        let mut left_overs = ids
            .iter()
            .map(|id| left_over(&stack, *id, "0", "1"))
            .collect::<Vec<_>>();
        left_overs[3].created_at = now + Duration::from_secs(1);
        let number = PhoneNumberId("1".into());
        let system = stack.store.begin_system().await.unwrap();
        let deliveries = system.deliveries();
        deliveries.keep_left_overs(&left_overs).await.unwrap();
        let take = |organization_id, until| {
            deliveries.take_left_overs_of(&number, organization_id, until, 100)
        };
        assert_eq!(take(ours, now).await.unwrap(), ids[..2]);
        assert_eq!(take(ours, now).await.unwrap(), []);
        assert_eq!(
            take(others, left_overs[3].created_at).await.unwrap(),
            ids[2..]
        );
        system.commit().await.unwrap();
    }
}

#[tokio::test]
async fn old_deliveries_are_swept_unless_something_is_left_over() {
    for stack in stacks().await {
        let (done, kept, open) = (
            accept_one(&stack).await,
            accept_one(&stack).await,
            accept_one(&stack).await,
        );
        let now = stack.now();
        let later = now + Duration::from_secs(1);
        let system = stack.store.begin_system().await.unwrap();
        let deliveries = system.deliveries();
        for id in [done, kept] {
            deliveries.mark_processed(id, now).await.unwrap();
        }
        let left_over = left_over(&stack, kept, "0", "1");
        deliveries.keep_left_overs(&[left_over]).await.unwrap();
        assert_eq!(deliveries.sweep(now, 10).await.unwrap(), 0);
        assert_eq!(deliveries.sweep(later, 10).await.unwrap(), 1);
        system.commit().await.unwrap();
        assert_eq!(find(&stack, done).await, None);
        assert_eq!(find(&stack, kept).await.unwrap().processed_at, Some(now));
        assert!(find(&stack, open).await.is_some());
    }
}
