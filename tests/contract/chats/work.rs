//! Who has which chat, and what is to become of it.

use chrono::Duration;
use domain::{
    auth::UserId,
    chats::{AssigneeFilter, Chat, ChatFilter, ChatStatus, Priority},
    organizations::{MemberName, Role},
    store::{Store, StoreError},
};
use futures_util::future::join_all;

use super::receive;
use crate::given::{Business, Stack, colleague, concurrent_stacks, newest, stacks};

/// Stores the chat as somebody has changed it.
async fn change(stack: &Stack, business: &Business, chat: &Chat) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let stored = uow.chats().update(chat).await.unwrap();
    uow.commit().await.unwrap();
    stored
}

async fn find(stack: &Stack, business: &Business) -> Chat {
    let read = stack.store.read(business.id());
    read.chats().find(business.chat.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_people_decide_on_comes_back_and_counts_as_a_version() {
    for stack in stacks().await {
        let business = stack.business().await;
        let changed = Chat {
            status: ChatStatus::Snoozed,
            snoozed_until: Some(stack.now() + Duration::hours(3)),
            assignee_id: Some(business.user.id),
            priority: Priority::Urgent,
            updated_at: stack.now() + Duration::seconds(1),
            ..business.chat.clone()
        };
        assert!(change(&stack, &business, &changed).await);
        let stored = Chat {
            version: 2,
            ..changed.clone()
        };
        assert_eq!(find(&stack, &business).await, stored);
        // What was read before is stale.
        assert!(!change(&stack, &business, &changed).await);
        assert_eq!(find(&stack, &business).await, stored);

        let read = stack.store.read(business.id());
        let overview = read.chats().overview(stored.id, None).await.unwrap();
        let assignee = MemberName {
            user_id: business.user.id,
            first_name: "Ana".into(),
            last_name: "Paz".into(),
            active: true,
        };
        assert_eq!(overview.unwrap().assignee, Some(assignee));
    }
}

#[tokio::test]
async fn the_customer_opens_what_was_put_aside_and_it_stays_whose_it_was() {
    for stack in stacks().await {
        let business = stack.business().await;
        let until = stack.now() + Duration::hours(3);
        for (status, snoozed_until) in [
            (ChatStatus::Pending, None),
            (ChatStatus::Snoozed, Some(until)),
            (ChatStatus::Resolved, None),
        ] {
            let before = find(&stack, &business).await;
            let put_aside = Chat {
                status,
                snoozed_until,
                assignee_id: Some(business.user.id),
                ..before.clone()
            };
            assert!(change(&stack, &business, &put_aside).await);
            let chat = receive(&stack, &business, "Hola", stack.now()).await;
            assert_eq!((chat.status, chat.snoozed_until), (ChatStatus::Open, None));
            assert_eq!(chat.assignee_id, Some(business.user.id));
            assert_eq!(chat.version, before.version + 2);
            let again = receive(&stack, &business, "Hola", stack.now()).await;
            assert_eq!(again.version, chat.version, "nothing was decided on");
        }
    }
}

/// Takes the chat for somebody, if nobody has it.
async fn claims(stack: &Stack, business: &Business, agent: UserId) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let member = uow.members().lock(agent).await.unwrap();
    let is_active = member.is_some_and(|member| member.active);
    let chat = uow.chats().lock(business.chat.id).await.unwrap().unwrap();
    if !is_active || chat.assignee_id.is_some() {
        return false;
    }
    let taken = Chat {
        assignee_id: Some(agent),
        ..chat
    };
    assert!(uow.chats().update(&taken).await.unwrap());
    uow.commit().await.unwrap();
    true
}

#[tokio::test]
async fn of_agents_who_claim_a_chat_at_once_one_gets_it() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let mut agents = Vec::new();
        for _ in 0..6 {
            let agent = colleague(&stack, &business, Role::Agent).await;
            agents.push(agent.user_id);
        }
        // Enough for them to meet.
        for _ in 0..8 {
            let before = find(&stack, &business).await;
            let claims = agents.iter().map(|id| claims(&stack, &business, *id));
            let won: Vec<_> = join_all(claims).await;
            assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
            let winner = won.iter().position(|won| *won).unwrap();
            let chat = find(&stack, &business).await;
            assert_eq!(chat.assignee_id, Some(agents[winner]));
            assert_eq!(chat.version, before.version + 1);
            let free = Chat {
                assignee_id: None,
                ..chat
            };
            assert!(change(&stack, &business, &free).await);
        }
    }
}

