//! Nobody sees another organization's data, over every operation of the contract: one
//! without a case here fails.

mod treasure;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::PASSWORD};

use self::treasure::treasure;

const OURS: &str = "106540352242922";
const THEIRS: &str = "206540352242922";
const NOBODY: &str = "01998e3c-0000-7000-8000-000000000000";

/// How an operation is tried.
enum Case {
    /// Needs no sign-in, and tells nothing of any organization.
    Public,
    /// Asks for nothing by id: what it answers must not have anything of ours in it.
    Own,
    /// The same for a list, in which both organizations have something.
    List,
    /// Asks for something of ours by its id, with this body.
    Foreign(Value),
}

fn case(operation: &str) -> Option<Case> {
    Some(match operation {
        "POST /api/auth/accept-invitation"
        | "POST /api/auth/forgot-password"
        | "POST /api/auth/login"
        | "POST /api/auth/refresh"
        | "POST /api/auth/register"
        | "POST /api/auth/reset-password"
        | "POST /api/auth/verify-email"
        // The ticket stands for the sign-in.
        | "GET /api/realtime"
        | "GET /api/whatsapp/webhook"
        | "POST /api/whatsapp/webhook"
        | "GET /health/live"
        | "GET /health/ready" => Case::Public,
        "GET /api/auth/me"
        | "GET /api/auth/two-factor"
        | "GET /api/chats/assignment-settings"
        | "GET /api/chats/automation"
        | "GET /api/labels"
        | "GET /api/organizations/current"
        | "PUT /api/auth/me"
        | "PUT /api/auth/password"
        | "PUT /api/chats/assignment-settings"
        | "PUT /api/chats/automation"
        | "PUT /api/members/me/availability"
        | "PUT /api/organizations/current"
        | "POST /api/auth/logout"
        | "POST /api/auth/logout-all"
        | "POST /api/auth/two-factor"
        | "POST /api/auth/two-factor/confirm"
        | "POST /api/auth/two-factor/disable"
        | "POST /api/auth/two-factor/recovery-codes"
        | "POST /api/auth/verify-email/resend"
        | "POST /api/canned-replies"
        | "POST /api/categories"
        | "POST /api/customers/import"
        | "POST /api/invitations"
        | "GET /api/products/export"
        | "GET /api/catalog/meta"
        | "GET /api/catalog/meta/errors"
        | "PUT /api/catalog/meta"
        | "POST /api/catalog/meta/push"
        | "POST /api/catalog/meta/check"
        | "POST /api/products"
        | "POST /api/products/import"
        // A form: the stories of images tell that strangers find no product.
        | "POST /api/products/{id}/images"
        | "POST /api/organizations/logo"
        | "POST /api/organizations/upload-logo"
        | "DELETE /api/organizations/logo"
        | "POST /api/media"
        | "POST /api/realtime/tickets"
        | "POST /api/whatsapp/accounts"
        | "POST /api/whatsapp/contacts/sync" => Case::Own,
        "GET /api/audit-log"
        | "GET /api/auth/sessions"
        | "GET /api/canned-replies"
        | "GET /api/categories"
        | "GET /api/chats"
        | "GET /api/imports"
        | "GET /api/invitations"
        | "GET /api/members"
        | "GET /api/messages/search"
        | "GET /api/products"
        | "GET /api/whatsapp/accounts"
        | "GET /api/whatsapp/contacts" => Case::List,
        _ => return foreign(operation),
    })
}

/// What asks by an id.
fn foreign(operation: &str) -> Option<Case> {
    let text = || json!({"type": "text", "text": {"body": "Hello"}});
    Some(match operation {
        "DELETE /api/auth/sessions/{id}"
        | "GET /api/canned-replies/{id}"
        | "DELETE /api/canned-replies/{id}"
        | "GET /api/chats/{chatId}"
        | "GET /api/chats/{chatId}/messages"
        | "GET /api/chats/{chatId}/export"
        | "GET /api/chats/{chatId}/notes"
        | "GET /api/chats/{chatId}/notes/{noteId}"
        | "DELETE /api/chats/{chatId}/notes/{noteId}"
        | "GET /api/imports/{id}"
        | "GET /api/imports/{id}/errors.csv"
        | "POST /api/imports/{id}/cancel"
        | "POST /api/imports/{id}/undo"
        | "GET /api/invitations/{id}"
        | "DELETE /api/invitations/{id}"
        | "GET /api/media/{id}"
        | "GET /api/members/{id}"
        | "DELETE /api/members/{id}"
        | "GET /api/categories/{id}"
        | "DELETE /api/categories/{id}"
        | "GET /api/products/{id}"
        | "DELETE /api/products/{id}"
        | "DELETE /api/products/{id}/images/{imageId}"
        | "GET /api/products/{id}/prices"
        | "GET /api/whatsapp/accounts/{id}/catalogs"
        | "GET /api/products/{id}/stock-movements"
        | "GET /api/whatsapp/accounts/{id}"
        | "DELETE /api/whatsapp/accounts/{id}"
        | "POST /api/whatsapp/accounts/{id}/check"
        | "GET /api/whatsapp/contacts/{id}"
        | "POST /api/whatsapp/contacts/{id}/block"
        | "DELETE /api/whatsapp/contacts/{id}/block"
        | "GET /api/whatsapp/messages" => Case::Foreign(Value::Null),
        "POST /api/auth/switch-organization"
        | "POST /api/chats/{chatId}/messages/{messageId}/retry"
        | "POST /api/chats/{chatId}/read"
        | "POST /api/chats/{chatId}/typing"
        | "PUT /api/chats/{chatId}" => Case::Foreign(json!({})),
        "POST /api/chats/{chatId}/notes"
        | "PUT /api/canned-replies/{id}"
        | "PUT /api/chats/{chatId}/notes/{noteId}" => Case::Foreign(json!({"text": "Mine now"})),
        "PUT /api/categories/{id}" | "PUT /api/products/{id}" => {
            Case::Foreign(json!({"name": "Mine now"}))
        }
        "PUT /api/products/{id}/images/{imageId}" => Case::Foreign(json!({"alt": "Mine now"})),
        "POST /api/products/{id}/stock" => Case::Foreign(json!({"change": 1})),
        "PUT /api/members/{id}" => Case::Foreign(json!({"active": false})),
        "POST /api/members/{id}/transfer-ownership" => Case::Foreign(json!({"password": PASSWORD})),
        "PUT /api/whatsapp/accounts/{id}" => Case::Foreign(json!({"displayName": "Mine now"})),
        "POST /api/chats/{chatId}/messages" | "POST /api/whatsapp/messages" => {
            Case::Foreign(text())
        }
        _ => return case_of_customers(operation),
    })
}

