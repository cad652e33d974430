//! What the worker makes of outages, and the work that comes again by itself.

use std::time::Duration;

use domain::{
    clock::Clock,
    job::{Job, NewJob},
    page::{PageRequest, Window},
    whatsapp::CloudApiError,
};
use in_memory::{Answer, CallKind};
use serde_json::json;
use tests::app::{TestApp, messages_body};

const NUMBER: &str = "106540352242922";
const CUSTOMER: &str = "14155550123";

#[actix_web::test]
async fn an_outage_kills_no_job_however_often_it_is_met() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    owner.connects(NUMBER).await;
    app.cloud_api
        .add_media("1908647269898587", "image/jpeg", "a photo");
    // More often than the job may fail.
    let tries = Job::FetchMedia {
        media_id: domain::id::Id::generate(),
    }
    .max_attempts()
        + 2;
    for _ in 0..tries {
        let outage = CloudApiError::NotReached("no route".into());
        app.cloud_api
            .answer_next(CallKind::DescribeMedia, Answer::Fail(outage));
    }
    let photo = json!({
        "from": CUSTOMER, "id": "wamid.photo", "timestamp": app.now().to_string(),
        "type": "image", "image": {"id": "1908647269898587", "mime_type": "image/jpeg"},
    });
    app.receive(&messages_body(NUMBER, CUSTOMER, &[photo]))
        .await;
    for _ in 0..tries {
        assert!(app.storage.files().is_empty());
        app.after(Duration::from_secs(15)).await;
    }
    assert_eq!(app.storage.files().len(), 1);
    let all = PageRequest {
        window: Window::Newest,
        limit: 10,
    };
    let dead = app.application.ports.store.jobs().dead(all).await.unwrap();
    assert_eq!(dead.rows, []);
}

#[actix_web::test]
async fn what_has_had_its_time_is_swept_away_every_hour() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let store = &app.application.ports.store;
    let data = store.read(owner.organization_id.parse().unwrap());
    let sweep = NewJob {
        job: Job::Sweep,
        organization_id: None,
        ordering_key: None,
        run_at: app.clock.now(),
        unique_key: Some("sweep".into()),
        request_id: None,
    };
    assert!(store.jobs().enqueue(&sweep).await.unwrap());

    app.run_jobs().await;
    assert!(data.events().first_seq().await.unwrap().is_some());
    let in_an_hour = app.clock.now() + Duration::from_secs(3600);
    assert_eq!(store.jobs().next_due().await.unwrap(), Some(in_an_hour));

    app.after(Duration::from_secs(8 * 24 * 3600)).await;
    assert_eq!(data.events().first_seq().await.unwrap(), None);
    assert!(data.events().last_seq().await.unwrap() > 0, "numbers go on");
}
