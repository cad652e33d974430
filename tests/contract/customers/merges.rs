//! Two customers become one, and two again.

use std::slice;

use chrono::Duration;
use domain::{
    chats::Chat,
    customers::{
        Consent, ConsentSource, Customer, CustomerFilter, CustomerMerge, CustomerSort,
        MarketingConsent, MergeUndo,
    },
    id::Id,
    page::SortedRequest,
    store::{Store, StoreError, UnitOfWork},
    whatsapp::ContactId,
};
use futures_util::future::join;
use serde_json::json;

use crate::given::{Business, Stack, concurrent_stacks, contact, customer, newest, stacks, wa_id};

fn consent(of: &Customer, state: MarketingConsent, seconds: i64) -> Consent {
    Consent {
        id: Id::generate(),
        customer_id: of.id,
        state,
        source: ConsentSource::Phone,
        proof: json!({"n": seconds}),
        occurred_at: of.created_at + Duration::seconds(seconds),
    }
}

/// Another customer of the business, with a contact, a chat and words on marketing, of which
/// one is the first customer's too.
async fn other(stack: &Stack, business: &Business) -> (Customer, Chat) {
    let later = stack.now() + Duration::seconds(1);
    let chat = business
        .another_chat(stack.store.as_ref(), "Zoé", later)
        .await;
    let uow = stack.store.begin(business.id()).await.unwrap();
    let customers = uow.customers();
    let other = customers.find(chat.customer_id.unwrap()).await;
    let other = other.unwrap().unwrap();
    for (of, state, seconds) in [
        (&business.customer, MarketingConsent::OptedIn, 10),
        (&other, MarketingConsent::OptedIn, 9),
        (&other, MarketingConsent::OptedOut, 20),
    ] {
        let consent = consent(of, state, seconds);
        assert!(customers.insert_consent(&consent).await.unwrap());
    }
    uow.commit().await.unwrap();
    (other, chat)
}

/// Merges the other into the business's customer.
pub(super) async fn merge(
    stack: &Stack,
    uow: &dyn UnitOfWork,
    into: &Customer,
    other: &Customer,
    user: domain::auth::UserId,
) -> Result<CustomerMerge, StoreError> {
    let merges = uow.customer_merges();
    let locked = merges.lock(&[into.id, other.id]).await?;
    let find = |id| locked.iter().find(|one| one.id == id).cloned();
    let (Some(into), Some(other)) = (find(into.id), find(other.id)) else {
        return Err(StoreError::Unavailable("one of them is gone".into()));
    };
    let moved = merges.belongings(other.id).await?;
    let mut consents = uow.customers().consents(into.id).await?;
    consents.extend(moved.consents.iter().cloned());
    let mut survivor = into.merged_with(&other, &consents).unwrap().customer;
    survivor.updated_at = stack.now() + Duration::minutes(1);
    let merge = CustomerMerge {
        id: Id::generate(),
        customer_id: into.id,
        other_id: other.id,
        merged_by: user,
        merged_at: survivor.updated_at,
        undone_at: None,
        undo: Some(MergeUndo {
            customer: into,
            merged: survivor.clone(),
            other,
            contacts: moved.contacts.iter().map(|contact| contact.id).collect(),
            consents: moved.consents,
        }),
    };
    merges.insert(&merge, &survivor).await?;
    Ok(merge)
}

/// Undoes it, for those of whom nothing else was changed since.
pub(super) async fn take_back(stack: &Stack, uow: &dyn UnitOfWork, merge: &CustomerMerge) {
    let merges = uow.customer_merges();
    let present = merges.lock(&[merge.customer_id]).await.unwrap().remove(0);
    let undo = merge.undo.as_ref().unwrap();
    let has = merges.belongings(merge.customer_id).await.unwrap();
    let apart = undo.apart(&present, &has.consents);
    let contacts = undo.contacts_of_other(has.contacts);
    let contacts: Vec<ContactId> = contacts.iter().map(|contact| contact.id).collect();
    let undone = CustomerMerge {
        undone_at: Some(stack.now() + Duration::minutes(2)),
        ..merge.clone()
    };
    assert!(merges.take_back(&undone, &apart, &contacts).await.unwrap());
}

