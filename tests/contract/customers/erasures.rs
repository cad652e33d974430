//! People who are forgotten.

use bytes::Bytes;
use chrono::Duration;
use domain::{
    customers::{Erasure, ErasureCounts},
    event::Event,
    id::Id,
    store::Store,
    whatsapp::{DeliveryId, DeliveryInbox, LeftOver, LeftOverReason, NewDelivery, PhoneNumberId},
};
use futures_util::future::join;
use serde_json::json;

use crate::given::{Business, Stack, concurrent_stacks, newest, stacks, wa_id};

/// Begins to erase the business's customer.
async fn begin(stack: &Stack, business: &Business) -> Erasure {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let id = business.customer.id;
    let locked = uow.customer_merges().lock(&[id]).await.unwrap();
    assert_eq!(locked.len(), 1);
    let erasures = uow.customer_erasures();
    let erasure = Erasure {
        customer_id: id,
        requested_by: business.user.id,
        requested_at: stack.now(),
        traces: Some(erasures.traces(id).await.unwrap()),
        counts: ErasureCounts::default(),
    };
    let erasure = erasures.begin(erasure).await.unwrap();
    uow.commit().await.unwrap();
    erasure
}

#[tokio::test]
async fn nobody_finds_who_is_erased_and_what_refers_to_them_stays() {
    for stack in stacks().await {
        let business = stack.business().await;
        let stranger = stack.business().await;
        let erasure = begin(&stack, &business).await;
        let expected = ErasureCounts {
            contacts: 1,
            chats: 1,
            ..ErasureCounts::default()
        };
        assert_eq!(erasure.counts, expected);
        let traces = erasure.traces.clone().unwrap();
        assert_eq!(traces.customers, [business.customer.id]);
        assert_eq!(traces.chats, [business.chat.id]);
        assert_eq!(traces.identities, [business.contact.wa_id.clone().unwrap()]);
        assert_eq!(traces.numbers, [business.account.phone_number_id.clone()]);

        let uow = stack.store.begin(business.id()).await.unwrap();
        let id = business.customer.id;
        let customers = uow.customers();
        assert_eq!(customers.find(id).await.unwrap(), None);
        assert_eq!(customers.find_all(&[id]).await.unwrap(), []);
        let number = business.customer.phone_number.clone().unwrap();
        assert_eq!(customers.find_by_phone(&number).await.unwrap(), None);
        assert_eq!(customers.count(&Default::default()).await.unwrap(), 0);
        assert_eq!(uow.customer_merges().lock(&[id]).await.unwrap(), []);
        let identities = [wa_id(&business.contact)];
        let contacts = uow.contacts();
        let found = contacts.find_by_identities(&identities).await.unwrap();
        assert_eq!(found, None);
        assert_eq!(contacts.count(None).await.unwrap(), 0);
        let overview = uow.chats().overview(business.chat.id, None).await.unwrap();
        let overview = overview.unwrap();
        assert_eq!(overview.chat.customer_id, id);
        assert_eq!(overview.cycle, None);

        let erasures = uow.customer_erasures();
        let mut found = erasures.lock(id).await.unwrap().unwrap();
        assert_eq!(found, erasure);
        found.counts.messages = 7;
        found.traces = None;
        erasures.update(&found).await.unwrap();
        assert_eq!(erasures.lock(id).await.unwrap(), Some(found));
        uow.commit().await.unwrap();
        let theirs = stack.store.begin(stranger.id()).await.unwrap();
        assert_eq!(theirs.customer_erasures().lock(id).await.unwrap(), None);
        assert_eq!(
            theirs.customers().count(&Default::default()).await.unwrap(),
            1
        );
    }
}

#[tokio::test]
async fn messages_and_notes_go_some_at_a_time() {
    for stack in stacks().await {
        let business = stack.business().await;
        let other = business
            .another_chat(stack.store.as_ref(), "Ana", stack.now())
            .await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        for seconds in 0..3 {
            let at = stack.now() + Duration::seconds(seconds);
            let message = business.inbound("secret", at);
            assert!(uow.messages().insert(&message, None).await.unwrap());
        }
        let mut others = business.inbound("hello", stack.now());
        others.chat_id = other.id;
        assert!(uow.messages().insert(&others, None).await.unwrap());
        uow.commit().await.unwrap();
        let traces = begin(&stack, &business).await.traces.unwrap();

        let uow = stack.store.begin(business.id()).await.unwrap();
        let erasures = uow.customer_erasures();
        assert!(erasures.has_messages(&traces).await.unwrap());
        for count in [2, 1, 0] {
            let erased = erasures.erase_messages(&traces, 2).await.unwrap();
            assert_eq!(erased.count, count);
        }
        assert!(!erasures.has_messages(&traces).await.unwrap());
        assert_eq!(erasures.erase_notes(&traces, 2).await.unwrap(), 0);
        erasures.erase_memories(&traces).await.unwrap();
        let messages = uow.messages();
        let said = messages.list(business.chat.id, newest(9)).await.unwrap();
        assert_eq!(said.rows.len(), 3);
        assert!(said.rows.iter().all(|one| one.wamid.is_none()));
        assert_eq!(messages.find(others.id).await.unwrap(), Some(others));
    }
}

