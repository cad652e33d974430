use chrono::TimeDelta;
use proptest::{collection::vec, option, prelude::*};
use serde_json::json;

use super::*;
use crate::customers::{ConsentSource, FieldKind, FieldValue};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// Few words, so that two customers often agree.
fn word() -> impl Strategy<Value = Option<String>> {
    option::of("[abc]")
}

fn field() -> impl Strategy<Value = FieldValue> {
    (0..3).prop_map(|number| FieldKind::Number.read(&json!(number)).unwrap())
}

prop_compose! {
    /// A customer whose numbers are of this country, as no two customers have the same.
    fn customer(country: &'static str)(
        names in (word(), word(), word(), word()),
        places in (word(), word(), word(), word()),
        country_code in option::of(prop_oneof![Just("MX"), Just("US")]),
        numbers in vec(0..5_u32, 0..4),
        tags in vec("[A-Ca-c]".prop_map(|tag| Label::parse(&tag).unwrap()), 0..4),
        stage in prop::sample::select(Stage::ALL.to_vec()),
        fields in prop::collection::btree_map(0..3_u128, field(), 0..3),
        times in (0..100_i64, option::of(0..100_i64)),
        version in 1..5_i64,
    ) -> Customer {
        let (first_name, last_name, company, notes) = names;
        let (address, city, state, zip_code) = places;
        let mut customer = Customer {
            first_name,
            last_name,
            company,
            notes,
            address,
            city,
            state,
            zip_code,
            country: country_code.map(|code| code.to_owned().try_into().unwrap()),
            tags: united(&[], &tags).unwrap(),
            stage,
            custom_fields: fields
                .into_iter()
                .map(|(id, value)| (uuid::Uuid::from_u128(id).into(), value))
                .collect(),
            last_seen_at: times.1.map(at),
            version,
            ..Customer::unknown(at(times.0))
        };
        let numbers = numbers.iter().map(|n| format!("{country}55512345{n:02}"));
        let numbers = numbers.map(|digits| PhoneNumber::from_wa_id(&digits).unwrap());
        customer.put_numbers(numbers.collect());
        customer
    }
}

fn consents(of: CustomerId) -> impl Strategy<Value = Vec<Consent>> {
    let state = prop_oneof![
        Just(MarketingConsent::OptedIn),
        Just(MarketingConsent::OptedOut)
    ];
    vec((state, 0..20_i64), 0..4).prop_map(move |said| {
        let consent = |(state, seconds)| Consent {
            id: Id::generate(),
            customer_id: of,
            state,
            source: ConsentSource::Phone,
            proof: json!({}),
            occurred_at: at(seconds),
        };
        said.into_iter().map(consent).collect()
    })
}

/// Two customers, and what each has said of marketing.
fn two() -> impl Strategy<Value = ([Customer; 2], [Vec<Consent>; 2])> {
    (customer("1415"), customer("4930")).prop_flat_map(|(one, other)| {
        let said = [consents(one.id), consents(other.id)];
        said.prop_map(move |said| {
            let mut customers = [one.clone(), other.clone()];
            for (customer, said) in customers.iter_mut().zip(&said) {
                customer.marketing_consent =
                    latest_consent(said).unwrap_or(MarketingConsent::Unknown);
            }
            (customers, said)
        })
    })
}

/// The merge, as it is stored at this time.
fn merge(customers: &[Customer; 2], said: &[Vec<Consent>; 2]) -> (Merged, MergeUndo) {
    let [customer, other] = customers;
    let mut merged = customer.merged_with(other, &said.concat()).unwrap();
    merged.customer.updated_at = at(1_000);
    let undo = MergeUndo {
        customer: customer.clone(),
        merged: merged.customer.clone(),
        other: other.clone(),
        contacts: Vec::new(),
        consents: said[1].clone(),
    };
    (merged, undo)
}

/// What both say of marketing once the second's words are the first's.
fn as_one(customers: &[Customer; 2], said: &[Vec<Consent>; 2]) -> Vec<Consent> {
    let customer_id = customers[0].id;
    let said = said.concat().into_iter();
    said.map(|consent| Consent {
        customer_id,
        ..consent
    })
    .collect()
}

fn keys(customer: &Customer) -> BTreeSet<String> {
    customer.all_numbers().iter().map(phone_key).collect()
}

