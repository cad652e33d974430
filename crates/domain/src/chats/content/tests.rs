use serde_json::json;

use super::*;
use crate::{
    chats::{Action, ButtonParameter, InteractiveHeader, TemplateButton, TemplateHeader},
    id::Id,
    whatsapp::TemplateParameters,
};

#[test]
fn a_text_is_neither_empty_nor_longer_than_meta_takes() {
    assert_eq!(Text::compose(" \n".into(), false), Err(TextError::Empty));
    assert!(Text::compose("é".repeat(4096), false).is_ok());
    assert_eq!(
        Text::compose("é".repeat(4097), false),
        Err(TextError::TooLong)
    );
}

#[test]
fn content_survives_being_stored() {
    let content = MessageContent::Edit {
        message_id: "wamid.1".into(),
        content: Box::new(MessageContent::RequestWelcome),
    };
    let stored = serde_json::to_string(&content).unwrap();
    assert_eq!(
        serde_json::from_str::<MessageContent>(&stored).unwrap(),
        content
    );
}

/// What lies in databases must stay readable, however the kinds grow.
#[test]
fn content_that_was_stored_before_is_read() {
    let file = json!({
        "media_id": "0199c9c2-8e0f-7c4e-9b7a-3f1f2d6c5b4a", "mime_type": "image/jpeg",
        "caption": "Menu", "filename": null, "voice": null, "animated": null,
    });
    for stored in [
        json!({ "type": "text", "content": { "body": "Hi", "preview_url": true } }),
        json!({ "type": "image", "content": file }),
        json!({ "type": "sticker", "content": file }),
        json!({ "type": "location", "content": {
            "latitude": 1.5, "longitude": -2.0, "name": "A", "address": null, "url": null,
        }}),
        json!({ "type": "contacts", "content": [{ "name": { "formatted_name": "Ana" } }] }),
        json!({ "type": "interactive", "content": {
            "type": "button_reply", "button_reply": { "id": "yes", "title": "Yes" },
        }}),
        json!({ "type": "button", "content": { "payload": "STOP", "text": "Stop" } }),
        json!({ "type": "reaction", "content": { "message_id": "wamid.1", "emoji": null } }),
        json!({ "type": "revoke", "content": { "message_id": "wamid.1" } }),
        json!({ "type": "request_welcome" }),
        json!({ "type": "template", "content": {
            "name": "order_ready", "language": "en_US", "parameters": { "positional": ["7"] },
        }}),
    ] {
        let content: MessageContent = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&content).unwrap(), stored);
    }
}

#[test]
fn what_is_written_here_survives_being_stored() {
    let media_id = Id::generate();
    let header = InteractiveHeader::File {
        kind: MediaKind::Document,
        media_id,
        filename: Some("menu.pdf".into()),
    };
    let message = MessageContent::InteractiveMessage(Interactive {
        header: Some(header),
        body: Some("Shall I?".into()),
        footer: None,
        action: Action::LocationRequest,
        products: Vec::new(),
    });
    let template = MessageContent::Template(TemplateUse {
        name: "order_ready".into(),
        language: "en_US".into(),
        parameters: TemplateParameters::Positional(Vec::new()),
        header: Some(TemplateHeader::File {
            kind: MediaKind::Image,
            media_id,
            filename: None,
        }),
        buttons: vec![TemplateButton {
            index: 0,
            parameter: ButtonParameter::UrlSuffix("7".into()),
        }],
    });
    assert_eq!(message.kind(), "interactive");
    assert_eq!(message.text().as_deref(), Some("Shall I?"));
    for (content, kind) in [(message, MediaKind::Document), (template, MediaKind::Image)] {
        assert_eq!(content.file(), Some((kind, media_id)));
        let stored = serde_json::to_string(&content).unwrap();
        let read: MessageContent = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, content);
    }
}

#[test]
fn a_file_has_what_its_kind_has() {
    use MediaKind::{Audio, Document, Image, Sticker, Video};
    let file = Attachment {
        media_id: Id::generate(),
        mime_type: String::new(),
        caption: Some("é".repeat(1025)),
        filename: Some(" ".into()),
        voice: Some(true),
        animated: None,
    };
    let (caption, filename, voice) = ("/caption", "/filename", "/voice");
    for (kind, expected) in [
        (
            Image,
            [
                (caption, "too_long"),
                (filename, "unexpected"),
                (voice, "unexpected"),
            ]
            .as_slice(),
        ),
        (
            Video,
            &[
                (caption, "too_long"),
                (filename, "unexpected"),
                (voice, "unexpected"),
            ],
        ),
        (
            Document,
            &[
                (caption, "too_long"),
                (filename, "required"),
                (voice, "unexpected"),
            ],
        ),
        (Audio, &[(caption, "unexpected"), (filename, "unexpected")]),
        (
            Sticker,
            &[
                (caption, "unexpected"),
                (filename, "unexpected"),
                (voice, "unexpected"),
            ],
        ),
    ] {
        let mut faults = ContentFaults::default();
        file.check(kind, &mut faults);
        let told = faults
            .0
            .iter()
            .map(|fault| (fault.pointer.as_str(), fault.code));
        assert_eq!(told.collect::<Vec<_>>(), expected, "{kind:?}");
    }
}

#[test]
fn a_place_is_on_earth() {
    let place = |latitude, longitude| Location {
        latitude,
        longitude,
        name: None,
        address: Some(String::new()),
        url: None,
    };
    for (place, expected) in [
        (place(-90.0, 180.0), ["/address"].as_slice()),
        (
            place(90.1, f64::NAN),
            &["/latitude", "/longitude", "/address"],
        ),
        (place(0.0, f64::INFINITY), &["/longitude", "/address"]),
    ] {
        let mut faults = ContentFaults::default();
        place.check("", &mut faults);
        let told = faults.0.iter().map(|fault| fault.pointer.as_str());
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_reaction_is_one_whole_emoji() {
    for emoji in ["👍", "👍🏽", "❤️", "❤", "🏳️‍🌈", "🇲🇽", "1️⃣", "🅰️"]
    {
        assert!(is_emoji(emoji), "{emoji}");
    }
    for other in ["", "a", "1", ":)", "👍👍", "👍 ", "é", "好", "\u{200d}"] {
        assert!(!is_emoji(other), "{other:?}");
    }
}
