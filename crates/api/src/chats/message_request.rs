mod contacts;
mod template;

use application::chats::Draft;
use domain::{chats::Location, whatsapp::MediaKind};
use garde::Validate;
use serde::Deserialize;
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use super::{interactive::InteractiveBody, one_of};
use crate::{
    extract::fault,
    problem::{Fault, Problem},
};
use contacts::ContactCardRequest;
use template::TemplateRequest;

/// A message to send: what it says stands under the key that is its type.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SendMessageRequest {
    #[garde(custom(is_one_of(&KINDS)))]
    #[serde(default)]
    #[schema(required, schema_with = kind)]
    r#type: String,
    #[garde(custom(goes_with("text", &self.r#type)), dive)]
    text: Option<TextRequest>,
    #[garde(custom(goes_with("image", &self.r#type)), dive)]
    image: Option<FileRequest>,
    #[garde(custom(goes_with("video", &self.r#type)), dive)]
    video: Option<FileRequest>,
    #[garde(custom(goes_with("audio", &self.r#type)), dive)]
    audio: Option<FileRequest>,
    #[garde(custom(goes_with("document", &self.r#type)), dive)]
    document: Option<FileRequest>,
    #[garde(custom(goes_with("sticker", &self.r#type)), dive)]
    sticker: Option<FileRequest>,
    #[garde(custom(goes_with("location", &self.r#type)), dive)]
    location: Option<LocationRequest>,
    #[garde(custom(goes_with("contacts", &self.r#type)))]
    contacts: Option<Vec<ContactCardRequest>>,
    #[garde(custom(goes_with("reaction", &self.r#type)), dive)]
    reaction: Option<ReactionRequest>,
    #[garde(custom(goes_with("interactive", &self.r#type)))]
    interactive: Option<InteractiveBody>,
    #[garde(custom(goes_with("template", &self.r#type)), dive)]
    template: Option<TemplateRequest>,
    /// The message of the same chat that this one answers. Goes with every type but reactions
    /// and templates.
    #[garde(skip)]
    pub(super) reply_to_id: Option<Uuid>,
}

/// A message to send to somebody with whom there need not be a chat yet.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SendToRequest {
    /// Which of the organization's numbers sends; may be left out if there is only one.
    #[garde(skip)]
    pub(super) account_id: Option<Uuid>,
    /// A phone number or a customer's id.
    #[garde(length(min = 1, max = 100))]
    #[serde(default)]
    #[schema(required, example = "+14155550123")]
    pub(super) to: String,
    #[garde(custom(is_one_of(&KINDS)))]
    #[serde(default)]
    #[schema(required, schema_with = kind)]
    r#type: String,
    #[garde(custom(goes_with("text", &self.r#type)), dive)]
    text: Option<TextRequest>,
    #[garde(custom(goes_with("image", &self.r#type)), dive)]
    image: Option<FileRequest>,
    #[garde(custom(goes_with("video", &self.r#type)), dive)]
    video: Option<FileRequest>,
    #[garde(custom(goes_with("audio", &self.r#type)), dive)]
    audio: Option<FileRequest>,
    #[garde(custom(goes_with("document", &self.r#type)), dive)]
    document: Option<FileRequest>,
    #[garde(custom(goes_with("sticker", &self.r#type)), dive)]
    sticker: Option<FileRequest>,
    #[garde(custom(goes_with("location", &self.r#type)), dive)]
    location: Option<LocationRequest>,
    #[garde(custom(goes_with("contacts", &self.r#type)))]
    contacts: Option<Vec<ContactCardRequest>>,
    #[garde(custom(goes_with("reaction", &self.r#type)), dive)]
    reaction: Option<ReactionRequest>,
    #[garde(custom(goes_with("interactive", &self.r#type)))]
    interactive: Option<InteractiveBody>,
    #[garde(custom(goes_with("template", &self.r#type)), dive)]
    template: Option<TemplateRequest>,
    /// The message of the same chat that this one answers.
    #[garde(skip)]
    pub(super) reply_to_id: Option<Uuid>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TextRequest {
    #[garde(length(min = 1))]
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 4096)]
    body: String,
    /// Whether a link in it is shown with a preview.
    #[garde(skip)]
    #[serde(default)]
    preview_url: bool,
}