proptest! {
    #[test]
    fn nothing_is_lost((customers, said) in two()) {
        let [one, other] = &customers;
        let (Merged { customer, conflicts }, _) = merge(&customers, &said);
        prop_assert_eq!(customer.id, one.id);
        prop_assert_eq!(keys(&customer), &keys(one) | &keys(other));
        if one.phone_number.is_some() {
            prop_assert_eq!(&customer.phone_number, &one.phone_number);
        }
        for before in &customers {
            for tag in &before.tags {
                prop_assert!(customer.tags.iter().any(|it| it.key() == tag.key()));
            }
            let notes = before.notes.clone().unwrap_or_default();
            prop_assert!(customer.notes.clone().unwrap_or_default().contains(&notes));
            for id in before.custom_fields.keys() {
                prop_assert!(customer.custom_fields.contains_key(id));
            }
            prop_assert!(customer.created_at <= before.created_at);
            prop_assert!(customer.last_seen_at >= before.last_seen_at);
        }
        let is_told = |field| conflicts.iter().any(|conflict| conflict.field == field);
        for (field, of) in [
            (Attribute::FirstName, (|it| &it.first_name) as fn(&Customer) -> &Option<String>),
            (Attribute::LastName, |it| &it.last_name),
            (Attribute::Company, |it| &it.company),
            (Attribute::Address, |it| &it.address),
            (Attribute::City, |it| &it.city),
            (Attribute::State, |it| &it.state),
            (Attribute::ZipCode, |it| &it.zip_code),
        ] {
            if of(one).is_some() {
                prop_assert_eq!(of(&customer), of(one));
            }
            let is_there = of(other).is_none() || of(&customer) == of(other);
            prop_assert_eq!(is_told(field), !is_there, "{:?}", field);
        }
        for (id, value) in &other.custom_fields {
            let is_there = customer.custom_fields.get(id) == Some(value);
            prop_assert_eq!(is_told(Attribute::Custom(*id)), !is_there);
        }
    }

    #[test]
    fn undoing_gives_both_back_as_they_were((customers, said) in two()) {
        let (merged, undo) = merge(&customers, &said);
        let apart = undo.apart(&merged.customer, &as_one(&customers, &said));
        let [mut one, other] = customers;
        one.updated_at = merged.customer.updated_at;
        prop_assert_eq!(apart.customer, one);
        prop_assert_eq!(apart.other, other);
        prop_assert_eq!(&apart.other_consents, &said[1]);
    }

    #[test]
    fn undoing_leaves_what_was_changed_since((customers, said) in two(), added in "[x-z]") {
        let (merged, undo) = merge(&customers, &said);
        let mut now = merged.customer;
        now.first_name = Some(added.clone());
        now.notes = Some(added.clone());
        now.tags.extend(Label::parse(&added));
        let apart = undo.apart(&now, &as_one(&customers, &said));
        prop_assert_eq!(apart.customer.first_name, Some(added.clone()));
        prop_assert_eq!(apart.customer.notes, Some(added.clone()));
        let mut expected = customers[0].tags.clone();
        expected.extend(Label::parse(&added));
        prop_assert_eq!(apart.customer.tags, expected);
        prop_assert_eq!(&apart.other, &customers[1]);
    }

    #[test]
    fn a_refusal_of_marketing_yields_only_to_a_later_wish((customers, said) in two()) {
        let (merged, _) = merge(&customers, &said);
        let latest = |state| {
            let said = said.iter().flatten().filter(move |it| it.state == state);
            said.map(|it| it.occurred_at).max()
        };
        let refused = latest(MarketingConsent::OptedOut);
        let wished = latest(MarketingConsent::OptedIn);
        let expected = match (refused, wished) {
            (None, None) => MarketingConsent::Unknown,
            (refused, wished) if refused >= wished => MarketingConsent::OptedOut,
            _ => MarketingConsent::OptedIn,
        };
        prop_assert_eq!(merged.customer.marketing_consent, expected);
    }
}

fn named(first: Option<&str>, last: Option<&str>) -> Customer {
    Customer {
        first_name: first.map(str::to_owned),
        last_name: last.map(str::to_owned),
        ..Customer::unknown(at(0))
    }
}

