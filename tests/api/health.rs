//! Liveness and readiness.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::{ApiSettings, HealthCheck, Readiness};
use async_trait::async_trait;
use futures_util::future::join_all;
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

/// Takes its time, and counts.
struct Counting(Arc<AtomicUsize>);

#[async_trait]
impl HealthCheck for Counting {
    fn name(&self) -> &'static str {
        "redis"
    }

    async fn check(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(())
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
async fn without_file_storage_a_program_is_degraded_but_ready_for_all_else() {
    let app = TestApp::start().await;
    app.storage.set_down(true);
    app.anybody().get("/health/live").await.assert_status(200);
    let ready = app.anybody().get("/health/ready").await;
    let expected = json!({
        "status": "degraded",
        "components": {"database": {"status": "up"}, "storage": {"status": "down"}},
    });
    assert_eq!(ready.assert_status(200).json(), expected);
    app.storage.set_down(false);
    app.clock.advance(Duration::from_secs(2));
    let ready = app.anybody().get("/health/ready").await;
    assert_eq!(ready.assert_status(200).json()["status"], "up");
}

#[actix_web::test]
async fn many_who_ask_are_given_one_answer_for_two_seconds() {
    let asked = Arc::new(AtomicUsize::new(0));
    let settings = ApiSettings {
        readiness: Readiness::with(vec![Arc::new(Counting(asked.clone()))]),
        ..ApiSettings::default()
    };
    let app = TestApp::with_settings(Backend::Sqlite, settings).await;
    let anybody = app.anybody();
    let ask = || async { anybody.get("/health/ready").await.assert_status(200).json() };
    join_all([(); 10].map(|()| ask())).await;
    app.clock.advance(Duration::from_millis(1999));
    ask().await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    app.clock.advance(Duration::from_millis(1));
    ask().await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[actix_web::test]
async fn other_components_are_asked_too_and_their_secrets_kept() {
    let settings = ApiSettings {
        readiness: Readiness::with(vec![Arc::new(Broken)]),
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
