use domain::store::{Store, StoreError};
use futures_util::future::join_all;
use tests::stores::{self, Backend, TestDatabase};

use crate::given::Stack;

async fn databases() -> Vec<TestDatabase> {
    let mut databases = vec![
        stores::database(Backend::Sqlite).await,
        stores::sqlite_file().await,
    ];
    if Backend::Postgres.is_asked_for() {
        databases.push(stores::empty_postgres().await);
    }
    databases
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again() {
    for test in databases().await {
        let database = test.database();
        database.migrate_up().await.unwrap();
        database.migrate_up().await.unwrap();
        let applied = database.migration_status().await.unwrap();
        assert!(applied.iter().all(|(_, applied)| *applied), "{applied:?}");
        database.migrate_down(None).await.unwrap();
        let applied = database.migration_status().await.unwrap();
        assert!(!applied.iter().any(|(_, applied)| *applied), "{applied:?}");
        database.migrate_up().await.unwrap();
        Stack::on(test).business().await;
    }
}

#[tokio::test]
async fn a_store_is_unfit_until_all_migrations_are_applied() {
    for test in databases().await {
        let database = test.database().clone();
        database.migrate_up().await.unwrap();
        database.migrate_down(Some(1)).await.unwrap();
        let stack = Stack::on(test);
        let check = stack.store.check().await;
        assert!(matches!(check, Err(StoreError::Broken(_))), "{check:?}");
        database.migrate_up().await.unwrap();
        stack.store.check().await.unwrap();
    }
}

#[tokio::test]
async fn instances_that_start_at_once_migrate_once() {
    for test in databases().await {
        let database = test.database();
        let instances = (0..4).map(|_| database.migrate_up());
        for migrated in join_all(instances).await {
            migrated.unwrap();
        }
    }
}
