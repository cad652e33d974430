//! Messages of each kind, as they are sent, shown and handed to Meta.

mod reactions;
mod refusals;

use std::time::Duration;

use domain::{
    chats::{Action, ButtonParameter, InteractiveHeader, TemplateHeader},
    whatsapp::{MediaKind, OutgoingContent, TemplateParameters},
};
use serde_json::{Value, json};

use super::{Shop, id_of};

/// Sends it, and sees that it is shown as it was sent, at once and later; answers what Meta
/// was asked to send.
async fn goes(shop: &Shop, message: Value) -> OutgoingContent {
    let kind = message["type"].as_str().unwrap();
    let queued = shop.sends(message.clone()).await.assert_status(202).json();
    assert_eq!(queued["type"], kind);
    assert_eq!(queued[kind], message[kind]);
    shop.app.run_jobs().await;
    let sent = shop.message(&id_of(&queued)).await;
    assert_eq!(sent["status"], "sent");
    assert_eq!(sent[kind], message[kind]);
    let outgoing = shop.app.cloud_api.sent();
    outgoing.last().unwrap().content.clone()
}

fn interactive(interactive: &Value) -> Value {
    json!({ "type": "interactive", "interactive": interactive })
}

#[tokio::test]
async fn a_place_and_contact_cards() {
    let shop = Shop::open().await;
    let place = json!({
        "latitude": -34.6037, "longitude": -58.3816, "name": "Obelisco", "address": "Av. 9 de Julio",
        "url": null,
    });
    let mut sent = place.clone();
    sent.as_object_mut().unwrap().remove("url");
    let queued = shop
        .sends(json!({ "type": "location", "location": sent }))
        .await;
    let queued = queued.assert_status(202).json();
    assert_eq!(queued["location"], place);
    assert_eq!(queued["text"]["body"], "Obelisco");
    shop.app.run_jobs().await;
    let outgoing = shop.app.cloud_api.sent().pop().unwrap().content;
    let OutgoingContent::Location(outgoing) = outgoing else {
        panic!("not a place: {outgoing:?}");
    };
    assert_eq!(
        (outgoing.latitude, outgoing.longitude),
        (-34.6037, -58.3816)
    );

    let card = json!({
        "name": { "formattedName": "Ana Paz", "firstName": "Ana", "lastName": "Paz" },
        "phones": [{ "phone": "+5215512345678", "waId": "5215512345678", "type": "CELL" }],
        "emails": [{ "email": "a@x.com", "type": "WORK" }],
        "addresses": [{ "city": "CDMX", "countryCode": "mx", "type": "HOME" }],
        "org": { "company": "Panadería Paz", "title": "Baker" },
        "urls": [{ "url": "https://x.com", "type": "WORK" }],
        "birthday": "1990-01-31",
    });
    let cards = goes(&shop, json!({ "type": "contacts", "contacts": [card] })).await;
    let OutgoingContent::Contacts(cards) = cards else {
        panic!("no cards: {cards:?}");
    };
    assert_eq!(cards[0]["name"]["formatted_name"], "Ana Paz");
    assert_eq!(cards[0]["phones"][0]["wa_id"], "5215512345678");
    assert_eq!(cards[0]["addresses"][0]["country_code"], "mx");
}

#[tokio::test]
async fn each_kind_of_interactive_message() {
    let shop = Shop::open().await;
    let media_id = shop.uploads().await;
    let buttons = json!({
        "type": "button",
        "header": { "type": "image", "image": { "mediaId": media_id } },
        "body": { "text": "Confirm?" }, "footer": { "text": "Lucky Shrub" },
        "action": { "buttons": [
            { "type": "reply", "reply": { "id": "yes", "title": "Yes" } },
            { "type": "reply", "reply": { "id": "no", "title": "No" } },
        ]},
    });
    let sent = goes(&shop, interactive(&buttons)).await;
    let OutgoingContent::Interactive {
        interactive: message,
        header_meta_id,
    } = sent
    else {
        panic!("not interactive: {sent:?}");
    };
    assert!(matches!(message.action, Action::Buttons(buttons) if buttons.len() == 2));
    let header = message.header.unwrap();
    assert!(matches!(
        header,
        InteractiveHeader::File {
            kind: MediaKind::Image,
            ..
        }
    ));
    assert!(header_meta_id.is_some());
    assert_eq!(shop.app.cloud_api.uploads().len(), 1);
    let last = shop.chat().await["lastMessage"].clone();
    assert_eq!(last["text"]["body"], "Confirm?");

    for message in [
        json!({
            "type": "list", "header": { "type": "text", "text": "Sizes" },
            "body": { "text": "Choose" },
            "action": { "button": "Options", "sections": [{ "title": "A", "rows": [
                { "id": "s", "title": "Small", "description": "1 person" },
                { "id": "l", "title": "Large" },
            ]}]},
        }),
        json!({
            "type": "ctaUrl", "body": { "text": "See dates" },
            "action": { "parameters": { "displayText": "Open", "url": "https://example.com/d" } },
        }),
        json!({ "type": "locationRequest", "body": { "text": "Where?" }, "action": {} }),
    ] {
        let sent = goes(&shop, interactive(&message)).await;
        assert!(matches!(sent, OutgoingContent::Interactive { .. }));
    }
    // Meta's word for the action may be said, and what needs no action may have none.
    for message in [
        json!({ "type": "locationRequest", "body": { "text": "Where?" }, "action": { "name": "send_location" } }),
        json!({ "type": "locationRequest", "body": { "text": "Where?" } }),
    ] {
        shop.sends(interactive(&message)).await.assert_status(202);
    }
}

