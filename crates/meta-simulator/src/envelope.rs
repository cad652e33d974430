//! What is around the news in a webhook, and what is the same in all of them.

use std::mem;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::{Customer, accounts::Number};

/// A whole webhook of one change of a number's chats.
pub(crate) fn envelope(number: &Number, field: &str, value: &Value) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": number.business_account_id,
            "changes": [{"field": field, "value": value}],
        }],
    })
}

/// A whole webhook of what happened to a business account, which says when.
pub(crate) fn timed_envelope(
    account: &str,
    field: &str,
    value: &Value,
    now: DateTime<Utc>,
) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": account,
            "time": now.timestamp(),
            "changes": [{"field": field, "value": value}],
        }],
    })
}

/// The `value` of a change of a number's chats, with `content` besides what they all have.
pub(crate) fn value(number: &Number, content: Value) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": number.wa_id(),
            "phone_number_id": number.phone_number_id,
        },
    });
    if let (Value::Object(value), Value::Object(content)) = (&mut value, content) {
        value.extend(content);
    }
    drop_nulls(&mut value);
    value
}

/// An item of `contacts[]`.
pub(crate) fn contact_object(customer: &Customer) -> Value {
    let name = Some(&customer.name).filter(|name| !name.is_empty());
    let mut profile = json!({"name": name, "username": customer.username});
    drop_nulls(&mut profile);
    let is_known = profile != json!({});
    let mut contact = json!({
        "profile": is_known.then_some(profile),
        "wa_id": customer.phone,
        "user_id": customer.user_id,
        "parent_user_id": customer.parent_user_id,
    });
    drop_nulls(&mut contact);
    contact
}

/// The beginning of a message object: whom it is from.
pub(crate) fn sender(customer: &Customer) -> Map<String, Value> {
    let keys = [
        ("from", &customer.phone),
        ("from_user_id", &customer.user_id),
        ("from_parent_user_id", &customer.parent_user_id),
    ];
    let known = keys
        .into_iter()
        .filter_map(|(key, id)| Some((key.to_owned(), id.clone()?.into())));
    known.collect()
}

/// Meta leaves out what is not there.
pub(crate) fn drop_nulls(value: &mut Value) {
    if let Value::Object(object) = value {
        let kept = mem::take(object)
            .into_iter()
            .filter(|(_, value)| !value.is_null());
        *object = kept.collect();
    }
}
