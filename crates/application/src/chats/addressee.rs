use chrono::{DateTime, Utc};
use domain::{
    customers::{Customer, CustomerId},
    store::{Repositories, UnitOfWork},
    text::PhoneNumber,
    whatsapp::{Contact, Identity, IdentityKind, webhook::Party},
};

use super::make_contact;
use crate::{Actor, Error};

/// Somebody to write to, as one names them: by phone number or as a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// In any usual formatting; without a country code, of the organization's country.
    Phone(String),
    Customer(CustomerId),
}

impl From<&str> for Addressee {
    fn from(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Phone(text.to_owned()), Self::Customer)
    }
}

/// What is known of an addressee.
pub(super) struct Known {
    pub contact: Option<Contact>,
    customer: Option<Customer>,
    phone_number: Option<PhoneNumber>,
}

impl Addressee {
    /// `pointer` is where the input named the addressee.
    pub(super) async fn find(
        &self,
        data: &dyn Repositories,
        pointer: &str,
    ) -> Result<Known, Error> {
        match self {
            Self::Customer(id) => {
                let customer = data
                    .customers()
                    .find(*id)
                    .await?
                    .ok_or(Error::NotFound("customer"))?;
                let phone_number = customer.phone_number.clone();
                // Of several, who has the number by which the customer is known.
                let contact = match find_by_phone(data, phone_number.as_ref()).await? {
                    Some(contact) if contact.customer_id == Some(*id) => Some(contact),
                    another => data.contacts().find_by_customer(*id).await?.or(another),
                };
                Ok(Known {
                    contact,
                    customer: Some(customer),
                    phone_number,
                })
            }
            Self::Phone(text) => {
                let country = data
                    .organizations()
                    .current()
                    .await?
                    .and_then(|organization| organization.country);
                let parsed = PhoneNumber::parse(text, country.as_ref());
                // Who has written to us exists, also if the number does by no numbering plan,
                // as those that Meta gives out for tests.
                let number = parsed.clone().ok().or_else(|| as_meta_writes_it(text));
                let contact = find_by_phone(data, number.as_ref()).await?;
                match parsed {
                    Err(error) if contact.is_none() => {
                        Err(Error::invalid(pointer, "invalid_phone_number", error))
                    }
                    _ => Ok(Known {
                        contact,
                        customer: None,
                        phone_number: number,
                    }),
                }
            }
        }
    }
}

impl Known {
    /// The contact, made if need be, with its customer. None if somebody else is making the
    /// same one right now: the unit of work must then be given up.
    pub(super) async fn contact_or_new(
        self,
        uow: &dyn UnitOfWork,
        actor: &Actor,
        pointer: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Contact>, Error> {
        if self.contact.is_some() {
            return Ok(self.contact);
        }
        let phone_number = self.phone_number.ok_or_else(|| {
            let detail = "has neither a phone number nor ever written: there is no way to them";
            Error::invalid(pointer, "unreachable", detail)
        })?;
        let party = Party {
            wa_id: Some(phone_number.digits().to_owned()),
            ..Party::default()
        };
        let customer_id = self.customer.map(|customer| customer.id);
        Ok(make_contact(uow, &party, customer_id, Some(actor.user_id()), now).await?)
    }
}

async fn find_by_phone(
    data: &dyn Repositories,
    number: Option<&PhoneNumber>,
) -> Result<Option<Contact>, Error> {
    match number {
        Some(number) => Ok(data.contacts().find_by_identities(&[wa_id(number)]).await?),
        None => Ok(None),
    }
}

fn wa_id(number: &PhoneNumber) -> Identity {
    Identity {
        kind: IdentityKind::WaId,
        value: number.digits().to_owned(),
    }
}

fn as_meta_writes_it(text: &str) -> Option<PhoneNumber> {
    let bare: String = text.chars().filter(|c| !" -().".contains(*c)).collect();
    PhoneNumber::from_wa_id(&bare).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_a_customer_and_anything_else_a_phone_number() {
        let id = CustomerId::generate();
        assert_eq!(
            Addressee::from(id.to_string().as_str()),
            Addressee::Customer(id)
        );
        assert_eq!(
            Addressee::from("+14155550123"),
            Addressee::Phone("+14155550123".into())
        );
    }
}
