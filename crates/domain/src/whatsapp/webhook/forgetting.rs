//! Taking a person out of a delivery that is kept as it came.

use serde_json::Value;

use super::{Unreadable, read};
use crate::whatsapp::PhoneNumberId;

/// These name the business's own number.
const METADATA: &str = "metadata";

/// The delivery without what names somebody by these ids, in the parts that are ours by their
/// number and business account. None if that is nothing. Each list keeps its length, so that
/// all else stands where it stood.
pub fn without(
    body: &[u8],
    ids: &[String],
    is_ours: impl Fn(Option<&PhoneNumberId>, Option<&str>) -> bool,
) -> Result<Option<Vec<u8>>, Unreadable> {
    let body = String::from_utf8_lossy(body);
    let mut envelope: Value = serde_json::from_str(&body).map_err(|_| Unreadable)?;
    let entries = list_of(&mut envelope, "entry").ok_or(Unreadable)?;
    let mut is_changed = false;
    for entry in entries {
        let business_account = read::name(entry, "id");
        let changes = list_of(entry, "changes").into_iter().flatten();
        for value in changes.filter_map(|change| change.get_mut("value")) {
            let metadata = value.get("metadata").unwrap_or(&Value::Null);
            let number = read::name(metadata, "phone_number_id").map(PhoneNumberId);
            if is_ours(number.as_ref(), business_account.as_deref()) {
                is_changed |= take_out(value, ids);
            }
        }
    }
    Ok(is_changed.then(|| envelope.to_string().into_bytes()))
}

/// Whether something that was left over names somebody by one of these ids.
pub fn speaks_of(content: &Value, ids: &[String]) -> bool {
    match content {
        // It could not be read as JSON.
        Value::String(text) => ids.iter().any(|id| text.contains(id.as_str())),
        _ => is_named_in(content, ids),
    }
}

fn is_named_in(value: &Value, ids: &[String]) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| is_named_in(item, ids)),
        Value::Object(members) => members.values().any(|member| is_named_in(member, ids)),
        scalar => is_one_of(scalar, ids),
    }
}

fn list_of<'a>(object: &'a mut Value, name: &str) -> Option<&'a mut Vec<Value>> {
    object.get_mut(name)?.as_array_mut()
}

/// Puts nothing in the place of each object that is about the person; whether there was one.
fn take_out(value: &mut Value, ids: &[String]) -> bool {
    if is_about(value, ids) {
        *value = Value::Null;
        return true;
    }
    let mut is_changed = false;
    match value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| is_changed |= take_out(item, ids)),
        Value::Object(members) => members
            .iter_mut()
            .filter(|(name, _)| *name != METADATA)
            .for_each(|(_, member)| is_changed |= take_out(member, ids)),
        _ => {}
    }
    is_changed
}

/// Whether it names the person itself, or in an object in it. What is in its lists may be
/// about others.
fn is_about(value: &Value, ids: &[String]) -> bool {
    let Value::Object(members) = value else {
        return is_one_of(value, ids);
    };
    let members = members.iter().filter(|(name, _)| *name != METADATA);
    members
        .map(|(_, member)| member)
        .any(|member| match member {
            Value::Object(inner) => inner.values().any(|it| is_one_of(it, ids)),
            scalar => is_one_of(scalar, ids),
        })
}