fn case_of_customers(operation: &str) -> Option<Case> {
    Some(match operation {
        // A table: its story tells that it has nobody of others.
        "GET /api/customers/export"
        | "POST /api/customers"
        | "POST /api/customers/fields"
        | "POST /api/segments" => Case::Own,
        "GET /api/customers" | "GET /api/customers/fields" | "GET /api/segments" => Case::List,
        "GET /api/customers/{id}"
        | "DELETE /api/customers/{id}"
        | "GET /api/customers/fields/{id}"
        | "DELETE /api/customers/fields/{id}"
        | "GET /api/customers/{id}/consents"
        | "GET /api/customers/{id}/timeline"
        | "GET /api/customers/{id}/merge-preview"
        | "GET /api/customers/{id}/merges"
        | "POST /api/customers/{id}/merges/{mergeId}/undo"
        | "GET /api/segments/{id}"
        | "DELETE /api/segments/{id}" => Case::Foreign(Value::Null),
        "PUT /api/customers/{id}" | "PUT /api/customers/fields/{id}" | "PUT /api/segments/{id}" => {
            Case::Foreign(json!({}))
        }
        "POST /api/customers/{id}/merge" => Case::Foreign(json!({"otherId": NOBODY})),
        "PUT /api/customers/{id}/consent" => {
            Case::Foreign(json!({"marketing": "opted_in", "source": "phone"}))
        }
        _ => return None,
    })
}

fn operations() -> Vec<(Method, String)> {
    let contract = serde_json::to_value(api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            operations.push((method.to_uppercase().parse().unwrap(), path.clone()));
        }
    }
    operations
}

#[tokio::test]
async fn every_operation_keeps_organizations_apart_and_strangers_out() {
    let app = TestApp::start().await;
    let ours = app.register("Ours").await;
    let theirs = app.register("Theirs").await;
    let treasure = treasure(&app, &ours, OURS).await;
    self::treasure::treasure(&app, &theirs, THEIRS).await;

    for (method, path) in operations() {
        let operation = format!("{method} {path}");
        let case = case(&operation);
        let case = case.unwrap_or_else(|| panic!("{operation} has no case in this test"));
        let asked = treasure.path(&path);
        if !matches!(case, Case::Public) {
            let nobody = app
                .anybody()
                .request(method.clone(), &asked)
                .json(&json!({}))
                .send()
                .await;
            nobody.assert_problem(401, "unauthenticated");
            let forged = app.anybody().with_token("eyJhbGciOiJub25lIn0.e30.");
            let forged = forged
                .request(method.clone(), &asked)
                .json(&json!({}))
                .send()
                .await;
            forged.assert_status(401);
        }
        match case {
            Case::Own | Case::List if method == Method::GET => {
                let answer = theirs.client.get(&asked).await;
                answer.assert_status(200);
                let is_list = matches!(case, Case::List);
                assert!(
                    !is_list || !answer.data().is_empty(),
                    "{operation} shows nothing"
                );
                for id in treasure.ids() {
                    assert!(
                        !answer.text().contains(id),
                        "{operation} shows {}",
                        answer.text()
                    );
                }
            }
            Case::Public | Case::Own | Case::List => {}
            Case::Foreign(mut body) => {
                treasure.ask_in(&operation, &mut body);
                let request = theirs.client.request(method, &asked);
                let request = if body.is_null() {
                    request
                } else {
                    request.json(&body)
                };
                let answer = request.send().await;
                answer.assert_problem(404, "not_found");
            }
        }
    }
    let account = ours
        .client
        .get(&format!("/api/whatsapp/accounts/{}", treasure.account))
        .await;
    assert_eq!(
        account.assert_status(200).json()["displayName"],
        "Main number"
    );
}
