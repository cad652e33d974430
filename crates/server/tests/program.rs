//! The program, started and stopped as a whole.
#![expect(clippy::unwrap_used, reason = "what surprises a test fails it")]

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use server::{config::Config, serve::Server};

const PRODUCTION: [(&str, &str); 6] = [
    ("LUMINOUS_ENV", "production"),
    ("JWT_SECRET", "kD83nvQpLs02mXzTyRw7aBcE5fGhJ1uI"),
    ("JWT_REFRESH_SECRET", "Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe"),
    (
        "ENCRYPTION_KEY",
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    ),
    ("WHATSAPP_APP_SECRET", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
    ("WHATSAPP_WEBHOOK_VERIFY_TOKEN", "a-token-of-our-own"),
];

/// Starts it in this directory, on any free port.
async fn start(directory: &Path, variables: &[(&str, &str)]) -> Server {
    let local = [("PORT", "0"), ("HOST", "127.0.0.1")];
    let variables = local.iter().chain(variables);
    let variables: BTreeMap<_, _> = variables
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let config = Config::read(directory, &variables).unwrap();
    Server::start(&config, true).await.unwrap()
}

fn client() -> Client {
    // An error means that the program has done so.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().build().unwrap()
}

async fn status_of(server: &Server, path: &str) -> StatusCode {
    let url = server.url().join(path).unwrap();
    client().get(url).send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn development_simulates_what_is_outside_and_production_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let development = start(directory.path(), &[]).await;
    for path in ["dev/meta", "dev/mail", "docs/", "health/ready"] {
        assert_eq!(
            status_of(&development, path).await,
            StatusCode::OK,
            "{path}"
        );
    }
    development.stop().await;

    let directory = tempfile::tempdir().unwrap();
    let production = start(directory.path(), &PRODUCTION).await;
    assert_eq!(status_of(&production, "health/ready").await, StatusCode::OK);
    for path in ["dev/meta", "dev/mail"] {
        assert_eq!(
            status_of(&production, path).await,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let first = start(directory.path(), &[]).await;
    let registration = serde_json::json!({
        "firstName": "Ana",
        "lastName": "Paz",
        "businessName": "Café Luna",
        "email": "ana@example.com",
        "phoneNumber": "+14155552671",
        "password": "Corriente-71-azul",
        "confirmPassword": "Corriente-71-azul",
    });
    let url = first.url().join("api/auth/register").unwrap();
    let answer = client().post(url).json(&registration).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let answer: serde_json::Value = answer.json().await.unwrap();
    let token = answer["accessToken"].as_str().unwrap();
    let began = Instant::now();
    first.stop().await;
    assert!(began.elapsed() < Duration::from_secs(10));

    // With the same secrets, the token is as good as before.
    let second = start(directory.path(), &[]).await;
    let url = second.url().join("api/auth/me").unwrap();
    let me = client().get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(me.status(), StatusCode::OK);
    second.stop().await;
}
