//! Who may do what, over every operation of the contract: one without a row fails, and so
//! does a row without an operation.

use std::collections::BTreeSet;

use domain::organizations::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Client, Owner, PASSWORD},
};

use crate::given;

/// The id of nothing.
const NOWHERE: &str = "01998e3c-0000-7000-8000-000000000000";

/// Who may do something.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Right {
    /// Anybody, signed in or not.
    Public,
    /// Whoever is signed in, in matters of their own.
    SignedIn,
    /// Members who have this role or one above it.
    From(Role),
}

const AGENT: Right = Right::From(Role::Agent);
const ADMIN: Right = Right::From(Role::Admin);
const OWNER: Right = Right::From(Role::Owner);

const RIGHTS: &[(&str, Right)] = &[
    ("GET /health/live", Right::Public),
    ("GET /health/ready", Right::Public),
    ("POST /api/auth/register", Right::Public),
    ("POST /api/auth/login", Right::Public),
    ("POST /api/auth/refresh", Right::Public),
    ("POST /api/auth/forgot-password", Right::Public),
    ("POST /api/auth/reset-password", Right::Public),
    ("POST /api/auth/verify-email", Right::Public),
    ("POST /api/auth/accept-invitation", Right::Public),
    ("POST /api/auth/verify-email/resend", Right::SignedIn),
    ("POST /api/auth/logout", Right::SignedIn),
    ("POST /api/auth/logout-all", Right::SignedIn),
    ("GET /api/auth/me", Right::SignedIn),
    ("PUT /api/auth/me", Right::SignedIn),
    ("PUT /api/auth/password", Right::SignedIn),
    ("GET /api/auth/sessions", Right::SignedIn),
    ("DELETE /api/auth/sessions/{id}", Right::SignedIn),
    ("GET /api/auth/two-factor", Right::SignedIn),
    ("POST /api/auth/two-factor", Right::SignedIn),
    ("POST /api/auth/two-factor/confirm", Right::SignedIn),
    ("POST /api/auth/two-factor/recovery-codes", Right::SignedIn),
    ("POST /api/auth/two-factor/disable", Right::SignedIn),
    ("POST /api/auth/switch-organization", Right::SignedIn),
    ("GET /api/audit-log", ADMIN),
    ("GET /api/organizations/current", AGENT),
    ("PUT /api/organizations/current", ADMIN),
    ("POST /api/organizations/logo", ADMIN),
    ("POST /api/organizations/upload-logo", ADMIN),
    ("DELETE /api/organizations/logo", ADMIN),
    ("GET /api/members", AGENT),
    ("GET /api/members/{id}", AGENT),
    // Roles are changed by owners alone: the stories of members tell.
    ("PUT /api/members/{id}", ADMIN),
    ("PUT /api/members/me/availability", AGENT),
    // Oneself may always leave.
    ("DELETE /api/members/{id}", ADMIN),
    ("POST /api/members/{id}/transfer-ownership", OWNER),
    ("GET /api/invitations", ADMIN),
    ("POST /api/invitations", ADMIN),
    ("GET /api/invitations/{id}", ADMIN),
    ("DELETE /api/invitations/{id}", ADMIN),
    ("GET /api/whatsapp/accounts", AGENT),
    ("POST /api/whatsapp/accounts", ADMIN),
    ("GET /api/whatsapp/accounts/{id}", AGENT),
    ("PUT /api/whatsapp/accounts/{id}", ADMIN),
    ("DELETE /api/whatsapp/accounts/{id}", ADMIN),
    ("POST /api/whatsapp/accounts/{id}/check", ADMIN),
    ("GET /api/whatsapp/webhook", Right::Public),
    ("POST /api/whatsapp/webhook", Right::Public),
    ("GET /api/whatsapp/contacts", AGENT),
    ("POST /api/whatsapp/contacts/sync", ADMIN),
    ("GET /api/whatsapp/contacts/{id}", AGENT),
    ("POST /api/whatsapp/contacts/{id}/block", AGENT),
    ("DELETE /api/whatsapp/contacts/{id}/block", AGENT),
    ("GET /api/whatsapp/messages", AGENT),
    ("POST /api/whatsapp/messages", AGENT),
    ("POST /api/media", AGENT),
    ("GET /api/media/{id}", AGENT),
    ("GET /api/chats", AGENT),
    ("GET /api/chats/assignment-settings", AGENT),
    ("PUT /api/chats/assignment-settings", ADMIN),
    ("GET /api/chats/automation", AGENT),
    ("PUT /api/chats/automation", ADMIN),
    ("GET /api/chats/{chatId}", AGENT),
    ("PUT /api/chats/{chatId}", AGENT),
    ("GET /api/labels", AGENT),
    ("POST /api/chats/{chatId}/read", AGENT),
    ("POST /api/chats/{chatId}/typing", AGENT),
    ("GET /api/chats/{chatId}/messages", AGENT),
    ("GET /api/messages/search", AGENT),
    ("POST /api/chats/{chatId}/messages", AGENT),
    ("POST /api/chats/{chatId}/messages/{messageId}/retry", AGENT),
    ("GET /api/chats/{chatId}/export", AGENT),
    ("GET /api/chats/{chatId}/notes", AGENT),
    ("POST /api/chats/{chatId}/notes", AGENT),
    ("GET /api/chats/{chatId}/notes/{noteId}", AGENT),
    ("PUT /api/chats/{chatId}/notes/{noteId}", AGENT),
    ("DELETE /api/chats/{chatId}/notes/{noteId}", AGENT),
    ("GET /api/canned-replies", AGENT),
    ("POST /api/canned-replies", AGENT),
    ("GET /api/canned-replies/{id}", AGENT),
    ("PUT /api/canned-replies/{id}", AGENT),
    ("DELETE /api/canned-replies/{id}", AGENT),
    ("GET /api/products", AGENT),
    ("POST /api/products", ADMIN),
    ("GET /api/products/{id}", AGENT),
    ("PUT /api/products/{id}", ADMIN),
    ("DELETE /api/products/{id}", ADMIN),
    ("GET /api/products/{id}/prices", AGENT),
    ("POST /api/products/{id}/images", ADMIN),
    ("PUT /api/products/{id}/images/{imageId}", ADMIN),
    ("DELETE /api/products/{id}/images/{imageId}", ADMIN),
    ("POST /api/products/{id}/stock", ADMIN),
    ("GET /api/products/{id}/stock-movements", AGENT),
    ("GET /api/catalog/meta", AGENT),
    ("PUT /api/catalog/meta", ADMIN),
    ("GET /api/catalog/meta/errors", AGENT),
    ("POST /api/catalog/meta/push", ADMIN),
    ("POST /api/catalog/meta/check", ADMIN),
    ("GET /api/whatsapp/accounts/{id}/catalogs", ADMIN),
    ("GET /api/categories", AGENT),
    ("POST /api/categories", ADMIN),
    ("GET /api/categories/{id}", AGENT),
    ("PUT /api/categories/{id}", ADMIN),
    ("DELETE /api/categories/{id}", ADMIN),
    ("GET /api/customers", AGENT),
    ("POST /api/customers", AGENT),
    ("GET /api/customers/{id}", AGENT),
    ("PUT /api/customers/{id}", AGENT),
    ("DELETE /api/customers/{id}", ADMIN),
    ("GET /api/customers/fields", AGENT),
    ("POST /api/customers/fields", ADMIN),
    ("GET /api/customers/fields/{id}", AGENT),
    ("PUT /api/customers/fields/{id}", ADMIN),
    ("DELETE /api/customers/fields/{id}", ADMIN),
    ("PUT /api/customers/{id}/consent", AGENT),
    ("GET /api/customers/{id}/consents", AGENT),
    ("GET /api/customers/{id}/timeline", AGENT),
    ("GET /api/customers/{id}/merge-preview", AGENT),
    ("POST /api/customers/{id}/merge", AGENT),
    ("GET /api/customers/{id}/merges", AGENT),
    ("POST /api/customers/{id}/merges/{mergeId}/undo", AGENT),
    ("GET /api/segments", AGENT),
    ("POST /api/segments", ADMIN),
    ("GET /api/segments/{id}", AGENT),
    ("PUT /api/segments/{id}", ADMIN),
    ("DELETE /api/segments/{id}", ADMIN),
    ("GET /api/customers/export", ADMIN),
    ("POST /api/customers/import", ADMIN),
    ("POST /api/products/import", ADMIN),
    ("GET /api/products/export", AGENT),
    ("GET /api/imports", AGENT),
    ("GET /api/imports/{id}", AGENT),
    ("GET /api/imports/{id}/errors.csv", AGENT),
    ("POST /api/imports/{id}/cancel", ADMIN),
    ("POST /api/imports/{id}/undo", ADMIN),
    // The ticket stands for the sign-in.
    ("GET /api/realtime", Right::Public),
    ("POST /api/realtime/tickets", AGENT),
];

