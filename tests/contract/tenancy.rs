//! No method of one organization's unit of work sees or changes another's rows.

mod team;

use std::collections::HashMap;

use domain::{
    chats::{Chat, ChatFilter, Sight},
    id::Id,
    page::Page,
    store::Store,
    whatsapp::{ContactFilter, Media, MediaKind, MediaSource, MediaState},
};

use crate::given::{Business, Stack, assert_broken, contact, customer, newest, stacks, wa_id};

async fn two(stack: &Stack) -> (Business, Business) {
    (stack.business().await, stack.business().await)
}

#[tokio::test]
async fn anothers_rows_are_not_found() {
    for stack in stacks().await {
        let (ours, theirs) = two(&stack).await;
        let message = ours.inbound("secret", stack.now());
        let wamid = message.wamid.clone().unwrap();
        let media = media(&ours, message.id, &stack);
        let uow = stack.store.begin(ours.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        uow.media().insert(&media).await.unwrap();
        uow.commit().await.unwrap();

        let read = stack.store.begin(theirs.id()).await.unwrap();
        let account = ours.account.id;
        assert_eq!(read.accounts().find(account).await.unwrap(), None);
        assert_eq!(
            read.accounts().find_even_removed(account).await.unwrap(),
            None
        );
        assert_eq!(read.contacts().find(ours.contact.id).await.unwrap(), None);
        let identities = [wa_id(&ours.contact)];
        assert_eq!(
            read.contacts()
                .find_by_identities(&identities)
                .await
                .unwrap(),
            None
        );
        assert_eq!(
            read.contacts()
                .identities(&[ours.contact.id])
                .await
                .unwrap(),
            HashMap::new()
        );
        let of_customer = read.contacts().find_by_customer(ours.customer.id).await;
        assert_eq!(of_customer.unwrap(), None);
        assert_eq!(read.customers().find(ours.customer.id).await.unwrap(), None);
        assert_eq!(
            read.customers()
                .find_all(&[ours.customer.id])
                .await
                .unwrap(),
            []
        );
        assert_eq!(
            read.customers().consents(ours.customer.id).await.unwrap(),
            []
        );
        assert_eq!(read.chats().find(ours.chat.id).await.unwrap(), None);
        let by_contact = read.chats().find_by_contact(account, ours.contact.id).await;
        assert_eq!(by_contact.unwrap(), None);
        let chats = read.chats();
        let latest = chats.find_latest_of_contact(ours.contact.id, Sight::All);
        assert_eq!(latest.await.unwrap(), None);
        assert_eq!(
            read.chats().overview(ours.chat.id, None).await.unwrap(),
            None
        );
        assert_eq!(read.messages().find(message.id).await.unwrap(), None);
        assert_eq!(read.messages().lock(message.id).await.unwrap(), None);
        assert_eq!(
            read.messages()
                .find_by_wamid(account, &wamid)
                .await
                .unwrap(),
            None
        );
        assert_eq!(
            read.messages()
                .find_by_wamids(account, &[&wamid])
                .await
                .unwrap(),
            []
        );
        assert_eq!(
            read.messages()
                .lock_by_wamid(account, &wamid)
                .await
                .unwrap(),
            None
        );
        assert_eq!(
            read.messages().latest_inbound(ours.chat.id).await.unwrap(),
            None
        );
        assert_eq!(
            read.messages()
                .annotations_of(account, &[&wamid])
                .await
                .unwrap(),
            []
        );
        assert_eq!(
            read.messages()
                .reports_of(account, &[&wamid])
                .await
                .unwrap(),
            []
        );
        assert_eq!(read.messages().count(ours.chat.id).await.unwrap(), 0);
        assert_eq!(read.media().find(media.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn lists_show_our_own_only() {
    for stack in stacks().await {
        let (ours, theirs) = two(&stack).await;
        let read = stack.store.read(theirs.id());
        let accounts = read.accounts().list(newest(10)).await.unwrap();
        assert_eq!(accounts.rows, [theirs.account]);
        let contacts = read
            .contacts()
            .list(ContactFilter::default(), newest(10))
            .await
            .unwrap();
        assert_eq!(contacts.rows, [theirs.contact]);
        let filter = ChatFilter::default();
        let chats: Page<Chat> = read
            .chats()
            .list(&filter, ours.user.id, newest(10))
            .await
            .unwrap()
            .map(|overview| overview.chat);
        assert_eq!(chats.rows, [theirs.chat]);
        let messages = read
            .messages()
            .list(ours.chat.id, newest(10))
            .await
            .unwrap();
        assert_eq!(messages.rows, []);
    }
}

fn media(business: &Business, message_id: domain::chats::MessageId, stack: &Stack) -> Media {
    Media {
        id: Id::generate(),
        source: Some(MediaSource {
            account_id: business.account.id,
            message_id,
            meta_id: "1".into(),
            url: None,
        }),
        kind: MediaKind::Image,
        mime_type: "image/jpeg".into(),
        sha256: None,
        file_name: None,
        state: MediaState::Pending,
        created_at: stack.now(),
    }
}

#[tokio::test]
async fn anothers_rows_are_not_changed() {
    for stack in stacks().await {
        let (ours, theirs) = two(&stack).await;
        let message = ours.outbound("Hola", stack.now());
        let uow = stack.store.begin(ours.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        uow.commit().await.unwrap();

        let begin = || stack.store.begin(theirs.id());
        let uow = begin().await.unwrap();
        assert!(!uow.messages().claim(message.id).await.unwrap());
        assert!(!uow.accounts().update(&ours.account).await.unwrap());
        assert!(!uow.customers().update(&ours.customer).await.unwrap());
        uow.commit().await.unwrap();

        let organizations = begin().await.unwrap();
        assert_broken(
            &organizations
                .organizations()
                .update(&ours.organization)
                .await,
        );
        drop(organizations);
        assert_broken(
            &begin()
                .await
                .unwrap()
                .contacts()
                .update(&ours.contact)
                .await,
        );
        assert_broken(&begin().await.unwrap().messages().update(&message).await);
        let uow = begin().await.unwrap();
        assert_broken(&uow.chats().note_message(&message, stack.now()).await);
        drop(uow);

        let read = stack.store.read(ours.id());
        let found = read.messages().find(message.id).await.unwrap();
        assert_eq!(found, Some(message));
        let found = read.organizations().current().await.unwrap();
        assert_eq!(found, Some(ours.organization));
    }
}

/// Each insert is refused by a foreign key over both columns.
#[tokio::test]
async fn a_reference_into_another_organization_cannot_be_stored() {
    for stack in stacks().await {
        let (ours, theirs) = two(&stack).await;
        let now = stack.now();
        let begin = || stack.store.begin(theirs.id());

        let stranger = contact(&ours.customer, now);
        let uow = begin().await.unwrap();
        assert_broken(&uow.contacts().insert(&stranger, &[]).await);
        drop(uow);

        let uow = begin().await.unwrap();
        let copy = Chat::open(theirs.account.id, &ours.contact, now);
        assert_broken(&uow.chats().insert(&copy).await);
        drop(uow);

        let uow = begin().await.unwrap();
        assert_broken(&uow.messages().insert(&ours.inbound("x", now), None).await);
        drop(uow);

        let mut reply = theirs.inbound("x", now);
        reply.sent_by = Some(ours.user.id);
        let uow = begin().await.unwrap();
        assert_broken(&uow.messages().insert(&reply, None).await);
        drop(uow);

        let message = ours.inbound("x", now);
        let uow = stack.store.begin(ours.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        uow.commit().await.unwrap();
        let uow = begin().await.unwrap();
        assert_broken(
            &uow.media()
                .insert(&media(&theirs, message.id, &stack))
                .await,
        );
        drop(uow);

        let uow = begin().await.unwrap();
        let reader = ours.user.id;
        assert_broken(&uow.chats().mark_read(theirs.chat.id, reader, 1, now).await);
        drop(uow);
        let uow = begin().await.unwrap();
        uow.customers().insert(&customer("Luz", now)).await.unwrap();
        uow.commit().await.unwrap();
    }
}