#[test]
fn names_are_not_made_of_two_peoples() {
    let ana = named(Some("Ana"), None);
    let merged = ana.merged_with(&named(Some("Ana"), Some("Paz")), &[]);
    assert_eq!(merged.unwrap().customer.last_name.as_deref(), Some("Paz"));
    let merged = ana.merged_with(&named(Some("Bea"), Some("Cruz")), &[]);
    let merged = merged.unwrap();
    assert_eq!(merged.customer.last_name, None);
    let told: Vec<_> = merged
        .conflicts
        .into_iter()
        .map(|conflict| (conflict.field, conflict.kept, conflict.dropped))
        .collect();
    let expected = [
        (Attribute::FirstName, json!("Ana"), json!("Bea")),
        (Attribute::LastName, json!(null), json!("Cruz")),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_refusal_of_which_no_words_were_kept_is_heeded() {
    let mut other = named(Some("Ana"), None);
    other.marketing_consent = MarketingConsent::OptedOut;
    let ana = named(Some("Ana"), None);
    let wish = Consent {
        id: Id::generate(),
        customer_id: ana.id,
        state: MarketingConsent::OptedIn,
        source: ConsentSource::Phone,
        proof: json!({}),
        occurred_at: at(5),
    };
    let merged = ana.merged_with(&other, &[wish]).unwrap();
    let state = merged.customer.marketing_consent;
    assert_eq!(state, MarketingConsent::OptedOut);
}

#[test]
fn who_refuses_marketing_after_a_merge_refuses_it_as_both() {
    let [ana, other] = ["Ana", "Bea"].map(|name| named(Some(name), None));
    let customers = [ana, other];
    let (merged, undo) = merge(&customers, &[Vec::new(), Vec::new()]);
    let refusal = Consent {
        id: Id::generate(),
        customer_id: merged.customer.id,
        state: MarketingConsent::OptedOut,
        source: ConsentSource::Keyword,
        proof: json!({}),
        occurred_at: at(2_000),
    };
    let apart = undo.apart(&merged.customer, &[refusal]);
    for customer in [&apart.customer, &apart.other] {
        assert_eq!(customer.marketing_consent, MarketingConsent::OptedOut);
    }
    assert_eq!(apart.other_consents[0].customer_id, apart.other.id);
}

#[test]
fn what_would_be_too_much_is_refused() {
    let tags = |prefix: &str, count: usize| -> Vec<_> {
        let names = (0..count).map(|n| format!("{prefix}{n:02}"));
        names.map(|name| Label::parse(&name).unwrap()).collect()
    };
    let mut ana = named(Some("Ana"), None);
    assert_eq!(ana.merged_with(&ana, &[]), Err(MergeError::SameCustomer));
    let mut bea = named(Some("Bea"), None);
    ana.tags = tags("a", 30);
    bea.tags = tags("b", 21);
    assert_eq!(ana.merged_with(&bea, &[]), Err(MergeError::TooManyTags));
    bea.tags = tags("a", 21);
    ana.notes = Some("é".repeat(6_000));
    bea.notes = Some("x".repeat(6_000));
    assert_eq!(ana.merged_with(&bea, &[]), Err(MergeError::NotesTooLong));
    bea.notes.clone_from(&ana.notes);
    assert_eq!(
        ana.merged_with(&bea, &[]).unwrap().customer.notes,
        ana.notes
    );
}

#[test]
fn a_merge_is_undone_once_and_within_its_time() {
    let customers = ["Ana", "Bea"].map(|name| named(Some(name), None));
    let (_, undo) = merge(&customers, &[Vec::new(), Vec::new()]);
    let mut merge = CustomerMerge {
        id: Id::generate(),
        customer_id: customers[0].id,
        other_id: customers[1].id,
        merged_by: Id::generate(),
        merged_at: at(0),
        undone_at: None,
        undo: Some(undo),
    };
    let end = at(30 * 24 * 60 * 60);
    assert!(merge.way_back(end - TimeDelta::seconds(1)).is_ok());
    assert_eq!(merge.way_back(end), Err(MergeError::UndoExpired));
    merge.undone_at = Some(at(1));
    assert_eq!(merge.way_back(at(2)), Err(MergeError::Undone));
}
