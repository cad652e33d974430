//! Held against the examples of cloud API 2.

use domain::{
    chats::{
        Action, ButtonParameter, Interactive, InteractiveHeader, ListRow, ListSection,
        ProductSection, ReplyButton, TemplateButton, TemplateHeader, TemplateUse, Text,
    },
    id::Id,
    whatsapp::TemplateParameters,
};

use super::*;

fn rendered(content: OutgoingContent) -> Value {
    let outgoing = Outgoing {
        message_id: Id::generate(),
        recipient: Recipient::Phone("16505551234".into()),
        reply_to: None,
        content,
    };
    let message = message(&outgoing);
    let kind = message["type"].as_str().unwrap().to_owned();
    json!({ "type": kind, kind.as_str(): message[&kind] })
}

#[test]
fn an_answer_in_text_to_a_phone() {
    let outgoing = Outgoing {
        message_id: Id::generate(),
        recipient: Recipient::Phone("16505551234".into()),
        reply_to: Some("wamid.X".into()),
        content: OutgoingContent::Text(Text {
            body: "Hi".into(),
            preview_url: true,
        }),
    };
    assert_eq!(
        message(&outgoing),
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+16505551234",
            "context": { "message_id": "wamid.X" },
            "biz_opaque_callback_data": outgoing.message_id.to_string(),
            "type": "text",
            "text": { "preview_url": true, "body": "Hi" },
        })
    );
}

#[test]
fn a_user_without_a_phone_is_the_recipient() {
    let outgoing = Outgoing {
        message_id: Id::generate(),
        recipient: Recipient::UserId("US.1".into()),
        reply_to: None,
        content: OutgoingContent::Reaction {
            wamid: "wamid.IN".into(),
            emoji: None,
        },
    };
    let expected = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": "US.1",
        "biz_opaque_callback_data": outgoing.message_id.to_string(),
        "type": "reaction",
        "reaction": { "message_id": "wamid.IN", "emoji": "" },
    });
    assert_eq!(message(&outgoing), expected);
}

fn attached(kind: MediaKind, change: impl FnOnce(&mut Attachment)) -> Value {
    let mut attachment = Attachment {
        media_id: Id::generate(),
        mime_type: "image/jpeg".into(),
        caption: None,
        filename: None,
        voice: None,
        animated: None,
    };
    change(&mut attachment);
    rendered(OutgoingContent::File {
        kind,
        meta_id: "1013859600285441".into(),
        attachment,
    })
}

#[test]
fn files_go_by_metas_id() {
    let id = "1013859600285441";
    let menu = attached(MediaKind::Image, |file| file.caption = Some("Menu".into()));
    let expected = json!({ "type": "image", "image": { "id": id, "caption": "Menu" } });
    assert_eq!(menu, expected);
    let invoice = attached(MediaKind::Document, |file| {
        file.filename = Some("invoice-17.pdf".into());
        file.caption = Some("Invoice 17".into());
    });
    let document = json!({ "id": id, "filename": "invoice-17.pdf", "caption": "Invoice 17" });
    assert_eq!(invoice, json!({ "type": "document", "document": document }));
    let voice = attached(MediaKind::Audio, |file| file.voice = Some(true));
    let expected = json!({ "type": "audio", "audio": { "id": id, "voice": true } });
    assert_eq!(voice, expected);
    let sticker = attached(MediaKind::Sticker, |_| {});
    assert_eq!(
        sticker,
        json!({ "type": "sticker", "sticker": { "id": id } })
    );
}

