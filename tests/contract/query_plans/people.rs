use domain::{
    page::PageRequest,
    store::{Repositories, Store},
    whatsapp::ContactFilter,
};
use infrastructure::database::SeaStore;

use crate::given::{Business, wa_id};

pub(super) const HOT: [(&str, &[&str]); 8] = [
    (
        "identities",
        &["FROM \"contact_identities\"", "\"value\" ="],
    ),
    (
        "identities of a page",
        &["FROM \"contact_identities\"", "\"contact_id\" IN ("],
    ),
    (
        "chat of a contact",
        &["FROM \"chats\"", "\"contact_id\" =", "\"account_id\" ="],
    ),
    (
        "contact list",
        &["FROM \"contacts\"", " < (", "\"created_at\" DESC"],
    ),
    (
        "contact list of the blocked",
        &["FROM \"contacts\"", "\"blocked_at\" IS NOT NULL"],
    ),
    (
        "contact list of the undeliverable",
        &["FROM \"contacts\"", "\"undeliverable_at\" IS NOT NULL"],
    ),
    (
        "contact list of who is no customer",
        &["FROM \"contacts\"", "\"customer_id\" IS NULL", " < ("],
    ),
    (
        "contacts to be customers",
        &[
            "FROM \"contacts\"",
            "\"customer_id\" IS NULL",
            " ASC LIMIT ",
        ],
    ),
];

pub(super) async fn run_hot_queries(
    read: &dyn Repositories,
    business: &Business,
    page: PageRequest,
) {
    let (account, contact) = (business.account.id, business.contact.id);
    let chat = read.chats().find_by_contact(account, contact).await;
    assert_eq!(chat.unwrap().unwrap().id, business.chat.id);
    let contacts = read.contacts();
    let identities = [wa_id(&business.contact)];
    contacts.find_by_identities(&identities).await.unwrap();
    contacts.identities(&[contact]).await.unwrap();
    let all = ContactFilter::default();
    let (blocked, undeliverable, customer) = (Some(true), Some(true), Some(false));
    for filter in [
        all,
        ContactFilter { blocked, ..all },
        ContactFilter { customer, ..all },
        ContactFilter {
            undeliverable,
            ..all
        },
    ] {
        contacts.list(filter, page).await.unwrap();
    }
}

/// Looks who is no customer.
pub(super) async fn sync(store: &SeaStore, business: &Business) {
    let uow = store.begin(business.id()).await.unwrap();
    uow.contacts().lock_without_customer(25).await.unwrap();
}