#[tokio::test]
async fn a_chat_is_never_left_with_somebody_who_is_removed_at_that_moment() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        for _ in 0..5 {
            let agent = colleague(&stack, &business, Role::Agent).await.user_id;
            let removal = async {
                let uow = stack.store.begin(business.id()).await.unwrap();
                assert!(uow.members().remove(agent, stack.now()).await.unwrap());
                uow.chats().unassign_all(agent, stack.now()).await.unwrap();
                uow.commit().await.unwrap();
            };
            tokio::join!(claims(&stack, &business, agent), removal);
            assert_eq!(find(&stack, &business).await.assignee_id, None);
        }
    }
}

#[tokio::test]
async fn who_leaves_has_no_chats_any_more_and_the_others_keep_theirs() {
    for stack in stacks().await {
        let business = stack.business().await;
        let leaver = colleague(&stack, &business, Role::Agent).await.user_id;
        let mut chats = vec![business.chat.clone()];
        for name in ["Luz", "Mar", "Sol"] {
            let store = stack.store.as_ref();
            chats.push(business.another_chat(store, name, stack.now()).await);
        }
        let assigned = [
            (leaver, ChatStatus::Open),
            (leaver, ChatStatus::Resolved),
            (leaver, ChatStatus::Pending),
            (business.user.id, ChatStatus::Open),
        ];
        for (chat, (assignee, status)) in chats.iter_mut().zip(assigned) {
            chat.assignee_id = Some(assignee);
            chat.status = status;
            assert!(change(&stack, &business, chat).await);
        }
        let later = stack.now() + Duration::seconds(9);
        let uow = stack.store.begin(business.id()).await.unwrap();
        let freed = uow.chats().unassign_all(leaver, later).await.unwrap();
        uow.commit().await.unwrap();

        let mut ids: Vec<_> = freed.iter().map(|freed| freed.chat.id).collect();
        ids.sort();
        assert_eq!(
            ids,
            [chats[0].id, chats[2].id],
            "the resolved one is no news"
        );
        for freed in freed {
            assert_eq!((freed.chat.assignee_id, freed.assignee), (None, None));
            assert_eq!((freed.chat.updated_at, freed.chat.version), (later, 3));
        }
        let read = stack.store.read(business.id());
        let mut assignees = Vec::new();
        for chat in &chats {
            let chat = read.chats().find(chat.id).await.unwrap().unwrap();
            assignees.push(chat.assignee_id);
        }
        assert_eq!(assignees, [None, None, None, Some(business.user.id)]);
    }
}

#[tokio::test]
async fn chats_are_filtered_by_who_has_them_and_how_urgent_they_are() {
    for stack in stacks().await {
        let business = stack.business().await;
        let store = stack.store.as_ref();
        let free = business.another_chat(store, "Luz", stack.now()).await;
        let taken = Chat {
            assignee_id: Some(business.user.id),
            priority: Priority::High,
            ..business.chat.clone()
        };
        assert!(change(&stack, &business, &taken).await);
        let all = ChatFilter::default();
        let by = |assignee| ChatFilter {
            assignee: Some(assignee),
            ..all.clone()
        };
        let priority = |priority| ChatFilter {
            priority: Some(priority),
            ..all.clone()
        };
        let both = ChatFilter {
            priority: Some(Priority::High),
            ..by(AssigneeFilter::Nobody)
        };
        for (filter, expected) in [
            (by(AssigneeFilter::User(business.user.id)), vec![taken.id]),
            (by(AssigneeFilter::User(UserId::generate())), vec![]),
            (by(AssigneeFilter::Nobody), vec![free.id]),
            (priority(Priority::High), vec![taken.id]),
            (priority(Priority::None), vec![free.id]),
            (priority(Priority::Low), vec![]),
            (both, vec![]),
        ] {
            let read = stack.store.read(business.id());
            let viewer = business.user.id;
            let page = read.chats().list(&filter, viewer, newest(10)).await;
            let ids: Vec<_> = page.unwrap().rows.iter().map(|row| row.chat.id).collect();
            assert_eq!(ids, expected, "{filter:?}");
            let count = read.chats().count(&filter, viewer).await.unwrap();
            assert_eq!(count, expected.len() as u64, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn nobody_changes_or_takes_anothers_chats() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let taken = Chat {
            assignee_id: Some(ours.user.id),
            ..ours.chat.clone()
        };
        assert!(change(&stack, &ours, &taken).await);
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert_eq!(uow.chats().lock(ours.chat.id).await.unwrap(), None);
        let stolen = Chat {
            version: 2,
            ..ours.chat.clone()
        };
        assert!(!uow.chats().update(&stolen).await.unwrap());
        let freed = uow.chats().unassign_all(ours.user.id, stack.now()).await;
        assert_eq!(freed.unwrap(), []);
        uow.commit().await.unwrap();
        assert_eq!(find(&stack, &ours).await.assignee_id, Some(ours.user.id));
        let read = stack.store.read(ours.id());
        let written = read.chats().update(&taken).await;
        assert!(matches!(written, Err(StoreError::Broken(_))), "{written:?}");
    }
}