#[tokio::test]
async fn all_that_is_the_others_moves_and_comes_back() {
    for stack in stacks().await {
        let business = stack.business().await;
        let stranger = stack.business().await;
        let (other, chat) = other(&stack, &business).await;
        let read = stack.store.read(business.id());
        let stays = read.customers().find(business.customer.id).await.unwrap();
        let stays = stays.unwrap();
        let other = read.customers().find(other.id).await.unwrap().unwrap();

        let uow = stack.store.begin(business.id()).await.unwrap();
        let user = business.user.id;
        let merge = merge(&stack, uow.as_ref(), &stays, &other, user).await;
        let merge = merge.unwrap();
        uow.commit().await.unwrap();
        let undo = merge.undo.clone().unwrap();

        assert_eq!(read.customers().find(other.id).await.unwrap(), None);
        let now = read.customers().find(stays.id).await.unwrap().unwrap();
        let mut expected = undo.merged.clone();
        expected.version += 1;
        assert_eq!(now, expected);
        assert_eq!(now.marketing_consent, MarketingConsent::OptedOut);
        let number = other.phone_number.clone().unwrap();
        assert_eq!(now.other_phone_numbers, slice::from_ref(&number));
        let by_number = read.customers().find_by_phone(&number).await.unwrap();
        assert_eq!(by_number.unwrap().id, stays.id);
        let search = CustomerFilter {
            search: Some(number.digits().to_owned()),
            ..CustomerFilter::default()
        };
        let page = SortedRequest {
            sort: CustomerSort::CreatedAt,
            descending: true,
            after: None,
            limit: 10,
        };
        let found = read.customers().list(&search, &page).await.unwrap();
        assert_eq!(found.rows, slice::from_ref(&now));
        let merges = read.customer_merges();
        let has = merges.belongings(stays.id).await.unwrap();
        let contacts: Vec<ContactId> = has.contacts.iter().map(|one| one.id).collect();
        assert_eq!(contacts, [business.contact.id, chat.contact_id]);
        assert_eq!(has.chats.len(), 2);
        // One of them both have said.
        assert_eq!(has.consents.len(), 2);
        assert_eq!(
            merges.list(stays.id, newest(5)).await.unwrap().rows,
            slice::from_ref(&merge)
        );
        assert_eq!(merges.count(stays.id).await.unwrap(), 1);
        // Nobody else's.
        let theirs = stack.store.begin(stranger.id()).await.unwrap();
        let merges = theirs.customer_merges();
        assert_eq!(merges.lock(&[stays.id]).await.unwrap(), []);
        assert_eq!(merges.lock_merge(stays.id, merge.id).await.unwrap(), None);
        assert_eq!(merges.count(stays.id).await.unwrap(), 0);
        merges.forget(merge.id).await.unwrap();
        drop(theirs);

        let uow = stack.store.begin(business.id()).await.unwrap();
        let merges = uow.customer_merges();
        let found = merges.lock_merge(stays.id, merge.id).await.unwrap();
        assert_eq!(found, Some(merge.clone()));
        assert_eq!(merges.lock_merge(other.id, merge.id).await.unwrap(), None);
        let apart = undo.apart(&now, &has.consents);
        let mut undone = merge.clone();
        undone.undone_at = Some(stack.now() + Duration::minutes(2));
        let contacts = [chat.contact_id];
        let is_back = merges.take_back(&undone, &apart, &contacts).await.unwrap();
        assert!(is_back);
        uow.commit().await.unwrap();

        let again = read.customers().find(other.id).await.unwrap();
        assert_eq!(again, Some(other.clone()));
        let mut expected = stays.clone();
        (expected.version, expected.updated_at) = (now.version + 1, now.updated_at);
        let left = read.customers().find(stays.id).await.unwrap();
        assert_eq!(left, Some(expected));
        let by_number = read.customers().find_by_phone(&number).await.unwrap();
        assert_eq!(by_number.unwrap().id, other.id);
        let merges = read.customer_merges();
        for (customer, chat) in [(&stays, &business.chat), (&other, &chat)] {
            let has = merges.belongings(customer.id).await.unwrap();
            assert_eq!(has.chats, [chat.id]);
            assert_eq!(has.contacts[0].id, chat.contact_id);
        }
        let consents = read.customers().consents(other.id).await.unwrap();
        assert_eq!(consents, undo.consents);
        let listed = merges.list(stays.id, newest(5)).await.unwrap().rows;
        assert_eq!(listed[0].undone_at, undone.undone_at);
        assert_eq!(listed[0].undo, None);
    }
}

