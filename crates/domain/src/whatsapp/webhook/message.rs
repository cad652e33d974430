use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{File, Party, Update, change::Change, content::read_content, party::identities, read};
use crate::{chats::MessageContent, whatsapp::Identity};

/// The members of a message that tell who wrote it, and to whom: phone, user id, parent user id.
pub(super) const SENDER: [&str; 3] = ["from", "from_user_id", "from_parent_user_id"];
pub(super) const ADDRESSEE: [&str; 3] = ["to", "to_user_id", "to_parent_user_id"];

/// A message that somebody wrote on WhatsApp.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenMessage {
    pub wamid: String,
    /// The customer: who wrote it, or, of the business's own messages, to whom.
    pub party: Party,
    /// Ids that the customer has from now on. Of system messages.
    pub new_identities: Vec<Identity>,
    pub occurred_at: DateTime<Utc>,
    pub content: MessageContent,
    /// The file that the content speaks of.
    pub file: Option<File>,
    /// The wamid of the message that it answers.
    pub reply_to: Option<String>,
    /// What else Meta says of its context: forwarding, the product asked about; in groups
    /// `group_id`, and `participant`, who wrote it.
    pub context: Option<Value>,
    pub referral: Option<Value>,
}

pub(super) fn read_message(change: &Change, message: &Value) -> Update {
    let mut party = Party::read(message, SENDER);
    let system = message.get("system");
    if party.identities().is_empty()
        && let Some(system) = system
    {
        party = Party::read(system, ["customer", "", ""]);
    }
    match read_written(change, message, party) {
        Ok(written) => Update::Message(Box::new(WrittenMessage {
            new_identities: system.map(new_identities).unwrap_or_default(),
            ..written
        })),
        Err(reason) => Update::Malformed(reason),
    }
}

/// An echo's customer is its addressee. Some sources write the two the other way round.
pub(super) fn read_echo(change: &Change, message: &Value) -> Update {
    let mut party = Party::read(message, ADDRESSEE);
    if change.is_ours(&party) {
        party = Party::read(message, SENDER);
    }
    match read_written(change, message, party) {
        Ok(written) => Update::Echo(Box::new(written)),
        Err(reason) => Update::Malformed(reason),
    }
}

pub(super) fn read_written(
    change: &Change,
    message: &Value,
    party: Party,
) -> Result<WrittenMessage, &'static str> {
    let wamid = read::text(message, "id").ok_or("the message has no id")?;
    let party = party
        .complete(&change.contacts)
        .ok_or("the message has no sender")?;
    let (content, file) = read_content(message);
    Ok(WrittenMessage {
        wamid,
        new_identities: Vec::new(),
        occurred_at: read::timestamp(message, change.received_at),
        content,
        file,
        reply_to: message
            .get("context")
            .and_then(|quoting| read::text(quoting, "id")),
        context: read_context(message, &party),
        referral: message.get("referral").filter(|r| r.is_object()).cloned(),
        party,
    })
}

fn read_context(message: &Value, party: &Party) -> Option<Value> {
    let mut context = match message.get("context") {
        Some(Value::Object(context)) => context.clone(),
        _ => Map::new(),
    };
    context.remove("id");
    context.remove("from");
    if let Some(group_id) = read::text(message, "group_id") {
        let participant = party.identities().into_iter().next().map(|id| id.value);
        context.insert("group_id".into(), group_id.into());
        context.insert("participant".into(), participant.into());
    }
    (!context.is_empty()).then_some(Value::Object(context))
}

/// Source: cloud API 5.5, `system`; `new_wa_id` is an old spelling.
fn new_identities(system: &Value) -> Vec<Identity> {
    let Party {
        wa_id,
        user_id,
        parent_user_id,
        ..
    } = Party::read(system, ["wa_id", "user_id", "parent_user_id"]);
    let wa_id = wa_id.or_else(|| Party::read(system, ["new_wa_id", "", ""]).wa_id);
    identities(
        user_id.as_deref(),
        wa_id.as_deref(),
        parent_user_id.as_deref(),
    )
}
