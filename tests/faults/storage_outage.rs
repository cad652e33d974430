//! The file storage goes down and comes back, while the program runs: a real one.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use server::{config::Config, serve::Server};
use tempfile::TempDir;
use tests::{
    client::{Answer, Client, Owner},
    s3::{self, S3Server},
    stores::service_is_asked_for,
};

const LOGO: &str = "/api/organizations/logo";
const CURRENT: &str = "/api/organizations/current";

/// A red square.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAEAQMAAACTPww9AAAABlBMVEUAAAD/AAAb/40iAAAAEElEQVR42mP4wMTAxMDEAAAGsAD37CyufAAAAABJRU5ErkJggg==";

async fn start(directory: &TempDir, s3: &S3Server) -> Server {
    let endpoint = s3.endpoint();
    let variables = [
        ("PORT", "0"),
        ("HOST", "127.0.0.1"),
        ("S3_ENDPOINT", endpoint.as_str()),
        ("S3_BUCKET", "luminous-files"),
        ("S3_ACCESS_KEY", s3::KEY),
        ("S3_SECRET_KEY", s3::KEY),
    ];
    let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    let variables: BTreeMap<_, _> = variables.map(owned).into();
    let config = Config::read(directory.path(), &variables).unwrap();
    Server::start(&config, true).await.unwrap()
}

async fn uploads_logo(owner: &Owner) -> Answer {
    let head =
        "--edge\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"a.png\"\r\n\r\n";
    let png = STANDARD.decode(PNG).unwrap();
    let body = [head.as_bytes(), &png, b"\r\n--edge--\r\n"].concat();
    let request = owner.client.request(Method::POST, LOGO);
    let content_type = "multipart/form-data; boundary=edge";
    let request = request.header("content-type", content_type).body(body);
    request.send().await
}

fn path_of(url: &Value) -> String {
    let url = url::Url::parse(url.as_str().unwrap()).unwrap();
    url.path().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_storage_files_are_unavailable_and_all_else_goes_on() {
    if !service_is_asked_for("s3") {
        return;
    }
    let (directory, mut s3) = (TempDir::new().unwrap(), S3Server::start().await);
    let server = start(&directory, &s3).await;
    let anybody = Client::new(server.url().as_str());
    let owner = anybody.register("Luna").await;

    let organization = uploads_logo(&owner).await.assert_status(200).json();
    let logo = path_of(&organization["logoUrl"]);
    let shown = anybody.get(&logo).await;
    shown.assert_status(200);
    assert_eq!(shown.header("content-type"), Some("image/webp"));
    let cached = "public, max-age=31536000, immutable";
    assert_eq!(shown.header("cache-control"), Some(cached));
    assert_eq!(&shown.bytes[8..12], b"WEBP");
    let head = anybody.request(Method::HEAD, &logo).send().await;
    assert_eq!(head.assert_status(200).bytes, b"");

    s3.go_down().await;
    for answer in [uploads_logo(&owner).await, anybody.get(&logo).await] {
        answer.assert_problem(503, "storage_unavailable");
        assert!(answer.header("retry-after").is_some());
    }
    let city = json!({"city": "Lima"});
    owner.client.put(CURRENT, city).await.assert_status(200);
    owner.chats().await;
    anybody.get("/health/live").await.assert_status(200);
    let ready = anybody.get("/health/ready").await.assert_status(200).json();
    assert_eq!(ready["status"], "degraded");
    assert_eq!(ready["components"]["storage"]["status"], "down");
    assert_eq!(ready["components"]["database"]["status"], "up");

    s3.come_back().await;
    let organization = uploads_logo(&owner).await.assert_status(200).json();
    let logo = path_of(&organization["logoUrl"]);
    anybody.get(&logo).await.assert_status(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_starts_without_storage_and_makes_its_bucket_when_there_is_one() {
    if !service_is_asked_for("s3") {
        return;
    }
    let (directory, mut s3) = (TempDir::new().unwrap(), S3Server::start().await);
    s3.go_down().await;
    let server = start(&directory, &s3).await;
    let anybody = Client::new(server.url().as_str());
    let owner = anybody.register("Luna").await;
    let refused = uploads_logo(&owner).await;
    refused.assert_problem(503, "storage_unavailable");
    owner.chats().await;
    anybody.get("/health/ready").await.assert_status(200);

    s3.come_back().await;
    let organization = uploads_logo(&owner).await.assert_status(200).json();
    let logo = path_of(&organization["logoUrl"]);
    anybody.get(&logo).await.assert_status(200);
    server.stop().await;
}