#[tokio::test]
async fn a_number_among_others_is_had_by_one_customer() {
    for stack in stacks().await {
        let business = stack.business().await;
        let (other, _) = other(&stack, &business).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let user = business.user.id;
        merge(&stack, uow.as_ref(), &business.customer, &other, user)
            .await
            .unwrap();
        let mut newcomer = customer("Ben", stack.now());
        assert!(uow.customers().insert(&newcomer).await.unwrap());
        let number = other.phone_number.clone();
        let thief = Customer {
            phone_number: number.clone(),
            ..customer("Bea", stack.now())
        };
        assert!(!uow.customers().insert(&thief).await.unwrap());
        newcomer.phone_number = number.clone();
        assert!(!uow.customers().update(&newcomer).await.unwrap());
        let imported = uow.imported_customers();
        let numbers = [number.unwrap()];
        let found = imported.lock_by_phone_numbers(&numbers).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, business.customer.id);
        // What was refused leaves nothing that could not be committed.
        uow.commit().await.unwrap();
        let uow = stack.store.begin(business.id()).await.unwrap();
        let refused = uow.imported_customers().insert_all(&[thief]).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    }
}

#[tokio::test]
async fn nothing_leads_back_from_a_merge_that_is_forgotten() {
    for stack in stacks().await {
        let business = stack.business().await;
        let (other, _) = other(&stack, &business).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let user = business.user.id;
        let merge = merge(&stack, uow.as_ref(), &business.customer, &other, user).await;
        let merge = merge.unwrap();
        let merges = uow.customer_merges();
        merges.forget(merge.id).await.unwrap();
        merges.forget(merge.id).await.unwrap();
        let found = merges.lock_merge(merge.customer_id, merge.id).await;
        let expected = CustomerMerge {
            undo: None,
            ..merge
        };
        assert_eq!(found.unwrap(), Some(expected));
    }
}

#[tokio::test]
async fn of_two_merges_crosswise_one_happens() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let (other, _) = other(&stack, &business).await;
        let one = business.customer.clone();
        let user = business.user.id;
        let run = async |into: &Customer, gone: &Customer| {
            let uow = stack.store.begin(business.id()).await?;
            merge(&stack, uow.as_ref(), into, gone, user).await?;
            uow.commit().await
        };
        let (first, second) = join(run(&one, &other), run(&other, &one)).await;
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let read = stack.store.read(business.id());
        let left = read.customers().find_all(&[one.id, other.id]).await;
        let [left] = &left.unwrap()[..] else {
            panic!("one stays");
        };
        let has = read.customer_merges().belongings(left.id).await.unwrap();
        assert_eq!((has.contacts.len(), has.chats.len()), (2, 2));
        // One of them both have said.
        assert_eq!(has.consents.len(), 2);
    }
}

#[tokio::test]
async fn who_gets_a_contact_while_being_merged_loses_it_to_nobody() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let (other, _) = other(&stack, &business).await;
        let mut newcomer = contact(&customer("Zoe", stack.now()), stack.now());
        newcomer.customer_id = Some(other.id);
        let meet = async || {
            let uow = stack.store.begin(business.id()).await?;
            let identities = [wa_id(&newcomer)];
            uow.contacts().insert(&newcomer, &identities).await?;
            uow.commit().await
        };
        let run = async || {
            let uow = stack.store.begin(business.id()).await?;
            let user = business.user.id;
            merge(&stack, uow.as_ref(), &business.customer, &other, user).await?;
            uow.commit().await
        };
        let (arrival, merged) = join(meet(), run()).await;
        merged.unwrap();
        let read = stack.store.read(business.id());
        let found = read.contacts().find(newcomer.id).await.unwrap();
        match found {
            Some(contact) => assert_eq!(contact.customer_id, Some(business.customer.id)),
            // Whoever was late knows it, and looks again.
            None => assert!(arrival.is_err()),
        }
    }
}
