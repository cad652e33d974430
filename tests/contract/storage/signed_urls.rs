//! The URLs at which browsers read files.

use std::time::Duration;

use domain::storage::{FileKey, Storage};
use infrastructure::storage::SignedQuery;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use url::Url;

use super::{Subject, any_key, clock, folder_storage, put, s3_storage};
use tests::stores::service_is_asked_for;

#[tokio::test]
async fn a_signed_url_of_the_folder_is_good_for_its_file_and_its_time() {
    let (folder, clock) = (TempDir::new().unwrap(), clock());
    let storage = folder_storage(&folder, clock.clone());
    let key = any_key();
    put(&storage, &key, b"test").await.unwrap();
    let minutes = Duration::from_mins(5);
    let url = storage
        .signed_url(&key, "image/png", Some("Menü.png"), minutes)
        .await
        .unwrap();
    assert_eq!(url.path(), format!("/files/{key}"));

    let file = storage.verify(key.as_str(), &query_of(&url)).unwrap();
    assert_eq!(file.content_type, "image/png");
    assert_eq!(
        file.content_disposition,
        "attachment; filename=\"Men_.png\"; filename*=UTF-8''Men%C3%BC.png"
    );
    let mut content = Vec::new();
    storage
        .read(&file)
        .await
        .unwrap()
        .read_to_end(&mut content)
        .await
        .unwrap();
    assert_eq!(content, b"test");

    clock.advance(minutes);
    assert_eq!(storage.verify(key.as_str(), &query_of(&url)), None);
}

#[tokio::test]
async fn a_signed_url_of_the_folder_cannot_be_changed() {
    let folder = TempDir::new().unwrap();
    let storage = folder_storage(&folder, clock());
    let minutes = Duration::from_mins(5);
    let key = FileKey::parse("media/a").unwrap();
    let url = storage
        .signed_url(&key, "image/png", None, minutes)
        .await
        .unwrap();
    assert!(storage.verify("media/a", &query_of(&url)).is_some());
    assert_eq!(storage.verify("media/b", &query_of(&url)), None);

    let longer = url.as_str().replacen("expires=1", "expires=2", 1);
    let other_type = url.as_str().replace("image%2Fpng", "text%2Fhtml");
    let named = format!("{url}&name=a.html");
    let forged = format!("{url}AAAA");
    for changed in [longer, other_type, named, forged] {
        assert_ne!(changed, url.as_str());
        let query = query_of(&changed.parse().unwrap());
        assert_eq!(storage.verify("media/a", &query), None, "{changed}");
    }
}

fn query_of(url: &Url) -> SignedQuery {
    let pairs: serde_json::Map<_, _> = url
        .query_pairs()
        .map(|(name, value)| match value.parse::<i64>() {
            Ok(number) => (name.into_owned(), number.into()),
            Err(_) => (name.into_owned(), value.into_owned().into()),
        })
        .collect();
    serde_json::from_value(pairs.into()).unwrap()
}

#[tokio::test]
async fn a_signed_url_of_s3_lets_anybody_read_its_file_and_no_other() {
    if !service_is_asked_for("s3") {
        return;
    }
    let (storage, _server) = s3_storage().await;
    let (key, other) = (any_key(), any_key());
    for key in [&key, &other] {
        put(&storage, key, b"test").await.unwrap();
    }
    let minutes = Duration::from_mins(5);
    let url = storage
        .signed_url(&key, "image/png", Some("menu.png"), minutes)
        .await
        .unwrap();

    let response = get(url.clone()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "image/png");
    assert_eq!(
        response.headers()["content-disposition"],
        "attachment; filename=\"menu.png\"; filename*=UTF-8''menu.png"
    );
    assert_eq!(response.bytes().await.unwrap(), "test");

    let other = url.as_str().replace(key.as_str(), other.as_str());
    assert_eq!(get(other.parse().unwrap()).await.status(), 403);
}

async fn get(url: Url) -> reqwest::Response {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10));
    client.build().unwrap().get(url).send().await.unwrap()
}

#[tokio::test]
async fn a_public_url_is_the_same_for_ever_and_leads_to_this_program() {
    for subject in Subject::all().await {
        let key = FileKey::parse("images/luna/logo").unwrap();
        let url = subject.storage.public_url(&key).unwrap();
        assert_eq!(url.path(), "/files/images/luna/logo", "{}", subject.name);
        assert_eq!(url.query(), None, "{}", subject.name);
        assert_eq!(subject.storage.public_url(&key).unwrap(), url);
    }
}
