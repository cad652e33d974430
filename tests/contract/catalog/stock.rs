use std::time::Duration;

use application::catalog::{Shortage, Wanted, consume, release, reserve};
use chrono::TimeDelta;
use domain::{
    catalog::{MovementKind, Product, Reservation, ReservationStatus, StockMovement, VariantId},
    event::Event,
    id::Id,
    store::Store,
};
use futures_util::future::join_all;

use super::{find, insert, product};
use crate::{
    given::{Business, Stack, concurrent_stacks, stacks},
    pages::walk,
};

async fn tea(stack: &Stack, business: &Business, on_hand: i64) -> Product {
    let mut tea = product(stack, "Tea", "TEA-1", 500);
    tea.variants[0].stock.on_hand = on_hand;
    tea.low_stock_threshold = Some(2);
    assert!(insert(stack, business, &tea).await);
    tea
}

/// Wants so many, each for a time.
async fn hold(
    stack: &Stack,
    business: &Business,
    wanted: &[(VariantId, i64)],
) -> Result<Vec<Reservation>, Vec<Shortage>> {
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(variant_id, quantity)| Wanted {
            variant_id: *variant_id,
            quantity: *quantity,
        })
        .collect();
    let now = stack.now();
    let until = now + TimeDelta::minutes(15);
    let uow = stack.store.begin(business.id()).await.unwrap();
    let held = reserve(uow.as_ref(), &wanted, until, now).await.unwrap();
    if held.is_ok() {
        uow.commit().await.unwrap();
    }
    held
}

async fn levels(stack: &Stack, business: &Business, product: &Product) -> (i64, i64) {
    let found = find(stack, business, product).await.unwrap().stock();
    (found.on_hand, found.reserved)
}

#[tokio::test]
async fn of_a_hundred_who_want_the_last_one_gets_it() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let tea = tea(&stack, &business, 1).await;
        let variant = tea.variants[0].id;
        let last = [(variant, 1)];
        let buyers = (0..100).map(|_| hold(&stack, &business, &last));
        let answers = join_all(buyers).await;
        let got = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(got, 1);
        let refusals = answers.iter().filter_map(|answer| answer.as_ref().err());
        for shortages in refusals {
            let expected = Shortage {
                variant_id: variant,
                wanted: 1,
                available: 0,
            };
            assert_eq!(shortages, &[expected]);
        }
        assert_eq!(levels(&stack, &business, &tea).await, (1, 1));
    }
}

#[tokio::test]
async fn who_wants_several_things_in_any_order_gets_all_or_none() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let mut products = Vec::new();
        for number in 0..2 {
            let mut new = product(&stack, "Tea", &format!("TEA-{number}"), 500);
            new.variants[0].stock.on_hand = 10;
            assert!(insert(&stack, &business, &new).await);
            products.push(new);
        }
        let (a, b) = (products[0].variants[0].id, products[1].variants[0].id);
        let carts = [[(a, 1), (b, 1)], [(b, 1), (a, 1)]];
        // Nobody waits for somebody who waits for them.
        let buyers = (0..30).map(|number| hold(&stack, &business, &carts[number % 2]));
        let got = join_all(buyers).await;
        assert_eq!(got.iter().filter(|answer| answer.is_ok()).count(), 10);
        for product in &products {
            assert_eq!(levels(&stack, &business, product).await, (10, 10));
        }
        let gone = Id::generate();
        let refused = hold(&stack, &business, &[(a, 1), (gone, 2)]).await;
        assert_eq!(refused.unwrap_err().len(), 2);
    }
}

#[tokio::test]
async fn what_is_wanted_twice_is_added_up() {
    for stack in stacks().await {
        let business = stack.business().await;
        let tea = tea(&stack, &business, 5).await;
        let variant = tea.variants[0].id;
        let refused = hold(&stack, &business, &[(variant, 3), (variant, 3)]).await;
        let expected = Shortage {
            variant_id: variant,
            wanted: 6,
            available: 5,
        };
        assert_eq!(refused, Err(vec![expected]));
        let held = hold(&stack, &business, &[(variant, 2), (variant, 3)]).await;
        assert_eq!(held.unwrap().len(), 1);
        assert_eq!(levels(&stack, &business, &tea).await, (5, 5));
    }
}

