//! Judges the body of `POST /messages` as Meta does, and says no for the same reasons.

mod contacts;
mod field;
mod interactive;
mod template;

use serde_json::Value;

use crate::{graph::GraphError, templates::UsedTemplate};
use field::Field;

/// What of a valid body the simulator goes on with.
pub(crate) struct Envelope {
    pub(crate) recipient: Recipient,
    pub(crate) biz_opaque_callback_data: Option<String>,
    pub(crate) template: Option<UsedTemplate>,
    /// The wamid that a reaction is to.
    pub(crate) reaction_to: Option<String>,
    /// The files that it refers to.
    pub(crate) files: Vec<UsedFile>,
}

/// An uploaded file in a message.
pub(crate) struct UsedFile {
    /// Where it stands in the request.
    pub(crate) path: String,
    /// As what it is sent: `image`, `video`, `audio`, `document` or `sticker`.
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    /// Whether it shall show as a voice note.
    pub(crate) voice: bool,
}

pub(crate) enum Recipient {
    Phone {
        input: String,
        wa_id: String,
    },
    /// A business-scoped user id.
    User(String),
    Group(String),
}

impl Recipient {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Phone { wa_id: id, .. } | Self::User(id) | Self::Group(id) => id,
        }
    }
}

pub(crate) struct ReadReceipt {
    pub(crate) message_id: String,
    /// Whether the customer shall see that an answer is being typed.
    pub(crate) typing: bool,
}

/// The types of a message, each of which is also the key of its content.
const TYPES: &[&str] = &[
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "text",
    "video",
];
const ENVELOPE: &[&str] = &[
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
    "recipient_identity_key_hash",
];
const CAPTION: usize = 1024;

pub(crate) fn read_receipt(body: &Value) -> Result<ReadReceipt, GraphError> {
    let body = Field::root(body);
    body.object(&[
        "messaging_product",
        "status",
        "message_id",
        "typing_indicator",
    ])?;
    messaging_product(&body)?;
    body.require("status")?.one_of(&["read"])?;
    let message_id = body.require("message_id")?.text(1..=512)?.to_owned();
    let typing = body.get("typing_indicator");
    if let Some(typing) = &typing {
        typing.object(&["type"])?;
        typing.require("type")?.one_of(&["text"])?;
    }
    Ok(ReadReceipt {
        message_id,
        typing: typing.is_some(),
    })
}

/// The users that shall be blocked or no more, as they were given.
pub(crate) fn block_users(body: &Value) -> Result<Vec<String>, GraphError> {
    let body = Field::root(body);
    body.object(&["messaging_product", "block_users"])?;
    messaging_product(&body)?;
    let users = body.require("block_users")?.items(1..=1000)?;
    let users = users.iter().map(|user| {
        user.object(&["user", "user_id"])?;
        let id = user.get("user").or_else(|| user.get("user_id"));
        let id = id.ok_or_else(|| GraphError::missing(&format!("{} user", user.path())))?;
        id.text(1..=131).map(str::to_owned)
    });
    users.collect()
}

/// What the phone shall give to the program: `history` or `smb_app_state_sync`.
pub(crate) fn sync_type(body: &Value) -> Result<&str, GraphError> {
    let body = Field::root(body);
    body.object(&["messaging_product", "sync_type"])?;
    messaging_product(&body)?;
    let sync_type = body.require("sync_type")?;
    sync_type.one_of(&["history", "smb_app_state_sync"])
}

/// `sender` is the digits of the number that sends.
pub(crate) fn message(body: &Value, sender: &str) -> Result<Envelope, GraphError> {
    let body = Field::root(body);
    messaging_product(&body)?;
    let recipient = recipient(&body, sender)?;
    let kind = match body.get("type") {
        Some(kind) => kind.parameter_one_of(TYPES)?,
        None => "text",
    };
    body.object(&[ENVELOPE, &[kind]].concat())?;
    let opaque = body.get("biz_opaque_callback_data");
    let opaque = opaque.map(|data| data.text(0..=512)).transpose()?;
    if let Some(context) = body.get("context") {
        if kind == "reaction" {
            return Err(GraphError::invalid(
                "context",
                "is not allowed with a reaction",
            ));
        }
        context.object(&["message_id"])?;
        context.require("message_id")?.text(1..=512)?;
    }

    let content = body.require(kind)?;
    let mut envelope = Envelope {
        recipient,
        biz_opaque_callback_data: opaque.map(str::to_owned),
        template: None,
        reaction_to: None,
        files: files(body.value()),
    };
    match kind {
        "text" => text(&content)?,
        "image" | "video" => media(&content, &["caption"])?,
        "document" => media(&content, &["caption", "filename"])?,
        "audio" => media(&content, &["voice"])?,
        "sticker" => media(&content, &[])?,
        "location" => location(&content)?,
        "contacts" => contacts::check(&content)?,
        "reaction" => envelope.reaction_to = Some(reaction(&content)?),
        "template" => envelope.template = Some(template::check(&content)?),
        _ => interactive::check(&content)?,
    }
    Ok(envelope)
}

/// The kinds of files, each of which is also the key of its object.
const FILES: &[&str] = &["audio", "document", "image", "sticker", "video"];

