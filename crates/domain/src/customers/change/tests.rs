use super::*;
use crate::{
    auth::EmailAddress,
    chats::Label,
    customers::{FieldKind, MarketingConsent, Stage},
    text::PhoneNumber,
};

fn zoe() -> Customer {
    let number = PhoneNumber::from_wa_id("5215512345678").unwrap();
    Customer::from_profile(Some("Zoë Núñez"), Some(number), DateTime::UNIX_EPOCH)
}

fn changed(field: Attribute, before: Value, after: Value) -> ChangedValue {
    ChangedValue {
        field,
        before,
        after,
    }
}

/// What a member's change of a customer tells.
fn told(before: &Customer, after: &Customer) -> Vec<ChangedValue> {
    CustomerChange::between(Some(before), after, ChangeOrigin::Member, None).values
}

#[test]
fn of_somebody_new_all_is_told_that_is_known() {
    let zoe = zoe();
    let change = CustomerChange::between(None, &zoe, ChangeOrigin::Whatsapp, None);
    assert!(change.is_new);
    assert_eq!((change.customer_id, change.subject_id), (zoe.id, zoe.id));
    assert_eq!(change.changed_at, zoe.created_at);
    let expected = [
        changed(Attribute::FirstName, json!(null), json!("Zoë")),
        changed(Attribute::LastName, json!(null), json!("Núñez")),
        changed(Attribute::PhoneNumber, json!(null), json!("+5215512345678")),
    ];
    assert_eq!(change.values, expected);
}

#[test]
fn what_people_decide_on_is_told_before_and_after() {
    let (size, vip) = (Id::generate(), Id::generate());
    let mut before = zoe();
    before.tags = Label::parse_all(&["north"]).unwrap();
    let yes = FieldKind::Boolean.read(&json!(true)).unwrap();
    before.custom_fields.insert(vip, yes);
    let owner = Id::generate();
    let mut after = Customer {
        last_name: None,
        email: Some(EmailAddress::parse("zoe@example.com").unwrap()),
        tags: Vec::new(),
        stage: Stage::Customer,
        owner_id: Some(owner),
        birthday: "1990-12-30".parse().ok(),
        custom_fields: BTreeMap::new(),
        ..before.clone()
    };
    let number = FieldKind::Number.read(&json!(38)).unwrap();
    after.custom_fields.insert(size, number);
    let mut expected = vec![
        changed(Attribute::LastName, json!("Núñez"), json!(null)),
        changed(Attribute::Email, json!(null), json!("zoe@example.com")),
        changed(Attribute::Tags, json!(["north"]), json!([])),
        changed(Attribute::Stage, json!("lead"), json!("customer")),
        changed(Attribute::OwnerId, json!(null), json!(owner)),
        changed(Attribute::Birthday, json!(null), json!("1990-12-30")),
        changed(Attribute::Custom(size), json!(null), json!(38)),
        changed(Attribute::Custom(vip), json!(true), json!(null)),
    ];
    expected.sort_by_key(|value| value.field);
    assert_eq!(told(&before, &after), expected);
}

#[test]
fn what_has_a_history_of_its_own_or_is_no_ones_decision_is_no_change() {
    let before = zoe();
    let after = Customer {
        marketing_consent: MarketingConsent::OptedOut,
        last_seen_at: Some(DateTime::UNIX_EPOCH),
        version: 9,
        ..before.clone()
    };
    assert_eq!(told(&before, &after), []);
}

#[test]
fn the_words_are_those_of_serde() {
    for origin in ChangeOrigin::ALL {
        assert_eq!(json!(origin), origin.as_str());
    }
}
