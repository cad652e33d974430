//! The program, started and stopped as a whole.
#![expect(clippy::unwrap_used, reason = "what surprises a test fails it")]

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::{Client, Response, StatusCode};
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

async fn get(server: &Server, path: &str) -> Response {
    let url = server.url().join(path).unwrap();
    client().get(url).send().await.unwrap()
}

async fn status_of(server: &Server, path: &str) -> StatusCode {
    get(server, path).await.status()
}

async fn header_of(server: &Server, path: &str, name: &str) -> Option<String> {
    let answer = get(server, path).await;
    let value = answer.headers().get(name)?;
    Some(value.to_str().unwrap().to_owned())
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

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_on_the_machine_reads_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path(), &[]).await;
    let data = std::fs::metadata(directory.path().join("data")).unwrap();
    assert_eq!(data.permissions().mode() & 0o077, 0);
    server.stop().await;
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

#[tokio::test(flavor = "multi_thread")]
async fn pages_run_no_script_but_their_own_and_production_is_reached_by_https() {
    let directory = tempfile::tempdir().unwrap();
    let development = start(directory.path(), &[]).await;
    for path in ["docs/", "dev/mail", "dev/mail/templates", "dev/meta"] {
        let policy = header_of(&development, path, "content-security-policy").await;
        let policy = policy.unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        for directive in policy.split("; ") {
            let is_of_scripts = directive.starts_with("script-src");
            assert!(
                !is_of_scripts || directive == "script-src 'self'",
                "{path}: {directive}"
            );
        }
    }
    let https = "strict-transport-security";
    assert_eq!(header_of(&development, "docs/", https).await, None);
    development.stop().await;

    let directory = tempfile::tempdir().unwrap();
    let production = start(directory.path(), &PRODUCTION).await;
    for path in ["docs/", "files/images/nothing", "api/auth/me"] {
        let header = header_of(&production, path, https).await;
        assert!(header.is_some(), "{path}");
    }
    let readers = header_of(
        &production,
        "files/images/nothing",
        "cross-origin-resource-policy",
    );
    assert_eq!(readers.await.as_deref(), Some("cross-origin"));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limits_are_those_of_the_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path(), &[("RATE_LIMIT_PER_ADDRESS", "2")]).await;
    for _ in 0..2 {
        let status = status_of(&server, "api/auth/me").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let status = status_of(&server, "api/auth/me").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(status_of(&server, "health/live").await, StatusCode::OK);
    server.stop().await;
}

#[test]
fn whoever_has_read_enough_may_close_the_pipe() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [&["openapi"][..], &["doctor"], &["migrate", "status"]] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_luminous"))
            .args(arguments)
            .current_dir(directory.path())
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(program.stdout.take());
        let output = program.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        assert_eq!(error, "", "{arguments:?}");
    }
}
