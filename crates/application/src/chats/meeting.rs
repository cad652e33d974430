//! Getting to know somebody, by what they write or by writing to them.

use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    chats::Chat,
    customers::{ChangeOrigin, Customer, CustomerChange, CustomerId},
    event::Event,
    id::Id,
    store::{StoreError, UnitOfWork},
    text::PhoneNumber,
    whatsapp::{AccountId, Contact, webhook::Party},
};

use super::{Newcomers, newcomers};

/// As `meet`, and tells of a new customer.
pub(crate) async fn make_contact(
    uow: &dyn UnitOfWork,
    party: &Party,
    customer_id: Option<CustomerId>,
    met_by: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<Option<Contact>, StoreError> {
    let Some((contact, newcomer)) = meet(uow, party, customer_id, met_by, now).await? else {
        return Ok(None);
    };
    if let Some(customer) = newcomer {
        uow.record(Event::CustomerCreated { customer });
    }
    Ok(Some(contact))
}

/// The contact that the party is from now on: of this customer, of the one who has the number
/// already, as one person is one customer, or, if the organization wants it, of a new one, who is
/// answered too. `met_by` is the member who writes to them first, if it is not they who wrote.
/// None if somebody else is making the same contact right now: the unit of work must be given up
/// and all of it done again, as the customer just made must not stay.
pub(crate) async fn meet(
    uow: &dyn UnitOfWork,
    party: &Party,
    customer_id: Option<CustomerId>,
    met_by: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<Option<(Contact, Option<Customer>)>, StoreError> {
    let number = party.wa_id.as_deref().map(PhoneNumber::from_wa_id);
    let number = number.and_then(Result::ok);
    let known = match (customer_id, &number) {
        (None, Some(number)) => uow.customers().find_by_phone(number).await?,
        _ => None,
    };
    let known = customer_id.or(known.map(|customer| customer.id));
    let (customer_id, newcomer) = if known.is_some() {
        (known, None)
    } else if newcomers(uow).await? == Newcomers::Leave {
        (None, None)
    } else {
        let name = party.name.as_deref().or(party.username.as_deref());
        let customer = Customer::from_profile(name, number, now);
        if !uow.customers().insert(&customer).await? {
            return Ok(None);
        }
        let origin = match met_by {
            Some(_) => ChangeOrigin::Member,
            None => ChangeOrigin::Whatsapp,
        };
        let change = CustomerChange::between(None, &customer, origin, met_by);
        uow.customer_history().append(&[change]).await?;
        (Some(customer.id), Some(customer))
    };
    let contact = Contact {
        id: Id::generate(),
        customer_id,
        name: party.name.clone(),
        wa_id: party.wa_id.clone(),
        user_id: party.user_id.clone(),
        username: party.username.clone(),
        blocked: None,
        undeliverable: None,
        created_at: now,
        updated_at: now,
    };
    if !uow.contacts().insert(&contact, &party.identities()).await? {
        return Ok(None);
    }
    Ok(Some((contact, newcomer)))
}

/// None if somebody else has just opened the same chat and it cannot be seen yet, or the contact
/// is another's by now: all of the unit of work must be done again.
pub(crate) async fn find_or_open_chat(
    uow: &dyn UnitOfWork,
    account_id: AccountId,
    contact: &Contact,
    now: DateTime<Utc>,
) -> Result<Option<Chat>, StoreError> {
    let chats = uow.chats();
    if let Some(chat) = chats.find_by_contact(account_id, contact.id).await? {
        return Ok(Some(chat));
    }
    // Who becomes a customer meanwhile does so before that, or with this chat.
    let Some(contact) = uow.contacts().lock(contact.id).await? else {
        return Ok(None);
    };
    let chat = Chat::open(account_id, &contact, now);
    if !chats.insert(&chat).await? {
        return chats.find_by_contact(account_id, contact.id).await;
    }
    if let Some(overview) = chats.overview(chat.id, None).await? {
        uow.record(Event::ChatCreated { overview });
    }
    Ok(Some(chat))
}
