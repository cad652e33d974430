mod fields;
mod finding;
pub(crate) mod history;
mod merges;
mod segments;

use chrono::Duration;
use domain::{
    auth::EmailAddress,
    chats::Label,
    customers::{Consent, ConsentSource, Customer, FieldValue, MarketingConsent, Stage},
    id::Id,
    store::Store,
    text::PhoneNumber,
};
use serde_json::json;

use crate::given::{Business, customer, stacks};

#[tokio::test]
async fn a_customer_is_kept_as_it_is_and_changed() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut customer = business.customer.clone();
        let read = stack.store.read(business.id());
        let found = read.customers().find(customer.id).await.unwrap();
        assert_eq!(found, Some(customer.clone()));

        customer.last_name = None;
        customer.phone_number = None;
        customer.email = Some(EmailAddress::parse("zoe@example.com").unwrap());
        customer.company = Some("Luna".into());
        customer.address = Some("Calle 1".into());
        customer.city = Some("Puebla".into());
        customer.state = Some("PUE".into());
        customer.zip_code = Some("72000".into());
        customer.country = Some("MX".to_owned().try_into().unwrap());
        customer.tags = Label::parse_all(&["café", "VIP"]).unwrap();
        customer.stage = Stage::Customer;
        customer.owner_id = Some(business.user.id);
        customer.birthday = "1990-12-30".parse().ok();
        customer.notes = Some("Likes\noats".into());
        customer
            .custom_fields
            .insert(Id::generate(), FieldValue::Boolean(true));
        customer.updated_at = stack.now() + Duration::seconds(1);
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.customers().update(&customer).await.unwrap());
        uow.commit().await.unwrap();
        customer.version += 1;
        let found = read.customers().find(customer.id).await.unwrap();
        assert_eq!(found, Some(customer));
    }
}

#[tokio::test]
async fn a_change_of_what_was_changed_meanwhile_is_refused() {
    for stack in stacks().await {
        let business = stack.business().await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let customers = uow.customers();
        assert!(customers.update(&business.customer).await.unwrap());
        assert!(!customers.update(&business.customer).await.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let found = read.customers().find(business.customer.id).await.unwrap();
        assert_eq!(found.unwrap().version, 2);
    }
}

#[tokio::test]
async fn a_number_is_had_by_one_customer_however_it_is_written() {
    for stack in stacks().await {
        let business = stack.business().await;
        let number = |wa_id: &str| PhoneNumber::from_wa_id(wa_id).unwrap();
        let with = |wa_id: &str| Customer {
            phone_number: Some(number(wa_id)),
            ..customer("Ana", stack.now())
        };
        let ana = with("5215512345678");
        let mut other = with("14155550123");
        let uow = stack.store.begin(business.id()).await.unwrap();
        let customers = uow.customers();
        assert!(customers.insert(&ana).await.unwrap());
        assert!(!customers.insert(&with("525512345678")).await.unwrap());
        assert!(customers.insert(&other).await.unwrap());
        other.phone_number = Some(number("525512345678"));
        assert!(!customers.update(&other).await.unwrap());
        // What was refused leaves nothing that could not be committed.
        uow.commit().await.unwrap();

        let read = stack.store.read(business.id());
        for wa_id in ["5215512345678", "525512345678"] {
            let found = read.customers().find_by_phone(&number(wa_id)).await;
            assert_eq!(found.unwrap().unwrap().id, ana.id, "{wa_id}");
        }
        let theirs = stack.business().await;
        let read = stack.store.read(theirs.id());
        let number = number("525512345678");
        let found = read.customers().find_by_phone(&number).await;
        assert_eq!(found.unwrap(), None);
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert!(uow.customers().insert(&with("525512345678")).await.unwrap());
    }
}

#[tokio::test]
async fn who_wrote_last_is_seen_last_and_no_change_takes_it_back() {
    for stack in stacks().await {
        let business = stack.business().await;
        let id = business.customer.id;
        let [early, late] = [1, 2].map(|hours| stack.now() + Duration::hours(hours));
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.customers().saw(id, late).await.unwrap();
        uow.customers().saw(id, early).await.unwrap();
        // Read before they were seen.
        assert!(uow.customers().update(&business.customer).await.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let found = read.customers().find(id).await.unwrap().unwrap();
        assert_eq!(found.last_seen_at, Some(late));
        let contacts = read.customers().contacts_of(&[id]).await.unwrap();
        assert_eq!(contacts, [business.contact]);
    }
}

#[tokio::test]
async fn many_customers_are_found_at_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let other = customer("Luz", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.customers().insert(&other).await.unwrap();
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let ids = [business.customer.id, other.id, Id::generate()];
        let mut found = read.customers().find_all(&ids).await.unwrap();
        found.sort_by_key(|customer| customer.id);
        assert_eq!(found, [business.customer, other]);
        assert_eq!(read.customers().find_all(&[]).await.unwrap(), []);
    }
}

fn consent(business: &Business, state: MarketingConsent, seconds: i64) -> Consent {
    Consent {
        id: Id::generate(),
        customer_id: business.customer.id,
        state,
        source: ConsentSource::Meta,
        proof: json!({"value": "stop", "n": 1.50}),
        occurred_at: business.customer.created_at + Duration::seconds(seconds),
    }
}

#[tokio::test]
async fn the_latest_consent_counts_in_whatever_order_they_come() {
    use MarketingConsent::{OptedIn, OptedOut};
    for stack in stacks().await {
        let business = stack.business().await;
        let late = consent(&business, OptedOut, 20);
        let early = consent(&business, OptedIn, 10);
        let again = consent(&business, OptedOut, 20);
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.customers().insert_consent(&late).await.unwrap());
        assert!(uow.customers().insert_consent(&early).await.unwrap());
        assert!(!uow.customers().insert_consent(&again).await.unwrap());
        uow.commit().await.unwrap();

        let read = stack.store.read(business.id());
        let customer = read.customers().find(business.customer.id).await.unwrap();
        assert_eq!(customer.unwrap().marketing_consent, OptedOut);
        let history = read
            .customers()
            .consents(business.customer.id)
            .await
            .unwrap();
        assert_eq!(history, [early, late]);
    }
}
