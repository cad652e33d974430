//! Taking entries and changes apart into parts.

use chrono::{DateTime, Utc};
use serde_json::{Value, value::RawValue};

use super::{
    MAX_PARTS, Part, Party, Update, account, address_book,
    content::read_error,
    history, message,
    party::identities,
    read::{self, RawObject},
    status,
};
use crate::{
    customers::MarketingConsent,
    whatsapp::{Duty, Pause, PhoneNumberId},
};

/// What the items of one change have in common.
pub(super) struct Change {
    pub(super) position: String,
    business_account_id: Option<String>,
    phone_number_id: Option<PhoneNumberId>,
    pub(super) display_phone_number: Option<String>,
    field: Option<String>,
    pub(super) contacts: Vec<Value>,
    pub(super) received_at: DateTime<Utc>,
}

type ReadItem = fn(&Change, &Value) -> Update;

pub(super) fn read_entry(
    index: usize,
    raw: &RawValue,
    received_at: DateTime<Utc>,
    parts: &mut Vec<Part>,
) {
    let mut context = Change::new(index.to_string(), received_at);
    let Some(entry) = read::object(raw.get()) else {
        return parts.push(context.malformed(raw, "the entry is not an object"));
    };
    context.business_account_id = member(&entry, "id").and_then(|id| read::name(&id, "id"));
    let Some(changes) = entry.get("changes").and_then(|raw| read::list(raw.get())) else {
        return parts.push(context.malformed(raw, "the entry has no changes"));
    };
    if exceeds(parts, changes.len()) {
        return parts.push(context.malformed(raw, "the entry has too many changes"));
    }
    for (change_index, raw) in changes.iter().enumerate() {
        let context = Change {
            position: format!("{index}.{change_index}"),
            business_account_id: context.business_account_id.clone(),
            ..Change::new(String::new(), received_at)
        };
        read_change(context, raw, parts);
    }
}

fn read_change(mut context: Change, raw: &RawValue, parts: &mut Vec<Part>) {
    let Some(change) = read::object(raw.get()) else {
        return parts.push(context.malformed(raw, "the change is not an object"));
    };
    context.field = member(&change, "field").and_then(|field| read::name(&field, "field"));
    let Some(raw_value) = change.get("value") else {
        return parts.push(context.malformed(raw, "the change has no value"));
    };
    if read::is_null(raw_value) {
        return;
    }
    let Some(mut value) = read::object(raw_value.get()) else {
        return parts.push(context.malformed(raw_value, "the change's value is not an object"));
    };
    if exceeds(parts, value.len()) {
        return parts.push(context.malformed(raw_value, "the change's value has too many members"));
    }
    context.read_metadata(&value);

    if context.field.as_deref() == Some("history")
        && let Some(chunks) = value.remove("history")
    {
        history::read_chunks(&context, chunks, parts);
    }
    let lists: &[(&str, ReadItem)] = match context.field.as_deref() {
        Some("messages") => &[
            ("messages", message::read_message),
            ("statuses", status::read_status),
            ("errors", read_account_error),
        ],
        Some("smb_message_echoes") => &[("message_echoes", message::read_echo)],
        // The files of messages whose chunk had placeholders.
        Some("history") => &[("messages", history::read_message)],
        Some("smb_app_state_sync") => &[("state_sync", address_book::read_entry)],
        Some("user_preferences") => &[("user_preferences", read_preference)],
        Some("user_id_update") => &[("user_id_update", read_user_id_update)],
        _ => &[],
    };
    if lists.is_empty() {
        return parts.push(context.part(context.position.clone(), raw_value, read_whole));
    }
    for (name, read) in lists {
        if let Some(items) = value.get(*name) {
            context.read_items(name, items, *read, parts);
        }
    }
    parts.extend(context.unnamed(&value, lists));
}

/// Whether the parts would be too many with so many more.
pub(super) fn exceeds(parts: &[Part], more: usize) -> bool {
    parts.len().saturating_add(more) > MAX_PARTS
}

/// An entry's or change's member, in an object of its own so that it reads like any other.
fn member(object: &RawObject<'_>, name: &str) -> Option<Value> {
    let value = read::value(object.get(name)?.get())?;
    Some(Value::Object(
        [(name.to_owned(), value)].into_iter().collect(),
    ))
}

impl Change {
    fn new(position: String, received_at: DateTime<Utc>) -> Self {
        Self {
            position,
            business_account_id: None,
            phone_number_id: None,
            display_phone_number: None,
            field: None,
            contacts: Vec::new(),
            received_at,
        }
    }

    fn read_metadata(&mut self, value: &RawObject<'_>) {
        let parsed = |name| value.get(name).and_then(|raw| read::value(raw.get()));
        if let Some(metadata) = parsed("metadata") {
            self.phone_number_id = read::name(&metadata, "phone_number_id").map(PhoneNumberId);
            self.display_phone_number = read::text(&metadata, "display_phone_number");
        }
        let contacts = value.get("contacts").and_then(|raw| read::list(raw.get()));
        self.contacts = contacts
            .filter(|contacts| contacts.len() <= MAX_PARTS)
            .unwrap_or_default()
            .iter()
            .filter_map(|raw| read::value(raw.get()))
            .collect();
    }

