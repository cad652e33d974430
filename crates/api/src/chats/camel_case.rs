use serde_json::{Map, Value};

/// What Meta wrote, with our way of writing keys. What a flow answered keeps its keys: they
/// are the flow's own.
pub(super) fn camel_case(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members.into_iter().map(member).collect()),
        Value::Array(items) => Value::Array(items.into_iter().map(camel_case).collect()),
        other => other,
    }
}

fn member((key, value): (String, Value)) -> <Map<String, Value> as IntoIterator>::Item {
    if key == "response" {
        return (key, value);
    }
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    let key = words.fold(first, |key, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
        key + &capital.into_iter().chain(letters).collect::<String>()
    });
    (key, camel_case(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_of_meta_are_written_our_way_but_not_those_of_a_flow() {
        let reply = json!({
            "type": "nfm_reply",
            "nfm_reply": { "body": "Sent", "response": { "first_name": "Ana" } },
            "list": [{ "row_id": 1 }],
        });
        let expected = json!({
            "type": "nfm_reply",
            "nfmReply": { "body": "Sent", "response": { "first_name": "Ana" } },
            "list": [{ "rowId": 1 }],
        });
        assert_eq!(camel_case(reply), expected);
    }
}