/// The uploaded files in a message, however deep.
fn files(body: &Value) -> Vec<UsedFile> {
    fn collect(path: &str, value: &Value, found: &mut Vec<UsedFile>) {
        if let Value::Array(items) = value {
            for (index, item) in items.iter().enumerate() {
                collect(&format!("{path}[{index}]"), item, found);
            }
        }
        let Value::Object(object) = value else {
            return;
        };
        for (key, child) in object {
            let path = format!("{path}['{key}']");
            let kind = FILES.iter().find(|kind| *kind == key);
            if let (Some(kind), Some(id)) = (kind, child["id"].as_str()) {
                found.push(UsedFile {
                    path: format!("{path}['id']"),
                    kind,
                    id: id.to_owned(),
                    voice: child["voice"] == true,
                });
            }
            collect(&path, child, found);
        }
    }
    let mut found = Vec::new();
    collect("", body, &mut found);
    found
}

fn messaging_product(body: &Field) -> Result<(), GraphError> {
    let product = body.get("messaging_product");
    let product = product.ok_or_else(|| required("messaging_product"))?;
    product.parameter_one_of(&["whatsapp"])?;
    Ok(())
}

fn recipient(body: &Field, sender: &str) -> Result<Recipient, GraphError> {
    let kind = body.get("recipient_type");
    let kind = kind.map(|kind| kind.parameter_one_of(&["individual", "group"]));
    let is_group = kind.transpose()? == Some("group");
    if let Some(to) = body.get("to") {
        let input = to.text(1..=128)?.to_owned();
        if is_group {
            return Ok(Recipient::Group(input));
        }
        let wa_id = wa_id(&input, sender)
            .ok_or_else(|| GraphError::invalid("to", "is not a phone number"))?;
        if wa_id == sender {
            return Err(GraphError::new(131_021));
        }
        return Ok(Recipient::Phone { input, wa_id });
    }
    let recipient = body.get("recipient").ok_or_else(|| required("to"))?;
    let user_id = recipient.text(1..=131)?;
    let is_user_id = user_id.split_once('.').is_some_and(|(country, id)| {
        country.len() == 2
            && !id.is_empty()
            && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
    });
    if is_user_id {
        Ok(Recipient::User(user_id.to_owned()))
    } else {
        Err(GraphError::invalid("recipient", "is not a user id"))
    }
}

/// The digits of a phone number. Without a plus sign it gets the sender's country code, even if
/// it has one already.
fn wa_id(input: &str, sender: &str) -> Option<String> {
    let is_decoration = |c: char| matches!(c, '+' | ' ' | '-' | '(' | ')');
    if !input
        .chars()
        .all(|c| c.is_ascii_digit() || is_decoration(c))
    {
        return None;
    }
    let digits: String = input.chars().filter(char::is_ascii_digit).collect();
    let wa_id = if input.trim_start().starts_with('+') {
        digits
    } else {
        format!("{}{digits}", country_code(sender))
    };
    (7..=15).contains(&wa_id.len()).then_some(wa_id)
}

/// The country code at the start of a number: one digit for zones 1 and 7, two for those of ITU's
/// list, else three.
fn country_code(digits: &str) -> &str {
    const TWO_DIGITS: &str = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";
    let length = match digits.get(..2) {
        _ if digits.starts_with(['1', '7']) => 1,
        Some(two) if TWO_DIGITS.split(' ').any(|code| code == two) => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or(digits)
}

fn text(text: &Field) -> Result<(), GraphError> {
    text.object(&["body", "preview_url"])?;
    text.require("body")?.text(1..=4096)?;
    text.optional_bool("preview_url")
}

/// Checks a media object: an id or a link, and of `extras` what is there.
fn media(media: &Field, extras: &[&str]) -> Result<(), GraphError> {
    media.object(&[&["id", "link"], extras].concat())?;
    match (media.get("id"), media.get("link")) {
        (Some(id), None) => {
            id.text(1..=128)?;
        }
        (None, Some(link)) => link.http_url()?,
        (Some(_), Some(_)) => return Err(media.invalid("must have an id or a link, not both")),
        (None, None) => return Err(GraphError::missing(&format!("{} id or link", media.path()))),
    }
    if let Some(caption) = media.get("caption") {
        caption.text(0..=CAPTION)?;
    }
    if let Some(filename) = media.get("filename") {
        filename.text(1..=240)?;
    }
    media.optional_bool("voice")
}

fn location(location: &Field) -> Result<(), GraphError> {
    location.object(&["latitude", "longitude", "name", "address"])?;
    location.require("latitude")?.number_within(90.0)?;
    location.require("longitude")?.number_within(180.0)?;
    location.optional_text("name", 1000)?;
    location.optional_text("address", 1000)
}

/// Answers the wamid of the message reacted to.
fn reaction(reaction: &Field) -> Result<String, GraphError> {
    reaction.object(&["message_id", "emoji"])?;
    let emoji = reaction.require("emoji")?;
    // An empty one takes the reaction back.
    let text = emoji.text(0..=16)?;
    if !text.is_empty() && text.is_ascii() {
        return Err(emoji.invalid("is not an emoji"));
    }
    Ok(reaction.require("message_id")?.text(1..=512)?.to_owned())
}

/// What Meta says when a parameter of the envelope is missing.
fn required(name: &str) -> GraphError {
    GraphError::new(100).with_details(format!("The parameter {name} is required."))
}
