//! What somebody wants to send, and whether Meta would take it.

mod products;
mod template;

use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::{
        Attachment, ChatId, ContactCard, ContentFaults, Interactive, Location, MAX_CONTACT_CARDS,
        MessageContent, MessageId, Text, TextError, is_emoji,
    },
    storage::Storage,
    store::Repositories,
    whatsapp::{MediaFormat, MediaId, MediaKind, MediaState},
};

use super::{sees_file, sight::sees_chat};
use crate::{Actor, Error, FieldError};

pub use template::{HeaderDraft, TemplateDraft};

/// What somebody wants to send, not yet known to be sendable.
#[derive(Clone, Debug, PartialEq)]
pub enum Draft {
    Text {
        body: String,
        preview_url: bool,
    },
    File {
        kind: MediaKind,
        media_id: MediaId,
        caption: Option<String>,
        filename: Option<String>,
        /// Of audio: shown as a voice message.
        voice: Option<bool>,
    },
    Location(Location),
    Contacts(Vec<ContactCard>),
    Reaction {
        message_id: MessageId,
        /// None, or an empty one, takes the reaction back.
        emoji: Option<String>,
    },
    Interactive(Interactive),
    Template(TemplateDraft),
}

/// A draft that Meta would take.
#[derive(Clone, Debug)]
pub(super) struct Sendable {
    pub(super) content: MessageContent,
    /// Of a reaction: the chat of the message that it is to.
    pub(super) only_in: Option<ChatId>,
}

/// How old a message may be that is reacted to. Source: cloud API 2.3.
const REACTABLE_FOR: Duration = Duration::days(30);

impl Draft {
    /// Refuses, with all faults at once, what Meta would refuse. `answers` is whether it
    /// shall quote a message.
    pub(super) async fn check(
        self,
        data: &dyn Repositories,
        storage: &dyn Storage,
        actor: &Actor,
        answers: bool,
        now: DateTime<Utc>,
    ) -> Result<Sendable, Error> {
        let mut faults = Vec::new();
        if answers && matches!(self, Self::Reaction { .. } | Self::Template(_)) {
            let detail = "does not go with this type";
            faults.push(FieldError::new("/replyToId", "unexpected", detail));
        }
        let mut only_in = None;
        let content = match self {
            Self::Text { body, preview_url } => check_text(body, preview_url, &mut faults),
            Self::File {
                kind,
                media_id,
                caption,
                filename,
                voice,
            } => {
                let attachment = Attachment {
                    media_id,
                    mime_type: String::new(),
                    caption,
                    filename,
                    voice,
                    animated: None,
                };
                check_file((data, actor), kind, attachment, &mut faults).await?
            }
            Self::Location(place) => {
                check(&mut faults, "", |found| place.check("/location", found));
                Some(MessageContent::Location(place))
            }
            Self::Contacts(cards) => check_contacts(&cards, &mut faults)?,
            Self::Reaction { message_id, emoji } => {
                let emoji = emoji.filter(|emoji| !emoji.is_empty());
                let found =
                    check_reaction((data, actor), message_id, emoji, now, &mut faults).await?;
                found.map(|(content, chat_id)| {
                    only_in = Some(chat_id);
                    content
                })
            }
            Self::Interactive(mut interactive) => {
                check(&mut faults, "/interactive", |found| {
                    interactive.check(found);
                });
                if let Some((kind, id)) = interactive.file() {
                    let at = format!("/interactive/header/{}/mediaId", kind.as_str());
                    find_file((data, actor), id, &[kind], &at, &mut faults).await?;
                }
                products::name(data, storage, &mut interactive, &mut faults).await?;
                Some(MessageContent::InteractiveMessage(interactive))
            }
            Self::Template(template) => {
                let template = template.check((data, actor), &mut faults).await?;
                template.map(MessageContent::Template)
            }
        };
        match content {
            Some(content) if faults.is_empty() => Ok(Sendable { content, only_in }),
            _ => Err(Error::Invalid(faults)),
        }
    }
}

/// Where a content names the stored file that goes with it.
pub(super) fn file_pointer(content: &MessageContent) -> String {
    match content {
        MessageContent::Template(_) => "/template/headerMediaId".to_owned(),
        MessageContent::InteractiveMessage(message) => {
            let kind = message.file().map_or("image", |(kind, _)| kind.as_str());
            format!("/interactive/header/{kind}/mediaId")
        }
        content => format!("/{}/mediaId", content.kind()),
    }
}

/// Adds what the domain finds wrong with what stands at a place.
fn check(faults: &mut Vec<FieldError>, at: &str, find: impl FnOnce(&mut ContentFaults)) {
    let mut found = ContentFaults::default();
    find(&mut found);
    let found = found.0.into_iter();
    faults.extend(found.map(|fault| {
        let pointer = format!("{at}{}", fault.pointer);
        FieldError::new(&pointer, fault.code, fault.detail)
    }));
}

fn check_text(
    body: String,
    preview_url: bool,
    faults: &mut Vec<FieldError>,
) -> Option<MessageContent> {
    match Text::compose(body, preview_url) {
        Ok(text) => Some(MessageContent::Text(text)),
        Err(error) => {
            let code = match error {
                TextError::Empty => "required",
                TextError::TooLong => "too_long",
            };
            faults.push(FieldError::new("/text/body", code, error));
            None
        }
    }
}

