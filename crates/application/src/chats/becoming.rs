//! Making customers of contacts who are none.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    customers::{ChangeOrigin, Customer, CustomerChange, CustomerId, phone_key},
    event::Event,
    store::{Repositories, StoreError, UnitOfWork},
    text::PhoneNumber,
    whatsapp::{Contact, ContactId, Identity, IdentityKind},
};

use super::tell_of_chats;

/// What becomes of a contact who is none of the customers that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Newcomers {
    /// A new customer.
    Make,
    /// None.
    Leave,
}

/// Who became customers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Became {
    /// Each of them, with the customer.
    pub(crate) all: Vec<(ContactId, CustomerId)>,
    /// Those who were not there before.
    pub(crate) created: Vec<Customer>,
}

/// What the organization wants of those who write.
pub(crate) async fn newcomers(data: &dyn Repositories) -> Result<Newcomers, StoreError> {
    let organization = data.organizations().current().await?;
    let is_wanted = organization.is_none_or(|it| it.contacts_become_customers);
    Ok(if is_wanted {
        Newcomers::Make
    } else {
        Newcomers::Leave
    })
}

/// Each of these contacts, who are locked, at most 500 and no customers, is from now on the
/// customer who has one of their numbers or, if it is wanted, a new one. A fixed number of
/// statements, however many they are.
pub(crate) async fn make_customers(
    uow: &dyn UnitOfWork,
    contacts: &[Contact],
    newcomers: Newcomers,
    now: DateTime<Utc>,
) -> Result<Became, StoreError> {
    let ids: Vec<_> = contacts.iter().map(|contact| contact.id).collect();
    let identities = uow.contacts().identities(&ids).await?;
    let numbers_of = |contact: &Contact| {
        let others = identities.get(&contact.id).into_iter().flatten();
        let numbers = contact.phone_number().into_iter();
        numbers.chain(others.filter_map(number)).collect::<Vec<_>>()
    };
    let numbers: Vec<_> = contacts.iter().flat_map(numbers_of).collect();
    let customers = uow.imported_customers();
    let mut known = HashMap::new();
    for customer in customers.lock_by_phone_numbers(&numbers).await? {
        for number in customer.all_numbers() {
            // If several have the number, the oldest is meant.
            known.entry(phone_key(&number)).or_insert(customer.id);
        }
    }
    let mut became = Became::default();
    for contact in contacts {
        let numbers = numbers_of(contact);
        let mut found = numbers.iter().filter_map(|it| known.get(&phone_key(it)));
        match found.next() {
            Some(customer_id) => became.all.push((contact.id, *customer_id)),
            None if newcomers == Newcomers::Leave => {}
            None => {
                let customer = customer_like(contact, now);
                became.all.push((contact.id, customer.id));
                became.created.push(customer);
            }
        }
    }
    if !became.created.is_empty() {
        customers.insert_all(&became.created).await?;
        let made = |customer| CustomerChange::between(None, customer, ChangeOrigin::Whatsapp, None);
        let changes: Vec<_> = became.created.iter().map(made).collect();
        uow.customer_history().append(&changes).await?;
    }
    if !became.all.is_empty() {
        uow.contacts().give_customers(&became.all).await?;
    }
    Ok(became)
}

/// The customer that a contact is, made if need be, whatever the organization wants: there is
/// something to be kept of them. None if the contact is no more.
pub(crate) async fn customer_of(
    uow: &dyn UnitOfWork,
    id: ContactId,
    now: DateTime<Utc>,
) -> Result<Option<CustomerId>, StoreError> {
    let Some(contact) = uow.contacts().lock(id).await? else {
        return Ok(None);
    };
    if contact.customer_id.is_some() {
        return Ok(contact.customer_id);
    }
    let became = make_customers(uow, &[contact], Newcomers::Make, now).await?;
    let customer_id = became.all.first().map(|(_, customer_id)| *customer_id);
    tell(uow, became).await?;
    Ok(customer_id)
}

/// Tells of new customers, and of the chats that have one now. Of few: there may be thousands.
pub(crate) async fn tell(uow: &dyn UnitOfWork, became: Became) -> Result<(), StoreError> {
    for customer in became.created {
        uow.record(Event::CustomerCreated { customer });
    }
    for (contact_id, _) in became.all {
        tell_of_chats(uow, contact_id).await?;
    }
    Ok(())
}

fn customer_like(contact: &Contact, now: DateTime<Utc>) -> Customer {
    let name = contact.name.as_deref().or(contact.username.as_deref());
    Customer::from_profile(name, contact.phone_number(), now)
}

fn number(identity: &Identity) -> Option<PhoneNumber> {
    let is_number = identity.kind == IdentityKind::WaId;
    let number = PhoneNumber::from_wa_id(&identity.value).ok();
    number.filter(|_| is_number)
}
