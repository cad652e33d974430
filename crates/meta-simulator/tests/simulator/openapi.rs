use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
};

use meta_simulator::openapi::Checker;
use serde_json::{Value, json};

use crate::{bodies, support::Business};

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/meta-openapi-v23.yaml")
}

#[test]
fn what_the_documentation_allows_so_does_the_openapi_document() {
    let checker = Checker::load(document()).unwrap();
    for body in bodies::accepted() {
        assert_eq!(checker.check_message(&body), Ok(()), "{body}");
    }
}

#[test]
fn the_checker_says_what_is_wrong_and_where() {
    let checker = Checker::load(document()).unwrap();
    let cases = [
        (json!({"type": "poll"}), "/type"),
        (
            json!({"messaging_product": "whatsapp", "to": "+1", "type": "text"}),
            "text",
        ),
        (
            json!({"messaging_product": "whatsapp", "to": "+1", "type": "text", "text": {"txt": "Hi"}}),
            "/text",
        ),
        (
            json!({"messaging_product": "whatsapp", "to": "+1", "type": "text", "text": {"body": "Hi"}, "priority": 1}),
            "priority",
        ),
        (
            json!({"messaging_product": "whatsapp", "type": "text", "text": {"body": "Hi"}}),
            "anyOf",
        ),
        (
            json!({"messaging_product": "sms", "to": "+1", "type": "text", "text": {"body": "Hi"}}),
            "/messaging_product",
        ),
        (
            json!({"messaging_product": "whatsapp", "status": "read"}),
            "message_id",
        ),
    ];
    for (body, place) in cases {
        let errors = checker.check_message(&body).unwrap_err();
        assert!(
            errors.iter().any(|error| error.contains(place)),
            "{body}: {errors:?}"
        );
    }
}

/// The document's own examples that the simulator refuses.
const WRONG_EXAMPLES: &[&str] = &[
    // A button's index is a number where the documentation has a string.
    "Send Catalog Template Message",
    "Send Sample Issue Resolution Template",
    // Without a type it is a text, and has none.
    "Send Reply to List Message",
    // Payments are not for everybody, and not simulated.
    "Send Order Details Message",
    "Send Order Status Message",
    // Their label is longer than the 20 characters that are known to work.
    "Send Draft Flow by ID",
    "Send Draft Flow by Name",
];

#[tokio::test]
async fn metas_own_examples_are_accepted_by_the_checker_and_by_the_simulator() {
    let business = Business::start_open().await;
    let checker = Checker::load(document()).unwrap();
    let yaml = fs::read_to_string(document()).unwrap();
    let document: Value = serde_yaml_ng::from_str(&yaml).unwrap();
    let post = &document["paths"]["/{Version}/{Phone-Number-ID}/messages"]["post"];
    let examples = post["requestBody"]["content"]["application/json"]["examples"].as_object();

    for (name, example) in examples.unwrap() {
        let body = fill_in(&example["value"]);
        let verdict = checker.check_message(&body);
        let answer = business.send(&body).await;
        if WRONG_EXAMPLES.contains(&name.as_str()) {
            assert_ne!(answer.status, 200, "{name} is fine after all");
        } else {
            assert_eq!(verdict, Ok(()), "{name}: {body}");
            assert_eq!(answer.status, 200, "{name}: {body} gave {}", answer.body);
        }
    }
    business.stop().await;
}

/// The example with something in the place of its placeholders.
fn fill_in(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| {
                let filled = match key.as_str() {
                    "to" => json!("+16505551234"),
                    "link" => json!("https://cdn.example.com/file"),
                    _ => fill_in(value),
                };
                (key.clone(), filled)
            })
            .collect(),
        Value::Array(items) => items.iter().map(fill_in).collect(),
        Value::String(text) if text == "<HEADER_TYPE>" => json!("text"),
        Value::String(text) if text.contains('<') => {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            json!(hasher.finish().to_string())
        }
        Value::String(text) if text == "language-and-locale-code" => json!("en_US"),
        other => other.clone(),
    }
}
