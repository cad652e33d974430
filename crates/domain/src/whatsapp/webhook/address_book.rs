use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Party, Update, change::Change, read};

/// What a phone's address book has come to say of somebody. Source: cloud API 5.5, coexistence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressBookEntry {
    /// With the name that the address book has.
    pub party: Party,
    /// The owner has taken the entry out, rather than written or changed it.
    pub is_removed: bool,
    pub written_at: DateTime<Utc>,
}

pub(super) fn read_entry(change: &Change, item: &Value) -> Update {
    if read::text(item, "type").is_some_and(|kind| kind != "contact") {
        return Update::Unused;
    }
    let contact = item.get("contact").unwrap_or(&Value::Null);
    let party = Party::read(contact, ["phone_number", "user_id", "parent_user_id"]);
    let digits = |number: &String| -> String {
        let digits = number.chars().filter(char::is_ascii_digit);
        digits.collect()
    };
    let name = read::text(contact, "full_name").or_else(|| read::text(contact, "first_name"));
    let party = Party {
        wa_id: party
            .wa_id
            .as_ref()
            .map(digits)
            .filter(|number| !number.is_empty()),
        name: name.map(|name| name.trim().to_owned()),
        ..party
    };
    if party.identities().is_empty() {
        return Update::Malformed("the contact has no number");
    }
    let metadata = item.get("metadata").unwrap_or(&Value::Null);
    Update::AddressBook(AddressBookEntry {
        party,
        is_removed: read::text(item, "action").is_some_and(|action| action == "remove"),
        written_at: read::timestamp(metadata, change.received_at),
    })
}
