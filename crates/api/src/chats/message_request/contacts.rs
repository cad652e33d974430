use domain::chats::{
    CardAddress, CardEmail, CardName, CardOrganization, CardPhone, CardUrl, ContactCard,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A contact card.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ContactCardRequest {
    #[serde(default)]
    #[schema(required)]
    name: NameRequest,
    #[serde(default)]
    phones: Vec<PhoneRequest>,
    #[serde(default)]
    emails: Vec<EmailRequest>,
    #[serde(default)]
    addresses: Vec<AddressRequest>,
    org: Option<OrgRequest>,
    #[serde(default)]
    urls: Vec<UrlRequest>,
    #[schema(example = "1990-01-31")]
    birthday: Option<String>,
}

/// The whole name, and at least one of its parts.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NameRequest {
    #[serde(default)]
    #[schema(required, example = "Ana Paz")]
    formatted_name: String,
    first_name: Option<String>,
    last_name: Option<String>,
    middle_name: Option<String>,
    prefix: Option<String>,
    suffix: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PhoneRequest {
    #[serde(default)]
    #[schema(required)]
    phone: String,
    /// Makes the card one that can be written to.
    wa_id: Option<String>,
    #[serde(rename = "type")]
    #[schema(example = "CELL")]
    kind: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EmailRequest {
    #[serde(default)]
    #[schema(required)]
    email: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UrlRequest {
    #[serde(default)]
    #[schema(required)]
    url: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddressRequest {
    street: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip: Option<String>,
    country: Option<String>,
    country_code: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OrgRequest {
    company: Option<String>,
    department: Option<String>,
    title: Option<String>,
}

impl From<ContactCardRequest> for ContactCard {
    fn from(card: ContactCardRequest) -> Self {
        Self {
            name: card.name.into(),
            phones: card.phones.into_iter().map(Into::into).collect(),
            emails: card.emails.into_iter().map(Into::into).collect(),
            addresses: card.addresses.into_iter().map(Into::into).collect(),
            org: card.org.map(Into::into),
            urls: card.urls.into_iter().map(Into::into).collect(),
            birthday: card.birthday,
        }
    }
}

impl From<NameRequest> for CardName {
    fn from(name: NameRequest) -> Self {
        Self {
            formatted_name: name.formatted_name,
            first_name: name.first_name,
            last_name: name.last_name,
            middle_name: name.middle_name,
            prefix: name.prefix,
            suffix: name.suffix,
        }
    }
}

impl From<PhoneRequest> for CardPhone {
    fn from(phone: PhoneRequest) -> Self {
        Self {
            phone: phone.phone,
            wa_id: phone.wa_id,
            kind: phone.kind,
        }
    }
}

impl From<EmailRequest> for CardEmail {
    fn from(email: EmailRequest) -> Self {
        Self {
            email: email.email,
            kind: email.kind,
        }
    }
}

impl From<UrlRequest> for CardUrl {
    fn from(url: UrlRequest) -> Self {
        Self {
            url: url.url,
            kind: url.kind,
        }
    }
}

impl From<AddressRequest> for CardAddress {
    fn from(address: AddressRequest) -> Self {
        Self {
            street: address.street,
            city: address.city,
            state: address.state,
            zip: address.zip,
            country: address.country,
            country_code: address.country_code,
            kind: address.kind,
        }
    }
}

impl From<OrgRequest> for CardOrganization {
    fn from(org: OrgRequest) -> Self {
        Self {
            company: org.company,
            department: org.department,
            title: org.title,
        }
    }
}