#[test]
fn a_place_cards_and_a_reaction() {
    let place = Location {
        latitude: 37.442_16,
        longitude: -122.161_53,
        name: Some("Philz Coffee".into()),
        address: Some("101 Forest Ave".into()),
        url: None,
    };
    let expected = json!({ "type": "location", "location": {
        "latitude": 37.442_16, "longitude": -122.161_53,
        "name": "Philz Coffee", "address": "101 Forest Ave",
    }});
    assert_eq!(rendered(OutgoingContent::Location(place)), expected);
    let card = json!({ "name": { "formatted_name": "Ana Paz", "first_name": "Ana" } });
    let cards = rendered(OutgoingContent::Contacts(vec![card.clone()]));
    assert_eq!(cards, json!({ "type": "contacts", "contacts": [card] }));
    let reaction = rendered(OutgoingContent::Reaction {
        wamid: "wamid.IN".into(),
        emoji: Some("👍".into()),
    });
    let expected = json!({ "message_id": "wamid.IN", "emoji": "👍" });
    assert_eq!(
        reaction,
        json!({ "type": "reaction", "reaction": expected })
    );
}

fn interactive(header: Option<InteractiveHeader>, body: &str, action: Action) -> Value {
    let has_file = matches!(header, Some(InteractiveHeader::File { .. }));
    let interactive = Interactive {
        header,
        body: Some(body.into()),
        footer: None,
        action,
        products: Vec::new(),
    };
    let message = rendered(OutgoingContent::Interactive {
        interactive,
        header_meta_id: has_file.then(|| "276".into()),
    });
    message["interactive"].clone()
}

#[test]
fn buttons_under_a_picture() {
    let button = |id: &str, title: &str| ReplyButton {
        id: id.into(),
        title: title.into(),
    };
    let outgoing = OutgoingContent::Interactive {
        interactive: Interactive {
            header: Some(InteractiveHeader::File {
                kind: MediaKind::Image,
                media_id: Id::generate(),
                filename: None,
            }),
            body: Some("Confirm?".into()),
            footer: Some("Lucky Shrub".into()),
            action: Action::Buttons(vec![button("yes", "Yes"), button("no", "No")]),
            products: Vec::new(),
        },
        header_meta_id: Some("276".into()),
    };
    let expected = json!({"type":"interactive","interactive":{"type":"button","header":{"type":"image","image":{"id":"276"}},"body":{"text":"Confirm?"},"footer":{"text":"Lucky Shrub"},"action":{"buttons":[{"type":"reply","reply":{"id":"yes","title":"Yes"}},{"type":"reply","reply":{"id":"no","title":"No"}}]}}});
    assert_eq!(rendered(outgoing), expected);
}

#[test]
fn each_other_kind_of_interactive_message() {
    let list = Action::List {
        button: "Options".into(),
        sections: vec![ListSection {
            title: Some("Sizes".into()),
            rows: vec![ListRow {
                id: "s".into(),
                title: "Small".into(),
                description: Some("1 person".into()),
            }],
        }],
    };
    let expected = json!({"type":"list","body":{"text":"Choose"},"action":{"button":"Options","sections":[{"title":"Sizes","rows":[{"id":"s","title":"Small","description":"1 person"}]}]}});
    assert_eq!(interactive(None, "Choose", list), expected);

    let link = Action::CtaUrl {
        display_text: "Open".into(),
        url: "https://example.com/d".into(),
    };
    let expected = json!({"type":"cta_url","body":{"text":"See dates"},"action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://example.com/d"}}});
    assert_eq!(interactive(None, "See dates", link), expected);

    let product = Action::Product {
        catalog_id: "1948".into(),
        product_retailer_id: "SKU1".into(),
    };
    let expected = json!({"type":"product","body":{"text":"Our best"},"action":{"catalog_id":"1948","product_retailer_id":"SKU1"}});
    assert_eq!(interactive(None, "Our best", product), expected);

    let offers = Action::ProductList {
        catalog_id: "1948".into(),
        sections: vec![ProductSection {
            title: Some("Drinks".into()),
            product_retailer_ids: vec!["SKU1".into()],
        }],
    };
    let header = Some(InteractiveHeader::Text("Offers".into()));
    let expected = json!({"type":"product_list","header":{"type":"text","text":"Offers"},"body":{"text":"Today"},"action":{"catalog_id":"1948","sections":[{"title":"Drinks","product_items":[{"product_retailer_id":"SKU1"}]}]}});
    assert_eq!(interactive(header, "Today", offers), expected);

    let catalog = |thumbnail: Option<&str>| Action::Catalog {
        thumbnail_product_retailer_id: thumbnail.map(str::to_owned),
    };
    let expected = json!({"type":"catalog_message","body":{"text":"All products"},"action":{"name":"catalog_message","parameters":{"thumbnail_product_retailer_id":"SKU1"}}});
    assert_eq!(
        interactive(None, "All products", catalog(Some("SKU1"))),
        expected
    );
    let expected = json!({"name":"catalog_message"});
    assert_eq!(interactive(None, "All", catalog(None))["action"], expected);

    let expected = json!({"type":"location_request_message","body":{"text":"Where?"},"action":{"name":"send_location"}});
    assert_eq!(
        interactive(None, "Where?", Action::LocationRequest),
        expected
    );
}

