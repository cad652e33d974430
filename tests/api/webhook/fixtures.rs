//! Every recorded body of Meta's, through the real endpoint, with nothing lost.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use domain::{
    clock::Clock,
    whatsapp::{
        LeftOverReason,
        webhook::{self, Part, Update},
    },
};
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use super::left_overs;

struct Fixture {
    name: String,
    body: Vec<u8>,
    parts: Vec<Part>,
}

/// The bodies, all of this account: many were recorded with the same ids.
fn read(path: &Path, now: DateTime<Utc>, index: usize) -> Fixture {
    let mut body: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    for entry in body["entry"].as_array_mut().unwrap() {
        entry["id"] = json!(business_account_id(index));
        for change in entry["changes"].as_array_mut().unwrap() {
            if let Some(number) = change["value"].pointer_mut("/metadata/phone_number_id") {
                *number = json!(phone_number_id(index));
            }
        }
    }
    let body = body.to_string().into_bytes();
    Fixture {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        parts: webhook::parse(&body, now).unwrap(),
        body,
    }
}

fn phone_number_id(index: usize) -> String {
    format!("number-{index}")
}

fn business_account_id(index: usize) -> String {
    format!("business-{index}")
}

#[actix_web::test]
async fn every_recorded_delivery_is_taken_in_with_nothing_lost() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/webhooks");
        let mut paths: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        });
        assert_eq!(paths.len(), 114);
        for (index, path) in paths.iter().enumerate() {
            let fixture = read(path, app.clock.now(), index);
            let account = json!({
                "phoneNumberId": phone_number_id(index), "businessAccountId": business_account_id(index),
                "accessToken": "t", "displayName": fixture.name,
            });
            let answer = owner.client.post("/api/whatsapp/accounts", account).await;
            let account = answer.assert_status(201).json();
            let count_before = left_overs(&app).await.len();
            app.receive(&fixture.body).await;
            let mut kept = left_overs(&app).await;
            kept.truncate(kept.len() - count_before);
            let kept = kept
                .into_iter()
                .map(|kept| (kept.position, kept.reason.as_str()))
                .collect();
            for part in &fixture.parts {
                check(&app, &owner, &fixture.name, &account, part, &kept).await;
            }
        }
    }
}

/// Whether one part has become what it should.
async fn check(
    app: &TestApp,
    owner: &Owner,
    name: &str,
    account: &Value,
    part: &Part,
    kept: &BTreeSet<(String, &'static str)>,
) {
    let account_id = account["id"].as_str().unwrap();
    let is_kept = |reason: LeftOverReason| kept.contains(&(part.position.clone(), reason.as_str()));
    let data = app
        .application
        .ports
        .store
        .read(owner.organization_id.parse().unwrap());
    match &part.update {
        Update::Message(written) | Update::Echo(written) => {
            let found = data
                .messages()
                .find_by_wamid(account_id.parse().unwrap(), &written.wamid)
                .await
                .unwrap()
                .unwrap_or_else(|| panic!("{name}: the message is lost"));
            let shown = owner.messages(&found.chat_id.to_string()).await;
            let shown = shown
                .into_iter()
                .find(|message| message["id"] == found.id.to_string());
            let shown = shown.unwrap_or_else(|| panic!("{name}: the message is not shown"));
            assert_eq!(shown["type"], written.content.kind(), "{name}");
            assert_eq!(shown["createdAt"], json!(written.occurred_at), "{name}");
        }
        Update::Status(status) => {
            let reports = data
                .messages()
                .reports_of(account_id.parse().unwrap(), &[&status.report.wamid])
                .await
                .unwrap();
            assert!(
                reports.contains(&status.report),
                "{name}: the report is lost"
            );
        }
        Update::Preference { party, consent, .. } => {
            let contact = data
                .contacts()
                .find_by_identities(&party.identities())
                .await
                .unwrap();
            let customer_id = contact.unwrap().customer_id.unwrap();
            let history = data.customers().consents(customer_id).await.unwrap();
            assert!(
                history.iter().any(|entry| entry.state == *consent),
                "{name}"
            );
        }
        Update::UserIdChange { current, .. } => {
            let known = data.contacts().find_by_identities(current).await.unwrap();
            assert!(known.is_some() || is_kept(LeftOverReason::Unused), "{name}");
        }
        Update::Account(_) => {
            let path = format!("/api/whatsapp/accounts/{account_id}");
            let then = owner.client.get(&path).await.json();
            check_account(name, account, &then, kept);
        }
        Update::Error(_) => {
            let path = format!("/api/whatsapp/accounts/{account_id}");
            let then = owner.client.get(&path).await.json();
            assert_ne!(then["status"], "connected", "{name}");
        }
        Update::Past(_) | Update::History(_) | Update::AddressBook(_) => {
            panic!("{name}: no fixture is of a phone's history");
        }
        Update::Unused => assert!(is_kept(LeftOverReason::Unused), "{name}: {}", part.position),
        Update::Malformed(reason) => panic!("{name}: {reason}"),
    }
}

fn check_account(
    name: &str,
    before: &Value,
    then: &Value,
    kept: &BTreeSet<(String, &'static str)>,
) {
    match name {
        "account_deleted" => assert_eq!(then["status"], "restricted"),
        "account_disabled" => assert_eq!(then["status"], "connected"),
        // Its time has long been over.
        "account_restriction" => assert_eq!(then, before),
        "account_violation" | "account_alert_nested" => assert!(then["warning"].is_string()),
        "business_capability_update" => assert_eq!(then["messagingLimit"], "TIER_2K"),
        // These speak of a number that is not the account's.
        "phone_name_update" | "phone_quality_onboarding" | "phone_quality_throughput_upgrade" => {
            assert_eq!(then, before);
            assert_eq!(kept.len(), 1, "{name}");
        }
        other => panic!("{other} changes no account"),
    }
}
