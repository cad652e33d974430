//! What is told of a business account and its numbers.

use super::*;

fn update_of(field: &str, value: &Value) -> Update {
    let change = json!({"field": field, "value": value});
    let parts = parse_json(&json!({"entry": [{"id": "1", "changes": [change]}]}));
    parts[0].update.clone()
}

fn restricted(info: &Value) -> Update {
    let value = json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": info});
    update_of("account_update", &value)
}

fn warned(update: &Update) -> Option<&str> {
    match update {
        Update::Account(AccountChange::Warning(text)) => text.as_deref(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_restrictions_of_messaging_restrict_an_account() {
    let harmless = json!([{"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION"}]);
    assert_eq!(restricted(&harmless), Update::Unused);
    let harmful = json!([{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING"}]);
    assert!(matches!(
        restricted(&harmful),
        Update::Account(AccountChange::Restricted { .. })
    ));
}

#[test]
fn answers_go_only_while_nothing_else_is_restricted() {
    let may_answer = |kinds: &[&str]| {
        let kinds = kinds.iter().map(|kind| json!({"restriction_type": kind}));
        match restricted(&kinds.collect()) {
            Update::Account(AccountChange::Restricted { may_answer, .. }) => may_answer,
            other => panic!("{other:?}"),
        }
    };
    let (first_word, answers) = (
        "RESTRICTED_BIZ_INITIATED_MESSAGING",
        "RESTRICTED_CUSTOMER_INITIATED_MESSAGING",
    );
    assert!(may_answer(&[first_word]));
    assert!(may_answer(&[
        first_word,
        "RESTRICTED_ADD_PHONE_NUMBER_ACTION"
    ]));
    assert!(!may_answer(&[first_word, answers]));
    assert!(!may_answer(&[answers]));
    assert!(!may_answer(&["RESTRICTED_WHATEVER_COMES_NEXT"]));
}

#[test]
fn a_restriction_lasts_as_long_as_the_longest_of_its_parts() {
    let until = |ends: &[Value]| {
        let info: Vec<_> = ends
            .iter()
            .map(|end| json!({"restriction_type": "RESTRICTED_X", "expiration": end}))
            .collect();
        match restricted(&json!(info)) {
            Update::Account(AccountChange::Restricted { until, .. }) => {
                until.map(|until| until.timestamp())
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        until(&[json!(1_790_000_000), json!("1790000100")]),
        Some(1_790_000_100)
    );
    assert_eq!(until(&[json!(1_790_000_000), json!(null)]), None);
    for absurd in [json!(0), json!(-5), json!(i64::MAX), json!("soon")] {
        assert_eq!(until(std::slice::from_ref(&absurd)), None, "{absurd}");
    }
}

#[test]
fn what_meta_threatens_and_finds_is_a_warning() {
    let violation = json!({
        "event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "ADULT"},
    });
    let violation = update_of("account_update", &violation);
    assert!(warned(&violation).unwrap().contains("ADULT"));
    let ban = json!({"event": "DISABLED_UPDATE", "ban_info": {
        "waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "April 17, 2027"}});
    let ban = update_of("account_update", &ban);
    assert!(warned(&ban).unwrap().contains("April 17, 2027"));
    let review = |decision| update_of("account_review_update", &json!({"decision": decision}));
    assert!(warned(&review("REJECTED")).is_some());
    assert_eq!(warned(&review("APPROVED")), None);
    assert_eq!(review("PENDING"), Update::Unused);
}

#[test]
fn an_alert_is_read_in_both_of_its_shapes_and_ends() {
    let alert = |status: &str, severity: &str| {
        json!({
            "alert_severity": severity, "alert_status": status, "alert_type": "X",
            "alert_description": "Slow down",
        })
    };
    let flat = update_of("account_alerts", &alert("ACTIVE", "CRITICAL"));
    assert_eq!(warned(&flat), Some("Slow down"));
    let nested = json!({"entity_id": 1, "alert_info": alert("ACTIVE", "WARNING")});
    assert_eq!(
        warned(&update_of("account_alerts", &nested)),
        Some("Slow down")
    );
    let over = update_of("account_alerts", &alert("RESOLVED", "WARNING"));
    assert_eq!(warned(&over), None);
    let harmless = update_of("account_alerts", &alert("ACTIVE", "INFORMATIONAL"));
    assert_eq!(harmless, Update::Unused);
}

#[test]
fn every_decision_on_a_name_is_told() {
    for decision in ["APPROVED", "DECLINED", "DEFERRED"] {
        let value = json!({"decision": decision, "requested_verified_name": "Luna"});
        let expected = AccountChange::Name {
            requested: "Luna".into(),
            decision: decision.into(),
        };
        assert_eq!(
            update_of("phone_number_name_update", &value),
            Update::Account(expected)
        );
    }
}
