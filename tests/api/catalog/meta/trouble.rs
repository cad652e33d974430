//! Meta refuses, fails, is silent, or is told twice.

use std::{sync::Arc, time::Duration};

use domain::{
    catalog::MetaCatalog, clock::Clock, job::Job, organizations::OrganizationId,
    whatsapp::CloudApiError,
};
use in_memory::{Answer, CallKind};
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};
use tokio::{join, sync::Notify, task};

use super::{META, gathers, id_of, meta_of, refusal, shop, sold, state};
use crate::{
    catalog::{adds, path_of, usd},
    given,
};

const GATHER: Duration = Duration::from_secs(1);
const HELD_POLL: Duration = Duration::from_mins(10);

fn organization(owner: &Owner) -> OrganizationId {
    owner.organization_id.parse().unwrap()
}

async fn costs(owner: &Owner, product: &Value, amount: i64) {
    let price = json!({"price": usd(amount)});
    let changed = owner.client.put(&path_of(product), price).await;
    changed.assert_status(200);
}

/// Lets something happen while Meta takes its time over the first call that is due by then.
async fn meanwhile(app: &TestApp, kind: CallKind, due: Duration, happens: impl AsyncFnOnce()) {
    let told = Arc::new(Notify::new());
    let answer = Answer::SucceedOnce(told.clone());
    app.cloud_api.answer_next(kind, answer);
    let before = app.cloud_api.calls().len();
    join!(app.after(due), async {
        while app.cloud_api.calls().len() == before {
            task::yield_now().await;
        }
        happens().await;
        told.notify_one();
    });
}

#[actix_web::test]
async fn meta_is_told_again_after_what_passes_and_once_the_token_is_renewed() {
    let app = TestApp::start().await;
    let mut owner = shop(&app).await;
    let tea = adds(&owner, sold("TEA-1")).await;
    app.cloud_api
        .answer_next(CallKind::ChangeItems, refusal(80_014));
    gathers(&app).await;
    assert_eq!(meta_of(&owner, &tea).await["status"], "pending");
    assert_ne!(state(&owner).await["error"], Value::Null);
    app.after(Duration::from_secs(60)).await;
    assert_eq!(app.cloud_api.batches().len(), 1, "Meta is left alone");
    app.after(Duration::from_secs(240)).await;
    assert_eq!(app.cloud_api.batches().len(), 2);
    owner = given::again(&app, &owner).await;
    assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
    assert_eq!(state(&owner).await["error"], Value::Null);

    // Meta may have got it: it is told once more.
    let lost = Answer::Fail(CloudApiError::NoAnswer("cut off".into()));
    app.cloud_api.answer_next(CallKind::ChangeItems, lost);
    costs(&owner, &tea, 700).await;
    gathers(&app).await;
    app.after(Duration::from_secs(15)).await;
    let batches = app.cloud_api.batches();
    assert_eq!(batches.len(), 4);
    assert_eq!(batches[2], batches[3]);

    app.cloud_api
        .answer_next(CallKind::ChangeItems, refusal(190));
    costs(&owner, &tea, 800).await;
    gathers(&app).await;
    let accounts = owner.client.get("/api/whatsapp/accounts").await.data();
    assert_eq!(accounts[0]["status"], "needs_reauth");
    app.after(Duration::from_secs(60)).await;
    assert_eq!(app.cloud_api.batches().len(), 5, "nobody asks meanwhile");
    let path = format!("/api/whatsapp/accounts/{}", id_of(&accounts[0]));
    let renewed = owner
        .client
        .put(&path, json!({"accessToken": "renewed"}))
        .await;
    renewed.assert_status(200);
    app.run_jobs().await;
    assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
}

#[actix_web::test]
async fn what_somebody_must_mend_is_told_and_the_changes_wait_for_it() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let lacking = || {
            let answer = refusal(200);
            app.cloud_api.answer_next(CallKind::ChangeItems, answer);
        };
        lacking();
        let tea = adds(&owner, sold("TEA-1")).await;
        adds(&owner, sold("CUP-1")).await;
        gathers(&app).await;
        let told = state(&owner).await;
        assert_eq!(told["pending"], 2);
        let reason = told["error"].as_str().unwrap();
        assert!(reason.contains("catalog_management"), "{reason}");
        let accounts = owner.client.get("/api/whatsapp/accounts").await.data();
        assert_eq!(accounts[0]["status"], "connected", "chats go on");
        assert_eq!(app.cloud_api.batches().len(), 1, "one asks for both");
        lacking();
        app.after(HELD_POLL).await;
        assert_eq!(app.cloud_api.batches().len(), 2);
        // Whoever has mended it need not wait.
        let push = owner.client.post(&format!("{META}/push"), json!({})).await;
        push.assert_status(202);
        gathers(&app).await;
        assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
        let told = state(&owner).await;
        assert_eq!(told["error"], Value::Null);
        assert_eq!(told["pending"], 0);
    }
}

#[actix_web::test]
async fn being_cut_short_after_metas_answer_tells_it_again_and_changes_nothing() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let tea = adds(&owner, sold("TEA-1")).await;
        gathers(&app).await;
        // As if the answer had never been stored.
        let organization = organization(&owner);
        let product = tea["id"].as_str().unwrap().parse().unwrap();
        let store = &app.application.ports.store;
        let uow = store.begin(organization).await.unwrap();
        let meta = uow.meta_catalog();
        let now = app.clock.now();
        let items = meta.items_of(&[product]).await.unwrap();
        let variants: Vec<_> = items.iter().map(|item| item.variant_id).collect();
        meta.remove_items(&variants).await.unwrap();
        let noted = meta.note_changes(&[product], now).await.unwrap();
        assert_eq!(noted, Some(organization));
        uow.enqueue(Job::PushCatalog {
            organization_id: organization,
        });
        uow.commit().await.unwrap();
        gathers(&app).await;
        let batches = app.cloud_api.batches();
        assert_eq!(batches.len(), 2);
        assert_eq!(batches[0], batches[1]);
        assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
    }
}

