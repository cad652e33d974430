//! What Meta delivered of people who are forgotten.

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use domain::{
    customers::Traces,
    id::Id,
    job::{Job, NewJob, Outcome},
    organizations::OrganizationId,
    store::Store,
    whatsapp::{DeliveryId, DeliveryInbox, LeftOver, LeftOverReason, NewDelivery, PhoneNumberId},
};
use serde_json::{Value, json};

use crate::given::{Business, Stack, newest, stacks};

const SHEENA: &str = "16505551234";

fn traces(business: &Business) -> Traces {
    Traces {
        customers: vec![business.customer.id],
        chats: vec![business.chat.id],
        identities: vec![SHEENA.to_owned()],
        numbers: vec![business.account.phone_number_id.clone()],
        business_accounts: vec![business.account.business_account_id.clone()],
    }
}

fn change(number: &str, from: &str) -> Value {
    json!({"field": "messages", "value": {
        "metadata": {"phone_number_id": number},
        "messages": [{"from": from, "id": "wamid.1"}],
    }})
}

fn body(business_account: &str, changes: &[Value]) -> String {
    json!({"entry": [{"id": business_account, "changes": changes}]}).to_string()
}

async fn accept(stack: &Stack, body: &str, organization_id: Option<OrganizationId>) {
    let new = NewDelivery {
        body: Bytes::from(body.to_owned()),
        organization_id,
        received_at: stack.now(),
        ordering_key: None,
        request_id: None,
    };
    stack.store.accept(new).await.unwrap();
}

/// In the order in which they came.
async fn ids(stack: &Stack) -> Vec<DeliveryId> {
    let lease = std::time::Duration::from_mins(1);
    let claimed = stack.store.jobs().claim(100, lease).await.unwrap();
    let ids = claimed.into_iter().filter_map(|job| match job.job {
        Job::ProcessDelivery { delivery_id } => Some(delivery_id),
        _ => None,
    });
    let mut ids: Vec<DeliveryId> = ids.collect();
    ids.sort();
    ids
}

async fn mark_processed(stack: &Stack, ids: &[DeliveryId]) {
    let system = stack.store.begin_system().await.unwrap();
    for id in ids {
        let marked = system.deliveries().mark_processed(*id, stack.now());
        marked.await.unwrap();
    }
    system.commit().await.unwrap();
}

/// Looks through all, two at a time; how many spoke of the person, and whether one is pending.
async fn erase(stack: &Stack, business: &Business, stuck_before: DateTime<Utc>) -> (u64, bool) {
    let (mut after, mut erased, mut is_pending) = (None, 0, false);
    loop {
        let system = stack.store.begin_system().await.unwrap();
        let traces = traces(business);
        let looked = system
            .deliveries()
            .erase(business.id(), &traces, stuck_before, after, 2)
            .await
            .unwrap();
        system.commit().await.unwrap();
        erased += looked.erased;
        is_pending |= looked.is_pending;
        after = looked.next;
        if after.is_none() {
            return (erased, is_pending);
        }
    }
}

async fn body_of(stack: &Stack, id: DeliveryId) -> String {
    let system = stack.store.read_system();
    let found = system.deliveries().find(id).await.unwrap().unwrap();
    String::from_utf8(found.body.to_vec()).unwrap()
}

#[tokio::test]
async fn deliveries_say_nothing_of_the_person_and_still_all_of_others() {
    for stack in stacks().await {
        let (business, stranger) = (stack.business().await, stack.business().await);
        let number = business.account.phone_number_id.0.as_str();
        let business_account = business.account.business_account_id.as_str();
        let theirs = stranger.account.phone_number_id.0.as_str();
        let cases = [
            // Ours, beside what is of another customer and what is of another organization.
            (
                body(
                    business_account,
                    &[change(number, SHEENA), change(number, "49301")],
                ),
                None,
                1,
            ),
            (
                body("9", &[change(theirs, SHEENA), change(number, SHEENA)]),
                None,
                1,
            ),
            (body(business_account, &[change(theirs, SHEENA)]), None, 0),
            // It only begins with the number.
            (
                body(business_account, &[change(number, "165055512345")]),
                None,
                0,
            ),
            // A number that nobody has, of our business account, and of another.
            (
                body(business_account, &[change("unknown", SHEENA)]),
                None,
                1,
            ),
            (body("9", &[change("unknown", SHEENA)]), None, 0),
            // Another organization signed it.
            (
                body(business_account, &[change(number, SHEENA)]),
                Some(stranger.id()),
                0,
            ),
            // It cannot be read.
            (format!("{{{number:?}: {SHEENA:?}"), None, 1),
            (format!("{{\"9\": {SHEENA:?}"), None, 0),
        ];
        for (body, signer, _) in &cases {
            accept(&stack, body, *signer).await;
        }
        let ids = ids(&stack).await;
        mark_processed(&stack, &ids).await;
        let expected = cases.iter().map(|(.., erased)| erased).sum();
        assert_eq!(
            erase(&stack, &business, stack.now()).await,
            (expected, false)
        );
        for (id, (before, _, erased)) in ids.iter().zip(&cases) {
            let after = body_of(&stack, *id).await;
            assert_eq!(&after != before, *erased > 0, "{before} became {after}");
        }
        assert!(body_of(&stack, ids[0]).await.contains("49301"));
        assert!(body_of(&stack, ids[1]).await.contains(theirs));
        // Nothing is left to be done.
        assert_eq!(erase(&stack, &business, stack.now()).await, (0, false));
    }
}

