use chrono::Duration;
use domain::{
    chats::{ChatStatus, Label, MessageFilter, Note, Priority, SearchQuery},
    id::Id,
    store::Store,
};

use crate::given::{concurrent_stacks, contact, customer, newest, stacks};

#[tokio::test]
async fn a_chat_that_is_joined_into_another_leaves_all_that_is_in_it() {
    for stack in stacks().await {
        let business = stack.business().await;
        let (owner, into) = (business.user.id, business.chat.id);
        let gone = business
            .another_chat(stack.store.as_ref(), "Zoë", stack.now())
            .await;
        let later = stack.now() + Duration::seconds(5);
        let mut first = business.inbound("from the lighthouse", stack.now());
        let mut last = business.inbound("to the lighthouse", later);
        (first.chat_id, last.chat_id) = (into, gone.id);
        let label = |name: &str| Label::parse(name).unwrap();

        let uow = stack.store.begin(business.id()).await.unwrap();
        let chats = uow.chats();
        for message in [&first, &last] {
            assert!(uow.messages().insert(message, None).await.unwrap());
            let chat = chats.note_message(message, later).await.unwrap();
            let count = chat.inbound_count;
            assert!(chats.mark_read(chat.id, owner, count, later).await.unwrap());
        }
        let vip = [label("VIP"), label("north")];
        chats.set_labels(gone.id, &vip).await.unwrap();
        chats.set_labels(into, &vip[..1]).await.unwrap();
        let note = Note {
            id: Id::generate(),
            chat_id: gone.id,
            author_id: owner,
            text: "pays late".into(),
            mentions: Vec::new(),
            created_at: later,
            updated_at: later,
            version: 1,
        };
        uow.notes().insert(&note).await.unwrap();
        let mut urgent = chats.find(gone.id).await.unwrap().unwrap();
        urgent.priority = Priority::Urgent;
        assert!(chats.update(&urgent).await.unwrap());

        let handed_over = chats
            .hand_over(gone.contact_id, &business.contact, later)
            .await
            .unwrap();
        let [(before, stays)] = &handed_over[..] else {
            panic!("{handed_over:?}");
        };
        assert_eq!((before.id, stays.id), (gone.id, into));
        assert_eq!((before.inbound_count, stays.inbound_count), (1, 1));
        let contacts = uow.contacts();
        contacts
            .absorb(gone.contact_id, business.contact.id)
            .await
            .unwrap();
        let customers = uow.customers();
        let gone_customer = gone.customer_id.unwrap();
        customers
            .absorb(gone_customer, business.customer.id)
            .await
            .unwrap();
        assert_eq!(contacts.find(gone.contact_id).await.unwrap(), None);
        assert_eq!(customers.find(gone_customer).await.unwrap(), None);
        assert_eq!(
            contacts.identities(&[business.contact.id]).await.unwrap()[&business.contact.id].len(),
            2
        );
        uow.commit().await.unwrap();

        let read = stack.store.read(business.id());
        let chats = read.chats();
        assert_eq!(chats.find(gone.id).await.unwrap(), None);
        let joined = chats.overview(into, Some(owner)).await.unwrap().unwrap();
        assert_eq!(joined.unread_count, 0);
        assert_eq!(joined.chat.inbound_count, 2);
        assert_eq!(joined.chat.status, ChatStatus::Open);
        assert_eq!(joined.chat.priority, Priority::Urgent);
        assert_eq!(joined.chat.last_inbound_at, Some(later));
        assert_eq!(joined.labels.len(), 2);
        assert_eq!(joined.cycle.unwrap().opened_at, stack.now());
        assert_eq!(joined.last_message.unwrap().id, last.id);
        assert_eq!(read.messages().count(into).await.unwrap(), 2);
        assert_eq!(read.notes().count(into).await.unwrap(), 1);
        let in_chat = MessageFilter {
            chat_id: Some(into),
            ..Default::default()
        };
        let query = SearchQuery::parse("lighthouse").unwrap();
        let search = read.message_search();
        let found = search.find(&query, &in_chat, newest(10)).await.unwrap();
        let found: Vec<_> = found.rows.iter().map(|message| message.id).collect();
        assert_eq!(found, [last.id, first.id]);
    }
}

#[tokio::test]
async fn a_chat_moves_where_the_other_has_none_and_other_organizations_keep_theirs() {
    for stack in stacks().await {
        let business = stack.business().await;
        let stranger = stack.business().await;
        let newcomer = customer("Zoë", stack.now());
        let second = contact(&newcomer, stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.customers().insert(&newcomer).await.unwrap();
        assert!(uow.contacts().insert(&second, &[]).await.unwrap());
        let chats = uow.chats();
        let of_stranger = chats.hand_over(stranger.contact.id, &second, stack.now());
        assert_eq!(of_stranger.await.unwrap(), []);
        let moved = chats
            .hand_over(business.contact.id, &second, stack.now())
            .await
            .unwrap();
        assert_eq!(moved, [(business.chat.clone(), business.chat.clone())]);
        let chat = chats.find(business.chat.id).await.unwrap().unwrap();
        assert_eq!(chat.contact_id, second.id);
        assert_eq!(chat.customer_id, Some(newcomer.id));
        uow.contacts()
            .absorb(stranger.contact.id, second.id)
            .await
            .unwrap();
        uow.commit().await.unwrap();
        let read = stack.store.read(stranger.id());
        let theirs = read.contacts().find(stranger.contact.id).await.unwrap();
        assert_eq!(theirs, Some(stranger.contact));
    }
}

#[tokio::test]
async fn whoever_writes_in_a_chat_that_is_just_joined_into_another_finds_none() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let gone = business
            .another_chat(stack.store.as_ref(), "Zoë", stack.now())
            .await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let joined = uow
            .chats()
            .hand_over(gone.contact_id, &business.contact, stack.now());
        joined.await.unwrap();
        let (store, organization_id, id) = (stack.store.clone(), business.id(), gone.id);
        let writer = tokio::spawn(async move {
            let uow = store.begin(organization_id).await.unwrap();
            uow.chats().lock(id).await.unwrap()
        });
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(!writer.is_finished(), "it waits until the join is over");
        uow.commit().await.unwrap();
        assert_eq!(writer.await.unwrap(), None);
    }
}
