//! Nobody sees another organization's data, over every operation of the contract: one
//! without a case here fails.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

const OURS: &str = "106540352242922";
const THEIRS: &str = "206540352242922";

/// How an operation is tried.
enum Case {
    /// Needs no sign-in, and tells nothing of any organization.
    Public,
    /// Asks for nothing by id: what it answers must not have anything of ours in it.
    Own,
    /// Asks for something of ours by its id, with this body.
    Foreign(Value),
}

fn case(operation: &str) -> Option<Case> {
    let text = || json!({"type": "text", "text": {"body": "Hello"}});
    Some(match operation {
        "POST /api/auth/login"
        | "POST /api/auth/refresh"
        | "POST /api/auth/register"
        // The ticket stands for the sign-in.
        | "GET /api/realtime"
        | "GET /api/whatsapp/webhook"
        | "POST /api/whatsapp/webhook"
        | "GET /health/live"
        | "GET /health/ready" => Case::Public,
        "GET /api/auth/me"
        | "GET /api/chats"
        | "GET /api/organizations/current"
        | "GET /api/whatsapp/accounts"
        | "GET /api/whatsapp/contacts"
        | "PUT /api/organizations/current"
        | "POST /api/auth/logout"
        | "POST /api/realtime/tickets"
        | "POST /api/whatsapp/accounts" => Case::Own,
        "GET /api/chats/{chatId}"
        | "GET /api/chats/{chatId}/messages"
        | "GET /api/media/{id}"
        | "GET /api/whatsapp/accounts/{id}"
        | "DELETE /api/whatsapp/accounts/{id}"
        | "POST /api/whatsapp/accounts/{id}/check"
        | "GET /api/whatsapp/messages" => Case::Foreign(Value::Null),
        "POST /api/chats/{chatId}/messages/{messageId}/retry"
        | "POST /api/chats/{chatId}/read" => Case::Foreign(json!({})),
        "PUT /api/whatsapp/accounts/{id}" => Case::Foreign(json!({"displayName": "Mine now"})),
        "POST /api/chats/{chatId}/messages" | "POST /api/whatsapp/messages" => {
            Case::Foreign(text())
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

/// The ids of what we have and strangers would like to see.
struct Treasure {
    account: String,
    chat: String,
    message: String,
    media: String,
    customer: String,
}

async fn treasure(app: &TestApp, owner: &Owner) -> Treasure {
    let account = owner.connects(OURS).await;
    app.cloud_api
        .add_media("1908647269898587", "image/jpeg", "a photo");
    let photo = json!({
        "from": "16505551234", "id": "wamid.photo", "timestamp": app.now().to_string(),
        "type": "image", "image": {"id": "1908647269898587", "mime_type": "image/jpeg"},
    });
    app.receive(&tests::app::messages_body(OURS, "16505551234", &[photo]))
        .await;
    let chat = owner.chats().await.remove(0);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Treasure {
        account,
        chat: text(&chat["id"]),
        message: text(&chat["lastMessage"]["id"]),
        media: text(&chat["lastMessage"]["image"]["mediaId"]),
        customer: text(&chat["customer"]["id"]),
    }
}

impl Treasure {
    /// The path of an operation, with our ids in it.
    fn path(&self, path: &str) -> String {
        let id = if path.starts_with("/api/media") {
            &self.media
        } else {
            &self.account
        };
        let filled = path
            .replace("{chatId}", &self.chat)
            .replace("{messageId}", &self.message)
            .replace("{id}", id);
        if path == "/api/whatsapp/messages" {
            format!("{filled}?contact={}", self.customer)
        } else {
            filled
        }
    }

    fn ids(&self) -> [&str; 5] {
        [
            &self.account,
            &self.chat,
            &self.message,
            &self.media,
            &self.customer,
        ]
    }
}

#[tokio::test]
async fn every_operation_keeps_organizations_apart_and_strangers_out() {
    let app = TestApp::start().await;
    let ours = app.register("Ours").await;
    let theirs = app.register("Theirs").await;
    let treasure = treasure(&app, &ours).await;
    theirs.connects(THEIRS).await;

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
            Case::Own if method == Method::GET => {
                let answer = theirs.client.get(&asked).await;
                answer.assert_status(200);
                for id in treasure.ids() {
                    assert!(
                        !answer.text().contains(id),
                        "{operation} shows {}",
                        answer.text()
                    );
                }
            }
            Case::Public | Case::Own => {}
            Case::Foreign(mut body) => {
                if operation == "POST /api/whatsapp/messages" {
                    body["accountId"] = json!(treasure.account);
                    body["to"] = json!("+16505551234");
                }
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
