//! What is said of a customer, and what is wrong with it.

use std::{collections::BTreeMap, fmt::Display};

use chrono::{Datelike, NaiveDate};
use domain::{
    auth::{EmailAddress, UserId},
    chats::Label,
    customers::{Customer, CustomerField, Stage, phone_key},
    organizations::{Member, Permission},
    store::{Repositories, UnitOfWork},
    text::{CountryCode, PhoneNumber},
};
use serde_json::Value;

use crate::{Error, FieldError};

/// What is to be known of a customer. What is absent stays; `Some(None)`, as a blank text,
/// clears.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerInput {
    pub first_name: Option<Option<String>>,
    pub last_name: Option<Option<String>>,
    /// In any usual formatting; without a country code, of the organization's country.
    pub phone_number: Option<Option<String>>,
    pub email: Option<Option<String>>,
    pub company: Option<Option<String>>,
    pub address: Option<Option<String>>,
    pub city: Option<Option<String>>,
    pub state: Option<Option<String>>,
    pub zip_code: Option<Option<String>>,
    pub country: Option<Option<CountryCode>>,
    pub tags: Option<Vec<String>>,
    pub stage: Option<Stage>,
    pub owner_id: Option<Option<UserId>>,
    pub birthday: Option<Option<NaiveDate>>,
    pub notes: Option<Option<String>>,
    /// By the fields' keys; those that are absent stay, and null clears.
    pub custom_fields: BTreeMap<String, Value>,
}

const MAX_NAME: usize = 100;
const MAX_ADDRESS: usize = 200;
const MAX_ZIP_CODE: usize = 20;

/// What an organization decides about what may be said of its customers.
#[derive(Clone, Debug, Default)]
pub(crate) struct CustomerRules {
    pub(crate) country: Option<CountryCode>,
    pub(crate) fields: Vec<CustomerField>,
}

impl CustomerRules {
    pub(crate) async fn load(data: &dyn Repositories) -> Result<Self, Error> {
        let organization = data.organizations().current().await?;
        Ok(Self {
            country: organization.and_then(|organization| organization.country),
            fields: data.customer_fields().list().await?,
        })
    }
}

impl CustomerInput {
    /// Changes the customer to what is said, or refuses with all that is wrong with it.
    pub(super) async fn apply(
        mut self,
        uow: &dyn UnitOfWork,
        customer: &mut Customer,
    ) -> Result<(), Error> {
        let rules = CustomerRules::load(uow).await?;
        let owner_id = self.owner_id.take();
        let mut faults = self.apply_but_owner(&rules, customer);
        if let Some(owner_id) = owner_id
            && owner_id != customer.owner_id
        {
            if let Some(id) = owner_id
                && !may_be_owned_by(uow, id).await?
            {
                let detail = "is not the id of an active member";
                faults.push(FieldError::new("/ownerId", "not_a_member", detail));
            }
            customer.owner_id = owner_id;
        }
        if faults.is_empty() && !customer.is_recognizable() {
            let detail = "a name, a company, a phone number or an e-mail address is required";
            faults.push(FieldError::new("/firstName", "required", detail));
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(faults))
        }
    }

    /// Changes the customer to what is said, but for the owner. Answers all that is wrong
    /// with it.
    pub(crate) fn apply_but_owner(
        self,
        rules: &CustomerRules,
        customer: &mut Customer,
    ) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let country = rules.country.as_ref();
        let line = |max| move |text: &str| read_text(text, max, |c| !c.is_control());
        let notes = |text: &str| {
            let is_layout = |c| matches!(c, '\n' | '\r' | '\t');
            read_text(text, Customer::MAX_NOTES, |c| {
                !c.is_control() || is_layout(c)
            })
        };
        let mut set = |field: &mut Option<String>, change, pointer, read: &dyn Fn(&str) -> Read| {
            set(field, change, pointer, &mut faults, read);
        };
        let name = &line(MAX_NAME);
        let address = &line(MAX_ADDRESS);
        let zip_code = &line(MAX_ZIP_CODE);
        set(
            &mut customer.first_name,
            self.first_name,
            "/firstName",
            name,
        );
        set(&mut customer.last_name, self.last_name, "/lastName", name);
        set(&mut customer.company, self.company, "/company", name);
        set(&mut customer.address, self.address, "/address", address);
        set(&mut customer.city, self.city, "/city", name);
        set(&mut customer.state, self.state, "/state", name);
        set(&mut customer.zip_code, self.zip_code, "/zipCode", zip_code);
        set(&mut customer.notes, self.notes, "/notes", &notes);
        let phone = |text: &str| {
            let number = PhoneNumber::parse(text, country);
            number.map_err(|error| ("invalid_phone_number", error.to_string()))
        };
        let email = |text: &str| {
            EmailAddress::parse(text).map_err(|error| ("invalid_email", error.to_string()))
        };
        let number = &mut customer.phone_number;
        let is_as_it_was = |text: &str| number.as_ref().is_some_and(|it| it.as_str() == text);
        // Also a number of no numbering plan, as those for tests, may be given back.
        if !matches!(&self.phone_number, Some(Some(text)) if is_as_it_was(text)) {
            let pointer = "/phoneNumber";
            self::set(number, self.phone_number, pointer, &mut faults, &phone);
        }
        // Of several numbers, another may become the first.
        let first = customer.phone_number.as_ref().map(phone_key);
        let is_other = |number: &PhoneNumber| Some(phone_key(number)) != first;
        customer.other_phone_numbers.retain(is_other);
        self::set(
            &mut customer.email,
            self.email,
            "/email",
            &mut faults,
            &email,
        );
        if let Some(country) = self.country {
            customer.country = country;
        }
        if let Some(stage) = self.stage {
            customer.stage = stage;
        }
        match self.birthday {
            Some(Some(day)) if !(1..=9999).contains(&day.year()) => {
                let detail = "must be of the years 1 to 9999";
                faults.push(FieldError::new("/birthday", "invalid_date", detail));
            }
            Some(day) => customer.birthday = day,
            None => {}
        }
        if let Some(tags) = self.tags
            && let Some(tags) = read_tags(&tags, Customer::MAX_TAGS, "/tags", &mut faults)
        {
            customer.tags = tags;
        }
        if !self.custom_fields.is_empty() {
            apply_fields(self.custom_fields, &rules.fields, customer, &mut faults);
        }
        faults
    }
}

