use std::{collections::BTreeSet, time::Duration};

use domain::{
    auth::UserId,
    chats::{ChatId, Note},
    id::Id,
    organizations::Role,
    store::Store,
};
use futures_util::future::join_all;

use crate::{
    given::{Business, Stack, assert_broken, colleague, concurrent_stacks, newest, stacks},
    pages::walk,
};

fn note(business: &Business, chat_id: ChatId, stack: &Stack) -> Note {
    Note {
        id: Id::generate(),
        chat_id,
        author_id: business.user.id,
        text: "Wants it gift-wrapped 🎁".into(),
        mentions: vec![business.user.id],
        created_at: stack.now(),
        updated_at: stack.now(),
        version: 1,
    }
}

async fn insert(stack: &Stack, business: &Business, note: &Note) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    uow.notes().insert(note).await.unwrap();
    uow.commit().await.unwrap();
}

async fn update(stack: &Stack, business: &Business, note: &Note) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let updated = uow.notes().update(note).await.unwrap();
    uow.commit().await.unwrap();
    updated
}

async fn remove(stack: &Stack, business: &Business, note: &Note) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let removed = uow.notes().remove(note.id, note.version).await.unwrap();
    uow.commit().await.unwrap();
    removed
}

#[tokio::test]
async fn a_note_is_kept_as_it_is_changed_and_removed_by_its_version() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut note = note(&business, business.chat.id, &stack);
        insert(&stack, &business, &note).await;
        let read = stack.store.read(business.id());
        let found = read.notes().find(note.id).await.unwrap();
        assert_eq!(found, Some(note.clone()));

        note.text = "Does not".into();
        note.mentions.clear();
        note.updated_at = stack.now() + Duration::from_secs(1);
        assert!(update(&stack, &business, &note).await);
        assert!(!update(&stack, &business, &note).await);
        assert!(!remove(&stack, &business, &note).await);
        note.version = 2;
        let found = read.notes().find(note.id).await.unwrap();
        assert_eq!(found, Some(note.clone()));
        assert!(remove(&stack, &business, &note).await);
        assert_eq!(read.notes().find(note.id).await.unwrap(), None);
        assert!(!update(&stack, &business, &note).await);
    }
}

#[tokio::test]
async fn of_those_who_change_a_note_at_once_one_does() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let note = note(&business, business.chat.id, &stack);
        insert(&stack, &business, &note).await;
        let attempts = (0..8).map(|_| update(&stack, &business, &note));
        let updated = join_all(attempts).await;
        assert_eq!(updated.iter().filter(|updated| **updated).count(), 1);
    }
}

#[tokio::test]
async fn the_notes_of_a_chat_are_walked_in_both_directions() {
    for stack in stacks().await {
        let business = stack.business().await;
        let store = stack.store.as_ref();
        let other = business.another_chat(store, "Bo", stack.now()).await;
        let mut expected = Vec::new();
        for number in 0..8 {
            insert(&stack, &business, &note(&business, other.id, &stack)).await;
            let note = note(&business, business.chat.id, &stack);
            insert(&stack, &business, &note).await;
            expected.push(note);
            if number % 4 == 3 {
                stack.clock.advance(Duration::from_secs(1));
            }
        }
        expected.sort_by_key(|note| std::cmp::Reverse((note.created_at, note.id)));
        let read = stack.store.read(business.id());
        let chat = business.chat.id;
        let walked = walk(async |page| read.notes().list(chat, page).await.unwrap()).await;
        assert_eq!(walked, expected);
        assert_eq!(read.notes().count(chat).await.unwrap(), 8);
    }
}

#[tokio::test]
async fn another_organization_neither_sees_nor_changes_a_note() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let note = note(&ours, ours.chat.id, &stack);
        insert(&stack, &ours, &note).await;
        let read = stack.store.read(theirs.id());
        assert_eq!(read.notes().find(note.id).await.unwrap(), None);
        let page = read.notes().list(ours.chat.id, newest(10)).await.unwrap();
        assert_eq!(page.rows, []);
        assert_eq!(read.notes().count(ours.chat.id).await.unwrap(), 0);
        assert!(!update(&stack, &theirs, &note).await);
        assert!(!remove(&stack, &theirs, &note).await);
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert_broken(&uow.notes().insert(&note).await);
    }
}

#[tokio::test]
async fn names_are_those_of_members_present_and_past() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut inactive = colleague(&stack, &ours, Role::Agent).await;
        let removed = colleague(&stack, &ours, Role::Agent).await;
        let uow = stack.store.begin(ours.id()).await.unwrap();
        inactive.active = false;
        assert!(uow.members().update(&inactive).await.unwrap());
        let gone = uow.members().remove(removed.user_id, stack.now()).await;
        assert!(gone.unwrap());
        uow.commit().await.unwrap();

        let read = stack.store.read(ours.id());
        let asked = [
            ours.user.id,
            ours.user.id,
            inactive.user_id,
            removed.user_id,
            theirs.user.id,
            UserId::generate(),
        ];
        let names = read.members().names(&asked).await.unwrap();
        let active: BTreeSet<_> = names.iter().map(|it| (it.user_id, it.active)).collect();
        let expected = [
            (ours.user.id, true),
            (inactive.user_id, false),
            (removed.user_id, false),
        ];
        assert_eq!((names.len(), active), (3, expected.into()));
        let mine = names.iter().find(|it| it.user_id == ours.user.id).unwrap();
        assert_eq!((&*mine.first_name, &*mine.last_name), ("Ana", "Paz"));
        assert_eq!(read.members().names(&[]).await.unwrap(), []);
    }
}
