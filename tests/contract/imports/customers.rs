use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use domain::{
    auth::EmailAddress,
    chats::Label,
    customers::{
        Consent, ConsentSource, Customer, CustomerId, FieldValue, MarketingConsent, Stage,
    },
    id::Id,
    store::Store,
    text::CountryCode,
};
use serde_json::json;

use super::begin;
use crate::given::{Business, Stack, contact, customer, stacks, wa_id};

fn email(text: &str) -> Option<EmailAddress> {
    EmailAddress::parse(text).ok()
}

/// Somebody of whom all is known.
fn known(customer: Customer, business: &Business, stack: &Stack) -> Customer {
    Customer {
        last_name: None,
        email: email("zoe@example.com"),
        company: Some("Núñez".into()),
        address: Some("1 High St".into()),
        city: Some("León".into()),
        state: Some("GTO".into()),
        zip_code: Some("37000".into()),
        country: CountryCode::try_from("MX".to_owned()).ok(),
        tags: Label::parse_all(&["VIP"]).unwrap(),
        stage: Stage::Customer,
        owner_id: Some(business.user.id),
        birthday: NaiveDate::from_ymd_opt(1990, 12, 30),
        notes: Some("likes\nletters".into()),
        custom_fields: BTreeMap::from([(Id::generate(), FieldValue::Boolean(true))]),
        marketing_consent: MarketingConsent::OptedOut,
        updated_at: stack.now() + Duration::seconds(1),
        version: 2,
        ..customer
    }
}

#[tokio::test]
async fn many_customers_are_inserted_found_and_changed_at_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut two = vec![
            customer("Zoë", stack.now()),
            customer("Luz Paz", stack.now()),
        ];
        let number = two[1].phone_number.take();
        let uow = begin(&stack, &business).await;
        let customers = uow.imported_customers();
        customers.insert_all(&two).await.unwrap();
        two[1] = known(two[1].clone(), &business, &stack);
        two[1].phone_number = number;
        customers.update_all(&two).await.unwrap();
        let numbers: Vec<_> = two
            .iter()
            .filter_map(|one| one.phone_number.clone())
            .collect();
        let found = customers.lock_by_phone_numbers(&numbers).await.unwrap();
        assert_eq!(found, two);
        let ids: Vec<CustomerId> = two.iter().map(|one| one.id).collect();
        let mut found = customers.lock_by_ids(&ids).await.unwrap();
        found.sort_by_key(|one| one.id);
        assert_eq!(found, two);

        // And back: the number is free again.
        let number = two[1].phone_number.take();
        customers.update_all(&two).await.unwrap();
        two[0].phone_number = number;
        customers.update_all(&two).await.unwrap();
        let found = customers.lock_by_phone_numbers(&numbers).await.unwrap();
        assert_eq!(found, two[..1]);
        customers.insert_all(&[]).await.unwrap();
        customers.update_all(&[]).await.unwrap();
        assert_eq!(customers.lock_by_phone_numbers(&[]).await.unwrap(), []);
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn of_those_with_an_address_two_are_found_the_oldest_of_each() {
    for stack in stacks().await {
        let (business, others) = (stack.business().await, stack.business().await);
        let with = |name: &str, address| Customer {
            email: email(address),
            ..customer(name, stack.now())
        };
        let shop: Vec<_> = (0..4).map(|_| with("Shop", "shop@example.com")).collect();
        let zoe = with("Zoë", "zoe@example.com");
        let uow = begin(&stack, &business).await;
        let customers = uow.imported_customers();
        customers.insert_all(&shop).await.unwrap();
        let some = [zoe.clone(), customer("Nobody", stack.now())];
        customers.insert_all(&some).await.unwrap();
        uow.commit().await.unwrap();

        let addresses = ["shop@example.com", "zoe@example.com", "no@example.com"];
        let addresses: Vec<_> = addresses.iter().filter_map(|text| email(text)).collect();
        let uow = begin(&stack, &business).await;
        let customers = uow.imported_customers();
        let mut found = customers.lock_by_emails(&addresses).await.unwrap();
        found.sort_by_key(|one| one.id);
        assert_eq!(found, [shop[0].clone(), shop[1].clone(), zoe]);
        assert_eq!(customers.lock_by_emails(&[]).await.unwrap(), []);
        drop(uow);
        let uow = begin(&stack, &others).await;
        let customers = uow.imported_customers();
        assert_eq!(customers.lock_by_emails(&addresses).await.unwrap(), []);
    }
}

fn consent(customer: &Customer, source: ConsentSource, stack: &Stack) -> Consent {
    Consent {
        id: Id::generate(),
        customer_id: customer.id,
        state: MarketingConsent::OptedIn,
        source,
        proof: json!({"row": 2}),
        occurred_at: stack.now(),
    }
}

#[tokio::test]
async fn only_customers_are_removed_with_whom_nothing_happened() {
    for stack in stacks().await {
        let business = stack.business().await;
        let [unused, asked, wrote] = ["A", "B", "C"].map(|name| customer(name, stack.now()));
        let all = [unused.clone(), asked.clone(), wrote.clone()];
        let uow = begin(&stack, &business).await;
        let customers = uow.imported_customers();
        customers.insert_all(&all).await.unwrap();
        let consents = [
            consent(&unused, ConsentSource::Import, &stack),
            consent(&asked, ConsentSource::Meta, &stack),
        ];
        customers.insert_consents(&consents).await.unwrap();
        let of_contact = contact(&wrote, stack.now());
        let identities = [wa_id(&of_contact)];
        assert!(
            uow.contacts()
                .insert(&of_contact, &identities)
                .await
                .unwrap()
        );
        let ids: Vec<CustomerId> = all.iter().map(|one| one.id).collect();
        let mut left = customers.remove_unused(&ids).await.unwrap();
        left.sort();
        assert_eq!(left, [asked.id, wrote.id]);
        assert_eq!(customers.remove_unused(&[]).await.unwrap(), []);
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        assert_eq!(read.customers().find(unused.id).await.unwrap(), None);
        let consents = read.customers().consents(asked.id).await.unwrap();
        assert_eq!(consents.len(), 1);
    }
}