/// A file that was uploaded before, or that came with a message.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FileRequest {
    #[garde(required)]
    #[schema(required, value_type = Uuid)]
    media_id: Option<Uuid>,
    /// Of images, videos and documents.
    #[garde(skip)]
    #[schema(max_length = 1024)]
    caption: Option<String>,
    /// Of documents; the uploaded file's name if it is left out.
    #[garde(skip)]
    #[schema(max_length = 240)]
    filename: Option<String>,
    /// Of audio in Opus: shown as a voice message.
    #[garde(skip)]
    voice: Option<bool>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LocationRequest {
    #[garde(required)]
    #[schema(required, value_type = f64, minimum = -90, maximum = 90)]
    latitude: Option<f64>,
    #[garde(required)]
    #[schema(required, value_type = f64, minimum = -180, maximum = 180)]
    longitude: Option<f64>,
    #[garde(skip)]
    #[schema(max_length = 1000)]
    name: Option<String>,
    #[garde(skip)]
    #[schema(max_length = 1000)]
    address: Option<String>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReactionRequest {
    /// The message of the same chat that is reacted to.
    #[garde(required)]
    #[schema(required, value_type = Uuid)]
    message_id: Option<Uuid>,
    /// One emoji; null takes the reaction back.
    #[garde(skip)]
    #[schema(example = "👍")]
    emoji: Option<String>,
}

const KINDS: [&str; 11] = [
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "interactive",
    "template",
];

fn kind() -> Object {
    one_of(&KINDS)
}

fn is_one_of(kinds: &[&str]) -> impl FnOnce(&String, &()) -> garde::Result {
    |kind, ()| {
        if kinds.contains(&kind.as_str()) {
            return Ok(());
        }
        if kind.is_empty() {
            return Err(fault("required", "is required"));
        }
        let detail = format!("must be one of: {}", kinds.join(", "));
        Err(fault("unsupported_type", detail))
    }
}

/// Demands the content that belongs to the type, and no other. Without a type, none is wrong.
fn goes_with<T>(own: &str, kind: &str) -> impl FnOnce(&Option<T>, &()) -> garde::Result {
    let wanted = own == kind;
    let unwanted = !wanted && !kind.is_empty();
    move |content, ()| match content {
        None if wanted => Err(fault("required", "is required for this type")),
        Some(_) if unwanted => Err(fault("unexpected", "does not go with this type")),
        _ => Ok(()),
    }
}

/// What a request may say; validation lets only the one that goes with its type through.
struct Contents {
    text: Option<TextRequest>,
    image: Option<FileRequest>,
    video: Option<FileRequest>,
    audio: Option<FileRequest>,
    document: Option<FileRequest>,
    sticker: Option<FileRequest>,
    location: Option<LocationRequest>,
    contacts: Option<Vec<ContactCardRequest>>,
    reaction: Option<ReactionRequest>,
    interactive: Option<InteractiveBody>,
    template: Option<TemplateRequest>,
}

impl SendMessageRequest {
    pub(super) fn draft(self) -> Result<Draft, Problem> {
        let contents = Contents {
            text: self.text,
            image: self.image,
            video: self.video,
            audio: self.audio,
            document: self.document,
            sticker: self.sticker,
            location: self.location,
            contacts: self.contacts,
            reaction: self.reaction,
            interactive: self.interactive,
            template: self.template,
        };
        contents.draft()
    }
}

impl SendToRequest {
    pub(super) fn draft(self) -> Result<Draft, Problem> {
        let contents = Contents {
            text: self.text,
            image: self.image,
            video: self.video,
            audio: self.audio,
            document: self.document,
            sticker: self.sticker,
            location: self.location,
            contacts: self.contacts,
            reaction: self.reaction,
            interactive: self.interactive,
            template: self.template,
        };
        contents.draft()
    }
}

impl Contents {
    fn draft(self) -> Result<Draft, Problem> {
        let files = [
            (MediaKind::Image, self.image),
            (MediaKind::Video, self.video),
            (MediaKind::Audio, self.audio),
            (MediaKind::Document, self.document),
            (MediaKind::Sticker, self.sticker),
        ];
        let mut files = files.into_iter();
        let file = files.find_map(|(kind, file)| Some(file?.draft(kind)));
        let text = self.text.map(|text| Draft::Text {
            body: text.body,
            preview_url: text.preview_url,
        });
        let place = self.location.map(|place| Draft::Location(place.into()));
        let cards = self.contacts.map(|cards| {
            let cards = cards.into_iter().map(Into::into);
            Draft::Contacts(cards.collect())
        });
        let reaction = self.reaction.map(|reaction| Draft::Reaction {
            message_id: reaction.message_id.unwrap_or_default().into(),
            emoji: reaction.emoji,
        });
        if let Some(draft) = text.or(file).or(place).or(cards).or(reaction) {
            return Ok(draft);
        }
        match (self.interactive, self.template) {
            (Some(interactive), _) => Ok(Draft::Interactive(interactive.read()?)),
            (None, Some(template)) => Ok(Draft::Template(template.read()?)),
            // Validation lets no such request through.
            (None, None) => Err(Problem::invalid(vec![Fault::new(
                "/type",
                "unsupported_type",
                "must come with its content",
            )])),
        }
    }
}

impl FileRequest {
    fn draft(self, kind: MediaKind) -> Draft {
        Draft::File {
            kind,
            media_id: self.media_id.unwrap_or_default().into(),
            caption: self.caption,
            filename: self.filename,
            voice: self.voice,
        }
    }
}

impl From<LocationRequest> for Location {
    fn from(place: LocationRequest) -> Self {
        Self {
            latitude: place.latitude.unwrap_or_default(),
            longitude: place.longitude.unwrap_or_default(),
            name: place.name,
            address: place.address,
            url: None,
        }
    }
}