const FORM: &str = "multipart/form-data; boundary=the-end-of-a-part";

/// A form whose file is no image, which is found out last.
const LOGO: &str = "--the-end-of-a-part\r\n\
    Content-Disposition: form-data; name=\"logo\"; filename=\"logo.png\"\r\n\r\n\
    no image\r\n--the-end-of-a-part--\r\n";

/// A form whose file has no column of phone numbers, which is found out last.
const TABLE: &str = "--the-end-of-a-part\r\n\
    Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n\
    size\n40\r\n--the-end-of-a-part--\r\n";

/// A body in which nothing is missing, so that nothing but the role can stand against it.
fn body(operation: &str) -> Value {
    match operation {
        "POST /api/auth/switch-organization" => json!({"organizationId": NOWHERE}),
        "PUT /api/auth/password" => json!({"currentPassword": PASSWORD, "newPassword": PASSWORD}),
        "POST /api/auth/two-factor"
        | "POST /api/auth/two-factor/recovery-codes"
        | "POST /api/auth/two-factor/disable"
        | "POST /api/members/{id}/transfer-ownership" => json!({"password": PASSWORD}),
        "POST /api/auth/two-factor/confirm" => json!({"code": "123456"}),
        "PUT /api/members/{id}" => json!({"active": false}),
        "PUT /api/members/me/availability" => json!({"availability": "away"}),
        "POST /api/invitations" => json!({"email": "new@example.com", "role": "agent"}),
        "POST /api/whatsapp/accounts" => json!({
            "phoneNumberId": "106540352242922", "businessAccountId": "102290129340398",
            "accessToken": "token", "displayName": "Main number",
        }),
        "POST /api/chats/{chatId}/notes" => json!({"text": "Hers"}),
        "POST /api/customers" => json!({"firstName": "Zoe"}),
        "POST /api/customers/{id}/merge" => json!({"otherId": NOWHERE}),
        "POST /api/segments" => json!({"name": "Regulars", "filter": {}}),
        "PUT /api/customers/{id}/consent" => json!({"marketing": "opted_in", "source": "phone"}),
        "POST /api/customers/fields" => json!({"key": "size", "label": "Size", "type": "text"}),
        "POST /api/canned-replies" => json!({"shortcut": "hi", "text": "Hi"}),
        "POST /api/products" => json!({
            "name": "Tea", "sku": "TEA-1", "price": {"amount": 500, "currency": "USD"},
        }),
        "POST /api/products/{id}/stock" => json!({"change": 1}),
        "PUT /api/catalog/meta" => {
            json!({"accountId": NOWHERE, "catalogId": "1", "enabled": true})
        }
        "POST /api/categories" => json!({"name": "Drinks"}),
        "POST /api/chats/{chatId}/messages" => json!({"type": "text", "text": {"body": "Hello"}}),
        "POST /api/whatsapp/messages" => {
            json!({"type": "text", "text": {"body": "Hello"}, "to": "+14155550123"})
        }
        _ => json!({}),
    }
}

