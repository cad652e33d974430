//! What the business sends besides text, to a Meta that looks closely.

use meta_simulator::{InboundContent, MediaFile, TemplateDefinition};
use serde_json::{Value, json};

use super::PNG;
use crate::given::{NUMBER, Shop, eventually, sheena};

impl Shop {
    pub(super) async fn uploads(&self, name: &str, content: &[u8]) -> String {
        let answer = self.owner.uploads(name, content).await;
        answer.assert_status(201).json()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Sends it, and waits until the customer has read it; answers what Meta was asked.
    pub(super) async fn is_read(&self, chat_id: &str, message: Value) -> Value {
        let path = format!("/api/chats/{chat_id}/messages");
        let queued = self.owner.client.post(&path, message.clone()).await;
        let queued = queued.assert_status(202).json();
        let id = queued["id"].as_str().unwrap();
        // Of reactions Meta reports no more.
        let last = if message["type"] == "reaction" {
            "sent"
        } else {
            "read"
        };
        let read = eventually(&format!("{} is {last}", message["type"]), async || {
            let message = self.message(chat_id, id).await;
            assert_ne!(message["status"], "failed", "{message}");
            (message["status"] == last).then_some(message)
        })
        .await;
        let wamid = read["wamid"].as_str().unwrap();
        let messages = self.simulator().messages().into_iter();
        let mut ours = messages.filter(|sent| sent.wamid == wamid);
        ours.next().unwrap().body
    }

    /// Meta has approved the template.
    pub(super) fn defines(&self, name: &str, category: &str, components: &Value) {
        self.simulator().define_template(TemplateDefinition {
            business_account_id: "102290129340398".into(),
            name: name.into(),
            language: "en_US".into(),
            category: category.into(),
            status: "APPROVED".into(),
            components: components.as_array().unwrap().clone(),
        });
    }
}

fn opus() -> Vec<u8> {
    let mut page = b"OggS\0\x02".to_vec();
    page.resize(28, 0);
    page.extend_from_slice(b"OpusHead\x01\x01\0\0\0\0\0\0\0\0\0");
    page
}

fn sticker() -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
    file.resize(40, 0);
    (file[27], file[29]) = (2, 2);
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_each_kind_reach_the_customer() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    let voice = opus();
    let sticker = sticker();
    for (kind, name, content) in [
        ("image", "menu.png", PNG.as_slice()),
        ("video", "v.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0"),
        ("audio", "note.ogg", &voice),
        ("document", "Menú.pdf", b"%PDF-1.7\n"),
        ("sticker", "s.webp", &sticker),
    ] {
        let media_id = shop.uploads(name, content).await;
        let mut file = json!({ "mediaId": media_id });
        match kind {
            "audio" => file["voice"] = true.into(),
            "sticker" => {}
            _ => file["caption"] = "Look".into(),
        }
        let message = json!({ "type": kind, kind: file });
        let sent = shop.is_read(&chat_id, message.clone()).await;
        let again = shop.is_read(&chat_id, message).await;
        assert_eq!(sent[kind]["id"], again[kind]["id"], "given to Meta once");
    }
    // Meta may forget a file before its time.
    let media_id = shop.uploads("menu.png", &PNG).await;
    let message = json!({ "type": "image", "image": { "mediaId": media_id } });
    let sent = shop.is_read(&chat_id, message.clone()).await;
    let id = sent["image"]["id"].as_str().unwrap();
    assert!(shop.simulator().expire_media(id));
    let again = shop.is_read(&chat_id, message).await;
    assert_ne!(again["image"]["id"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_each_kind_come_from_the_customer() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    let file = |mime_type: &str| MediaFile {
        mime_type: mime_type.into(),
        bytes: PNG.to_vec().into(),
    };
    let (caption, filename) = (Some("Look".to_owned()), Some("a.pdf".to_owned()));
    for (kind, content) in [
        (
            "video",
            InboundContent::Video {
                file: file("video/mp4"),
                caption: caption.clone(),
            },
        ),
        (
            "audio",
            InboundContent::Audio {
                file: file("audio/ogg; codecs=opus"),
                voice: true,
            },
        ),
        (
            "document",
            InboundContent::Document {
                file: file("application/pdf"),
                filename,
                caption,
            },
        ),
        (
            "sticker",
            InboundContent::Sticker {
                file: file("image/webp"),
                animated: false,
            },
        ),
    ] {
        shop.receives(&sheena(), content).await;
        let message = eventually(&format!("the {kind} has come"), async || {
            let messages = shop.owner.messages(&chat_id).await.into_iter();
            let mut of_kind = messages.filter(|message| message["type"] == kind);
            of_kind.next()
        })
        .await;
        let url = message[kind]["url"].as_str().unwrap().to_owned();
        eventually(&format!("the {kind} can be read"), async || {
            let answer = shop.owner.client.get(&url).await;
            (answer.status == 302).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_cards_and_reactions_reach_the_customer() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    let question = shop.owner.messages(&chat_id).await[0].clone();
    let place = json!({ "latitude": -34.6037, "longitude": -58.3816, "name": "Obelisco" });
    let message = json!({
        "type": "location", "location": place, "replyToId": question["id"],
    });
    let sent = shop.is_read(&chat_id, message).await;
    assert_eq!(sent["location"], place);
    assert_eq!(sent["context"]["message_id"], question["wamid"]);
    let cards = json!([{
        "name": { "formattedName": "Ana Paz", "firstName": "Ana" },
        "phones": [{ "phone": "+5215512345678", "waId": "5215512345678", "type": "CELL" }],
        "birthday": "1990-01-31",
    }]);
    shop.is_read(&chat_id, json!({ "type": "contacts", "contacts": cards }))
        .await;

    for (emoji, shown) in [(json!("👍"), json!("👍")), (Value::Null, Value::Null)] {
        let reaction = json!({ "messageId": question["id"], "emoji": emoji });
        let message = json!({ "type": "reaction", "reaction": reaction });
        shop.is_read(&chat_id, message).await;
        let question = shop
            .message(&chat_id, question["id"].as_str().unwrap())
            .await;
        assert_eq!(question["reactions"][0]["emoji"], shown);
    }

    let card = json!({ "name": { "formatted_name": "Bo" } });
    let contacts = vec![card];
    shop.receives(&sheena(), InboundContent::Contacts { contacts })
        .await;
    eventually("the customer's card has come", async || {
        let messages = shop.owner.messages(&chat_id).await;
        let is_it = |message: &Value| message["contacts"][0]["name"]["formattedName"] == "Bo";
        messages.iter().any(is_it).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn interactive_messages_reach_the_customer_who_answers_by_tapping() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    let media_id = shop.uploads("menu.png", &PNG).await;
    let body = json!({ "text": "Choose" });
    for interactive in [
        json!({
            "type": "button", "header": { "type": "image", "image": { "mediaId": media_id } },
            "body": body, "footer": { "text": "Café Luna" },
            "action": { "buttons": [{ "type": "reply", "reply": { "id": "yes", "title": "Yes" } }] },
        }),
        json!({ "type": "list", "body": body, "action": { "button": "Menu", "sections": [
            { "rows": [{ "id": "s", "title": "Small", "description": "1 person" }] },
        ]}}),
        json!({ "type": "ctaUrl", "body": body, "action": { "parameters": {
            "displayText": "Open", "url": "https://example.com/d",
        }}}),
        json!({ "type": "locationRequest", "body": body }),
    ] {
        let message = json!({ "type": "interactive", "interactive": interactive });
        shop.is_read(&chat_id, message).await;
    }
    let tap = InboundContent::ButtonReply {
        id: "yes".into(),
        title: "Yes".into(),
    };
    shop.receives(&sheena(), tap).await;
    let choice = InboundContent::ListReply {
        id: "s".into(),
        title: "Small".into(),
        description: None,
    };
    eventually("the tap has come", async || {
        let messages = shop.owner.messages(&chat_id).await;
        let is_it = |message: &Value| message["interactive"]["buttonReply"]["id"] == "yes";
        messages.iter().any(is_it).then_some(())
    })
    .await;
    shop.receives(&sheena(), choice).await;
    eventually("the choice has come", async || {
        let messages = shop.owner.messages(&chat_id).await;
        let is_it = |message: &Value| message["text"]["body"] == "Small";
        messages.iter().any(is_it).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_with_all_its_parts_reaches_the_customer() {
    let shop = Shop::open().await;
    let chat_id = shop.chat_with(&sheena()).await;
    let define = |name: &str, components: Value| shop.defines(name, "UTILITY", &components);
    let buttons = json!({ "type": "BUTTONS", "buttons": [
        { "type": "QUICK_REPLY", "text": "Stop" },
        { "type": "URL", "text": "Track", "url": "https://x.com/o/{{1}}" },
        { "type": "COPY_CODE", "example": "25OFF" },
    ]});
    define(
        "order_ready",
        json!([
            { "type": "HEADER", "format": "IMAGE" },
            { "type": "BODY", "text": "Hello {{name}}, your order {{order_id}} is ready today." },
            buttons,
        ]),
    );
    define(
        "sale",
        json!([
            { "type": "HEADER", "format": "TEXT", "text": "Our {{1}} sale" },
            { "type": "BODY", "text": "It begins {{1}} and lasts for {{2}} days, at least." },
        ]),
    );
    define(
        "pick_up",
        json!([
            { "type": "HEADER", "format": "LOCATION" },
            { "type": "BODY", "text": "Your order waits here." },
        ]),
    );
    let media_id = shop.uploads("menu.png", &PNG).await;
    for template in [
        json!({
            "name": "order_ready", "variables": { "name": "Ana", "order_id": "17" },
            "headerMediaId": media_id,
            "buttons": [
                { "type": "quickReply", "index": 0, "payload": "STOP" },
                { "type": "url", "index": 1, "text": "17" },
                { "type": "copyCode", "index": 2, "couponCode": "SAVE10" },
            ],
        }),
        json!({
            "name": "sale", "variables": { "1": "on Monday", "2": "3" },
            "headerVariables": { "1": "summer" },
        }),
        json!({
            "name": "pick_up",
            "headerLocation": { "latitude": 1.5, "longitude": 2.5, "name": "Shop", "address": "Here" },
        }),
    ] {
        let message = json!({ "type": "template", "template": template });
        shop.is_read(&chat_id, message).await;
    }
    let tap = InboundContent::Button {
        payload: "STOP".into(),
        text: "Stop".into(),
    };
    let wamid = shop.receives(&sheena(), tap).await;
    eventually("the quick reply has come", async || {
        let messages = shop.owner.messages(&chat_id).await.into_iter();
        let mut taps = messages.filter(|message| message["wamid"] == wamid);
        (taps.next()?["button"]["payload"] == "STOP").then_some(())
    })
    .await;
    assert_eq!(shop.simulator().messages()[0].phone_number_id, NUMBER);
}
