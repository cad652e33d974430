use domain::{
    chats::{Attachment, Cart, CartItem, Location, MessageContent},
    whatsapp::MetaError,
};
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    camel_case::camel_case, interactive::InteractiveBody, named_product::NamedProductResponse,
    template_response::TemplateResponse,
};

/// What a message says: under the key that is its type.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct ContentResponse {
    /// Meta's word: `text`, `image`, `video`, `audio`, `document`, `sticker`, `location`,
    /// `contacts`, `interactive`, `button`, `order`, `reaction`, `edit`, `revoke`, `system`,
    /// `request_welcome`, `template` or `unsupported`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Of a text, what it says; of anything else, the words in it, if there are any.
    text: Option<TextResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<AttachmentResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<AttachmentResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<AttachmentResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<AttachmentResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sticker: Option<AttachmentResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationResponse>,
    /// Contact cards, in Meta's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<Vec<Value>>,
    /// Written here: as it was sent. Else the answer to buttons, a list or a flow, in Meta's
    /// words.
    #[serde(skip_serializing_if = "Option::is_none")]
    interactive: Option<InteractiveResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    button: Option<ButtonResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reaction: Option<ReactionContentResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<EditResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoke: Option<RevokeResponse>,
    /// A change of the customer's number or identity, in Meta's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<TemplateResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired: Option<ExpiredResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsupported: Option<UnsupportedResponse>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TextResponse {
    body: String,
    /// Of texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_url: Option<bool>,
}

/// A file. It is there once Meta has handed it over; until then `url` answers 409.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AttachmentResponse {
    media_id: Uuid,
    mime_type: String,
    caption: Option<String>,
    /// As the sender named it.
    filename: Option<String>,
    /// Of audio: recorded as a voice message.
    voice: Option<bool>,
    /// Of stickers.
    animated: Option<bool>,
    #[schema(example = "/api/media/0199c9c2-8e0f-7c4e-9b7a-3f1f2d6c5b4a")]
    url: String,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum InteractiveResponse {
    Message(Box<InteractiveBody>),
    Reply(Value),
}

#[derive(Serialize, ToSchema)]
pub(super) struct LocationResponse {
    latitude: f64,
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
    url: Option<String>,
}

/// A template's quick reply was tapped.
#[derive(Serialize, ToSchema)]
struct ButtonResponse {
    payload: Option<String>,
    text: Option<String>,
}

/// A cart, with the prices that the customer saw.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderResponse {
    catalog_id: String,
    text: Option<String>,
    product_items: Vec<OrderItemResponse>,
    /// Those of them that are yours, as they were when it came.
    products: Vec<NamedProductResponse>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderItemResponse {
    product_retailer_id: String,
    quantity: i64,
    /// In the currency's major unit, as WhatsApp showed it.
    #[schema(value_type = f64)]
    item_price: Number,
    currency: String,
}

#[derive(Serialize, ToSchema)]
struct ReactionContentResponse {
    /// Meta's id of the message reacted to.
    wamid: String,
    /// Null takes the reaction back.
    emoji: Option<String>,
}

/// The customer changed a message.
#[derive(Serialize, ToSchema)]
struct EditResponse {
    /// Meta's id of the message that was changed.
    wamid: String,
    /// What it says now.
    #[schema(no_recursion)]
    message: Box<ContentResponse>,
}

/// The customer deleted a message.
#[derive(Serialize, ToSchema)]
struct RevokeResponse {
    /// Meta's id of the message that was deleted.
    wamid: String,
}

/// The organization does not keep what it said any more.
#[derive(Serialize, ToSchema)]
struct ExpiredResponse {
    /// The `type` that it had.
    kind: String,
}

/// Something that WhatsApp or this program cannot show.
#[derive(Serialize, ToSchema)]
struct UnsupportedResponse {
    /// Meta's word for what it was.
    kind: String,
    errors: Vec<MetaErrorResponse>,
    /// What Meta wrote, unchanged.
    original: Value,
}

#[derive(Serialize, ToSchema)]
struct MetaErrorResponse {
    code: i64,
    title: String,
    details: Option<String>,
}

