//! The contract: fresh, whole, and shown without help from elsewhere.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use tests::app::TestApp;

fn specification() -> Value {
    serde_json::to_value(api::openapi()).unwrap()
}

fn operations(specification: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = specification["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

#[test]
fn the_committed_contract_is_the_one_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.json");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let fresh = format!("{}\n", api::openapi().to_pretty_json().unwrap());
    assert!(
        committed == fresh,
        "openapi.json is stale: run `cargo run -- openapi > openapi.json`"
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_tag() {
    let specification = specification();
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&specification) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{name} is there twice");
        assert_eq!(
            operation["tags"].as_array().map(Vec::len),
            Some(1),
            "{method} {path}"
        );
        assert!(
            operation["summary"].is_string(),
            "{method} {path} has no summary"
        );
    }
    assert_eq!(specification["openapi"], "3.1.0");
}

#[test]
fn every_error_is_a_problem() {
    let specification = specification();
    for (path, method, operation) in operations(&specification) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            if !status.starts_with(['4', '5']) || path == "/health/ready" {
                continue;
            }
            let response = match response["$ref"].as_str() {
                Some(reference) => specification.pointer(&reference[1..]).unwrap(),
                None => response,
            };
            let content = &response["content"]["application/problem+json"];
            assert!(content.is_object(), "{method} {path} {status}");
        }
        assert!(operation["responses"]["500"].is_object(), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(value: &Value, specification: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    assert!(
                        specification.pointer(&reference[1..]).is_some(),
                        "{reference}"
                    );
                }
                members
                    .values()
                    .for_each(|value| check(value, specification));
            }
            Value::Array(values) => values.iter().for_each(|value| check(value, specification)),
            _ => {}
        }
    }
    let specification = specification();
    check(&specification, &specification);
}

#[actix_web::test]
async fn the_contract_and_its_pages_are_served_with_all_they_need() {
    let app = TestApp::start().await;
    let anybody = app.anybody();
    let served = anybody.get("/api/openapi.json").await;
    assert_eq!(served.assert_status(200).json(), specification());
    assert_eq!(
        anybody.get("/docs").await.header("location"),
        Some("/docs/")
    );
    let page = anybody.get("/docs/").await;
    assert!(
        page.assert_status(200)
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(!page.text().contains("https://"), "{}", page.text());
    let initializer = anybody.get("/docs/swagger-initializer.js").await;
    assert!(
        initializer
            .assert_status(200)
            .text()
            .contains("/api/openapi.json")
    );
    anybody
        .get("/docs/swagger-ui-bundle.js")
        .await
        .assert_status(200);
}
