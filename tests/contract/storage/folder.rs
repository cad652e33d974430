//! What is true of the folder alone.

use std::{fs, path::Path};

use domain::{
    id::Id,
    storage::{FileKey, Folder, Storage, StorageError},
};
use infrastructure::storage::{FolderSettings, FolderStorage};
use tempfile::TempDir;
use url::Url;

use super::{any_key, clock, folder_storage, put};

/// All that lies below, with the rights that others have.
#[cfg(unix)]
fn rights_of_others(path: &Path) -> Vec<(String, u32)> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).unwrap();
    let own = (
        path.display().to_string(),
        metadata.permissions().mode() & 0o077,
    );
    let mut all = vec![own];
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            all.extend(rights_of_others(&entry.unwrap().path()));
        }
    }
    all
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let above = TempDir::new().unwrap();
    let open = |name: &str| {
        let settings = FolderSettings {
            root: above.path().join(name),
            public_url: Url::parse("http://localhost:8080").unwrap(),
            signing_key: "a key that nobody knows, of 32 bytes".to_owned().into(),
        };
        FolderStorage::open(settings, clock()).unwrap()
    };
    fs::create_dir(above.path().join("open")).unwrap();
    fs::set_permissions(above.path().join("open"), fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["new/deep", "open"] {
        put(&open(name), &any_key(), b"test").await.unwrap();
    }
    let new = rights_of_others(&above.path().join("new"));
    let open = rights_of_others(&above.path().join("open"));
    let all = [new, open].concat();
    assert!(all.len() > 10, "{all:?}");
    assert!(all.iter().all(|(_, rights)| *rights == 0), "{all:?}");
}

#[tokio::test]
async fn what_a_crash_left_of_a_file_is_listed_and_can_be_deleted() {
    let folder = TempDir::new().unwrap();
    let storage = folder_storage(&folder, clock());
    let keys: Vec<_> = (0..3)
        .map(|_| FileKey::generate(Folder::Images, Id::generate()))
        .collect();
    for key in &keys {
        put(&storage, key, b"test").await.unwrap();
    }
    let (content, metadata) = (folder.path().join(keys[0].as_str()), folder.path());
    fs::remove_file(content).unwrap();
    fs::remove_file(metadata.join(".metadata").join(keys[1].as_str())).unwrap();
    for half in &keys[..2] {
        let found = storage.metadata(half).await;
        assert!(matches!(found, Err(StorageError::NotFound)), "{half}");
    }
    let list = async || storage.list(Folder::Images, None, 9).await.unwrap();
    assert_eq!(list().await.len(), 3);
    for half in &keys[..2] {
        storage.delete(half).await.unwrap();
    }
    assert_eq!(list().await[0].key, keys[2]);
    assert_eq!(list().await.len(), 1);
}

#[tokio::test]
async fn a_deleted_file_leaves_nothing_behind() {
    fn files(path: &Path) -> usize {
        let entries = fs::read_dir(path).unwrap().map(Result::unwrap);
        let count = |entry: fs::DirEntry| {
            if entry.file_type().unwrap().is_dir() {
                files(&entry.path())
            } else {
                1
            }
        };
        entries.map(count).sum()
    }
    let folder = TempDir::new().unwrap();
    let storage = folder_storage(&folder, clock());
    let key = any_key();
    put(&storage, &key, b"test").await.unwrap();
    assert_eq!(files(folder.path()), 2);
    storage.delete(&key).await.unwrap();
    assert_eq!(files(folder.path()), 0);
}
