use std::collections::HashMap;

use chrono::TimeDelta;
use domain::{
    chats::{AgentsSee, AssignmentSettings, Candidate, Chat, ChatStatus, Turn},
    organizations::{Availability, Member, Role},
    store::Store,
};
use futures_util::future::join_all;

use crate::given::{Business, Stack, colleague, concurrent_stacks, stacks};

async fn save(stack: &Stack, business: &Business, settings: &AssignmentSettings) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let saved = uow.assignment().save(settings).await.unwrap();
    uow.commit().await.unwrap();
    saved
}

fn on(stack: &Stack) -> AssignmentSettings {
    AssignmentSettings {
        enabled: true,
        capacity: AssignmentSettings::MAX_CAPACITY,
        agents_see: AgentsSee::OwnAndUnassigned,
        updated_at: stack.now(),
        version: 0,
    }
}

#[tokio::test]
async fn settings_are_an_organizations_own_and_kept_by_their_version() {
    for stack in stacks().await {
        let (business, other) = (stack.business().await, stack.business().await);
        let read = stack.store.read(business.id());
        let off = AssignmentSettings::default();
        assert_eq!(read.assignment().settings().await.unwrap(), off);
        let first = on(&stack);
        assert!(save(&stack, &business, &first).await);
        let stored = AssignmentSettings {
            version: 1,
            ..first
        };
        assert_eq!(read.assignment().settings().await.unwrap(), stored);
        assert!(!save(&stack, &business, &first).await);
        assert!(save(&stack, &business, &stored).await);
        assert!(!save(&stack, &business, &stored).await);
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert_eq!(uow.assignment().lock().await.unwrap().version, 2);
        drop(uow);
        let read = stack.store.read(other.id());
        assert_eq!(read.assignment().settings().await.unwrap(), off);
    }
}

#[tokio::test]
async fn of_many_who_set_it_first_one_does() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let first = on(&stack);
        let saved = join_all((0..8).map(|_| save(&stack, &business, &first))).await;
        assert_eq!(saved.into_iter().filter(|saved| *saved).count(), 1);
    }
}

#[tokio::test]
async fn candidates_are_those_who_are_active_and_available() {
    for stack in stacks().await {
        let business = stack.business().await;
        stack.business().await;
        let agent = colleague(&stack, &business, Role::Agent).await;
        let idle = colleague(&stack, &business, Role::Agent).await;
        let gone = colleague(&stack, &business, Role::Admin).await;
        let away = colleague(&stack, &business, Role::Agent).await;
        let at = stack.now() + TimeDelta::microseconds(7);
        let uow = stack.store.begin(business.id()).await.unwrap();
        let members = uow.members();
        let inactive = Member {
            active: false,
            ..idle
        };
        assert!(members.update(&inactive).await.unwrap());
        assert!(members.remove(gone.user_id, stack.now()).await.unwrap());
        for (id, is_there) in [(away.user_id, true), (gone.user_id, false)] {
            let set = members.set_availability(id, Availability::Away).await;
            assert_eq!(set.unwrap(), is_there);
        }
        let user_id = agent.user_id;
        let turn = Turn { user_id, at };
        uow.assignment().note_turn(turn).await.unwrap();
        uow.commit().await.unwrap();

        let read = stack.store.read(business.id());
        let mut candidates = read.assignment().candidates().await.unwrap();
        candidates.sort_by_key(|candidate| candidate.last_assigned_at);
        let candidate = |user_id, last_assigned_at| Candidate {
            user_id,
            last_assigned_at,
        };
        let expected = [
            candidate(business.user.id, None),
            candidate(user_id, Some(at)),
        ];
        assert_eq!(candidates, expected);
        let found = read.members().find(away.user_id).await.unwrap().unwrap();
        let expected = Member {
            availability: Availability::Away,
            ..away
        };
        assert_eq!(found.member, expected, "it is no change of the version");
    }
}

#[tokio::test]
async fn open_chats_wait_in_the_order_in_which_they_were_made_and_are_counted() {
    for stack in stacks().await {
        let (business, other) = (stack.business().await, stack.business().await);
        let (store, owner) = (stack.store.as_ref(), business.user.id);
        let change = async |chat: &Chat, status, assignee_id| {
            let read = store.read(business.id());
            let chat = read.chats().find(chat.id).await.unwrap().unwrap();
            let chat = Chat {
                status,
                assignee_id,
                ..chat
            };
            let uow = store.begin(business.id()).await.unwrap();
            assert!(uow.chats().update(&chat).await.unwrap());
            uow.commit().await.unwrap();
        };
        let second = stack.now() + TimeDelta::seconds(2);
        let second = business.another_chat(store, "Luz", second).await;
        let first = stack.now() + TimeDelta::seconds(1);
        let first = business.another_chat(store, "Sol", first).await;
        let read = store.read(business.id());
        let assignment = read.assignment();
        for (chat, status) in [
            (&business.chat, ChatStatus::Open),
            (&first, ChatStatus::Resolved),
        ] {
            assert_eq!(assignment.next_chat().await.unwrap(), Some(chat.id));
            let assignee = (status == ChatStatus::Open).then_some(owner);
            change(chat, status, assignee).await;
        }
        assert_eq!(assignment.next_chat().await.unwrap(), Some(second.id));
        let counted = async || {
            let of = [owner, other.user.id];
            assignment.open_chats(&of).await.unwrap()
        };
        assert_eq!(counted().await, HashMap::from([(owner, 1)]));
        change(&second, ChatStatus::Open, Some(owner)).await;
        change(&first, ChatStatus::Pending, Some(owner)).await;
        assert_eq!(counted().await, HashMap::from([(owner, 2)]));
        assert_eq!(assignment.next_chat().await.unwrap(), None);
        assert_eq!(assignment.open_chats(&[]).await.unwrap(), HashMap::new());
        let theirs = store.read(other.id());
        let open = theirs.assignment().open_chats(&[owner]).await.unwrap();
        assert_eq!(open, HashMap::new());
    }
}
