//! What happened with customers, from wherever it is kept.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::{Chat, Note, Sight},
    customers::{
        ChangeOrigin, ChangedValue, Consent, ConsentSource, Customer, CustomerChange, CustomerId,
        MarketingConsent, TimelineEntry, TimelineKind,
    },
    id::Id,
    page::{Page, PageRequest, Position, Window},
    store::Store,
    whatsapp::{AccountId, Contact},
};
use serde_json::json;
use uuid::Uuid;

use super::merges::{merge, take_back};
use crate::{
    given::{Business, Stack, account, contact, customer, stacks, wa_id},
    pages::walk,
};

/// Stores another contact of the business's customer, with a chat.
pub(crate) async fn another_chat(store: &dyn Store, business: &Business) -> Chat {
    let now = business.customer.created_at;
    let contact = Contact {
        customer_id: Some(business.customer.id),
        ..contact(&customer("Zoe", now), now)
    };
    let chat = Chat::open(business.account.id, &contact, now);
    let uow = store.begin(business.id()).await.unwrap();
    let identities = [wa_id(&contact)];
    assert!(uow.contacts().insert(&contact, &identities).await.unwrap());
    assert!(uow.chats().insert(&chat).await.unwrap());
    uow.commit().await.unwrap();
    chat
}

fn note(business: &Business, chat: &Chat, at: DateTime<Utc>) -> Note {
    Note {
        id: Id::generate(),
        chat_id: chat.id,
        author_id: business.user.id,
        text: "Wants it wrapped".into(),
        mentions: Vec::new(),
        created_at: at,
        updated_at: at,
        version: 1,
    }
}

fn consent(of: &Customer, state: MarketingConsent, at: DateTime<Utc>) -> Consent {
    Consent {
        id: Id::generate(),
        customer_id: of.id,
        state,
        source: ConsentSource::Phone,
        proof: json!({}),
        occurred_at: at,
    }
}

/// That the customer got another name at this time.
fn change(of: &Customer, at: DateTime<Utc>) -> CustomerChange {
    let renamed = Customer {
        first_name: Some("Ana".into()),
        updated_at: at,
        ..of.clone()
    };
    CustomerChange::between(Some(of), &renamed, ChangeOrigin::Whatsapp, None)
}

async fn append(stack: &Stack, business: &Business, changes: &[CustomerChange]) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    uow.customer_history().append(changes).await.unwrap();
    uow.commit().await.unwrap();
}

/// Something of each kind in each of the chats at each of these times.
async fn entries(
    stack: &Stack,
    business: &Business,
    chats: &[&Chat],
    times: &[DateTime<Utc>],
) -> Vec<TimelineEntry> {
    let mut entries = Vec::new();
    let uow = stack.store.begin(business.id()).await.unwrap();
    for at in times {
        for chat in chats {
            let mut message = business.inbound("Hola", *at);
            message.chat_id = chat.id;
            assert!(uow.messages().insert(&message, None).await.unwrap());
            entries.push(TimelineEntry::Message(Box::new(message)));
            let note = note(business, chat, *at);
            uow.notes().insert(&note).await.unwrap();
            entries.push(TimelineEntry::Note(note));
        }
        for state in [MarketingConsent::OptedIn, MarketingConsent::OptedOut] {
            let consent = consent(&business.customer, state, *at);
            assert!(uow.customers().insert_consent(&consent).await.unwrap());
            entries.push(TimelineEntry::Consent(consent));
        }
        let change = change(&business.customer, *at);
        let history = uow.customer_history();
        history.append(std::slice::from_ref(&change)).await.unwrap();
        entries.push(TimelineEntry::Change(change));
    }
    uow.commit().await.unwrap();
    entries.sort_by_key(TimelineEntry::position);
    entries.reverse();
    entries
}

async fn history_of(stack: &Stack, business: &Business, id: CustomerId) -> Vec<CustomerChange> {
    let page = PageRequest {
        window: Window::Newest,
        limit: 100,
    };
    let read = stack.store.read(business.id());
    let changes = read.customer_history();
    let changes = changes
        .list(id, &[TimelineKind::Change], Sight::All, page)
        .await;
    let changes = changes.unwrap().rows.into_iter();
    let changes = changes.map(|entry| match entry {
        TimelineEntry::Change(change) => change,
        other => panic!("{other:?}"),
    });
    changes.collect()
}

