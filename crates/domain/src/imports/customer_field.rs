use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::customers::FieldKey;

/// What a column can tell of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CustomerField {
    FirstName,
    LastName,
    /// Both names in one cell.
    Name,
    PhoneNumber,
    Email,
    Company,
    Address,
    City,
    State,
    ZipCode,
    Country,
    Tags,
    Stage,
    /// The e-mail address of the member whose customer it is.
    Owner,
    Birthday,
    Notes,
    MarketingConsent,
    /// One of the organization's own, by its key.
    Custom(FieldKey),
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is nothing that a column can be")]
pub struct CustomerFieldError(String);

/// What stands before the keys of an organization's own fields.
const CUSTOM: &str = "customFields.";

impl CustomerField {
    /// Those that every organization has.
    pub const COMMON: [Self; 17] = [
        Self::FirstName,
        Self::LastName,
        Self::Name,
        Self::PhoneNumber,
        Self::Email,
        Self::Company,
        Self::Address,
        Self::City,
        Self::State,
        Self::ZipCode,
        Self::Country,
        Self::Tags,
        Self::Stage,
        Self::Owner,
        Self::Birthday,
        Self::Notes,
        Self::MarketingConsent,
    ];

    /// Its name for clients. Stable.
    pub fn name(&self) -> String {
        let name = match self {
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::Name => "name",
            Self::PhoneNumber => "phoneNumber",
            Self::Email => "email",
            Self::Company => "company",
            Self::Address => "address",
            Self::City => "city",
            Self::State => "state",
            Self::ZipCode => "zipCode",
            Self::Country => "country",
            Self::Tags => "tags",
            Self::Stage => "stage",
            Self::Owner => "owner",
            Self::Birthday => "birthday",
            Self::Notes => "notes",
            Self::MarketingConsent => "marketingConsent",
            Self::Custom(key) => return format!("{CUSTOM}{}", key.as_str()),
        };
        name.to_owned()
    }
}

impl TryFrom<String> for CustomerField {
    type Error = CustomerFieldError;

    fn try_from(name: String) -> Result<Self, CustomerFieldError> {
        if let Some(key) = name.strip_prefix(CUSTOM) {
            let key = FieldKey::try_from(key.to_owned());
            return key.map(Self::Custom).map_err(|_| CustomerFieldError(name));
        }
        let mut common = Self::COMMON.into_iter();
        common
            .find(|field| field.name() == name)
            .ok_or(CustomerFieldError(name))
    }
}

impl From<CustomerField> for String {
    fn from(field: CustomerField) -> Self {
        field.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_field() {
        let key = FieldKey::try_from("shoeSize".to_owned()).unwrap();
        let fields = CustomerField::COMMON.into_iter();
        for field in fields.chain([CustomerField::Custom(key)]) {
            assert_eq!(CustomerField::try_from(field.name()), Ok(field));
        }
        for nothing in ["shoeSize", "customFields.", "customFields.Shoe size", ""] {
            assert!(CustomerField::try_from(nothing.to_owned()).is_err());
        }
    }
}
