use domain::{
    customers::{CustomerFilter, CustomerRepository, CustomerSort, TimelineKind},
    page::{PageRequest, Place, SortKey, SortedRequest},
    store::Store,
};
use infrastructure::database::SeaStore;

use crate::{customers::history::another_chat, given::Business};

pub(super) const SEARCH: &str = "customer search";

/// What the queries are, each by signs that tell its statement.
pub(super) const HOT: [(&str, &[&str]); 11] = [
    (
        "customer list",
        &["FROM \"customers\"", "\"customers\".\"created_at\" DESC"],
    ),
    (
        "customer list by name",
        &["FROM \"customers\"", "\"folded_name\" ASC", " > ("],
    ),
    (
        "customer list by last sight",
        &["FROM \"customers\"", "\"last_seen_at\" ASC", " > ("],
    ),
    (SEARCH, &["FROM \"customer_terms\"", "\"term\" >="]),
    (
        "customer of a number",
        &["FROM \"customers\"", "\"phone_key\" ="],
    ),
    (
        "contacts of customers",
        &["FROM \"contacts\"", "\"customer_id\" IN ("],
    ),
    (
        "chats of a customer",
        &["SELECT \"chats\".\"id\" FROM", "\"customer_id\" ="],
    ),
    (
        "timeline of messages",
        &["FROM \"messages\"", "AS \"found\""],
    ),
    ("timeline of notes", &["FROM \"notes\"", "AS \"found\""]),
    (
        "timeline of consents",
        &["FROM \"customer_consents\"", " < (", " DESC"],
    ),
    (
        "timeline of changes",
        &["FROM \"customer_changes\"", " < (", " DESC"],
    ),
];

/// Shows what happened with a customer who has several chats.
pub(super) async fn run_timeline(store: &SeaStore, business: &Business, page: PageRequest) {
    another_chat(store, business).await;
    let read = store.read(business.id());
    let history = read.customer_history();
    let timeline = history.list(business.customer.id, &TimelineKind::ALL, page);
    timeline.await.unwrap();
}

/// Lists customers in each order, and by their terms.
pub(super) async fn run_finds(customers: &dyn CustomerRepository, business: &Business) {
    let customer = &business.customer;
    let number = customer.phone_number.as_ref().unwrap();
    customers.find_by_phone(number).await.unwrap();
    customers.contacts_of(&[customer.id]).await.unwrap();
    let all = CustomerFilter::default();
    let newest = SortedRequest {
        sort: CustomerSort::CreatedAt,
        descending: true,
        after: None,
        limit: 25,
    };
    customers.list(&all, &newest).await.unwrap();
    for (sort, key) in [
        (CustomerSort::Name, SortKey::Text("a".into())),
        (CustomerSort::LastSeenAt, SortKey::Time(customer.created_at)),
    ] {
        let further = SortedRequest {
            sort,
            descending: false,
            after: Some(Place {
                key,
                id: customer.id.uuid(),
            }),
            limit: 25,
        };
        customers.list(&all, &further).await.unwrap();
    }
    let rare = CustomerFilter {
        search: Some("w17".into()),
        ..all
    };
    let by_name = SortedRequest {
        sort: CustomerSort::Name,
        ..newest
    };
    customers.list(&rare, &by_name).await.unwrap();
}