#[tokio::test]
async fn all_that_happened_is_one_list_however_many_things_happened_at_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let second = another_chat(stack.store.as_ref(), &business).await;
        let times = [1, 2].map(|seconds| stack.now() + Duration::seconds(seconds));
        let chats = [&business.chat, &second];
        let expected = entries(&stack, &business, &chats, &times).await;
        // What is another's is not in it.
        let others = business
            .another_chat(stack.store.as_ref(), "Luz", stack.now())
            .await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let note = note(&business, &others, times[0]);
        uow.notes().insert(&note).await.unwrap();
        uow.commit().await.unwrap();

        let read = stack.store.read(business.id());
        let (history, id) = (read.customer_history(), business.customer.id);
        let all = walk(async |page| {
            history
                .list(id, &TimelineKind::ALL, Sight::All, page)
                .await
                .unwrap()
        })
        .await;
        assert_eq!(all, expected);
        let count = history
            .count(id, &TimelineKind::ALL, Sight::All)
            .await
            .unwrap();
        assert_eq!(count, expected.len() as u64);
        for kind in TimelineKind::ALL {
            let page = PageRequest {
                window: Window::Newest,
                limit: 10,
            };
            let of_kind = expected.iter().filter(|entry| entry.kind() == kind);
            let of_kind: Vec<_> = of_kind.cloned().collect();
            let found = history
                .list(id, &[kind], Sight::All, page)
                .await
                .unwrap()
                .rows;
            assert_eq!(found, of_kind);
            let count = history.count(id, &[kind], Sight::All).await.unwrap();
            assert_eq!(count, of_kind.len() as u64, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn of_a_chat_out_of_sight_nothing_is_told() {
    for stack in stacks().await {
        let business = stack.business().await;
        let second = another_chat(stack.store.as_ref(), &business).await;
        let chats = [&business.chat, &second];
        let expected = entries(&stack, &business, &chats, &[stack.now()]).await;
        let mut hidden = second.clone();
        hidden.assignee_id = Some(business.user.id);
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.chats().update(&hidden).await.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let (history, id) = (read.customer_history(), business.customer.id);
        let others = Sight::OwnAndUnassigned(Id::generate());
        let of_second = |entry: &&TimelineEntry| match entry {
            TimelineEntry::Message(message) => message.chat_id == second.id,
            TimelineEntry::Note(note) => note.chat_id == second.id,
            _ => false,
        };
        let in_sight: Vec<_> = expected
            .iter()
            .filter(|it| !of_second(it))
            .cloned()
            .collect();
        assert!(in_sight.len() < expected.len());
        for (sight, expected) in [
            (others, &in_sight),
            (Sight::OwnAndUnassigned(business.user.id), &expected),
        ] {
            let list = async |page| {
                history
                    .list(id, &TimelineKind::ALL, sight, page)
                    .await
                    .unwrap()
            };
            assert_eq!(walk(list).await, *expected);
            let count = history.count(id, &TimelineKind::ALL, sight).await.unwrap();
            assert_eq!(count, expected.len() as u64);
        }
    }
}

#[tokio::test]
async fn anothers_history_is_not_seen_and_not_added_to() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        entries(&stack, &ours, &[&ours.chat], &[stack.now()]).await;
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        let page = PageRequest {
            window: Window::Newest,
            limit: 10,
        };
        let history = uow.customer_history();
        let id = ours.customer.id;
        let seen = history
            .list(id, &TimelineKind::ALL, Sight::All, page)
            .await
            .unwrap();
        assert_eq!(seen.rows, []);
        assert_eq!(
            history
                .count(id, &TimelineKind::ALL, Sight::All)
                .await
                .unwrap(),
            0
        );
        let forged = change(&ours.customer, stack.now());
        history.append(&[forged]).await.unwrap_err();
    }
}

#[tokio::test]
async fn who_has_very_many_chats_has_all_that_was_said_in_them() {
    for stack in stacks().await {
        let business = stack.business().await;
        let contacts: Vec<_> = (0..60).map(|_| business.contact.clone()).collect();
        let mut said = BTreeSet::new();
        let uow = stack.store.begin(business.id()).await.unwrap();
        for (n, contact) in contacts.into_iter().enumerate() {
            let account = account(stack.now());
            let id: AccountId = account.id;
            assert!(uow.accounts().insert(&account).await.unwrap());
            let chat = Chat::open(id, &contact, stack.now());
            assert!(uow.chats().insert(&chat).await.unwrap());
            let at = stack.now() + Duration::seconds(i64::try_from(n % 7).unwrap());
            let mut message = business.inbound("Hola", at);
            (message.chat_id, message.account_id) = (chat.id, id);
            assert!(uow.messages().insert(&message, None).await.unwrap());
            said.insert(message.id.uuid());
        }
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let history = read.customer_history();
        let kinds = [TimelineKind::Message];
        let list = async |page| {
            let page: Page<_> = history
                .list(business.customer.id, &kinds, Sight::All, page)
                .await
                .unwrap();
            page.map(|entry| entry.position())
        };
        let found: Vec<Position> = walk(list).await;
        assert!(found.is_sorted_by(|one, next| one > next));
        let ids: BTreeSet<Uuid> = found.into_iter().map(|position| position.id).collect();
        assert_eq!(ids, said);
    }
}

