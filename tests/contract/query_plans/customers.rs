use domain::{
    auth::EmailAddress,
    chats::Sight,
    customers::{CustomerFilter, CustomerRepository, CustomerSort, TimelineKind, Traces},
    page::{PageRequest, Place, SortKey, SortedRequest},
    store::{Store, UnitOfWork},
};
use infrastructure::database::SeaStore;

use crate::{customers::history::another_chat, given::Business};

pub(super) const SEARCH: &str = "customer search";

/// What the queries are, each by signs that tell its statement.
pub(super) const HOT: [(&str, &[&str]); 18] = [
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
    ("few words of customers", &["WITH RECURSIVE found"]),
    (
        "customers of few words by name",
        &["JOIN (SELECT", "\"found\".\"folded_name\" DESC"],
    ),
    (
        "customers of few words",
        &["JOIN (SELECT", "\"found\".\"created_at\" DESC"],
    ),
    (
        "customer of a number",
        &["FROM \"customers\"", "\"phone_key\" ="],
    ),
    (
        "messages of who is erased",
        &["FROM \"messages\"", "kind <> 'expired'", "\"chat_id\" IN"],
    ),
    (
        "contacts of customers",
        &["FROM \"contacts\"", "\"customer_id\" IN ("],
    ),
    (
        "customers of other numbers",
        &["FROM \"customer_terms\"", "\"term\" IN ("],
    ),
    (
        "customers of e-mail addresses",
        &["FROM \"customers\"", "PARTITION BY email"],
    ),
    (
        "customer list of merges",
        &["FROM \"customer_merges\"", "\"merged_at\" DESC"],
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
    let timeline = history.list(business.customer.id, &TimelineKind::ALL, Sight::All, page);
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
        ..newest.clone()
    };
    customers.list(&rare, &by_name).await.unwrap();
    let common = CustomerFilter {
        search: Some("zoe".into()),
        ..CustomerFilter::default()
    };
    for page in [&newest, &by_name] {
        customers.list(&common, page).await.unwrap();
    }
}

/// Looks for those whom the rows of a table are about, and for what was merged.
pub(super) async fn run_imports_and_merges(
    uow: &dyn UnitOfWork,
    business: &Business,
    page: PageRequest,
) {
    let imported = uow.imported_customers();
    let number = business.customer.phone_number.clone().unwrap();
    imported.lock_by_phone_numbers(&[number]).await.unwrap();
    let emails = [EmailAddress::parse("ana@example.com").unwrap()];
    imported.lock_by_emails(&emails).await.unwrap();
    let merges = uow.customer_merges();
    merges.list(business.customer.id, page).await.unwrap();
}

/// Looks for what somebody has said, and forgets it for a moment.
pub(super) async fn erase(store: &SeaStore, business: &Business) {
    let traces = Traces {
        customers: vec![business.customer.id],
        chats: vec![business.chat.id],
        identities: Vec::new(),
        numbers: Vec::new(),
        business_accounts: Vec::new(),
    };
    let uow = store.begin(business.id()).await.unwrap();
    let erasures = uow.customer_erasures();
    let now = business.chat.created_at;
    erasures.erase_messages(&traces, now, 100).await.unwrap();
}