#[tokio::test]
async fn what_is_not_read_yet_is_left_alone_for_a_time() {
    for stack in stacks().await {
        let business = stack.business().await;
        let number = business.account.phone_number_id.0.as_str();
        let unread = body("9", &[change(number, SHEENA)]);
        accept(&stack, &unread, None).await;
        let stuck_before = stack.now() - Duration::days(1);
        assert_eq!(erase(&stack, &business, stuck_before).await, (0, true));
        let ids = ids(&stack).await;
        assert_eq!(body_of(&stack, ids[0]).await, unread);
        let later = stack.now() + Duration::seconds(1);
        assert_eq!(erase(&stack, &business, later).await, (1, false));
    }
}

#[tokio::test]
async fn what_was_left_over_of_the_person_goes() {
    for stack in stacks().await {
        let business = stack.business().await;
        let number = business.account.phone_number_id.0.as_str();
        let business_account = business.account.business_account_id.as_str();
        let changes = [
            change(number, SHEENA),
            change("unknown", SHEENA),
            change("unknown", "49301"),
        ];
        accept(&stack, &body(business_account, &changes), None).await;
        let ids = ids(&stack).await;
        let left_over = |position: &str, number: &str, from: &str| LeftOver {
            id: Id::generate(),
            delivery_id: ids[0],
            position: position.into(),
            reason: LeftOverReason::UnknownAccount,
            phone_number_id: Some(PhoneNumberId(number.into())),
            business_account_id: Some(business_account.into()),
            field: None,
            content: json!({"from": from}),
            created_at: stack.now(),
        };
        let left_overs = [
            left_over("1", number, SHEENA),
            left_over("2", "unknown", SHEENA),
            left_over("3", "unknown", "49301"),
        ];
        let system = stack.store.begin_system().await.unwrap();
        let deliveries = system.deliveries();
        deliveries.keep_left_overs(&left_overs).await.unwrap();
        system.commit().await.unwrap();
        mark_processed(&stack, &ids).await;
        erase(&stack, &business, stack.now()).await;
        let system = stack.store.read_system();
        let kept = system.deliveries().list_left_overs(newest(9)).await;
        assert_eq!(kept.unwrap().rows, left_overs[2..]);
        assert!(body_of(&stack, ids[0]).await.contains("49301"));
    }
}

#[tokio::test]
async fn dead_jobs_name_nobody() {
    for stack in stacks().await {
        let business = stack.business().await;
        let receipt = Job::SendReadReceipt {
            account_id: business.account.id,
            wamid: "wamid.1".into(),
        };
        let delivery = Job::ProcessDelivery {
            delivery_id: Id::generate(),
        };
        for (job, ordering_key) in [(receipt, None), (delivery.clone(), Some("contact:1:2"))] {
            let new = NewJob {
                job,
                organization_id: Some(business.id()),
                ordering_key: ordering_key.map(Into::into),
                run_at: stack.now(),
                unique_key: None,
                request_id: None,
            };
            assert!(stack.store.jobs().enqueue(&new).await.unwrap());
        }
        let lease = std::time::Duration::from_mins(1);
        for job in stack.store.jobs().claim(9, lease).await.unwrap() {
            let dead = Outcome::Dead { error: "no".into() };
            assert!(stack.store.jobs().finish(&job, &dead).await.unwrap());
        }
        let system = stack.store.begin_system().await.unwrap();
        let keys = ["contact:1:2".to_owned()];
        let maintenance = system.maintenance();
        maintenance
            .erase_dead_jobs(business.id(), &keys)
            .await
            .unwrap();
        system.commit().await.unwrap();
        let dead = stack.store.jobs().dead(newest(9)).await.unwrap().rows;
        let left: Vec<_> = dead.into_iter().map(|dead| dead.job).collect();
        assert_eq!(left, [delivery]);
    }
}
