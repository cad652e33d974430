//! A change and its entry are stored together or not at all.

mod failing_store;

use std::sync::Arc;

use api::ApiSettings;
use application::{Application, Ports};
use domain::organizations::Role;
use in_memory::CATALOG;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, serve, settings},
    client::{Client, Owner, PASSWORD},
    stores::backends,
};

use self::failing_store::{FailingStore, Fault};
use crate::{catalog::meta::connects, given};

/// What is to be seen of the organization, and of who works in it.
async fn state(owner: &Owner, colleagues: &[&Owner]) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        "/api/audit-log",
        "/api/organizations/current",
        "/api/chats/assignment-settings",
        "/api/chats/automation",
        "/api/members",
        "/api/invitations",
        "/api/whatsapp/accounts",
        "/api/catalog/meta",
        "/api/auth/me",
    ] {
        seen.push(owner.client.get(path).await.assert_status(200).json());
    }
    for colleague in colleagues {
        let me = colleague.client.get("/api/auth/me").await;
        seen.push(me.assert_status(200).json());
    }
    seen
}

#[actix_web::test]
async fn of_a_change_whose_entry_or_commit_fails_nothing_stays() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let agent = given::colleague(&app, &owner, Role::Agent).await;
        let admin = given::colleague(&app, &owner, Role::Admin).await;
        let account_id = owner.connects("106540352242922").await;
        connects(&owner, &account_id).await;
        let account = format!("/api/whatsapp/accounts/{account_id}");
        let member = format!("/api/members/{}", agent.user_id);
        let transfer = format!("/api/members/{}/transfer-ownership", admin.user_id);
        let another = json!({
            "phoneNumberId": "2", "businessAccountId": "1", "accessToken": "token",
            "displayName": "Another number",
        });
        let greeting = json!({"greeting": {"text": "Hi"}});
        let assignment = json!({"enabled": true});
        let new_token = json!({"displayName": "Sales", "accessToken": "new"});
        let no_catalog = json!({"accountId": account_id, "catalogId": CATALOG, "enabled": false});
        let invitation = json!({"email": "ben@example.com", "role": "agent"});
        let password = json!({"currentPassword": PASSWORD, "newPassword": "Remanso-38-verde"});
        let changes = [
            (
                Method::PUT,
                "/api/organizations/current",
                json!({"name": "Sol"}),
            ),
            (Method::PUT, "/api/chats/automation", greeting),
            (Method::PUT, "/api/chats/assignment-settings", assignment),
            (Method::POST, "/api/whatsapp/accounts", another),
            (Method::PUT, &account, new_token),
            (Method::PUT, "/api/catalog/meta", no_catalog),
            (Method::DELETE, &account, json!({})),
            (Method::POST, "/api/invitations", invitation),
            (Method::PUT, "/api/auth/me", json!({"firstName": "Eva"})),
            (Method::PUT, &member, json!({"role": "admin"})),
            (Method::PUT, &member, json!({"active": false})),
            (Method::DELETE, &member, json!({})),
            (Method::POST, &transfer, json!({"password": PASSWORD})),
            (Method::PUT, "/api/auth/password", password),
            (Method::POST, "/api/auth/logout", json!({})),
            (Method::POST, "/api/auth/logout-all", json!({})),
        ];
        let before = state(&owner, &[&agent, &admin]).await;
        for fault in [Fault::AppendToTheAuditLog, Fault::Commit] {
            let ports = app.application.ports.clone();
            let inner = ports.store.clone();
            let store = Arc::new(FailingStore { inner, fault });
            let failing = Application::new(Ports { store, ..ports }, settings());
            let (url, _server) = serve(&failing, ApiSettings::default());
            let client = Client::new(&url).with_token(owner.client.token().unwrap());
            for (method, path, body) in &changes {
                let request = client.request(method.clone(), path).json(body);
                let answer = request.send().await;
                let told = format!("{method} {path} with a store that fails to {fault:?}");
                assert_eq!(answer.status, 503, "{told}: {}", answer.text());
                let now = state(&owner, &[&agent, &admin]).await;
                assert_eq!(now, before, "{told}");
            }
        }
        // Nothing but the fault stood against them.
        for (method, path, body) in &changes[..12] {
            let request = owner.client.request(method.clone(), path).json(body);
            let answer = request.send().await;
            assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        }
    }
}