#[actix_web::test]
async fn what_meta_was_told_is_nothing_if_another_catalog_came_meanwhile() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let tea = adds(&owner, sold("TEA-1")).await;
        meanwhile(&app, CallKind::ChangeItems, GATHER, async || {
            let store = &app.application.ports.store;
            let uow = store.begin(organization(&owner)).await.unwrap();
            let meta = uow.meta_catalog();
            let before = meta.lock().await.unwrap().unwrap();
            let other = MetaCatalog {
                catalog_id: "other".into(),
                ..before
            };
            meta.upsert(&other).await.unwrap();
            meta.forget_items().await.unwrap();
            meta.note_change_of_all(app.clock.now()).await.unwrap();
            uow.commit().await.unwrap();
        })
        .await;
        // It was told to the other catalog, too, once for both changes.
        gathers(&app).await;
        assert_eq!(app.cloud_api.batches().len(), 2);
        assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
        assert_eq!(state(&owner).await["pending"], 0);
    }
}

#[actix_web::test]
async fn of_two_workers_that_tell_the_same_the_first_one_counts() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let tea = adds(&owner, sold("TEA-1")).await;
        let product = tea["id"].as_str().unwrap().parse().unwrap();
        let store = &app.application.ports.store;
        meanwhile(&app, CallKind::ChangeItems, GATHER, async || {
            let uow = store.begin(organization(&owner)).await.unwrap();
            let meta = uow.meta_catalog();
            let changes = meta.changes(10).await.unwrap();
            let ids: Vec<_> = changes.iter().map(|change| change.id).collect();
            assert!(meta.remove_changes(&ids).await.unwrap());
            uow.commit().await.unwrap();
        })
        .await;
        let data = store.read(organization(&owner));
        let items = data.meta_catalog().items_of(&[product]).await.unwrap();
        assert_eq!(items, []);
    }
}

#[actix_web::test]
async fn a_change_while_meta_is_told_is_told_after_it() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let tea = adds(&owner, sold("TEA-1")).await;
        meanwhile(&app, CallKind::ChangeItems, GATHER, async || {
            costs(&owner, &tea, 700).await;
        })
        .await;
        gathers(&app).await;
        let variant = id_of(&tea["variants"][0]);
        let price = app
            .cloud_api
            .with_catalog(|catalog| catalog.items[&variant].price);
        assert_eq!(price.amount, 700);
        assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
    }
}

#[actix_web::test]
async fn what_came_of_a_batch_is_asked_until_meta_says_it_or_does_not_know_it() {
    let app = TestApp::start().await;
    let mut owner = shop(&app).await;
    let tea = adds(&owner, sold("TEA-1")).await;
    let down = Answer::Fail(CloudApiError::NotReached("down".into()));
    app.cloud_api.answer_next(CallKind::BatchStatus, down);
    gathers(&app).await;
    assert_eq!(meta_of(&owner, &tea).await["status"], "pending");
    app.after(Duration::from_secs(15)).await;
    assert_eq!(meta_of(&owner, &tea).await["status"], "synced");

    // It does not know the batch any more.
    app.cloud_api
        .answer_next(CallKind::BatchStatus, refusal(100));
    costs(&owner, &tea, 600).await;
    gathers(&app).await;
    let meta = meta_of(&owner, &tea).await;
    assert_eq!(meta["status"], "failed");
    assert_eq!(meta["errors"][0]["message"], "100 No");

    let silent = |is| app.cloud_api.with_catalog(|catalog| catalog.is_silent = is);
    silent(true);
    costs(&owner, &tea, 700).await;
    gathers(&app).await;
    for _ in 0..70 {
        app.after(Duration::from_secs(60)).await;
    }
    owner = given::again(&app, &owner).await;
    let meta = meta_of(&owner, &tea).await;
    let reason = "Meta has not said what came of it.";
    assert_eq!(meta["errors"][0]["message"], reason);
    let calls = app.cloud_api.calls().into_iter();
    let asked = calls.filter(|call| matches!(call, in_memory::Call::BatchStatus));
    assert!(asked.count() < 80, "not every few seconds");
    silent(false);
    costs(&owner, &tea, 800).await;
    gathers(&app).await;
    assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
}

#[actix_web::test]
async fn what_came_of_a_batch_is_not_told_of_what_was_told_again_meanwhile() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        let tea = adds(&owner, sold("TEA-1")).await;
        let variant = id_of(&tea["variants"][0]);
        app.cloud_api
            .with_catalog(|catalog| catalog.refused.insert(variant.clone(), "No".into()));
        let down = Answer::Fail(CloudApiError::NotReached("down".into()));
        app.cloud_api.answer_next(CallKind::BatchStatus, down);
        gathers(&app).await;
        app.cloud_api
            .with_catalog(|catalog| catalog.refused.clear());
        let due = Duration::from_secs(15);
        meanwhile(&app, CallKind::BatchStatus, due, async || {
            costs(&owner, &tea, 700).await;
            gathers(&app).await;
        })
        .await;
        assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
    }
}
