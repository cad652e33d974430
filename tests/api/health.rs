//! Liveness and readiness.

use std::{error::Error, sync::Arc};

use api::{ApiSettings, HealthCheck};
use async_trait::async_trait;
use serde_json::json;
use tests::{app::TestApp, stores::Backend};

struct Broken;

#[async_trait]
impl HealthCheck for Broken {
    fn name(&self) -> &'static str {
        "redis"
    }

    async fn check(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        Err("connection refused by 10.0.0.7".into())
    }
}

#[actix_web::test]
async fn a_program_that_has_all_it_needs_is_ready() {
    let app = TestApp::start().await;
    let live = app.anybody().get("/health/live").await;
    assert_eq!(live.assert_status(200).json(), json!({"status": "up"}));
    let ready = app.anybody().get("/health/ready").await;
    let expected = json!({
        "status": "up",
        "components": {"database": {"status": "up"}, "storage": {"status": "up"}},
    });
    assert_eq!(ready.assert_status(200).json(), expected);
}

#[actix_web::test]
async fn a_program_without_file_storage_lives_but_is_not_ready() {
    let app = TestApp::start().await;
    app.storage.set_down(true);
    app.anybody().get("/health/live").await.assert_status(200);
    let ready = app.anybody().get("/health/ready").await;
    assert_eq!(
        ready.assert_status(503).json()["components"]["storage"]["status"],
        "down"
    );
    app.storage.set_down(false);
    app.anybody().get("/health/ready").await.assert_status(200);
}

#[actix_web::test]
async fn other_components_are_asked_too_and_their_secrets_kept() {
    let settings = ApiSettings {
        checks: vec![Arc::new(Broken)],
        ..ApiSettings::default()
    };
    let app = TestApp::with_settings(Backend::Sqlite, settings).await;
    let ready = app.anybody().get("/health/ready").await;
    let expected = json!({
        "status": "down",
        "components": {
            "database": {"status": "up"}, "redis": {"status": "down"}, "storage": {"status": "up"},
        },
    });
    assert_eq!(ready.assert_status(503).json(), expected);
}
