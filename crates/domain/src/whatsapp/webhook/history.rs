//! The history of a phone: chunks of threads of messages, and the files that come after them.
//! Source: cloud API 5.5, coexistence.

use serde_json::{Value, json, value::RawValue};

use super::{
    Part, Party, Update, WrittenMessage,
    change::{Change, exceeds},
    content::read_error,
    message::{ADDRESSEE, SENDER, read_written},
    read,
};
use crate::{
    chats::{Direction, MessageStatus},
    whatsapp::HistoryReport,
};

/// A message that was written before the program was connected.
#[derive(Clone, Debug, PartialEq)]
pub struct PastMessage {
    pub written: WrittenMessage,
    pub direction: Direction,
    /// What became of it on the phone.
    pub status: MessageStatus,
}

/// Each message of a chunk is a part of its own, and the last part tells of the progress.
pub(super) fn read_chunks(change: &Change, raw: &RawValue, parts: &mut Vec<Part>) {
    let position = format!("{}.history", change.position);
    let Some(chunks) = list(change, &position, raw, parts) else {
        return;
    };
    for (index, raw) in present(chunks) {
        let position = format!("{position}.{index}");
        let Some(chunk) = read::object(raw.get()) else {
            parts.push(malformed(
                change,
                position,
                raw,
                "the chunk is not an object",
            ));
            continue;
        };
        if let Some(threads) = chunk.get("threads") {
            read_threads(change, &format!("{position}.threads"), threads, parts);
        }
        if let Some(errors) = chunk.get("errors") {
            parts.push(change.part(format!("{position}.errors"), errors, read_refusal));
        }
        if let Some(metadata) = chunk.get("metadata") {
            parts.push(change.part(format!("{position}.metadata"), metadata, read_progress));
        }
    }
}

fn read_threads(change: &Change, position: &str, raw: &RawValue, parts: &mut Vec<Part>) {
    let Some(threads) = list(change, position, raw, parts) else {
        return;
    };
    for (index, raw) in present(threads) {
        let position = format!("{position}.{index}");
        let Some(thread) = read::object(raw.get()) else {
            parts.push(malformed(
                change,
                position,
                raw,
                "the thread is not an object",
            ));
            continue;
        };
        let Some(messages) = thread.get("messages") else {
            continue;
        };
        let customer = thread.get("id").map(|id| named_after(id));
        let customer = customer.unwrap_or_default();
        let position = format!("{position}.messages");
        let Some(messages) = list(change, &position, messages, parts) else {
            continue;
        };
        parts.extend(present(messages).map(|(index, raw)| {
            change.part(format!("{position}.{index}"), raw, |change, message| {
                read_past(change, message, &customer)
            })
        }));
    }
}

fn list<'a>(
    change: &Change,
    position: &str,
    raw: &'a RawValue,
    parts: &mut Vec<Part>,
) -> Option<Vec<&'a RawValue>> {
    let reason = match read::list(raw.get()) {
        Some(items) if !exceeds(parts, items.len()) => return Some(items),
        Some(_) => "the list is too long",
        None => "it should be a list",
    };
    parts.push(malformed(change, position.to_owned(), raw, reason));
    None
}

/// Those that were not taken out, with their places.
fn present(items: Vec<&RawValue>) -> impl Iterator<Item = (usize, &RawValue)> {
    let items = items.into_iter().enumerate();
    items.filter(|(_, raw)| !read::is_null(raw))
}

fn malformed(change: &Change, position: String, raw: &RawValue, reason: &'static str) -> Part {
    change.part(position, raw, |_, _| Update::Malformed(reason))
}

/// The customer of a thread: its name is a phone number or, of who hides it, a user id.
fn named_after(id: &RawValue) -> Party {
    let id = read::value(id.get()).map(|id| json!({ "id": id }));
    let Some(id) = id.and_then(|id| Party::read(&id, ["id", "", ""]).wa_id) else {
        return Party::default();
    };
    if id.bytes().all(|byte| byte.is_ascii_digit()) {
        Party {
            wa_id: Some(id),
            ..Party::default()
        }
    } else {
        Party {
            user_id: Some(id),
            ..Party::default()
        }
    }
}

/// A message whose file comes after its chunk.
pub(super) fn read_message(change: &Change, message: &Value) -> Update {
    read_past(change, message, &Party::default())
}

fn read_past(change: &Change, message: &Value, customer: &Party) -> Update {
    let context = message.get("history_context").unwrap_or(&Value::Null);
    let [from, to] = [SENDER, ADDRESSEE].map(|names| Party::read(message, names));
    let is_to_us = change.is_ours(&to);
    let is_from_us = read::boolean(context, "from_me")
        .unwrap_or_else(|| change.is_ours(&from) || (!is_to_us && !to.identities().is_empty()));
    let (direction, status) = if is_from_us {
        (Direction::Outbound, read_status(context))
    } else {
        (Direction::Inbound, MessageStatus::Received)
    };
    // Some sources write the two the other way round.
    let named = if is_from_us && !is_to_us { to } else { from };
    match read_written(change, message, named.or(customer)) {
        Ok(written) => Update::Past(Box::new(PastMessage {
            written,
            direction,
            status,
        })),
        Err(reason) => Update::Malformed(reason),
    }
}

fn read_status(context: &Value) -> MessageStatus {
    let status = read::text(context, "status").map(|status| status.to_ascii_lowercase());
    match status.as_deref() {
        Some("read" | "played") => MessageStatus::Read,
        Some("delivered") => MessageStatus::Delivered,
        Some("error") => MessageStatus::Failed,
        _ => MessageStatus::Sent,
    }
}

fn read_progress(_: &Change, metadata: &Value) -> Update {
    let number = |name, most: u8| {
        let number = read::integer(metadata, name)?.clamp(0, most.into());
        u8::try_from(number).ok()
    };
    match (number("phase", 2), number("progress", 100)) {
        (Some(phase), Some(percent)) => Update::History(HistoryReport::Progress { phase, percent }),
        _ => Update::Malformed("it does not tell how far the history has come"),
    }
}

fn read_refusal(_: &Change, errors: &Value) -> Update {
    match errors.as_array().and_then(|errors| errors.first()) {
        Some(error) => Update::History(HistoryReport::Error(read_error(error))),
        None => Update::Unused,
    }
}