async fn check_file(
    seen: Seen<'_>,
    kind: MediaKind,
    mut attachment: Attachment,
    faults: &mut Vec<FieldError>,
) -> Result<Option<MessageContent>, Error> {
    let at = format!("/{}", kind.as_str());
    check(faults, &at, |found| attachment.check(kind, found));
    let pointer = format!("{at}/mediaId");
    let Some(file) = find_file(seen, attachment.media_id, &[kind], &pointer, faults).await? else {
        return Ok(None);
    };
    if attachment.voice == Some(true) && !file.format.is_voice() {
        let detail = "must be a mono Opus recording to be shown as a voice message";
        let pointer = format!("{at}/voice");
        faults.push(FieldError::new(&pointer, "unsupported_type", detail));
    }
    attachment.mime_type = file.format.mime_type.to_owned();
    if kind == MediaKind::Document && attachment.filename.is_none() {
        attachment.filename = file.name;
    }
    Ok(Some(match kind {
        MediaKind::Image => MessageContent::Image(attachment),
        MediaKind::Video => MessageContent::Video(attachment),
        MediaKind::Audio => MessageContent::Audio(attachment),
        MediaKind::Document => MessageContent::Document(attachment),
        MediaKind::Sticker => MessageContent::Sticker(attachment),
    }))
}

struct StoredFile {
    /// As what it may be sent, of the kinds that were asked for.
    kind: MediaKind,
    format: MediaFormat,
    name: Option<String>,
}

/// What there is, and who looks at it.
type Seen<'a> = (&'a dyn Repositories, &'a Actor);

/// The organization's file, if the actor sees it and it can be sent as one of these kinds.
async fn find_file(
    (data, actor): Seen<'_>,
    id: MediaId,
    kinds: &[MediaKind],
    pointer: &str,
    faults: &mut Vec<FieldError>,
) -> Result<Option<StoredFile>, Error> {
    let mut refuse = |code, detail: &str| {
        faults.push(FieldError::new(pointer, code, detail));
        Ok(None)
    };
    let media = match data.media().find(id).await? {
        Some(media) if sees_file(data, actor, &media).await? => media,
        _ => return refuse("not_found", "is not a file that was uploaded here"),
    };
    let size = match media.state {
        MediaState::Stored { size, .. } => size,
        MediaState::Pending => {
            return refuse("media_pending", "is still being fetched from WhatsApp");
        }
        MediaState::Lost { .. } => return refuse("media_lost", "could not be had from WhatsApp"),
    };
    let format = MediaFormat::of(&media.mime_type);
    let fitting = format.and_then(|format| {
        let mut kinds = kinds.iter();
        kinds.find_map(|kind| Some((format, *kind, format.max_size_as(*kind)?)))
    });
    match fitting {
        Some((format, kind, max_size)) if size <= max_size => Ok(Some(StoredFile {
            kind,
            format,
            name: media.file_name,
        })),
        Some((.., max_size)) => {
            let detail = format!("must have at most {max_size} bytes to be sent as this type");
            refuse("too_large", &detail)
        }
        None => {
            let detail = format!("is {}, which cannot be sent as this type", media.mime_type);
            refuse("unsupported_type", &detail)
        }
    }
}

fn check_contacts(
    cards: &[ContactCard],
    faults: &mut Vec<FieldError>,
) -> Result<Option<MessageContent>, Error> {
    check(faults, "", |found| {
        found.count("/contacts", cards.len(), &(1..=MAX_CONTACT_CARDS));
        for (index, card) in cards.iter().enumerate() {
            card.check(&format!("/contacts/{index}"), found);
        }
    });
    let cards: Result<_, _> = cards.iter().map(ContactCard::to_value).collect();
    let cards = cards.map_err(Error::internal)?;
    Ok(Some(MessageContent::Contacts(cards)))
}

async fn check_reaction(
    (data, actor): Seen<'_>,
    message_id: MessageId,
    emoji: Option<String>,
    now: DateTime<Utc>,
    faults: &mut Vec<FieldError>,
) -> Result<Option<(MessageContent, ChatId)>, Error> {
    if emoji.as_ref().is_some_and(|emoji| !is_emoji(emoji)) {
        let detail = "must be one emoji, or null to take the reaction back";
        faults.push(FieldError::new("/reaction/emoji", "invalid_emoji", detail));
    }
    let mut refuse = |code, detail: &str| {
        faults.push(FieldError::new("/reaction/messageId", code, detail));
        Ok(None)
    };
    let target = match data.messages().find(message_id).await? {
        Some(target) if sees_chat(data, actor, target.chat_id).await? => target,
        _ => return refuse("not_found", "is not a message of this chat"),
    };
    if target.annotates().is_some() || target.revoked_at.is_some() {
        return refuse("not_reactable", "is not a message that one can react to");
    }
    if now - target.created_at >= REACTABLE_FOR {
        return refuse("too_old", "is older than 30 days");
    }
    let Some(wamid) = target.wamid else {
        return refuse("not_sent", "has not been sent yet");
    };
    let content = MessageContent::Reaction {
        message_id: wamid,
        emoji,
    };
    Ok(Some((content, target.chat_id)))
}
