use domain::{chats::MessageContent, whatsapp::OutgoingContent};

use crate::Error;

/// The content as Meta is asked to send it; `meta_id` is of the file in it.
pub(super) fn content(
    content: &MessageContent,
    meta_id: Option<String>,
) -> Result<OutgoingContent, Error> {
    if let (Some((kind, attachment)), Some(meta_id)) = (content.attachment(), &meta_id) {
        return Ok(OutgoingContent::File {
            kind,
            meta_id: meta_id.clone(),
            attachment: attachment.clone(),
        });
    }
    Ok(match (content, meta_id) {
        (MessageContent::Text(text), _) => OutgoingContent::Text(text.clone()),
        (MessageContent::Location(place), _) => OutgoingContent::Location(place.clone()),
        (MessageContent::Contacts(cards), _) => OutgoingContent::Contacts(cards.clone()),
        (MessageContent::Reaction { message_id, emoji }, _) => OutgoingContent::Reaction {
            wamid: message_id.clone(),
            emoji: emoji.clone(),
        },
        (MessageContent::InteractiveMessage(interactive), header_meta_id) => {
            OutgoingContent::Interactive {
                interactive: interactive.clone(),
                header_meta_id,
            }
        }
        (MessageContent::Template(template), header_meta_id) => OutgoingContent::Template {
            template: template.clone(),
            header_meta_id,
        },
        (other, _) => {
            return Err(Error::internal(format!(
                "a message of type {} cannot be sent",
                other.kind()
            )));
        }
    })
}
