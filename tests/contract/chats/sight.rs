//! Chats that somebody does not see are in no list, no count and no search.

use std::collections::HashMap;

use chrono::Duration;
use domain::{
    chats::{AssigneeFilter, ChatFilter, ChatId, MessageFilter, SearchQuery, Sight},
    id::Id,
    organizations::Role,
    page::PageRequest,
    store::Store,
};

use crate::{
    given::{Business, Stack, colleague, newest, stacks},
    pages::walk,
};

/// As many chats of the colleague's, of the owner's and of nobody's, in turn, some at equal
/// times; answers those that the colleague sees, newest first.
async fn chats_in_turn(
    stack: &Stack,
    business: &Business,
    own: domain::auth::UserId,
) -> Vec<ChatId> {
    let assignees = [Some(own), Some(business.user.id), None];
    let mut seen = vec![business.chat.clone()];
    for number in 0..24 {
        let at = stack.now() + Duration::seconds(number / 4);
        let store = stack.store.as_ref();
        let chat = business
            .another_chat(store, &format!("Customer {number}"), at)
            .await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let mut given = uow.chats().find(chat.id).await.unwrap().unwrap();
        given.assignee_id = assignees[usize::try_from(number).unwrap() % 3];
        assert!(uow.chats().update(&given).await.unwrap());
        uow.commit().await.unwrap();
        if given.assignee_id != Some(business.user.id) {
            seen.push(given);
        }
    }
    seen.sort_by_key(|chat| std::cmp::Reverse((chat.last_activity_at, chat.id)));
    seen.iter().map(|chat| chat.id).collect()
}

#[tokio::test]
async fn pages_show_every_chat_in_sight_once_and_no_other() {
    for stack in stacks().await {
        let business = stack.business().await;
        let own = colleague(&stack, &business, Role::Agent).await.user_id;
        let expected = chats_in_turn(&stack, &business, own).await;
        let read = stack.store.read(business.id());
        let filter = ChatFilter {
            sight: Sight::OwnAndUnassigned(own),
            ..ChatFilter::default()
        };
        let list = async |page: PageRequest| {
            let page = read.chats().list(&filter, own, page).await.unwrap();
            page.map(|overview| overview.chat.id)
        };
        assert_eq!(walk(list).await, expected);
        let count = async |assignee, sight| {
            let filter = ChatFilter {
                assignee,
                sight,
                ..ChatFilter::default()
            };
            read.chats().count(&filter, own).await.unwrap()
        };
        let of = |id| Some(AssigneeFilter::User(id));
        let boss = business.user.id;
        for (assignee, in_sight, in_all) in [
            (None, 17, 25),
            (Some(AssigneeFilter::Nobody), 9, 9),
            (of(own), 8, 8),
            (of(boss), 0, 8),
        ] {
            assert_eq!(
                count(assignee, filter.sight).await,
                in_sight,
                "{assignee:?}"
            );
            assert_eq!(count(assignee, Sight::All).await, in_all, "{assignee:?}");
        }
    }
}

#[tokio::test]
async fn it_is_known_whose_each_chat_is() {
    for stack in stacks().await {
        let (business, stranger) = (stack.business().await, stack.business().await);
        let own = colleague(&stack, &business, Role::Agent).await.user_id;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let mut given = business.chat.clone();
        given.assignee_id = Some(own);
        assert!(uow.chats().update(&given).await.unwrap());
        uow.commit().await.unwrap();
        let nobodys = business
            .another_chat(stack.store.as_ref(), "Luz", stack.now())
            .await;
        let read = stack.store.read(business.id());
        let ids = [given.id, nobodys.id, stranger.chat.id, Id::generate()];
        let assignees = read.chats().assignees(&ids).await.unwrap();
        assert_eq!(
            assignees,
            HashMap::from([(given.id, Some(own)), (nobodys.id, None)])
        );
        let contact = given.contact_id;
        for (sight, found) in [
            (Sight::All, true),
            (Sight::OwnAndUnassigned(own), true),
            (Sight::OwnAndUnassigned(business.user.id), false),
        ] {
            let latest = read.chats().find_latest_of_contact(contact, sight).await;
            assert_eq!(latest.unwrap().is_some(), found, "{sight:?}");
        }
    }
}

#[tokio::test]
async fn what_was_said_out_of_sight_is_not_found() {
    for stack in stacks().await {
        let business = stack.business().await;
        let own = colleague(&stack, &business, Role::Agent).await.user_id;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let message = business.inbound("to the lighthouse", stack.now());
        assert!(uow.messages().insert(&message, None).await.unwrap());
        uow.commit().await.unwrap();
        for (assignee, is_found) in [
            (None, true),
            (Some(own), true),
            (Some(business.user.id), false),
        ] {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let mut chat = uow.chats().find(business.chat.id).await.unwrap().unwrap();
            chat.assignee_id = assignee;
            assert!(uow.chats().update(&chat).await.unwrap());
            uow.commit().await.unwrap();
            let query = SearchQuery::parse("lighthouse").unwrap();
            let read = stack.store.read(business.id());
            for (sight, expected) in [(Sight::OwnAndUnassigned(own), is_found), (Sight::All, true)]
            {
                for chat_id in [None, Some(chat.id)] {
                    let filter = MessageFilter {
                        chat_id,
                        sight,
                        ..MessageFilter::default()
                    };
                    let search = read.message_search();
                    let found = search.find(&query, &filter, newest(10)).await.unwrap();
                    assert_eq!(!found.rows.is_empty(), expected, "{assignee:?} {sight:?}");
                }
            }
        }
    }
}
