use serde_json::{Value, value::RawValue};

use super::read;

/// What must be known of a delivery before it is stored. Read from its first item alone,
/// and not to be trusted: it may have been read before the signature was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routing {
    pub business_account_id: Option<String>,
    pub phone_number_id: Option<String>,
    /// Whom the item concerns.
    pub person: Option<String>,
}

impl Routing {
    /// Deliveries that concern the same person should not overtake each other. Ids that are
    /// too long to be true order nothing.
    pub fn ordering_key(&self) -> Option<String> {
        const MAX_LENGTH: usize = 250;
        let (phone_number_id, person) = (self.phone_number_id.as_ref()?, self.person.as_ref()?);
        let key = format!("contact:{phone_number_id}:{person}");
        (key.len() <= MAX_LENGTH).then_some(key)
    }
}

/// Reads as much as can be read.
pub fn routing(body: &[u8]) -> Routing {
    let mut routing = Routing::default();
    let _: Option<()> = std::str::from_utf8(body)
        .ok()
        .and_then(|body| read_into(&mut routing, body));
    routing
}

fn read_into(routing: &mut Routing, body: &str) -> Option<()> {
    let entry = read::object(first(read::object(body)?.get("entry")?)?)?;
    routing.business_account_id = entry.get("id").and_then(|raw| string(raw));
    let change = read::object(first(entry.get("changes")?)?)?;
    let value = read::object(change.get("value")?.get())?;
    let metadata = read::value(value.get("metadata")?.get())?;
    routing.phone_number_id = read::text(&metadata, "phone_number_id");
    let item = ["messages", "statuses", "message_echoes"]
        .iter()
        .find_map(|name| read::object(first(value.get(*name)?)?))?;
    routing.person = [
        "to",
        "to_user_id",
        "from",
        "from_user_id",
        "recipient_id",
        "recipient_user_id",
        "id",
    ]
    .iter()
    .find_map(|name| string(item.get(*name)?));
    Some(())
}

fn first(list: &RawValue) -> Option<&str> {
    read::list(list.get())?.first().map(|raw| raw.get())
}

fn string(raw: &RawValue) -> Option<String> {
    match read::value(raw.get())? {
        Value::String(text) => Some(text),
        _ => None,
    }
}
