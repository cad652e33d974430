use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    customers::{Customer, CustomerField, CustomerId, FieldKey, FieldValue},
    money::Money,
    store::Repositories,
    whatsapp::Contact,
};

use crate::Error;

/// A customer with what is known from elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerView {
    pub customer: Customer,
    /// What stands in the fields that there are.
    pub custom_fields: BTreeMap<FieldKey, FieldValue>,
    /// Who the customer is on WhatsApp, first known first.
    pub contacts: Vec<Contact>,
    pub totals: Totals,
}

/// What a customer has bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    pub orders: u64,
    pub spent: Money,
    pub last_order_at: Option<DateTime<Utc>>,
}

pub(super) async fn view(
    data: &dyn Repositories,
    customer: Customer,
) -> Result<CustomerView, Error> {
    let mut views = views(data, vec![customer]).await?;
    views.pop().ok_or(Error::NotFound("customer"))
}

/// The same of many, with one query for each kind of thing.
pub(super) async fn views(
    data: &dyn Repositories,
    customers: Vec<Customer>,
) -> Result<Vec<CustomerView>, Error> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let fields = data.customer_fields().list().await?;
    let organization = data.organizations().current().await?;
    let organization = organization.ok_or(Error::NotFound("organization"))?;
    let ids: Vec<_> = customers.iter().map(|customer| customer.id).collect();
    let mut contacts = HashMap::<CustomerId, Vec<Contact>>::new();
    for contact in data.customers().contacts_of(&ids).await? {
        if let Some(customer_id) = contact.customer_id {
            contacts.entry(customer_id).or_default().push(contact);
        }
    }
    let views = customers.into_iter().map(|customer| {
        let mut contacts = contacts.remove(&customer.id).unwrap_or_default();
        contacts.sort_by_key(|contact| (contact.created_at, contact.id));
        CustomerView {
            custom_fields: known_fields(&fields, &customer),
            contacts,
            totals: Totals {
                // Nothing can be ordered yet.
                orders: 0,
                spent: Money::new(0, organization.currency),
                last_order_at: None,
            },
            customer,
        }
    });
    Ok(views.collect())
}

fn known_fields(fields: &[CustomerField], customer: &Customer) -> BTreeMap<FieldKey, FieldValue> {
    let values = fields.iter().filter_map(|field| {
        let value = customer.custom_fields.get(&field.id)?;
        Some((field.key.clone(), value.clone()))
    });
    values.collect()
}
