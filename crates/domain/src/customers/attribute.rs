use serde::{Deserialize, Serialize};

use super::CustomerFieldId;

/// What people decide on of a customer, but for the consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    FirstName,
    LastName,
    PhoneNumber,
    OtherPhoneNumbers,
    Email,
    Company,
    Address,
    City,
    State,
    ZipCode,
    Country,
    Tags,
    Stage,
    OwnerId,
    Birthday,
    Notes,
    /// What stands in a field of the organization's own.
    Custom(CustomerFieldId),
}