#[tokio::test]
async fn a_template_with_all_its_parts() {
    let mut shop = Shop::open().await;
    let media_id = shop.uploads().await;
    shop.after(Duration::from_hours(24)).await;
    let template = json!({
        "name": "order_ready", "language": "es_MX", "variables": { "name": "Ana" },
        "headerMediaId": media_id,
        "buttons": [
            { "type": "quickReply", "index": 0, "payload": "STOP" },
            { "type": "url", "index": 1, "text": "abc123" },
            { "type": "copyCode", "index": 2, "couponCode": "SAVE10" },
        ],
    });
    let sent = goes(&shop, json!({ "type": "template", "template": template })).await;
    let OutgoingContent::Template {
        template,
        header_meta_id,
    } = sent
    else {
        panic!("not a template: {sent:?}");
    };
    assert!(header_meta_id.is_some());
    let named = [("name".to_owned(), "Ana".to_owned())];
    assert_eq!(template.parameters, TemplateParameters::Named(named.into()));
    let kind = template.file().map(|(kind, _)| kind);
    assert_eq!(kind, Some(MediaKind::Image));
    let parameters: Vec<_> = template.buttons.into_iter().map(|b| b.parameter).collect();
    let expected = [
        ButtonParameter::QuickReplyPayload("STOP".into()),
        ButtonParameter::UrlSuffix("abc123".into()),
        ButtonParameter::CouponCode("SAVE10".into()),
    ];
    assert_eq!(parameters, expected);

    for (header, value) in [
        ("headerVariables", json!({ "1": "Sale" })),
        ("headerVariables", json!({ "season": "Summer" })),
    ] {
        let mut template = json!({ "name": "sale", "language": "en_US", "variables": {} });
        template[header] = value;
        let sent = goes(&shop, json!({ "type": "template", "template": template })).await;
        let OutgoingContent::Template { template, .. } = sent else {
            panic!("not a template: {sent:?}");
        };
        assert!(matches!(template.header, Some(TemplateHeader::Text { .. })));
    }
    let place = json!({ "latitude": 1.5, "longitude": 2.5, "name": "Shop" });
    let template = json!({ "name": "pick_up", "headerLocation": place });
    let queued = shop
        .sends(json!({ "type": "template", "template": template }))
        .await;
    let queued = queued.assert_status(202).json();
    assert_eq!(queued["template"]["headerLocation"]["latitude"], 1.5);
}

#[tokio::test]
async fn an_answer_to_a_message_may_be_of_any_kind_but_two() {
    let shop = Shop::open().await;
    let question = shop.owner.messages(&shop.chat_id).await[0].clone();
    let media_id = shop.uploads().await;
    let place = json!({ "latitude": 0.0, "longitude": 0.0 });
    for (mut message, fits) in [
        (
            json!({ "type": "image", "image": { "mediaId": media_id } }),
            true,
        ),
        (json!({ "type": "location", "location": place }), true),
        (
            json!({ "type": "reaction", "reaction": { "messageId": question["id"], "emoji": "👍" } }),
            false,
        ),
        (
            json!({ "type": "template", "template": { "name": "hi" } }),
            false,
        ),
    ] {
        message["replyToId"] = question["id"].clone();
        let answer = shop.sends(message).await;
        if fits {
            let shown = answer.assert_status(202).json();
            assert_eq!(shown["replyTo"]["messageId"], question["id"]);
        } else {
            answer.assert_invalid("/replyToId");
        }
    }
    shop.app.run_jobs().await;
    let sent = shop.app.cloud_api.sent();
    assert_eq!(sent.len(), 2);
    for outgoing in sent {
        assert_eq!(outgoing.reply_to.as_deref(), question["wamid"].as_str());
    }
}