fn template(parameters: TemplateParameters) -> TemplateUse {
    TemplateUse {
        name: "order_ready".into(),
        language: "en_US".into(),
        parameters,
        header: None,
        buttons: Vec::new(),
    }
}

fn rendered_template(template: TemplateUse, header_meta_id: Option<&str>) -> Value {
    let header_meta_id = header_meta_id.map(str::to_owned);
    let message = rendered(OutgoingContent::Template {
        template,
        header_meta_id,
    });
    message["template"].clone()
}

#[test]
fn a_template_with_a_picture_and_buttons() {
    let parameter = |index, parameter| TemplateButton { index, parameter };
    let whole = TemplateUse {
        header: Some(TemplateHeader::File {
            kind: MediaKind::Image,
            media_id: Id::generate(),
            filename: None,
        }),
        buttons: vec![
            parameter(0, ButtonParameter::UrlSuffix("abc123".into())),
            parameter(1, ButtonParameter::QuickReplyPayload("STOP".into())),
            parameter(2, ButtonParameter::CouponCode("SAVE10".into())),
        ],
        ..template(TemplateParameters::Positional(vec!["Ana".into()]))
    };
    let expected = json!({"name":"order_ready","language":{"code":"en_US"},"components":[
        {"type":"header","parameters":[{"type":"image","image":{"id":"2762"}}]},
        {"type":"body","parameters":[{"type":"text","text":"Ana"}]},
        {"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"abc123"}]},
        {"type":"button","sub_type":"quick_reply","index":"1","parameters":[{"type":"payload","payload":"STOP"}]},
        {"type":"button","sub_type":"copy_code","index":"2","parameters":[{"type":"coupon_code","coupon_code":"SAVE10"}]},
    ]});
    assert_eq!(rendered_template(whole, Some("2762")), expected);
}

#[test]
fn a_template_with_named_parameters() {
    let named = [("order_id".to_owned(), "17".to_owned())];
    let whole = TemplateUse {
        header: Some(TemplateHeader::Text {
            name: Some("season".into()),
            text: "Summer".into(),
        }),
        ..template(TemplateParameters::Named(named.into()))
    };
    let expected = json!([
        {"type":"header","parameters":[{"type":"text","parameter_name":"season","text":"Summer"}]},
        {"type":"body","parameters":[{"type":"text","parameter_name":"order_id","text":"17"}]},
    ]);
    assert_eq!(rendered_template(whole, None)["components"], expected);
}

#[test]
fn a_template_with_a_place() {
    let place = Location {
        latitude: 1.5,
        longitude: 2.5,
        name: Some("Shop".into()),
        address: None,
        url: None,
    };
    let whole = TemplateUse {
        header: Some(TemplateHeader::Location(place)),
        ..template(TemplateParameters::Positional(Vec::new()))
    };
    let expected = json!([{"type":"header","parameters":[{"type":"location","location":{
        "latitude":1.5,"longitude":2.5,"name":"Shop"}}]}]);
    assert_eq!(rendered_template(whole, None)["components"], expected);
}

#[test]
fn a_template_that_needs_nothing_gets_no_components() {
    let nothing = template(TemplateParameters::Positional(Vec::new()));
    let expected = json!({ "name": "order_ready", "language": { "code": "en_US" } });
    assert_eq!(rendered_template(nothing, None), expected);
}
