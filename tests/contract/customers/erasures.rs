//! People who are forgotten.

mod deliveries;
mod uploads;

use chrono::Duration;
use domain::{
    chats::{Message, MessageStatus, Note, ReportedStatus, Sight, StatusReport},
    customers::{
        ChangeOrigin, Consent, ConsentSource, CustomerChange, CustomerFilter, Erasure,
        ErasureCounts, MarketingConsent, TimelineKind,
    },
    event::Event,
    id::Id,
    store::Store,
    whatsapp::{AddressBookName, Blocked, Contact, ContactFilter},
};
use futures_util::future::join;
use serde_json::json;

use crate::given::{Business, Stack, assert_unavailable, concurrent_stacks, newest, stacks, wa_id};

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
        let customer = &business.customer;
        let change = CustomerChange::between(None, customer, ChangeOrigin::Member, None);
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.customer_history().append(&[change]).await.unwrap();
        uow.commit().await.unwrap();
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
        assert_eq!(
            traces.numbers,
            std::slice::from_ref(&business.account.phone_number_id)
        );
        let business_account = business.account.business_account_id.as_str();
        assert_eq!(traces.business_accounts, [business_account]);

        let uow = stack.store.begin(business.id()).await.unwrap();
        let id = business.customer.id;
        let customers = uow.customers();
        assert_eq!(customers.find(id).await.unwrap(), None);
        assert_eq!(customers.find_all(&[id]).await.unwrap(), []);
        let number = business.customer.phone_number.clone().unwrap();
        assert_eq!(customers.find_by_phone(&number).await.unwrap(), None);
        let changes = [TimelineKind::Change];
        let changes = uow.customer_history().count(id, &changes, Sight::All);
        assert_eq!(changes.await.unwrap(), 0);
        assert_eq!(
            customers.count(&CustomerFilter::default()).await.unwrap(),
            0
        );
        assert_eq!(uow.customer_merges().lock(&[id]).await.unwrap(), []);
        let identities = [wa_id(&business.contact)];
        let contacts = uow.contacts();
        let found = contacts.find_by_identities(&identities).await.unwrap();
        assert_eq!(found, None);
        assert_eq!(contacts.count(ContactFilter::default()).await.unwrap(), 0);
        let overview = uow.chats().overview(business.chat.id, None).await.unwrap();
        let overview = overview.unwrap();
        assert_eq!(overview.chat.customer_id, Some(id));
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
            theirs
                .customers()
                .count(&CustomerFilter::default())
                .await
                .unwrap(),
            1
        );
    }
}

#[tokio::test]
async fn who_found_the_person_before_comes_too_late_to_store_anything() {
    for stack in stacks().await {
        let business = stack.business().await;
        begin(&stack, &business).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(!uow.customers().update(&business.customer).await.unwrap());
        let (contacts, contact) = (uow.contacts(), &business.contact);
        contacts.update(contact).await.unwrap();
        let ids = [wa_id(contact)];
        contacts.add_identities(contact.id, &ids).await.unwrap();
        contacts.move_identities(contact.id, &ids).await.unwrap();
        let name = AddressBookName {
            name: "Zoe".into(),
            written_at: stack.now(),
        };
        contacts
            .keep_address_book_name(contact.id, &name)
            .await
            .unwrap();
        assert_eq!(contacts.address_book_name(contact.id).await.unwrap(), None);
        let blocked = Blocked {
            at: stack.now(),
            by: business.user.id,
        };
        let is_new = contacts.set_blocked(contact.id, Some(&blocked)).await;
        assert!(!is_new.unwrap());
        assert_eq!(contacts.find(contact.id).await.unwrap(), None);
        assert_eq!(contacts.find_by_identities(&ids).await.unwrap(), None);
        let consent = Consent {
            id: Id::generate(),
            customer_id: business.customer.id,
            state: MarketingConsent::OptedIn,
            source: ConsentSource::Keyword,
            proof: json!({"text": "START"}),
            occurred_at: stack.now(),
        };
        assert!(!uow.customers().insert_consent(&consent).await.unwrap());
        uow.commit().await.unwrap();

        let uow = stack.store.begin(business.id()).await.unwrap();
        let another = Contact {
            id: Id::generate(),
            ..business.contact.clone()
        };
        let made = uow.contacts().insert(&another, &ids).await;
        assert_unavailable(&made);
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
        let note = Note {
            id: Id::generate(),
            chat_id: business.chat.id,
            author_id: business.user.id,
            text: "Lives by the sea".into(),
            mentions: Vec::new(),
            created_at: stack.now(),
            updated_at: stack.now(),
            version: 1,
        };
        uow.notes().insert(&note).await.unwrap();
        uow.commit().await.unwrap();
        let traces = begin(&stack, &business).await.traces.unwrap();

        let uow = stack.store.begin(business.id()).await.unwrap();
        let erasures = uow.customer_erasures();
        for count in [2, 1, 0] {
            assert!(erasures.is_anything_left(&traces).await.unwrap());
            let erased = erasures.erase_messages(&traces, stack.now(), 2).await;
            assert_eq!(erased.unwrap().count, count);
        }
        assert_eq!(erasures.erase_notes(&traces, 2).await.unwrap(), 1);
        assert!(!erasures.is_anything_left(&traces).await.unwrap());
        let messages = uow.messages();
        let said = messages.list(business.chat.id, newest(9)).await.unwrap();
        assert_eq!(said.rows.len(), 3);
        assert!(said.rows.iter().all(|one| one.wamid.is_none()));
        assert_eq!(messages.find(others.id).await.unwrap(), Some(others));
    }
}

