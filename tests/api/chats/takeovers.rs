//! Workers that die or stall while a message is theirs, and those that take it over.

use std::time::Duration;

use application::worker::Worker;
use domain::chats::{Message, MessageStatus};
use in_memory::{Answer, CallKind};
use tokio::{task::JoinHandle, time::sleep};

use super::Shop;

impl Shop {
    /// A worker that goes through all jobs that are due.
    fn worker(&self) -> JoinHandle<usize> {
        let worker = Worker::new(self.app.application.clone(), 1);
        tokio::spawn(async move { worker.run_until_idle().await })
    }

    /// Changes a message as another worker would, between two statements of the one that
    /// runs: the database has one connection, and those who want it stand in line. `turns`
    /// says how many statements the worker gets before.
    async fn meanwhile(&self, id: &str, turns: u32, change: impl FnOnce(&mut Message)) {
        let store = &self.app.application.ports.store;
        let organization_id = self.owner.organization_id.parse().unwrap();
        let mut held = store.begin(organization_id).await.unwrap();
        let worker = self.worker();
        for _ in 0..turns {
            // The worker asks for the connection; then we do, for after its turn.
            sleep(IN_LINE).await;
            let store = store.clone();
            let next = tokio::spawn(async move { store.begin(organization_id).await });
            sleep(IN_LINE).await;
            drop(held);
            held = next.await.unwrap().unwrap();
        }
        let message_id = id.parse().unwrap();
        let mut message = held.messages().lock(message_id).await.unwrap().unwrap();
        change(&mut message);
        held.messages().update(&message).await.unwrap();
        held.commit().await.unwrap();
        worker.await.unwrap();
    }
}

/// Enough for somebody to get into line.
const IN_LINE: Duration = Duration::from_millis(10);
/// More than the statements of one delivery.
const TURNS: u32 = 8;

#[tokio::test]
async fn a_worker_that_dies_while_meta_is_asked_leaves_the_message_uncertain() {
    let mut shop = Shop::open().await;
    shop.app.cloud_api.answer_next(CallKind::Send, Answer::Hang);
    let id = shop.queues("Hello").await;
    let worker = Worker::new(shop.app.application.clone(), 1);
    let working = tokio::spawn(async move { worker.run_until_idle().await });
    while shop.app.cloud_api.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    working.abort();
    assert!(working.await.unwrap_err().is_cancelled());
    assert_eq!(shop.status_of(&id).await, "sending");

    shop.after(Duration::from_mins(1)).await;
    assert_eq!(shop.status_of(&id).await, "uncertain");
    assert_eq!(shop.app.cloud_api.sent().len(), 1);
}

#[tokio::test]
async fn a_message_that_a_stalled_worker_puts_back_at_any_moment_does_not_stay_queued() {
    for turns in 1..=TURNS {
        let mut shop = Shop::open().await;
        shop.app.cloud_api.answer_next(CallKind::Send, Answer::Hang);
        let id = shop.queues("Hello").await;
        let stalled = shop.worker();
        while shop.app.cloud_api.sent().is_empty() {
            tokio::task::yield_now().await;
        }
        stalled.abort();
        assert!(stalled.await.unwrap_err().is_cancelled());
        shop.app.clock.advance(Duration::from_mins(1));

        shop.meanwhile(&id, turns, |message| {
            message.requeue();
        })
        .await;

        shop.after(Duration::from_mins(1)).await;
        let status = shop.status_of(&id).await;
        assert!(
            ["sent", "uncertain"].contains(&status.as_str()),
            "{status} after {turns} turns"
        );
    }
}

#[tokio::test]
async fn a_message_that_another_worker_claims_first_does_not_stay_queued() {
    for turns in 1..=TURNS {
        let mut shop = Shop::open().await;
        let id = shop.queues("Hello").await;
        shop.meanwhile(&id, turns, |message| {
            if message.status == MessageStatus::Queued {
                message.status = MessageStatus::Sending;
            }
        })
        .await;
        // What it claimed it puts back, or nothing has come of it.
        shop.meanwhile(&id, 0, |message| {
            message.requeue();
        })
        .await;

        shop.after(Duration::from_mins(1)).await;
        let status = shop.status_of(&id).await;
        assert!(
            ["sent", "uncertain"].contains(&status.as_str()),
            "{status} after {turns} turns"
        );
    }
}
