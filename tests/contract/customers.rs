use chrono::Duration;
use domain::{
    customers::{Consent, ConsentSource, MarketingConsent},
    id::Id,
    store::Store,
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
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.customers().update(&customer).await.unwrap();
        uow.commit().await.unwrap();
        let found = read.customers().find(customer.id).await.unwrap();
        assert_eq!(found, Some(customer));
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
