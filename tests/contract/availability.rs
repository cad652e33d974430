//! What the store says when the database is away, busy, or was killed.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    store::{Store, StoreError},
    whatsapp::{DeliveryInbox, NewDelivery},
};
use infrastructure::database::{Database, DatabaseSettings};
use sqlx::{Connection, PgConnection};
use tests::stores::{self, Backend};

use crate::given::{Stack, assert_unavailable, stacks};

#[tokio::test]
async fn a_server_that_does_not_answer_is_unavailable() {
    let settings = DatabaseSettings {
        url: "postgres://postgres@127.0.0.1:1/nothing".into(),
        max_connections: 1,
    };
    let connected = Database::connect(&settings).await;
    assert_unavailable(&connected.map(|_| ()));
}

#[tokio::test]
async fn in_memory_a_read_inside_an_open_unit_of_work_fails_and_does_not_hang() {
    let stack = Stack::on(stores::database(Backend::Sqlite).await);
    let business = stack.business().await;
    let uow = stack.store.begin(business.id()).await.unwrap();
    let read = stack.store.read(business.id());
    assert_unavailable(&read.organizations().current().await);
    uow.commit().await.unwrap();
    read.organizations().current().await.unwrap();
}

#[tokio::test]
async fn of_two_that_wait_for_each_other_one_is_told_to_come_again() {
    if !Backend::Postgres.is_asked_for() {
        return;
    }
    let stack = Stack::on(stores::database(Backend::Postgres).await);
    let business = stack.business().await;
    let messages = [0, 1].map(|_| business.outbound("Hola", stack.now()));
    let uow = stack.store.begin(business.id()).await.unwrap();
    for message in &messages {
        assert!(uow.messages().insert(message, None).await.unwrap());
    }
    uow.commit().await.unwrap();
    let first = stack.store.begin(business.id()).await.unwrap();
    let second = stack.store.begin(business.id()).await.unwrap();
    first.messages().lock(messages[0].id).await.unwrap();
    second.messages().lock(messages[1].id).await.unwrap();
    let (one, other) = tokio::join!(first.messages().lock(messages[1].id), async {
        let locked = second.messages().lock(messages[0].id).await;
        drop(second);
        locked
    },);
    match (&one, &other) {
        (Ok(_), failed) | (failed, Ok(_)) => {
            assert!(
                matches!(failed, Err(StoreError::Unavailable(_))),
                "{failed:?}"
            );
        }
        _ => panic!("{one:?} {other:?}"),
    }
}

#[tokio::test]
async fn a_restarted_server_is_found_again() {
    if !Backend::Postgres.is_asked_for() {
        return;
    }
    let stack = Stack::on(stores::database(Backend::Postgres).await);
    let business = stack.business().await;
    let uow = stack.store.begin(business.id()).await.unwrap();
    let mut postgres = PgConnection::connect(stack.database.url()).await.unwrap();
    sqlx::raw_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .execute(&mut postgres)
    .await
    .unwrap();
    assert_unavailable(&uow.organizations().current().await);
    drop(uow);
    // Idle connections that are broken are found out one by one.
    let read = stack.store.read(business.id());
    for _ in 0..20 {
        if read.organizations().current().await.is_ok() {
            break;
        }
    }
    read.organizations().current().await.unwrap();
    // The listener for jobs comes back, too, and hears of other processes' jobs.
    let jobs = stack.store.jobs();
    jobs.wait(Duration::from_millis(10)).await;
    let tell = async {
        loop {
            let notify = sqlx::raw_sql("NOTIFY luminous_jobs");
            notify.execute(&mut postgres).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = jobs.wait(Duration::from_mins(1)) => {}
        () = tell => {}
        () = tokio::time::sleep(Duration::from_secs(10)) => panic!("nothing was heard"),
    }
}

#[tokio::test]
async fn what_was_accepted_is_there_after_the_store_is_gone() {
    for stack in stacks().await {
        if stack.database.url().contains(":memory:") {
            continue;
        }
        let delivery = NewDelivery {
            body: Bytes::from_static(b"{}"),
            organization_id: None,
            ordering_key: None,
            request_id: None,
            received_at: stack.now(),
        };
        stack.store.accept(delivery).await.unwrap();
        let settings = DatabaseSettings {
            url: stack.database.url().into(),
            max_connections: 1,
        };
        let Stack {
            clock,
            realtime,
            database,
            store,
        } = stack;
        drop(store);
        let reopened = Database::connect(&settings).await.unwrap();
        let store = infrastructure::database::SeaStore::new(reopened, clock, realtime);
        let jobs = store
            .jobs()
            .claim(10, Duration::from_secs(1))
            .await
            .unwrap();
        assert_eq!(jobs.len(), 1);
        drop(database);
    }
}
