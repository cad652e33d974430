//! Storage that cannot be reached.

use domain::storage::{Folder, Storage, StorageError};
use in_memory::MapStorage;
use infrastructure::storage::S3Storage;
use tests::{
    s3::{self, S3Server},
    stores::service_is_asked_for,
};

use super::{any_key, clock, put};

/// Every call says so, and none claims that there is no such file.
async fn assert_down(storage: &dyn Storage) {
    let key = any_key();
    let answers = [
        put(storage, &key, b"test").await.err(),
        storage.get(&key).await.err(),
        storage.metadata(&key).await.err(),
        storage.delete(&key).await.err(),
        storage.list(Folder::Media, None, 9).await.err(),
        storage.check().await.err(),
    ];
    for (index, answer) in answers.into_iter().enumerate() {
        let answer = answer.unwrap();
        let is_down = matches!(answer, StorageError::Unavailable(_));
        assert!(is_down, "{index}: {answer}");
    }
}

#[tokio::test]
async fn storage_in_memory_can_be_told_to_be_down() {
    let storage = MapStorage::new(clock());
    storage.set_down(true);
    assert_down(&storage).await;
    storage.set_down(false);
    storage.check().await.unwrap();
}

#[tokio::test]
async fn s3_that_is_down_is_unavailable_until_it_is_back() {
    if !service_is_asked_for("s3") {
        return;
    }
    let mut server = S3Server::start().await;
    let settings = s3::settings(server.endpoint());
    let storage = S3Storage::connect(settings).await.unwrap();
    let key = any_key();
    put(&storage, &key, b"before").await.unwrap();

    server.go_down().await;
    assert_down(&storage).await;

    server.come_back().await;
    storage.check().await.unwrap();
    storage.metadata(&key).await.unwrap();
}
