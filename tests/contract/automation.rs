use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use domain::{
    chats::{
        Automation, BusinessHours, DaySlots, DayTime, Greeting, LastAutomatic, Slot, VariableText,
    },
    store::Store,
};
use futures_util::future::join_all;

use crate::given::{Business, Stack, concurrent_stacks, stacks};

fn text(text: &str) -> VariableText {
    VariableText::parse(text.to_owned(), Automation::MAX_TEXT).unwrap()
}

/// With everything that can be set.
fn full(stack: &Stack) -> Automation {
    let time = |text: &str| DayTime::try_from(text.to_owned()).unwrap();
    let night = Slot {
        from: time("22:30"),
        to: time("24:00"),
    };
    let night = DaySlots::new(vec![night]).unwrap();
    let holiday = NaiveDate::from_ymd_opt(2026, 12, 25).unwrap();
    Automation {
        hours: Some(BusinessHours {
            week: std::array::from_fn(|_| night.clone()),
            exceptions: BTreeMap::from([(holiday, DaySlots::default())]),
        }),
        greeting: Some(Greeting {
            text: text("Hi {{customer.firstName|you}}"),
            after_days: 365,
        }),
        away: Some(text("Mañana")),
        updated_at: stack.now(),
        version: 0,
    }
}

async fn save(stack: &Stack, business: &Business, automation: &Automation) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let saved = uow.automation().save(automation).await.unwrap();
    uow.commit().await.unwrap();
    saved
}

async fn settings(stack: &Stack, business: &Business) -> Automation {
    let read = stack.store.read(business.id());
    read.automation().settings().await.unwrap()
}

#[tokio::test]
async fn settings_are_an_organizations_own_and_kept_by_their_version() {
    for stack in stacks().await {
        let (business, other) = (stack.business().await, stack.business().await);
        assert_eq!(settings(&stack, &business).await, Automation::default());
        let first = full(&stack);
        assert!(save(&stack, &business, &first).await);
        let stored = Automation {
            version: 1,
            ..first.clone()
        };
        assert_eq!(settings(&stack, &business).await, stored);
        assert_eq!(settings(&stack, &other).await, Automation::default());
        let off = Automation {
            updated_at: stack.now(),
            version: 1,
            ..Automation::default()
        };
        assert!(save(&stack, &business, &off).await);
        // Neither who saw nothing nor who saw the first saves over the second.
        assert!(!save(&stack, &business, &first).await);
        assert!(!save(&stack, &business, &stored).await);
        let stored = Automation { version: 2, ..off };
        assert_eq!(settings(&stack, &business).await, stored);
    }
}

#[tokio::test]
async fn of_many_who_set_it_first_one_does() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let first = full(&stack);
        let saved = join_all((0..8).map(|_| save(&stack, &business, &first))).await;
        assert_eq!(saved.into_iter().filter(|saved| *saved).count(), 1);
    }
}

#[tokio::test]
async fn what_was_last_said_is_kept_for_each_chat() {
    for stack in stacks().await {
        let business = stack.business().await;
        let store = stack.store.as_ref();
        let other = business.another_chat(store, "Sol", stack.now()).await;
        let last_in = async |id| {
            let read = store.read(business.id());
            read.automation().last_in(id).await.unwrap()
        };
        let greeted = LastAutomatic {
            greeting_at: Some(stack.now()),
            away_at: None,
        };
        let told = LastAutomatic {
            away_at: Some(stack.now() + TimeDelta::hours(1)),
            ..greeted
        };
        assert_eq!(last_in(business.chat.id).await, LastAutomatic::default());
        for last in [greeted, told] {
            let uow = store.begin(business.id()).await.unwrap();
            uow.automation().note(business.chat.id, last).await.unwrap();
            uow.commit().await.unwrap();
            assert_eq!(last_in(business.chat.id).await, last);
        }
        assert_eq!(last_in(other.id).await, LastAutomatic::default());
        let stranger = stack.business().await;
        let read = store.read(stranger.id());
        let seen = read.automation().last_in(business.chat.id).await.unwrap();
        assert_eq!(seen, LastAutomatic::default());
    }
}
