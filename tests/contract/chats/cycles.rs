//! How long customers wait.

use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::{Cycle, Message, MessageContent},
    id::Id,
    store::Store,
};
use futures_util::future::join_all;

use super::receive;
use crate::given::{Business, Stack, concurrent_stacks, stacks};

async fn cycle(stack: &Stack, business: &Business) -> Option<Cycle> {
    let read = stack.store.read(business.id());
    let overview = read.chats().overview(business.chat.id, None).await.unwrap();
    overview.unwrap().cycle
}

async fn note(stack: &Stack, business: &Business, message: &Message) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    assert!(uow.messages().insert(message, None).await.unwrap());
    let now = stack.now();
    uow.chats().note_message(message, now).await.unwrap();
    uow.commit().await.unwrap();
}

async fn resolve(stack: &Stack, business: &Business, at: DateTime<Utc>) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let (chat, by) = (business.chat.id, business.user.id);
    uow.chats().resolve_cycle(chat, by, at).await.unwrap();
    uow.commit().await.unwrap();
}

fn opened(at: DateTime<Utc>) -> Cycle {
    Cycle {
        opened_at: at,
        first_response_at: None,
        first_response_by: None,
        resolved_at: None,
        resolved_by: None,
    }
}

#[tokio::test]
async fn a_cycle_goes_from_the_customers_first_message_to_the_resolution() {
    for stack in stacks().await {
        let business = stack.business().await;
        let after = |minutes| stack.now() + Duration::minutes(minutes);
        assert_eq!(cycle(&stack, &business).await, None);
        receive(&stack, &business, "Hola", after(0)).await;
        receive(&stack, &business, "¿Hay alguien?", after(1)).await;
        let waiting = opened(after(0));
        assert_eq!(cycle(&stack, &business).await, Some(waiting.clone()));

        note(&stack, &business, &business.outbound("Hola", after(5))).await;
        note(&stack, &business, &business.outbound("Dime", after(6))).await;
        let answered = Cycle {
            first_response_at: Some(after(5)),
            first_response_by: Some(business.user.id),
            ..waiting
        };
        assert_eq!(cycle(&stack, &business).await, Some(answered.clone()));

        resolve(&stack, &business, after(10)).await;
        resolve(&stack, &business, after(11)).await;
        let resolved = Cycle {
            resolved_at: Some(after(10)),
            resolved_by: Some(business.user.id),
            ..answered.clone()
        };
        assert_eq!(cycle(&stack, &business).await, Some(resolved));
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.chats().resume_cycle(business.chat.id).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(cycle(&stack, &business).await, Some(answered));

        resolve(&stack, &business, after(12)).await;
        // Nobody answers what is resolved.
        note(&stack, &business, &business.outbound("Adiós", after(13))).await;
        receive(&stack, &business, "Otra cosa", after(20)).await;
        assert_eq!(cycle(&stack, &business).await, Some(opened(after(20))));
    }
}

#[tokio::test]
async fn an_answer_comes_from_a_person_after_the_question() {
    for stack in stacks().await {
        let business = stack.business().await;
        let after = |minutes| stack.now() + Duration::minutes(minutes);
        note(&stack, &business, &business.outbound("Promo", after(0))).await;
        assert_eq!(cycle(&stack, &business).await, None);
        receive(&stack, &business, "Hola", after(2)).await;
        note(&stack, &business, &business.outbound("earlier", after(1))).await;
        let by_itself = Message {
            sent_by: None,
            ..business.outbound("We are closed", after(3))
        };
        note(&stack, &business, &by_itself).await;
        let reaction = Message {
            content: MessageContent::Reaction {
                message_id: "wamid.x".into(),
                emoji: Some("👍".into()),
            },
            ..business.outbound("", after(4))
        };
        note(&stack, &business, &reaction).await;
        assert_eq!(cycle(&stack, &business).await, Some(opened(after(2))));
        let on_the_phone = Message {
            sent_by: None,
            wamid: Some("wamid.echo".into()),
            ..business.outbound("Hola", after(5))
        };
        note(&stack, &business, &on_the_phone).await;
        let answered = Cycle {
            first_response_at: Some(after(5)),
            ..opened(after(2))
        };
        assert_eq!(cycle(&stack, &business).await, Some(answered));
    }
}

#[tokio::test]
async fn concurrent_messages_begin_one_cycle() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let at = stack.now();
        join_all((0..8).map(|_| receive(&stack, &business, "Hola", at))).await;
        resolve(&stack, &business, at).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let (chat, by) = (business.chat.id, business.user.id);
        // Another organization's, or none at all, is left alone.
        uow.chats().resume_cycle(Id::generate()).await.unwrap();
        uow.chats().resolve_cycle(chat, by, at).await.unwrap();
        uow.commit().await.unwrap();
        let resolved = cycle(&stack, &business).await.unwrap();
        assert_eq!(resolved.resolved_at, Some(at));
    }
}

#[tokio::test]
async fn anothers_cycles_are_neither_seen_nor_changed() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        receive(&stack, &ours, "Hola", stack.now()).await;
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        let (chat, by) = (ours.chat.id, theirs.user.id);
        uow.chats()
            .resolve_cycle(chat, by, stack.now())
            .await
            .unwrap();
        uow.commit().await.unwrap();
        assert_eq!(cycle(&stack, &ours).await, Some(opened(stack.now())));
        resolve(&stack, &ours, stack.now()).await;
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        uow.chats().resume_cycle(chat).await.unwrap();
        uow.commit().await.unwrap();
        let kept = cycle(&stack, &ours).await.unwrap();
        assert_eq!(kept.resolved_at, Some(stack.now()));
    }
}
