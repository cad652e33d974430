use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner};

use super::NOBODY;

/// The ids of what somebody has and strangers would like to see.
pub(super) struct Treasure {
    organization: String,
    member: String,
    session: String,
    invitation: String,
    pub(super) account: String,
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

pub(super) async fn treasure(app: &TestApp, owner: &Owner, number: &str) -> Treasure {
    let account = owner.connects(number).await;
    crate::catalog::meta::connects(owner, &account).await;
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
    pub(super) fn path(&self, path: &str) -> String {
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
    pub(super) fn ask_in(&self, operation: &str, body: &mut Value) {
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

    pub(super) fn ids(&self) -> [&str; 17] {
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