fn is_one_of(scalar: &Value, ids: &[String]) -> bool {
    match scalar {
        Value::String(text) => {
            let bare = text.trim().trim_start_matches('+');
            ids.iter().any(|id| id == bare)
        }
        Value::Number(number) => {
            let digits = number.to_string();
            ids.contains(&digits)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::whatsapp::webhook::{Update, parse};

    const SHEENA: &str = "16505551234";

    fn ids() -> Vec<String> {
        vec![SHEENA.to_owned(), "US.1".to_owned()]
    }

    fn delivery(number: &str, value: Value) -> Value {
        let mut value = value;
        value["metadata"] =
            json!({"phone_number_id": number, "display_phone_number": "15550001111"});
        let change = json!({"field": "messages", "value": value});
        json!({"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [change]}]})
    }

    fn is_ours(number: Option<&PhoneNumberId>, _: Option<&str>) -> bool {
        number.is_some_and(|number| number.0 == "106")
    }

    fn forget(delivery: &Value) -> Option<Value> {
        let body = delivery.to_string();
        let left = without(body.as_bytes(), &ids(), is_ours).unwrap();
        left.map(|left| serde_json::from_slice(&left).unwrap())
    }

    #[test]
    fn what_names_the_person_goes_and_all_else_stays_where_it_was() {
        let value = json!({
            "contacts": [{"wa_id": SHEENA, "profile": {"name": "Sheena"}}, {"wa_id": "49301"}],
            "messages": [
                {"from": SHEENA, "id": "1", "type": "text", "text": {"body": "secret"}},
                {"from": "49301", "id": "2", "type": "text", "text": {"body": "hello"}},
                {"from": 16_505_551_234_u64, "id": "3"},
            ],
            "statuses": [{"id": "4", "recipient_user_id": "US.1"}],
        });
        let left = forget(&delivery("106", value)).unwrap();
        let value = &left["entry"][0]["changes"][0]["value"];
        assert_eq!(value["contacts"], json!([null, {"wa_id": "49301"}]));
        assert_eq!(value["statuses"], json!([null]));
        assert_eq!(value["messages"][0], Value::Null);
        assert_eq!(value["messages"][2], Value::Null);
        let parts = parse(left.to_string().as_bytes(), DateTime::UNIX_EPOCH).unwrap();
        let [part] = parts.as_slice() else {
            panic!("{parts:?}");
        };
        assert_eq!(part.position, "0.0.messages.1");
        assert!(matches!(part.update, Update::Message(_)));
        assert_eq!(forget(&left), None, "there is nothing left to forget");
    }

    #[test]
    fn a_thread_of_the_past_goes_and_the_others_stay() {
        let mut history = delivery(
            "106",
            json!({"history": [{
                "metadata": {"phase": 0, "progress": 10},
                "threads": [
                    {"id": SHEENA, "messages": [{"from": SHEENA, "id": "1"}]},
                    {"id": "49301", "messages": [{"from": "49301", "id": "2", "type": "text",
                        "text": {"body": "hello"}}]},
                ],
            }]}),
        );
        history["entry"][0]["changes"][0]["field"] = json!("history");
        let left = forget(&history).unwrap();
        let chunk = &left["entry"][0]["changes"][0]["value"]["history"][0];
        assert_eq!(chunk["threads"][0], Value::Null);
        let parts = parse(left.to_string().as_bytes(), DateTime::UNIX_EPOCH).unwrap();
        let positions: Vec<_> = parts.iter().map(|part| part.position.as_str()).collect();
        let expected = [
            "0.0.history.0.threads.1.messages.0",
            "0.0.history.0.metadata",
        ];
        assert_eq!(positions, expected);
    }

    #[test]
    fn a_change_that_is_about_the_person_alone_says_nothing_more() {
        let left = forget(&delivery(
            "106",
            json!({"contact": {"wa_id": "+16505551234"}}),
        ));
        let left = left.unwrap();
        assert_eq!(left["entry"][0]["changes"][0]["value"], Value::Null);
        let parts = parse(left.to_string().as_bytes(), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(parts, []);
    }

    #[test]
    fn what_is_anothers_or_about_others_stays() {
        let message = json!({"messages": [{"from": SHEENA, "id": "1"}]});
        assert_eq!(forget(&delivery("206", message)), None);
        let longer = json!({"messages": [{"from": "165055512345", "id": "1"}]});
        assert_eq!(forget(&delivery("106", longer)), None);
        let whose_number = json!({"messages": [{"from": "49301", "id": "1"}]});
        let mut of_business = delivery("106", whose_number);
        of_business["entry"][0]["changes"][0]["value"]["metadata"]["display_phone_number"] =
            json!(SHEENA);
        assert_eq!(forget(&of_business), None);
        assert_eq!(without(b"not JSON", &ids(), is_ours), Err(Unreadable));
    }

    #[test]
    fn what_was_left_over_is_looked_through() {
        let card = json!({"contacts": [{"phones": [{"wa_id": SHEENA}]}]});
        assert!(speaks_of(&card, &ids()));
        assert!(speaks_of(&json!("{\"from\": \"16505551234"), &ids()));
        assert!(!speaks_of(&json!({"from": "165055512345"}), &ids()));
    }
}
