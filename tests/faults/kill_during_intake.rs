//! Deliveries that were answered 200 are processed exactly once, whatever happens after.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use tests::stores::Backend;
use tokio::time::sleep;

use crate::given::{NUMBER, World, all_chats, eventually};

const CUSTOMERS: usize = 40;
const SENDERS: usize = 6;
const KILLS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_accepted_is_lost_or_doubled_when_the_program_is_killed_on_sqlite() {
    intake_survives_kills(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_accepted_is_lost_or_doubled_when_the_program_is_killed_on_postgres() {
    if Backend::Postgres.is_asked_for() {
        intake_survives_kills(Backend::Postgres).await;
    }
}

async fn intake_survives_kills(backend: Backend) {
    let world = World::new(backend).await;
    let running = world.program.serve().await;
    let client = running.client.clone();
    let owner = client.register("Café Luna").await;
    owner.connects(NUMBER).await;

    let (texts, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let senders = (0..SENDERS).map(|_| async {
        while !is_over.load(Ordering::Relaxed) {
            let n = texts.fetch_add(1, Ordering::Relaxed);
            let body = world.text_from(n % CUSTOMERS, &format!("text {n}"));
            world.deliver_until_accepted(&client, &body).await;
            // Meta repeats what was accepted, too.
            if fastrand::u8(0..10) == 0 {
                world.deliver(&client, &body).await;
            }
            // So that the program is not far behind when it dies.
            sleep(Duration::from_millis(fastrand::u64(0..40))).await;
        }
    });
    let killer = async {
        let running = world.kill_repeatedly(running, KILLS).await;
        is_over.store(true, Ordering::Relaxed);
        running
    };
    let (running, _) = tokio::join!(killer, futures_util::future::join_all(senders));

    let count = texts.into_inner();
    let expected: BTreeSet<_> = (0..count).map(|n| format!("text {n}")).collect();
    let owner = &owner;
    eventually(|| async {
        let unread: i64 = all_chats(owner)
            .await
            .iter()
            .map(|chat| chat["unreadCount"].as_i64().unwrap())
            .sum();
        let missing = i64::try_from(expected.len()).unwrap() - unread;
        (missing == 0)
            .then_some(())
            .ok_or(format!("{missing} texts are missing"))
    })
    .await;
    let mut found = Vec::new();
    for chat in all_chats(owner).await {
        let messages = owner.messages(chat["id"].as_str().unwrap()).await;
        found.extend(
            messages
                .iter()
                .map(|message| message["text"]["body"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(found.len(), expected.len(), "each text is there once");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    drop(running);
}