type Read<T = String> = Result<T, (&'static str, String)>;

fn set<T>(
    field: &mut Option<T>,
    change: Option<Option<String>>,
    pointer: &str,
    faults: &mut Vec<FieldError>,
    read: &dyn Fn(&str) -> Read<T>,
) {
    let Some(change) = change else {
        return;
    };
    let text = change.as_deref().map(str::trim);
    match text.filter(|text| !text.is_empty()).map(read).transpose() {
        Ok(value) => *field = value,
        Err((code, detail)) => faults.push(FieldError::new(pointer, code, detail)),
    }
}

fn read_text(text: &str, max_length: usize, is_allowed: impl Fn(char) -> bool) -> Read {
    if text.chars().count() > max_length {
        let detail = format!("must have at most {max_length} characters");
        return Err(("too_long", detail));
    }
    if !text.chars().all(is_allowed) {
        let detail = "must not contain control characters".to_owned();
        return Err(("control_character", detail));
    }
    Ok(text.to_owned())
}

/// Tags in alphabetical order.
pub(super) fn read_tags(
    texts: &[String],
    max: usize,
    pointer: &str,
    faults: &mut Vec<FieldError>,
) -> Option<Vec<Label>> {
    if texts.len() > max {
        let detail = format!("must be at most {max}");
        faults.push(FieldError::new(pointer, "too_many", detail));
        return None;
    }
    match Label::parse_all(texts) {
        Ok(mut tags) => {
            tags.sort_by_key(Label::key);
            Some(tags)
        }
        Err(errors) => {
            faults.extend(errors.into_iter().map(|(index, error)| {
                FieldError::new(&format!("{pointer}/{index}"), error.code(), error)
            }));
            None
        }
    }
}

fn apply_fields(
    given: BTreeMap<String, Value>,
    fields: &[CustomerField],
    customer: &mut Customer,
    faults: &mut Vec<FieldError>,
) {
    for (key, value) in given {
        let mut refuse = |code, detail: &dyn Display| {
            let pointer = format!("/customFields/{key}");
            faults.push(FieldError::new(&pointer, code, detail));
        };
        let Some(field) = fields.iter().find(|field| field.key.as_str() == key) else {
            refuse("unknown_field", &"there is no such field");
            continue;
        };
        if value.is_null() {
            customer.custom_fields.remove(&field.id);
            continue;
        }
        match field.kind.read(&value) {
            Ok(value) => {
                customer.custom_fields.insert(field.id, value);
            }
            Err(error) => refuse(error.code(), &error),
        }
    }
    // What stood in fields that are no more goes at last.
    let is_known = |id| fields.iter().any(|field| field.id == id);
    customer.custom_fields.retain(|id, _| is_known(*id));
}

/// Whether customers may be given to somebody, who stays so until the unit of work ends.
async fn may_be_owned_by(uow: &dyn UnitOfWork, id: UserId) -> Result<bool, Error> {
    let member = uow.members().lock(id).await?;
    Ok(member.as_ref().is_some_and(may_own))
}

pub(crate) fn may_own(member: &Member) -> bool {
    member.active && member.role.may(Permission::CustomersWrite)
}

/// Refuses numbers that another customer has.
pub(super) async fn check_number(uow: &dyn UnitOfWork, customer: &Customer) -> Result<(), Error> {
    for number in customer.all_numbers() {
        match uow.customers().find_by_phone(&number).await? {
            Some(other) if other.id != customer.id => {
                return Err(Error::Taken {
                    code: "phone_number_taken",
                    detail: "another customer has this phone number".to_owned(),
                    existing_id: other.id.uuid(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}