/// The operations of the contract, and whether they say that they need no sign-in.
fn operations() -> Vec<(String, bool)> {
    let contract = serde_json::to_value(api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is_public = operation.get("security").is_some();
            operations.push((format!("{} {path}", method.to_uppercase()), is_public));
        }
    }
    operations
}

/// Tries an operation on what is not there.
async fn tries(client: &Client, operation: &str) -> Answer {
    let (method, path) = operation.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let parts: Vec<_> = path
        .split('/')
        .map(|part| if part.starts_with('{') { NOWHERE } else { part })
        .collect();
    let request = client.request(method.clone(), &parts.join("/"));
    let request = match method {
        _ if path.ends_with("logo") => request.header("content-type", FORM).body(LOGO),
        _ if path.ends_with("images") => request
            .header("content-type", FORM)
            .body(LOGO.replace("\"logo\"", "\"image\"")),
        _ if path.ends_with("import") => request.header("content-type", FORM).body(TABLE),
        Method::POST | Method::PUT => request.json(&body(operation)),
        _ => request,
    };
    request.send().await
}

/// Signs in again whom the last operation has signed out.
async fn stay_signed_in(app: &TestApp, person: &mut Owner) {
    if person.client.get("/api/auth/me").await.status != 401 {
        return;
    }
    let body = json!({"email": person.email, "password": PASSWORD});
    let answer = app.anybody().post("/api/auth/login", body).await;
    let session = answer.assert_status(200).json();
    *person = Owner::from_session(&app.anybody(), &session, person.email.clone());
}

