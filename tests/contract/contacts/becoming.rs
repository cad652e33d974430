//! Contacts who are no customers, until they become some.

use chrono::Duration;
use domain::{
    chats::Chat,
    customers::Customer,
    store::Store,
    whatsapp::{Contact, ContactFilter},
};
use futures_util::future::join;

use crate::given::{Business, Stack, concurrent_stacks, contact, customer, newest, stacks, wa_id};

/// Stores somebody who is no customer, with a chat in which they wrote this long after the
/// chat was opened.
async fn stranger(stack: &Stack, business: &Business, wrote_after: Duration) -> (Contact, Chat) {
    let now = stack.now();
    let contact = Contact {
        customer_id: None,
        ..contact(&customer("Zoe", now), now)
    };
    let chat = Chat {
        last_inbound_at: Some(now + wrote_after),
        ..Chat::open(business.account.id, &contact, now)
    };
    let uow = stack.store.begin(business.id()).await.unwrap();
    let identities = [wa_id(&contact)];
    assert!(uow.contacts().insert(&contact, &identities).await.unwrap());
    assert!(uow.chats().insert(&chat).await.unwrap());
    uow.commit().await.unwrap();
    (contact, chat)
}

async fn kept(stack: &Stack, business: &Business, name: &str) -> Customer {
    let customer = customer(name, stack.now());
    let uow = stack.store.begin(business.id()).await.unwrap();
    assert!(uow.customers().insert(&customer).await.unwrap());
    uow.commit().await.unwrap();
    customer
}

#[tokio::test]
async fn who_is_no_customer_becomes_one_with_all_chats() {
    for stack in stacks().await {
        let (business, theirs) = (stack.business().await, stack.business().await);
        let (first, chat) = stranger(&stack, &business, Duration::hours(2)).await;
        let (second, _) = stranger(&stack, &business, Duration::hours(1)).await;
        let read = stack.store.read(business.id());
        let found = read.contacts().find(first.id).await.unwrap();
        assert_eq!(found, Some(first.clone()));
        let overview = read.chats().overview(chat.id, None).await.unwrap();
        let person = overview.unwrap().person;
        assert_eq!((person.customer, person.contact), (None, first.clone()));
        for (customer, expected) in [(false, 2), (true, 1)] {
            let filter = ContactFilter {
                customer: Some(customer),
                ..ContactFilter::default()
            };
            let list = read.contacts().list(filter, newest(10)).await.unwrap();
            assert_eq!(list.rows.len(), expected);
            let count = read.contacts().count(filter).await.unwrap();
            assert_eq!(count, expected as u64);
        }

        let [ana, luz] = [
            kept(&stack, &business, "Ana").await,
            kept(&stack, &business, "Luz").await,
        ];
        let uow = stack.store.begin(business.id()).await.unwrap();
        let contacts = uow.contacts();
        let one = contacts.lock_without_customer(1).await.unwrap();
        assert_eq!(one, std::slice::from_ref(&first));
        let both = contacts.lock_without_customer(10).await.unwrap();
        assert_eq!(both, [first.clone(), second.clone()]);
        let of = [(first.id, ana.id), (second.id, ana.id)];
        contacts.give_customers(&of).await.unwrap();
        // Who is a customer stays that customer.
        let of = [(business.contact.id, luz.id)];
        contacts.give_customers(&of).await.unwrap();
        // Read before.
        contacts.update(&first).await.unwrap();
        assert_eq!(contacts.lock_without_customer(10).await.unwrap(), []);
        uow.commit().await.unwrap();

        let now = read.contacts().find(first.id).await.unwrap().unwrap();
        assert_eq!(now.customer_id, Some(ana.id));
        let now = read.contacts().find(business.contact.id).await.unwrap();
        assert_eq!(now, Some(business.contact.clone()));
        let now = read.chats().overview(chat.id, None).await.unwrap().unwrap();
        assert_eq!(now.chat.customer_id, Some(ana.id));
        assert_eq!(now.person.customer.unwrap().id, ana.id);
        let seen = read.customers().find(ana.id).await.unwrap().unwrap();
        let last = chat.last_inbound_at;
        assert_eq!((seen.last_seen_at, seen.version), (last, ana.version));
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        let contacts = uow.contacts();
        assert_eq!(contacts.lock_without_customer(10).await.unwrap(), []);
        assert_eq!(contacts.lock(first.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn anothers_contacts_are_given_to_nobody() {
    for stack in stacks().await {
        let (business, theirs) = (stack.business().await, stack.business().await);
        let (stranger, _) = stranger(&stack, &business, Duration::zero()).await;
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        let of = [(stranger.id, theirs.customer.id)];
        uow.contacts().give_customers(&of).await.unwrap();
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let found = read.contacts().find(stranger.id).await.unwrap();
        assert_eq!(found, Some(stranger));
    }
}

#[tokio::test]
async fn of_two_who_make_customers_at_once_each_contact_is_had_by_one() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        for _ in 0..3 {
            stranger(&stack, &business, Duration::zero()).await;
        }
        let customers = [
            kept(&stack, &business, "Ana").await,
            kept(&stack, &business, "Luz").await,
        ];
        let make = async |customer: &Customer| {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let found = uow.contacts().lock_without_customer(10).await.unwrap();
            let of: Vec<_> = found.iter().map(|it| (it.id, customer.id)).collect();
            if !of.is_empty() {
                uow.contacts().give_customers(&of).await.unwrap();
            }
            uow.commit().await.unwrap();
            of.len()
        };
        let (first, second) = join(make(&customers[0]), make(&customers[1])).await;
        assert_eq!(first + second, 3);
    }
}