impl From<MessageContent> for ContentResponse {
    fn from(content: MessageContent) -> Self {
        let preview_url = match &content {
            MessageContent::Text(text) => Some(text.preview_url),
            _ => None,
        };
        let mut response = Self {
            kind: content.kind(),
            text: content
                .text()
                .map(|body| TextResponse { body, preview_url }),
            ..Self::default()
        };
        match content {
            MessageContent::Text(_) | MessageContent::RequestWelcome => {}
            MessageContent::Image(file) => response.image = Some(file.into()),
            MessageContent::Video(file) => response.video = Some(file.into()),
            MessageContent::Audio(file) => response.audio = Some(file.into()),
            MessageContent::Document(file) => response.document = Some(file.into()),
            MessageContent::Sticker(file) => response.sticker = Some(file.into()),
            MessageContent::Location(place) => response.location = Some(place.into()),
            MessageContent::Contacts(cards) => {
                response.contacts = Some(cards.into_iter().map(camel_case).collect());
            }
            MessageContent::Interactive(reply) => {
                response.interactive = Some(InteractiveResponse::Reply(camel_case(reply)));
            }
            MessageContent::InteractiveMessage(message) => {
                response.interactive = Some(InteractiveResponse::Message(Box::new(message.into())));
            }
            MessageContent::Button { payload, text } => {
                response.button = Some(ButtonResponse { payload, text });
            }
            MessageContent::Order(cart) => response.order = Some(cart.into()),
            MessageContent::Reaction {
                message_id: wamid,
                emoji,
            } => response.reaction = Some(ReactionContentResponse { wamid, emoji }),
            MessageContent::Edit {
                message_id: wamid,
                content,
            } => {
                let message = Box::new((*content).into());
                response.edit = Some(EditResponse { wamid, message });
            }
            MessageContent::Revoke { message_id: wamid } => {
                response.revoke = Some(RevokeResponse { wamid });
            }
            MessageContent::System(change) => response.system = Some(camel_case(change)),
            MessageContent::Template(template) => response.template = Some(template.into()),
            MessageContent::Expired { kind } => response.expired = Some(ExpiredResponse { kind }),
            MessageContent::Unsupported {
                kind,
                errors,
                original,
            } => {
                response.unsupported = Some(UnsupportedResponse {
                    kind,
                    errors: errors.into_iter().map(Into::into).collect(),
                    original,
                });
            }
        }
        response
    }
}

impl From<Attachment> for AttachmentResponse {
    fn from(file: Attachment) -> Self {
        Self {
            media_id: file.media_id.uuid(),
            mime_type: file.mime_type,
            caption: file.caption,
            filename: file.filename,
            voice: file.voice,
            animated: file.animated,
            url: format!("/api/media/{}", file.media_id),
        }
    }
}

impl From<Location> for LocationResponse {
    fn from(place: Location) -> Self {
        Self {
            latitude: place.latitude,
            longitude: place.longitude,
            name: place.name,
            address: place.address,
            url: place.url,
        }
    }
}

impl From<Cart> for OrderResponse {
    fn from(cart: Cart) -> Self {
        Self {
            catalog_id: cart.catalog_id,
            text: cart.text,
            product_items: cart.product_items.into_iter().map(Into::into).collect(),
            products: cart.products.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<CartItem> for OrderItemResponse {
    fn from(item: CartItem) -> Self {
        Self {
            product_retailer_id: item.product_retailer_id,
            quantity: item.quantity,
            item_price: item.item_price,
            currency: item.currency,
        }
    }
}

impl From<MetaError> for MetaErrorResponse {
    fn from(error: MetaError) -> Self {
        Self {
            code: error.code,
            title: error.title,
            details: error.details,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{chats::Text, id::Id};
    use serde_json::json;

    use super::*;

    fn rendered(content: MessageContent) -> Value {
        serde_json::to_value(ContentResponse::from(content)).unwrap()
    }

    #[test]
    fn a_text_stands_under_text_and_nowhere_else() {
        let content = MessageContent::Text(Text {
            body: "Hola".into(),
            preview_url: false,
        });
        let expected = json!({ "type": "text", "text": { "body": "Hola", "previewUrl": false } });
        assert_eq!(rendered(content), expected);
    }

    #[test]
    fn a_file_stands_under_its_kind_with_its_caption_as_text() {
        let media_id = Id::generate();
        let content = MessageContent::Image(Attachment {
            media_id,
            mime_type: "image/jpeg".into(),
            caption: Some("Menu".into()),
            filename: None,
            voice: None,
            animated: None,
        });
        let rendered = rendered(content);
        assert_eq!(rendered["text"], json!({ "body": "Menu" }));
        assert_eq!(rendered["image"]["url"], format!("/api/media/{media_id}"));
    }

    #[test]
    fn a_kind_without_words_has_no_text() {
        assert_eq!(
            rendered(MessageContent::RequestWelcome),
            json!({ "type": "request_welcome", "text": null })
        );
    }

    #[test]
    fn an_edit_shows_what_the_message_says_now() {
        let content = MessageContent::Edit {
            message_id: "wamid.1".into(),
            content: Box::new(MessageContent::Text(Text {
                body: "New".into(),
                preview_url: false,
            })),
        };
        let rendered = rendered(content);
        assert_eq!(rendered["edit"]["wamid"], "wamid.1");
        assert_eq!(rendered["edit"]["message"]["text"]["body"], "New");
    }
}