#[test]
fn the_rows_are_those_of_the_contract() {
    let contract = operations();
    let operations: BTreeSet<_> = contract.iter().map(|(name, _)| name.as_str()).collect();
    let rows: BTreeSet<_> = RIGHTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(rows.len(), RIGHTS.len(), "a row is there twice");
    let missing: Vec<_> = operations.difference(&rows).collect();
    assert!(missing.is_empty(), "without a row: {missing:#?}");
    let stale: Vec<_> = rows.difference(&operations).collect();
    assert!(stale.is_empty(), "without an operation: {stale:#?}");
    for (operation, is_public) in &contract {
        let right = right_to(operation);
        assert_eq!(right == Right::Public, *is_public, "{operation}: {right:?}");
    }
}

fn right_to(operation: &str) -> Right {
    let row = RIGHTS.iter().find(|(name, _)| *name == operation);
    row.unwrap_or_else(|| panic!("{operation} has no row in this test"))
        .1
}

#[actix_web::test]
async fn every_operation_is_open_to_those_roles_that_its_row_names_and_to_no_others() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let mut people = [
        (
            Role::Agent,
            given::colleague(&app, &owner, Role::Agent).await,
        ),
        (
            Role::Admin,
            given::colleague(&app, &owner, Role::Admin).await,
        ),
        (Role::Owner, owner),
    ];
    for (operation, _) in operations() {
        let right = right_to(&operation);
        if right == Right::Public {
            let answer = tries(&app.anybody(), &operation).await;
            let text = answer.text();
            let is_refused = ["\"unauthenticated\"", "\"forbidden\""]
                .iter()
                .any(|code| text.contains(code));
            assert!(!is_refused, "{operation}: {text}");
            continue;
        }
        for (role, person) in &mut people {
            let answer = tries(&person.client, &operation).await;
            let may = match right {
                Right::From(least) => *role >= least,
                Right::Public | Right::SignedIn => true,
            };
            let told = format!("{operation} by {}: {}", role.as_str(), answer.text());
            if may {
                assert!(![401, 403].contains(&answer.status), "{told}");
            } else {
                assert_eq!(answer.status, 403, "{told}");
                answer.assert_problem(403, "forbidden");
            }
            stay_signed_in(&app, person).await;
        }
    }
}