    fn read_items(&self, name: &str, raw: &RawValue, read: ReadItem, parts: &mut Vec<Part>) {
        let position = format!("{}.{name}", self.position);
        let Some(items) = read::list(raw.get()) else {
            let malformed = |_: &Self, _: &Value| Update::Malformed("it should be a list");
            return parts.push(self.part(position, raw, malformed));
        };
        if exceeds(parts, items.len()) {
            let malformed = |_: &Self, _: &Value| Update::Malformed("the list is too long");
            return parts.push(self.part(position, raw, malformed));
        }
        let items = items.iter().enumerate();
        let items = items.filter(|(_, raw)| !read::is_null(raw));
        parts.extend(items.map(|(index, raw)| self.part(format!("{position}.{index}"), raw, read)));
    }

    /// What stands beside the lists that are read.
    fn unnamed(&self, value: &RawObject<'_>, lists: &[(&str, ReadItem)]) -> Vec<Part> {
        const READ_ALREADY: [&str; 3] = ["messaging_product", "metadata", "contacts"];
        value
            .iter()
            .filter(|(name, _)| {
                let name = name.as_str();
                !READ_ALREADY.contains(&name) && !lists.iter().any(|(known, _)| *known == name)
            })
            .map(|(name, raw)| {
                self.part(format!("{}.{name}", self.position), raw, |_, _| {
                    Update::Unused
                })
            })
            .collect()
    }

    pub(super) fn part(
        &self,
        position: String,
        raw: &RawValue,
        read: impl Fn(&Self, &Value) -> Update,
    ) -> Part {
        let (update, original) = match read::value(raw.get()) {
            Some(original) => (read(self, &original), original),
            None => (
                Update::Malformed("it is not readable as JSON"),
                Value::String(raw.get().to_owned()),
            ),
        };
        Part {
            position,
            business_account_id: self.owner(&update, &original),
            phone_number_id: self.phone_number_id.clone(),
            display_phone_number: self
                .display_phone_number
                .clone()
                .or_else(|| read::text(&original, "display_phone_number")),
            field: self.field.clone(),
            update,
            original,
        }
    }

    /// Whether it is the business itself.
    pub(super) fn is_ours(&self, party: &Party) -> bool {
        let digits =
            |number: &str| -> String { number.chars().filter(char::is_ascii_digit).collect() };
        let ours = self.display_phone_number.as_deref().map(digits);
        party.wa_id.is_some() && party.wa_id == ours
    }

    /// For partner events the entry names the partner's portfolio, not the business account.
    fn owner(&self, update: &Update, original: &Value) -> Option<String> {
        let named = match update {
            Update::Account(_) | Update::Unused => original.get("waba_info"),
            _ => None,
        };
        named
            .and_then(|info| read::name(info, "waba_id"))
            .or_else(|| self.business_account_id.clone())
    }

    fn malformed(&self, raw: &RawValue, reason: &'static str) -> Part {
        Part {
            update: Update::Malformed(reason),
            ..self.part(self.position.clone(), raw, |_, _| Update::Unused)
        }
    }
}

fn read_whole(context: &Change, value: &Value) -> Update {
    context
        .field
        .as_deref()
        .and_then(|field| account::read_change(field, value))
        .map_or(Update::Unused, Update::Account)
}

/// Most errors tell of a moment, and leave nothing to do.
fn read_account_error(_: &Change, error: &Value) -> Update {
    let error = read_error(error);
    match error.duty() {
        Duty::Pause(Pause::Account(_)) => Update::Error(error),
        _ => Update::Unused,
    }
}

fn read_preference(context: &Change, preference: &Value) -> Update {
    let category = read::text(preference, "category");
    if category.is_some_and(|category| category != "marketing_messages") {
        return Update::Unused;
    }
    let consent = match read::text(preference, "value").as_deref() {
        Some("stop") => MarketingConsent::OptedOut,
        Some("resume" | "signup") => MarketingConsent::OptedIn,
        _ => return Update::Unused,
    };
    let party = Party::read(preference, ["wa_id", "user_id", "parent_user_id"]);
    match party.complete(&context.contacts) {
        Some(party) => Update::Preference {
            party,
            consent,
            occurred_at: read::timestamp(preference, context.received_at),
        },
        None => Update::Malformed("it names nobody"),
    }
}

fn read_user_id_update(_: &Change, change: &Value) -> Update {
    let id = |kind: &str, when: &str| read::text(change.get(kind)?, when);
    let party = Party {
        user_id: id("user_id", "previous"),
        parent_user_id: id("parent_user_id", "previous"),
        ..Party::read(change, ["wa_id", "", ""])
    };
    let current = identities(
        id("user_id", "current").as_deref(),
        None,
        id("parent_user_id", "current").as_deref(),
    );
    if party.identities().is_empty() || current.is_empty() {
        return Update::Malformed("it does not tell whose id became which");
    }
    Update::UserIdChange { party, current }
}
