//! People on WhatsApp who were no customers until somebody keeps one with their number.

use domain::{
    customers::Customer,
    store::{StoreError, UnitOfWork},
    whatsapp::{Contact, Identity, IdentityKind},
};

use crate::chats::tell_of_chats;

/// Those who have one of the customer's numbers and are no customers. Locked, before any
/// customer is, as they do who take messages in.
pub(super) async fn lock_strangers(
    uow: &dyn UnitOfWork,
    customer: &Customer,
) -> Result<Vec<Contact>, StoreError> {
    let numbers = customer.all_numbers().into_iter();
    let identities: Vec<_> = numbers
        .map(|number| Identity {
            kind: IdentityKind::WaId,
            value: number.digits().to_owned(),
        })
        .collect();
    let mut contacts = uow.contacts().lock_by_identities(&identities).await?;
    contacts.retain(|contact| contact.customer_id.is_none());
    Ok(contacts)
}

/// They are this customer, who is answered as that leaves them.
pub(super) async fn join_strangers(
    uow: &dyn UnitOfWork,
    strangers: &[Contact],
    customer: Customer,
) -> Result<Customer, StoreError> {
    if strangers.is_empty() {
        return Ok(customer);
    }
    let of: Vec<_> = strangers.iter().map(|it| (it.id, customer.id)).collect();
    uow.contacts().give_customers(&of).await?;
    for stranger in strangers {
        tell_of_chats(uow, stranger.id).await?;
    }
    let joined = uow.customers().find(customer.id).await?;
    Ok(joined.unwrap_or(customer))
}
