//! Who is blocked, and whom messages do not reach.

use chrono::Duration;
use domain::{
    store::Store,
    whatsapp::{Blocked, ContactFilter, Undeliverable},
};

use crate::given::{newest, stacks};

#[tokio::test]
async fn marks_are_set_and_taken_away_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let stranger = stack.business().await;
        let id = business.contact.id;
        let blocked = Blocked {
            at: stack.now(),
            by: business.user.id,
        };
        let undeliverable = Undeliverable {
            at: stack.now(),
            reason: "Not on WhatsApp".into(),
        };
        let later = Undeliverable {
            at: stack.now() + Duration::seconds(5),
            reason: "Gone".into(),
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        let contacts = uow.contacts();
        assert!(!contacts.set_blocked(id, None).await.unwrap());
        assert!(contacts.set_blocked(id, Some(&blocked)).await.unwrap());
        assert!(!contacts.set_blocked(id, Some(&blocked)).await.unwrap());
        for (mark, is_news) in [(&undeliverable, true), (&later, false)] {
            let set = contacts.set_undeliverable(id, Some(mark)).await.unwrap();
            assert_eq!(set, is_news);
        }
        let theirs = stranger.contact.id;
        assert!(!contacts.set_blocked(theirs, Some(&blocked)).await.unwrap());
        // What is told of somebody later changes no mark, whoever read them before it was set.
        contacts.update(&business.contact).await.unwrap();
        let marked = contacts.find(id).await.unwrap().unwrap();
        assert_eq!(marked.blocked, Some(blocked));
        assert_eq!(marked.undeliverable, Some(undeliverable));

        assert!(contacts.set_undeliverable(id, None).await.unwrap());
        assert!(!contacts.set_undeliverable(id, None).await.unwrap());
        assert!(contacts.set_blocked(id, None).await.unwrap());
        let contact = contacts.find(id).await.unwrap();
        assert_eq!(contact, Some(business.contact));
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn contacts_are_found_by_their_marks() {
    for stack in stacks().await {
        let business = stack.business().await;
        let store = stack.store.as_ref();
        let silent = business.another_chat(store, "Ana", stack.now()).await;
        let blocked = Blocked {
            at: stack.now(),
            by: business.user.id,
        };
        let undeliverable = Undeliverable {
            at: stack.now(),
            reason: "Not on WhatsApp".into(),
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        let contacts = uow.contacts();
        let ids = [business.contact.id, silent.contact_id];
        contacts.set_blocked(ids[0], Some(&blocked)).await.unwrap();
        let mark = contacts.set_undeliverable(ids[1], Some(&undeliverable));
        assert!(mark.await.unwrap());
        uow.commit().await.unwrap();

        let read = stack.store.read(business.id());
        let contacts = read.contacts();
        let search = Some("ana");
        for (search, blocked, undeliverable, expected) in [
            (None, Some(true), None, &ids[..1]),
            (None, Some(false), None, &ids[1..]),
            (None, None, Some(true), &ids[1..]),
            (None, Some(true), Some(true), &[]),
            (search, None, Some(true), &ids[1..]),
            (search, Some(true), None, &[]),
        ] {
            let filter = ContactFilter {
                search,
                blocked,
                undeliverable,
                customer: None,
            };
            let page = contacts.list(filter, newest(10)).await.unwrap();
            let found: Vec<_> = page.rows.iter().map(|contact| contact.id).collect();
            assert_eq!(found, expected, "{filter:?}");
            let count = contacts.count(filter).await.unwrap();
            assert_eq!(count, expected.len() as u64);
        }
        let identities = contacts.identities(&ids).await.unwrap();
        assert_eq!(identities.len(), 2);
        let chats = read.chats().list_of_contact(ids[1]).await.unwrap();
        assert_eq!(
            chats.iter().map(|it| it.id).collect::<Vec<_>>(),
            [silent.id]
        );
    }
}
