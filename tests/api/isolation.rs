//! Nobody sees another organization's data, over every operation of the contract: one
//! without a case here fails.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Owner, PASSWORD},
};

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
        | "POST /api/products"
        // A form: the stories of images tell that strangers find no product.
        | "POST /api/products/{id}/images"
        | "POST /api/organizations/logo"
        | "POST /api/organizations/upload-logo"
        | "DELETE /api/organizations/logo"
        | "POST /api/media"
        | "POST /api/realtime/tickets"
        | "POST /api/whatsapp/accounts" => Case::Own,
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
        | "GET /api/customers/fields/{id}"
        | "DELETE /api/customers/fields/{id}"
        | "GET /api/customers/{id}/consents"
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

/// The ids of what somebody has and strangers would like to see.
struct Treasure {
    organization: String,
    member: String,
    session: String,
    invitation: String,
    account: String,
    contact: String,
    chat: String,
    message: String,
    media: String,
    customer: String,
    note: String,
    canned_reply: String,
    category: String,
    product: String,
    customer_field: String,
    segment: String,
    import: String,
}

async fn treasure(app: &TestApp, owner: &Owner, number: &str) -> Treasure {
    let account = owner.connects(number).await;
    let (media_id, wamid) = (format!("190{number}"), format!("wamid.{number}"));
    app.cloud_api.add_media(&media_id, "image/jpeg", "a photo");
    let photo = json!({
        "from": "16505551234", "id": wamid, "timestamp": app.now().to_string(),
        "type": "image", "image": {"id": media_id, "mime_type": "image/jpeg", "caption": "A photo"},
    });
    app.receive(&tests::app::messages_body(number, "16505551234", &[photo]))
        .await;
    let chat = owner.chats().await.remove(0);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sessions = owner.client.get("/api/auth/sessions").await.data();
    let invitation = json!({"email": format!("{number}@example.com"), "role": "agent"});
    let invitation = owner.client.post("/api/invitations", invitation).await;
    let note = format!("/api/chats/{}/notes", text(&chat["id"]));
    let note = owner.client.post(&note, json!({"text": "Hers"})).await;
    let canned_reply = json!({"shortcut": "hi", "text": "Hi"});
    let canned_reply = owner.client.post("/api/canned-replies", canned_reply).await;
    let category = owner
        .client
        .post("/api/categories", json!({"name": "Hers"}));
    let category = category.await.assert_status(201).json();
    let product = json!({
        "name": "Hers", "sku": "HERS", "price": {"amount": 1, "currency": "USD"},
        "categoryIds": [category["id"]],
    });
    let product = owner.client.post("/api/products", product).await;
    let field = json!({"key": "size", "label": "Size", "type": "text"});
    let field = owner.client.post("/api/customers/fields", field).await;
    let segment = json!({"name": "Hers", "filter": {}});
    let segment = owner.client.post("/api/segments", segment).await;
    let import = crate::imports::starts(owner, "phone\n+14155552671\n", &[]).await;
    Treasure {
        organization: owner.organization_id.clone(),
        member: owner.user_id.clone(),
        session: text(&sessions[0]["id"]),
        invitation: text(&invitation.assert_status(201).json()["id"]),
        account,
        contact: text(&chat["customer"]["contactId"]),
        chat: text(&chat["id"]),
        message: text(&chat["lastMessage"]["id"]),
        media: text(&chat["lastMessage"]["image"]["mediaId"]),
        customer: text(&chat["customer"]["id"]),
        note: text(&note.assert_status(201).json()["id"]),
        canned_reply: text(&canned_reply.assert_status(201).json()["id"]),
        category: text(&category["id"]),
        product: text(&product.assert_status(201).json()["id"]),
        customer_field: text(&field.assert_status(201).json()["id"]),
        segment: text(&segment.assert_status(201).json()["id"]),
        import,
    }
}

impl Treasure {
    /// The path of an operation, with these ids in it.
    fn path(&self, path: &str) -> String {
        let ids = [
            ("/api/auth/sessions", &self.session),
            ("/api/canned-replies", &self.canned_reply),
            ("/api/categories", &self.category),
            ("/api/customers/fields", &self.customer_field),
            ("/api/customers", &self.customer),
            ("/api/segments", &self.segment),
            ("/api/imports", &self.import),
            ("/api/invitations", &self.invitation),
            ("/api/media", &self.media),
            ("/api/members", &self.member),
            ("/api/products", &self.product),
            ("/api/whatsapp/accounts", &self.account),
            ("/api/whatsapp/contacts", &self.contact),
        ];
        let id = ids.iter().find(|(prefix, _)| path.starts_with(prefix));
        let filled = path
            .replace("{chatId}", &self.chat)
            .replace("{messageId}", &self.message)
            .replace("{noteId}", &self.note)
            .replace("{imageId}", &self.product)
            .replace("{mergeId}", NOBODY)
            .replace("{id}", id.map_or("", |(_, id)| id));
        if path == "/api/whatsapp/messages" {
            format!("{filled}?contact={}", self.customer)
        } else if path == "/api/messages/search" {
            format!("{filled}?q=photo")
        } else if path.ends_with("merge-preview") {
            format!("{filled}?otherId={NOBODY}")
        } else {
            filled
        }
    }

    /// Puts these ids into a body that asks by them.
    fn ask_in(&self, operation: &str, body: &mut Value) {
        match operation {
            "POST /api/auth/switch-organization" => {
                body["organizationId"] = json!(self.organization);
            }
            "POST /api/whatsapp/messages" => {
                body["accountId"] = json!(self.account);
                body["to"] = json!("+16505551234");
            }
            _ => {}
        }
    }

    fn ids(&self) -> [&str; 17] {
        [
            &self.organization,
            &self.member,
            &self.session,
            &self.invitation,
            &self.account,
            &self.contact,
            &self.chat,
            &self.message,
            &self.media,
            &self.customer,
            &self.note,
            &self.canned_reply,
            &self.category,
            &self.product,
            &self.customer_field,
            &self.segment,
            &self.import,
        ]
    }
}

#[tokio::test]
async fn every_operation_keeps_organizations_apart_and_strangers_out() {
    let app = TestApp::start().await;
    let ours = app.register("Ours").await;
    let theirs = app.register("Theirs").await;
    let treasure = treasure(&app, &ours, OURS).await;
    self::treasure(&app, &theirs, THEIRS).await;

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
