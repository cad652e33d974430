use std::time::Duration;

use domain::{
    chats::{CannedReply, Shortcut, VariableText},
    id::Id,
    store::Store,
};
use futures_util::future::join_all;

use crate::{
    given::{Business, Stack, concurrent_stacks, newest, stacks},
    pages::walk,
};

fn shortcut(text: &str) -> Shortcut {
    Shortcut::try_from(text.to_owned()).unwrap()
}

fn reply(name: &str, text: &str, stack: &Stack) -> CannedReply {
    CannedReply {
        id: Id::generate(),
        shortcut: shortcut(name),
        text: VariableText::parse(text.to_owned(), 4096).unwrap(),
        created_at: stack.now(),
        updated_at: stack.now(),
        version: 1,
    }
}

async fn insert(stack: &Stack, business: &Business, reply: &CannedReply) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let inserted = uow.canned_replies().insert(reply).await.unwrap();
    uow.commit().await.unwrap();
    inserted
}

async fn update(stack: &Stack, business: &Business, reply: &CannedReply) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let updated = uow.canned_replies().update(reply).await.unwrap();
    uow.commit().await.unwrap();
    updated
}

async fn remove(stack: &Stack, business: &Business, reply: &CannedReply) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let replies = uow.canned_replies();
    let removed = replies.remove(reply.id, reply.version).await.unwrap();
    uow.commit().await.unwrap();
    removed
}

#[tokio::test]
async fn a_canned_reply_is_kept_as_it_is_changed_and_removed_by_its_version() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut hello = reply("hello", "¡Hola {{customer.firstName|friend}}!", &stack);
        assert!(insert(&stack, &business, &hello).await);
        let read = stack.store.read(business.id());
        let replies = read.canned_replies();
        assert_eq!(replies.find(hello.id).await.unwrap(), Some(hello.clone()));
        let by_shortcut = replies.find_by_shortcut(&hello.shortcut).await.unwrap();
        assert_eq!(by_shortcut, Some(hello.clone()));

        hello.shortcut = shortcut("good-day");
        hello.text = VariableText::parse("Good day".into(), 100).unwrap();
        hello.updated_at = stack.now() + Duration::from_secs(1);
        assert!(update(&stack, &business, &hello).await);
        assert!(!update(&stack, &business, &hello).await);
        assert!(!remove(&stack, &business, &hello).await);
        hello.version = 2;
        assert_eq!(replies.find(hello.id).await.unwrap(), Some(hello.clone()));
        let gone = replies.find_by_shortcut(&shortcut("hello")).await.unwrap();
        assert_eq!(gone, None);
        assert!(remove(&stack, &business, &hello).await);
        assert_eq!(replies.find(hello.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_shortcut_is_had_by_one_in_each_organization() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let first = reply("hello", "Hello", &stack);
        let mut second = reply("bye", "Bye", &stack);
        assert!(insert(&stack, &ours, &first).await);
        assert!(insert(&stack, &ours, &second).await);
        assert!(!insert(&stack, &ours, &reply("hello", "Hi", &stack)).await);
        assert!(insert(&stack, &theirs, &reply("hello", "Hi", &stack)).await);
        second.shortcut = first.shortcut.clone();
        assert!(!update(&stack, &ours, &second).await);
        let read = stack.store.read(ours.id());
        let found = read.canned_replies().find(second.id).await.unwrap();
        assert_eq!(found.unwrap().shortcut, shortcut("bye"));
    }
}

#[tokio::test]
async fn of_those_who_take_a_shortcut_at_once_one_has_it() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let inserts = (0..8).map(async |number: i32| {
            let new = reply("hello", &number.to_string(), &stack);
            insert(&stack, &business, &new).await
        });
        let inserted = join_all(inserts).await;
        assert_eq!(inserted.iter().filter(|inserted| **inserted).count(), 1);
    }
}

#[tokio::test]
async fn canned_replies_are_found_by_part_of_their_shortcut_or_text() {
    for stack in stacks().await {
        let business = stack.business().await;
        let hours = reply("hours", "Abrimos mañana a las 9 – 100%", &stack);
        stack.clock.advance(Duration::from_secs(1));
        let thanks = reply("thank_you", "¡GRACIAS!", &stack);
        for reply in [&hours, &thanks] {
            assert!(insert(&stack, &business, reply).await);
        }
        let read = stack.store.read(business.id());
        let replies = read.canned_replies();
        for (search, expected) in [
            (None, vec![&thanks, &hours]),
            (Some("our"), vec![&hours]),
            (Some("manana"), vec![&hours]),
            (Some("gracias"), vec![&thanks]),
            (Some("k_y"), vec![&thanks]),
            (Some("100%"), vec![&hours]),
            (Some("1%"), vec![]),
            (Some("kXy"), vec![]),
        ] {
            let page = replies.list(search, newest(10)).await.unwrap();
            let found: Vec<_> = page.rows.iter().collect();
            assert_eq!(found, expected, "{search:?}");
            let count = replies.count(search).await.unwrap();
            assert_eq!(count, expected.len() as u64, "{search:?}");
        }
    }
}

#[tokio::test]
async fn canned_replies_are_walked_in_both_directions() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut expected = Vec::new();
        for number in 0..8 {
            let new = reply(&format!("r{number}"), "Text", &stack);
            assert!(insert(&stack, &ours, &new).await);
            expected.push(new);
            let anothers = reply(&format!("r{number}"), "Text", &stack);
            assert!(insert(&stack, &theirs, &anothers).await);
            if number % 4 == 3 {
                stack.clock.advance(Duration::from_secs(1));
            }
        }
        expected.sort_by_key(|reply| std::cmp::Reverse((reply.created_at, reply.id)));
        let read = stack.store.read(ours.id());
        let replies = read.canned_replies();
        let walked = walk(async |page| replies.list(None, page).await.unwrap()).await;
        assert_eq!(walked, expected);
    }
}

#[tokio::test]
async fn another_organization_neither_sees_nor_changes_a_canned_reply() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let hello = reply("hello", "Hello", &stack);
        assert!(insert(&stack, &ours, &hello).await);
        let read = stack.store.read(theirs.id());
        let replies = read.canned_replies();
        assert_eq!(replies.find(hello.id).await.unwrap(), None);
        let by_shortcut = replies.find_by_shortcut(&hello.shortcut).await.unwrap();
        assert_eq!(by_shortcut, None);
        assert_eq!(replies.list(None, newest(10)).await.unwrap().rows, []);
        assert_eq!(replies.count(None).await.unwrap(), 0);
        assert!(!update(&stack, &theirs, &hello).await);
        assert!(!remove(&stack, &theirs, &hello).await);
    }
}
