//! Interactive messages, in the same shape as they are sent and shown: Meta's, with our ids.

mod action;

use domain::{
    chats::{Interactive, InteractiveHeader},
    whatsapp::MediaKind,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::named_product::NamedProductResponse;
use crate::problem::{Fault, Problem};
use action::ActionBody;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct InteractiveBody {
    #[serde(rename = "type")]
    kind: InteractiveType,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<HeaderBody>,
    /// Required but for `product`; at most 1024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<WordsBody>,
    /// At most 60 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<WordsBody>,
    #[serde(default)]
    #[schema(required)]
    action: ActionBody,
    /// The products that the action names, as they were when it was sent.
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    products: Vec<NamedProductResponse>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum InteractiveType {
    Button,
    List,
    CtaUrl,
    Product,
    ProductList,
    Catalog,
    LocationRequest,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct HeaderBody {
    #[serde(rename = "type")]
    kind: HeaderType,
    /// At most 60 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<HeaderFileBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<HeaderFileBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<HeaderFileBody>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum HeaderType {
    Text,
    Image,
    Video,
    Document,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct HeaderFileBody {
    media_id: Uuid,
    /// Of documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WordsBody {
    #[serde(default)]
    #[schema(required)]
    text: String,
}

impl InteractiveBody {
    /// Refuses what does not go together; what is missing is mostly for the domain to find.
    pub(super) fn read(self) -> Result<Interactive, Problem> {
        let mut faults = Vec::new();
        let header = self.header.map(|header| header.read(&mut faults));
        let action = self.action.read(self.kind, &mut faults);
        match header {
            Some(None) => Err(Problem::invalid(faults)),
            _ if !faults.is_empty() => Err(Problem::invalid(faults)),
            header => Ok(Interactive {
                header: header.flatten(),
                body: self.body.map(|body| body.text),
                footer: self.footer.map(|footer| footer.text),
                action,
                products: Vec::new(),
            }),
        }
    }
}

impl HeaderBody {
    /// None if it lacks its file.
    fn read(self, faults: &mut Vec<Fault>) -> Option<InteractiveHeader> {
        let parts = [
            ("text", HeaderType::Text, self.text.is_some()),
            ("image", HeaderType::Image, self.image.is_some()),
            ("video", HeaderType::Video, self.video.is_some()),
            ("document", HeaderType::Document, self.document.is_some()),
        ];
        for (name, own, is_there) in parts {
            if is_there && own != self.kind {
                faults.push(unexpected("/interactive/header", name));
            }
        }
        let (kind, file) = match self.kind {
            HeaderType::Text => {
                return Some(InteractiveHeader::Text(self.text.unwrap_or_default()));
            }
            HeaderType::Image => (MediaKind::Image, self.image),
            HeaderType::Video => (MediaKind::Video, self.video),
            HeaderType::Document => (MediaKind::Document, self.document),
        };
        let Some(file) = file else {
            let pointer = format!("/interactive/header/{}", kind.as_str());
            faults.push(Fault::new(pointer, "required", "is required for this type"));
            return None;
        };
        Some(InteractiveHeader::File {
            kind,
            media_id: file.media_id.into(),
            filename: file.filename,
        })
    }
}

fn unexpected(at: &str, name: &str) -> Fault {
    let detail = "does not go with this type";
    Fault::new(format!("{at}/{name}"), "unexpected", detail)
}

impl From<Interactive> for InteractiveBody {
    fn from(interactive: Interactive) -> Self {
        let (kind, action) = ActionBody::show(interactive.action);
        let words = |text| WordsBody { text };
        Self {
            kind,
            header: interactive.header.map(Into::into),
            body: interactive.body.map(words),
            footer: interactive.footer.map(words),
            action,
            products: interactive.products.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<InteractiveHeader> for HeaderBody {
    fn from(header: InteractiveHeader) -> Self {
        let empty = |kind| Self {
            kind,
            text: None,
            image: None,
            video: None,
            document: None,
        };
        let (kind, file) = match header {
            InteractiveHeader::Text(text) => {
                return Self {
                    text: Some(text),
                    ..empty(HeaderType::Text)
                };
            }
            InteractiveHeader::File {
                kind,
                media_id,
                filename,
            } => {
                let media_id = media_id.uuid();
                (kind, Some(HeaderFileBody { media_id, filename }))
            }
        };
        match kind {
            MediaKind::Video => Self {
                video: file,
                ..empty(HeaderType::Video)
            },
            MediaKind::Document => Self {
                document: file,
                ..empty(HeaderType::Document)
            },
            // No other kinds are composed.
            MediaKind::Image | MediaKind::Audio | MediaKind::Sticker => Self {
                image: file,
                ..empty(HeaderType::Image)
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// As it is shown after it was sent.
    fn shown(sent: &Value) -> Value {
        let body: InteractiveBody = serde_json::from_value(sent.clone()).unwrap();
        let interactive = body.read().unwrap();
        serde_json::to_value(InteractiveBody::from(interactive)).unwrap()
    }

    #[test]
    fn each_type_is_shown_as_it_was_sent() {
        let media_id = Uuid::nil();
        for (kind, header, action) in [
            (
                "button",
                json!({ "type": "document", "document": { "mediaId": media_id, "filename": "a.pdf" } }),
                json!({ "buttons": [{ "type": "reply", "reply": { "id": "yes", "title": "Yes" } }] }),
            ),
            (
                "list",
                json!({ "type": "text", "text": "Sizes" }),
                json!({ "button": "Menu", "sections": [{ "title": "A", "rows": [
                    { "id": "s", "title": "Small", "description": "1 person" },
                ]}]}),
            ),
            (
                "ctaUrl",
                json!({ "type": "image", "image": { "mediaId": media_id } }),
                json!({ "parameters": { "displayText": "Open", "url": "https://a.example" } }),
            ),
            (
                "productList",
                json!({ "type": "text", "text": "Offers" }),
                json!({ "sections": [{ "productItems": [{ "variantId": media_id }] }] }),
            ),
            ("product", Value::Null, json!({ "variantId": media_id })),
            (
                "catalog",
                Value::Null,
                json!({ "parameters": { "thumbnailVariantId": media_id } }),
            ),
            ("catalog", Value::Null, json!({})),
            ("locationRequest", Value::Null, json!({})),
        ] {
            let mut sent = json!({
                "type": kind, "body": { "text": "Hi" }, "footer": { "text": "Bye" }, "action": action,
            });
            if !header.is_null() {
                sent["header"] = header;
            }
            assert_eq!(shown(&sent), sent);
        }
    }

    #[test]
    fn what_does_not_go_with_the_type_is_refused() {
        let sent = json!({
            "type": "button",
            "header": { "type": "image", "text": "No" },
            "action": { "name": "cta_url", "buttons": [], "button": "Menu", "variantId": Uuid::nil() },
        });
        let body: InteractiveBody = serde_json::from_value(sent).unwrap();
        let problem = body.read().unwrap_err();
        let faults = problem.faults().iter();
        let told: Vec<_> = faults.map(|fault| fault.pointer.as_str()).collect();
        let expected = [
            "/interactive/header/text",
            "/interactive/header/image",
            "/interactive/action/name",
            "/interactive/action/button",
            "/interactive/action/variantId",
        ];
        assert_eq!(told, expected);
    }
}
