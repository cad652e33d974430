//! What lies in the storage, page by page.

use chrono::TimeDelta;
use domain::{
    clock::Clock,
    id::Id,
    storage::{FileKey, Folder},
};
use infrastructure::clock::SystemClock;

use super::{Subject, clock};

impl Subject {
    async fn keys(&self, folder: Folder, after: Option<&FileKey>, limit: u32) -> Vec<FileKey> {
        let listed = self.storage.list(folder, after, limit).await.unwrap();
        listed.into_iter().map(|file| file.key).collect()
    }
}

#[tokio::test]
async fn files_are_listed_in_the_order_of_their_keys() {
    for subject in Subject::all().await {
        // A dash sorts before a slash, and a slash before a letter.
        let mut keys: Vec<_> = ["a/c", "a-b", "a", "ab", "B/1", "B/2"]
            .map(|name| FileKey::parse(&format!("documents/{name}/x")).unwrap())
            .into();
        let (ours, theirs) = (Id::generate(), Id::generate());
        for _ in 0..3 {
            keys.push(FileKey::generate(Folder::Documents, ours));
            keys.push(FileKey::generate(Folder::Documents, theirs));
        }
        for key in &keys {
            subject.put(key, b"test").await.unwrap();
        }
        let elsewhere = FileKey::generate(Folder::Media, ours);
        subject.put(&elsewhere, b"test").await.unwrap();
        keys.sort_unstable();

        let all = subject.keys(Folder::Documents, None, 100).await;
        assert_eq!(all, keys, "{}", subject.name);
        for limit in [1, 5, 12] {
            let mut paged: Vec<FileKey> = Vec::new();
            loop {
                let page = subject.keys(Folder::Documents, paged.last(), limit).await;
                assert!(page.len() <= limit as usize, "{}", subject.name);
                if page.is_empty() {
                    break;
                }
                paged.extend(page);
            }
            assert_eq!(paged, keys, "{}", subject.name);
        }
        assert_eq!(subject.keys(Folder::Media, None, 9).await, [elsewhere]);
        assert_eq!(subject.keys(Folder::Images, None, 9).await, []);
    }
}

#[tokio::test]
async fn a_list_goes_on_after_a_file_that_was_deleted() {
    for subject in Subject::all().await {
        let organization = Id::generate();
        let make = |_| FileKey::generate(Folder::Images, organization);
        let keys: Vec<_> = (0..3).map(make).collect();
        for key in &keys {
            subject.put(key, b"test").await.unwrap();
        }
        subject.storage.delete(&keys[1]).await.unwrap();
        let rest = subject.keys(Folder::Images, Some(&keys[1]), 9).await;
        assert_eq!(rest, keys[2..], "{}", subject.name);
    }
}

#[tokio::test]
async fn more_files_are_listed_than_s3_answers_at_once() {
    for subject in Subject::all().await {
        let organization = Id::generate();
        for _ in 0..1_005 {
            let key = FileKey::generate(Folder::Products, organization);
            subject.put(&key, b"").await.unwrap();
        }
        let count = async |limit| subject.keys(Folder::Products, None, limit).await.len();
        assert_eq!(count(1_004).await, 1_004, "{}", subject.name);
        assert_eq!(count(2_000).await, 1_005, "{}", subject.name);
    }
}

#[tokio::test]
async fn a_listed_file_says_since_when_it_lies_there() {
    for subject in Subject::all().await {
        let key = FileKey::generate(Folder::Media, Id::generate());
        subject.put(&key, b"test").await.unwrap();
        let listed = subject.storage.list(Folder::Media, None, 9).await.unwrap();
        let now = match subject.name {
            "memory" => clock().now(),
            _ => SystemClock.now(),
        };
        let age = now - listed[0].stored_at;
        assert!(age.abs() < TimeDelta::minutes(1), "{}: {age}", subject.name);
    }
}