#[tokio::test]
async fn what_waits_is_not_sent_and_what_is_being_sent_is_left_for_later() {
    for stack in stacks().await {
        let business = stack.business().await;
        let traces = begin(&stack, &business).await.traces.unwrap();
        // By who found the chat before.
        let waiting = business.outbound("secret", stack.now());
        let sending = Message {
            status: MessageStatus::Sending,
            ..business.outbound("secret", stack.now())
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        for message in [&waiting, &sending] {
            assert!(uow.messages().insert(message, None).await.unwrap());
        }
        let erasures = uow.customer_erasures();
        let erased = erasures.erase_messages(&traces, stack.now(), 9).await;
        assert_eq!(erased.unwrap().count, 1);
        let messages = uow.messages();
        assert!(!messages.claim(waiting.id).await.unwrap());
        let failed = messages.find(waiting.id).await.unwrap().unwrap();
        assert_eq!(failed.status, MessageStatus::Failed);
        assert_eq!(failed.failed_at, Some(stack.now()));
        assert_eq!(messages.find(sending.id).await.unwrap(), Some(sending));
        assert!(erasures.is_anything_left(&traces).await.unwrap());
    }
}

#[tokio::test]
async fn reports_of_messages_that_nobody_knows_go_if_they_name_the_person() {
    for stack in stacks().await {
        let business = stack.business().await;
        let account = business.account.id;
        let number = business.contact.wa_id.clone().unwrap();
        let reports = [
            ("wamid.1", json!({"recipient_id": number}), String::new()),
            ("wamid.2", json!({}), number.clone()),
            ("wamid.3", json!({"recipient_id": "49301"}), String::new()),
        ];
        let uow = stack.store.begin(business.id()).await.unwrap();
        for (wamid, original, participant) in reports {
            let report = StatusReport {
                wamid: wamid.into(),
                status: ReportedStatus::Read,
                occurred_at: stack.now(),
                error: None,
                callback_data: None,
                participant,
            };
            let messages = uow.messages();
            let is_new = messages.insert_report(account, &report, &original, stack.now());
            assert!(is_new.await.unwrap());
        }
        uow.commit().await.unwrap();
        let traces = begin(&stack, &business).await.traces.unwrap();
        let uow = stack.store.begin(business.id()).await.unwrap();
        let erasures = uow.customer_erasures();
        erasures.erase_memories(&traces).await.unwrap();
        let wamids = ["wamid.1", "wamid.2", "wamid.3"];
        let left = uow.messages().reports_of(account, &wamids).await.unwrap();
        let left: Vec<_> = left.into_iter().map(|report| report.wamid).collect();
        assert_eq!(left, ["wamid.3"]);
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