#[tokio::test]
async fn the_log_keeps_its_numbers_and_says_nothing_of_the_person() {
    for stack in stacks().await {
        let business = stack.business().await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let other = Event::MediaReceived {
            media_id: Id::generate(),
        };
        uow.record(Event::CustomerUpdated {
            customer: business.customer.clone(),
        });
        uow.record(other.clone());
        uow.record(Event::MessageReceived {
            message: business.inbound("secret", stack.now()),
        });
        uow.commit().await.unwrap();
        let traces = begin(&stack, &business).await.traces.unwrap();
        let uow = stack.store.begin(business.id()).await.unwrap();
        let erasures = uow.customer_erasures();
        let looked = erasures.erase_events(&traces, 0, 2).await.unwrap();
        assert_eq!((looked.next, looked.erased), (Some(2), 1));
        let looked = erasures.erase_events(&traces, 2, 2).await.unwrap();
        assert_eq!((looked.next, looked.erased), (None, 1));
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let log = read.events().after(0, 10).await.unwrap();
        let erased = Event::CustomerErased {
            customer_id: business.customer.id,
        };
        let events: Vec<_> = log.into_iter().map(|it| (it.seq, it.event)).collect();
        assert_eq!(events, [(1, erased.clone()), (2, other), (3, erased)]);
    }
}

#[tokio::test]
async fn deliveries_that_name_the_person_say_nothing_any_more() {
    for stack in stacks().await {
        let ours = PhoneNumberId("106".into());
        let body = |number: &str, from: &str| json!({"to": number, "from": from}).to_string();
        let deliveries = [
            body("106", "16505551234"),
            body("106", "165055512345"),
            body("206", "16505551234"),
            body("106", "16505551234"),
        ];
        for body in &deliveries {
            let new = NewDelivery {
                body: Bytes::from(body.clone()),
                organization_id: None,
                received_at: stack.now(),
                ordering_key: None,
                request_id: None,
            };
            stack.store.accept(new).await.unwrap();
        }
        let ids = delivery_ids(&stack).await;
        let system = stack.store.begin_system().await.unwrap();
        // The last is not read yet.
        for id in &ids[..3] {
            let at = stack.now();
            system.deliveries().mark_processed(*id, at).await.unwrap();
        }
        let left_over = |position: &str, from: &str| LeftOver {
            id: Id::generate(),
            delivery_id: ids[0],
            position: position.into(),
            reason: LeftOverReason::Unused,
            phone_number_id: Some(ours.clone()),
            business_account_id: None,
            field: None,
            content: json!({"from": from}),
            created_at: stack.now(),
        };
        let left_overs = [left_over("1", "16505551234"), left_over("2", "4930123456")];
        system
            .deliveries()
            .keep_left_overs(&left_overs)
            .await
            .unwrap();
        let names = ["16505551234".to_owned()];
        let mut after = None;
        let mut erased = 0;
        for is_end in [false, false, true] {
            let numbers = [ours.clone()];
            let looked = system.deliveries().erase(&names, &numbers, after, 2).await;
            let looked = looked.unwrap();
            erased += looked.erased;
            after = looked.next;
            assert_eq!(after.is_none(), is_end);
        }
        assert_eq!(erased, 1);
        system.commit().await.unwrap();
        let system = stack.store.read_system();
        for (index, id) in ids.iter().enumerate() {
            let found = system.deliveries().find(*id).await.unwrap().unwrap();
            let expected = if index == 0 { "{}" } else { &deliveries[index] };
            assert_eq!(found.body, expected, "{index}");
        }
        let kept = system
            .deliveries()
            .list_left_overs(newest(9))
            .await
            .unwrap();
        assert_eq!(kept.rows, left_overs[1..]);
    }
}

/// In the order in which they came.
async fn delivery_ids(stack: &Stack) -> Vec<DeliveryId> {
    use domain::job::Job;
    let lease = std::time::Duration::from_mins(1);
    let claimed = stack.store.jobs().claim(9, lease).await.unwrap();
    let mut ids: Vec<DeliveryId> = claimed
        .into_iter()
        .filter_map(|job| match job.job {
            Job::ProcessDelivery { delivery_id } => Some(delivery_id),
            _ => None,
        })
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn who_writes_while_being_erased_is_somebody_new() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let look = async || {
            let uow = stack.store.begin(business.id()).await?;
            let identities = [wa_id(&business.contact)];
            let found = uow.contacts().lock_by_identities(&identities).await?;
            Ok::<_, domain::store::StoreError>(found)
        };
        let (_, found) = join(begin(&stack, &business), look()).await;
        if let Some(contact) = found.unwrap_or_default().first() {
            assert_eq!(*contact, business.contact, "it was found before");
        }
        assert_eq!(look().await.unwrap(), []);
    }
}