#[tokio::test]
async fn a_reservation_ends_once_however_many_end_it() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let tea = tea(&stack, &business, 5).await;
        let held = hold(&stack, &business, &[(tea.variants[0].id, 3)]).await;
        let id = held.unwrap()[0].id;
        let (stack, business) = (&stack, &business);
        let ends = (0..8).map(|number| async move {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let ended = if number % 2 == 0 {
                release(uow.as_ref(), id, stack.now()).await.unwrap()
            } else {
                consume(uow.as_ref(), id, None, stack.now()).await.unwrap()
            };
            uow.commit().await.unwrap();
            ended
        });
        let ended = join_all(ends).await;
        assert_eq!(ended.iter().filter(|ended| **ended).count(), 1);
        let read = stack.store.read(business.id());
        let reservation = read.stock().find_reservation(id).await.unwrap().unwrap();
        let expected = match reservation.status {
            ReservationStatus::Consumed => (2, 0),
            ReservationStatus::Released => (5, 0),
            ReservationStatus::Active => panic!("it has not ended"),
        };
        assert_eq!(levels(stack, business, &tea).await, expected);
        let sold = read.stock().count(tea.id).await.unwrap();
        assert_eq!(5 - expected.0, 3 * i64::try_from(sold).unwrap());
    }
}

#[tokio::test]
async fn each_crossing_of_the_threshold_is_told_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let tea = tea(&stack, &business, 5).await;
        let variant = tea.variants[0].id;
        let mut held = Vec::new();
        for _ in 0..4 {
            held.extend(hold(&stack, &business, &[(variant, 1)]).await.unwrap());
        }
        for reservation in &held {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let now = stack.now();
            assert!(release(uow.as_ref(), reservation.id, now).await.unwrap());
            uow.commit().await.unwrap();
        }
        hold(&stack, &business, &[(variant, 5)]).await.unwrap();
        let read = stack.store.read(business.id());
        let events = read.events().after(0, 100).await.unwrap();
        let told = events.into_iter().filter_map(|logged| match logged.event {
            Event::ProductLowStock { low_stock } => Some(low_stock.available),
            _ => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), [2, 0]);
    }
}

#[tokio::test]
async fn the_ledger_is_walked_and_knows_what_was_sold() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let tea = tea(&stack, &ours, 5).await;
        let mut expected = Vec::new();
        for number in 0..8 {
            let movement = StockMovement {
                id: Id::generate(),
                product_id: tea.id,
                variant_id: tea.variants[0].id,
                kind: MovementKind::Adjust,
                change: number,
                on_hand: number,
                reserved: 1,
                reason: Some("found".into()),
                note: None,
                actor_id: Some(ours.user.id),
                created_at: stack.now(),
            };
            let uow = stack.store.begin(ours.id()).await.unwrap();
            uow.stock().append(&movement).await.unwrap();
            uow.commit().await.unwrap();
            expected.push(movement);
            if number % 4 == 3 {
                stack.clock.advance(Duration::from_secs(1));
            }
        }
        expected.sort_by_key(|movement| std::cmp::Reverse((movement.created_at, movement.id)));
        let read = stack.store.read(ours.id());
        let walked = walk(async |page| read.stock().list(tea.id, page).await.unwrap()).await;
        assert_eq!(walked, expected);
        let foreign = stack.store.read(theirs.id());
        assert_eq!(foreign.stock().count(tea.id).await.unwrap(), 0);

        assert!(!read.products().was_ordered(tea.id).await.unwrap());
        let held = hold(&stack, &ours, &[(tea.variants[0].id, 1)])
            .await
            .unwrap();
        assert!(read.products().was_ordered(tea.id).await.unwrap());
        let theirs = foreign.stock().find_reservation(held[0].id).await.unwrap();
        assert_eq!(theirs, None);
    }
}
