//! Files to which nothing refers any more.

use std::time::Duration;

use application::worker::Worker;
use domain::{
    clock::Clock,
    id::Id,
    job::{Job, NewJob},
    page::{PageRequest, Window},
    storage::{FileKey, FileMetadata, Folder, Storage},
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use tests::{
    app::{TestApp, messages_body},
    stores::backends,
};
use tokio_util::sync::CancellationToken;

const HOUR: Duration = Duration::from_hours(1);

/// Stores a file that no unit of work knows, as a crash may leave it.
async fn leaves_orphan(app: &TestApp, folder: Folder) -> FileKey {
    let metadata = FileMetadata {
        content_type: "image/webp".to_owned(),
        original_name: None,
        organization_id: Id::generate(),
        uploaded_by: None,
    };
    let key = FileKey::generate(folder, metadata.organization_id);
    let content = stream::iter([Ok("test".into())]).boxed();
    let put = app.storage.put(&key, &metadata, content, 100);
    put.await.unwrap();
    key
}

/// Has a job run, as soon as jobs do.
async fn enqueue(app: &TestApp, job: Job) {
    let kind = job.kind();
    let job = NewJob {
        job,
        organization_id: None,
        ordering_key: None,
        run_at: app.clock.now(),
        unique_key: Some(kind.into()),
        request_id: None,
    };
    let jobs = app.application.ports.store.jobs();
    assert!(jobs.enqueue(&job).await.unwrap());
}

async fn dead_jobs(app: &TestApp) -> usize {
    let page = PageRequest {
        window: Window::Newest,
        limit: 10,
    };
    let jobs = app.application.ports.store.jobs();
    jobs.dead(page).await.unwrap().rows.len()
}

/// A shop with a file from a customer.
async fn shop_with_photo(app: &TestApp) {
    let owner = app.register("Luna").await;
    owner.connects("106540352242922").await;
    app.cloud_api.add_media("M1", "image/jpeg", "a photo");
    let photo = json!({
        "from": "14155550123", "id": "wamid.photo", "timestamp": app.now().to_string(),
        "type": "image", "image": {"id": "M1", "mime_type": "image/jpeg"},
    });
    app.receive(&messages_body("106540352242922", "14155550123", &[photo]))
        .await;
}

#[actix_web::test]
async fn files_that_nothing_refers_to_are_swept_away_after_a_day() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        shop_with_photo(&app).await;
        let photo = app.storage.files().into_keys().next().unwrap();
        for folder in Folder::ALL {
            leaves_orphan(&app, folder).await;
        }
        enqueue(&app, Job::SweepFiles).await;
        app.after(23 * HOUR).await;
        assert_eq!(app.storage.files().len(), 5, "they may be claimed yet");

        let young = leaves_orphan(&app, Folder::Images).await;
        app.after(24 * HOUR).await;
        let mut left: Vec<_> = app.storage.files().into_keys().collect();
        left.sort();
        assert_eq!(left, [young, photo.clone()]);
        app.after(24 * HOUR).await;
        assert!(app.storage.files().into_keys().eq([photo]));
    }
}

#[actix_web::test]
async fn many_orphans_go_and_what_is_among_them_stays() {
    let app = TestApp::start().await;
    for _ in 0..1_200 {
        leaves_orphan(&app, Folder::Media).await;
    }
    shop_with_photo(&app).await;
    for _ in 0..1_200 {
        leaves_orphan(&app, Folder::Media).await;
    }
    app.clock.advance(25 * HOUR);
    enqueue(&app, Job::SweepFiles).await;
    app.run_jobs().await;
    let left: Vec<_> = app.storage.files().into_values().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].content, "a photo");
}

#[actix_web::test]
async fn sweeping_waits_while_storage_is_down_and_comes_again_every_day() {
    let app = TestApp::start().await;
    leaves_orphan(&app, Folder::Products).await;
    app.clock.advance(25 * HOUR);
    app.storage.set_down(true);
    enqueue(&app, Job::SweepFiles).await;
    for _ in 0..12 {
        app.after(Duration::from_secs(15)).await;
    }
    app.storage.set_down(false);
    app.after(Duration::from_secs(15)).await;
    assert_eq!(app.storage.files().len(), 0);
    assert_eq!(dead_jobs(&app).await, 0);
    let in_a_day = app.clock.now() + 24 * HOUR;
    let jobs = app.application.ports.store.jobs();
    assert_eq!(jobs.next_due().await.unwrap(), Some(in_a_day));
}

#[actix_web::test]
async fn an_orphan_that_cannot_be_deleted_does_not_keep_the_others() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        leaves_orphan(&app, Folder::Images).await;
    }
    leaves_orphan(&app, Folder::Products).await;
    let first = app.storage.files().into_keys().next().unwrap();
    app.storage.refuse_to_delete(first.clone());
    app.clock.advance(25 * HOUR);
    enqueue(&app, Job::SweepFiles).await;
    app.run_jobs().await;
    assert!(app.storage.files().into_keys().eq([first]));
    assert_eq!(dead_jobs(&app).await, 0);
    let in_a_day = app.clock.now() + 24 * HOUR;
    let jobs = app.application.ports.store.jobs();
    assert_eq!(jobs.next_due().await.unwrap(), Some(in_a_day));
}

#[actix_web::test]
async fn a_file_is_deleted_as_often_as_it_is_asked_for() {
    let app = TestApp::start().await;
    let key = leaves_orphan(&app, Folder::Images).await;
    for _ in 0..2 {
        enqueue(&app, Job::DeleteFile { key: key.clone() }).await;
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!(app.storage.files().len(), 0);
    }
    assert_eq!(dead_jobs(&app).await, 0);
}

#[actix_web::test]
async fn a_worker_that_starts_sees_to_it_that_sweeping_is_done() {
    let app = TestApp::start().await;
    let stop = CancellationToken::new();
    stop.cancel();
    for _ in 0..2 {
        let worker = Worker::new(app.application.clone(), 1);
        worker.run(stop.clone()).await;
    }
    let jobs = app.application.ports.store.jobs();
    let claimed = jobs.claim(10, Duration::from_secs(30)).await.unwrap();
    let mut kinds: Vec<_> = claimed.iter().map(|job| job.job.kind()).collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["check_accounts", "expire_messages", "sweep", "sweep_files"]
    );
}