#[tokio::test]
async fn a_change_is_kept_as_it_is() {
    for stack in stacks().await {
        let business = stack.business().await;
        let (before, by) = (&business.customer, Some(business.user.id));
        let mut after = before.clone();
        let field = Id::generate();
        let value = domain::customers::FieldKind::Boolean.read(&json!(true));
        after.custom_fields.insert(field, value.unwrap());
        after.last_name = None;
        after.updated_at = stack.now() + Duration::seconds(1);
        let made = CustomerChange::between(None, before, ChangeOrigin::Import, None);
        let change = CustomerChange::between(Some(before), &after, ChangeOrigin::Member, by);
        append(&stack, &business, &[made.clone(), change.clone()]).await;
        let value = ChangedValue {
            field: domain::customers::Attribute::Custom(field),
            before: json!(null),
            after: json!(true),
        };
        assert!(change.values.contains(&value));
        let found = history_of(&stack, &business, before.id).await;
        assert_eq!(found, [change, made]);
    }
}

#[tokio::test]
async fn who_is_merged_brings_the_history_along_and_takes_it_back() {
    for stack in stacks().await {
        let business = stack.business().await;
        let [zoe, mut ana, mut eva] = [
            business.customer.clone(),
            customer("Ana", stack.now()),
            customer("Eva", stack.now()),
        ];
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.customers().insert(&ana).await.unwrap());
        assert!(uow.customers().insert(&eva).await.unwrap());
        uow.commit().await.unwrap();
        let at = |seconds| stack.now() + Duration::seconds(seconds);
        let of_each = [
            change(&zoe, at(1)),
            change(&ana, at(2)),
            change(&eva, at(3)),
        ];
        append(&stack, &business, &of_each).await;

        // Eva becomes Ana, and Ana becomes Zoe.
        let user = business.user.id;
        let mut merges = Vec::new();
        for (into, gone) in [(&ana, &eva), (&zoe, &ana)] {
            let uow = stack.store.begin(business.id()).await.unwrap();
            merges.push(merge(&stack, uow.as_ref(), into, gone, user).await.unwrap());
            uow.commit().await.unwrap();
        }
        let ids = |changes: Vec<CustomerChange>| changes.into_iter().map(|it| it.id).collect();
        let all: Vec<_> = ids(history_of(&stack, &business, zoe.id).await);
        assert_eq!(all, [of_each[2].id, of_each[1].id, of_each[0].id]);
        let since = change(&zoe, at(4));
        append(&stack, &business, std::slice::from_ref(&since)).await;
        let told = history_of(&stack, &business, zoe.id).await;
        assert_eq!(told[1].subject_id, eva.id);
        assert_eq!(told[1].customer_id, zoe.id);

        // Ana takes back what was Eva's as well, and gives it to her.
        let uow = stack.store.begin(business.id()).await.unwrap();
        take_back(&stack, uow.as_ref(), &merges[1]).await;
        uow.commit().await.unwrap();
        let of_zoe: Vec<_> = ids(history_of(&stack, &business, zoe.id).await);
        assert_eq!(of_zoe, [since.id, of_each[0].id]);
        let of_ana: Vec<_> = ids(history_of(&stack, &business, ana.id).await);
        assert_eq!(of_ana, [of_each[2].id, of_each[1].id]);
        let uow = stack.store.begin(business.id()).await.unwrap();
        take_back(&stack, uow.as_ref(), &merges[0]).await;
        uow.commit().await.unwrap();
        for (customer, expected) in [(&mut ana, &of_each[1]), (&mut eva, &of_each[2])] {
            let found = history_of(&stack, &business, customer.id).await;
            assert_eq!(found, std::slice::from_ref(expected));
        }
    }
}

#[tokio::test]
async fn a_customer_who_is_removed_leaves_no_history() {
    for stack in stacks().await {
        let business = stack.business().await;
        let ana = customer("Ana", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.customers().insert(&ana).await.unwrap());
        let made = CustomerChange::between(None, &ana, ChangeOrigin::Import, None);
        uow.customer_history().append(&[made]).await.unwrap();
        let left = uow.imported_customers().remove_unused(&[ana.id]).await;
        assert_eq!(left.unwrap(), []);
        uow.commit().await.unwrap();
        assert_eq!(history_of(&stack, &business, ana.id).await, []);
    }
}
