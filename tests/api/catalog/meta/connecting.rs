use in_memory::{CATALOG, CallKind};
use reqwest::Method;
use serde_json::{Value, json};
use tests::app::TestApp;

use super::{META, NUMBER, connects, gathers, meta_of, refusal, sold, state};
use crate::catalog::adds;

#[actix_web::test]
async fn a_catalog_is_connected_changed_and_turned_off() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    owner
        .client
        .get(META)
        .await
        .assert_problem(404, "not_found");
    for action in ["push", "check"] {
        let path = format!("{META}/{action}");
        let refused = owner.client.post(&path, json!({})).await;
        refused.assert_problem(409, "catalog_not_connected");
    }
    let account_id = owner.connects(NUMBER).await;
    let path = format!("/api/whatsapp/accounts/{account_id}/catalogs");
    let offered = owner.client.get(&path).await.assert_status(200).data();
    assert_eq!(offered, [json!({"id": CATALOG, "name": "Lucky Shrub"})]);
    let body = |account: &str, catalog: &str, enabled: bool| json!({"accountId": account, "catalogId": catalog, "enabled": enabled});
    for (refused, pointer) in [
        (body(&account_id, "1", true), "/catalogId"),
        (body(&account_id, "", true), "/catalogId"),
        (body(&owner.user_id, CATALOG, true), "/accountId"),
        (body(&owner.user_id, CATALOG, false), "/accountId"),
    ] {
        let answer = owner.client.put(META, refused).await;
        answer.assert_invalid(pointer);
    }
    app.cloud_api.answer_next(CallKind::Catalogs, refusal(200));
    let answer = owner
        .client
        .put(META, body(&account_id, CATALOG, true))
        .await;
    answer.assert_problem(409, "whatsapp_refused");

    let tea = adds(&owner, sold("TEA-1")).await;
    assert_eq!(tea["meta"], Value::Null);
    let connected = connects(&owner, &account_id).await;
    assert_eq!(connected["pending"], 1, "what was there before goes too");
    gathers(&app).await;
    assert_eq!(meta_of(&owner, &tea).await["status"], "synced");
    let off = owner
        .client
        .put(META, body(&account_id, CATALOG, false))
        .await;
    assert_eq!(off.assert_status(200).json()["enabled"], false);
    adds(&owner, sold("TEA-2")).await;
    gathers(&app).await;
    assert_eq!(app.cloud_api.batches().len(), 1);
    connects(&owner, &account_id).await;
    gathers(&app).await;
    assert_eq!(state(&owner).await["synced"], 2);
    let log = owner.client.get("/api/audit-log?limit=100").await.data();
    let changes = log
        .iter()
        .filter(|entry| entry["action"] == "meta_catalog_updated");
    assert_eq!(changes.count(), 3);
    let gone = owner.client.request(
        Method::DELETE,
        &format!("/api/whatsapp/accounts/{account_id}"),
    );
    gone.send().await.assert_status(204);
    let off = state(&owner).await;
    assert_eq!(off["enabled"], false);
    let reason = off["error"].as_str().unwrap();
    assert!(reason.ends_with("was removed."), "{reason}");
    adds(&owner, sold("TEA-3")).await;
    gathers(&app).await;
    assert_eq!(app.cloud_api.batches().len(), 2, "by nobody's right");
}
