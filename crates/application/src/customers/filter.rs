//! Filters as clients give them, and what is wrong with them.

use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    chats::Label,
    customers::{
        Anniversary, Customer, CustomerField, CustomerFilter, FieldCondition, FieldValue,
        OwnerFilter, Stage,
    },
    store::Repositories,
};
use serde_json::Value;

use super::input::read_tags;
use crate::{Actor, Error, FieldError};

/// A filter of customers, not checked yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterInput {
    pub search: Option<String>,
    pub any_tags: Vec<String>,
    pub all_tags: Vec<String>,
    pub no_tags: Vec<String>,
    pub stages: Vec<Stage>,
    pub owner: Option<OwnerInput>,
    pub opted_out: Option<bool>,
    pub created_from: Option<DateTime<Utc>>,
    pub created_to: Option<DateTime<Utc>>,
    pub last_seen_from: Option<DateTime<Utc>>,
    pub last_seen_to: Option<DateTime<Utc>>,
    pub birthday_from: Option<Anniversary>,
    pub birthday_to: Option<Anniversary>,
    pub custom_fields: Vec<FieldConditionInput>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerInput {
    Me,
    Nobody,
    User(UserId),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldConditionInput {
    pub key: String,
    pub is: Option<Value>,
    pub from: Option<Value>,
    pub to: Option<Value>,
}

const MAX_CONDITIONS: usize = 20;

impl FilterInput {
    /// The filter that is meant, or all that is wrong with it. `at` is a pointer to where it
    /// stands.
    pub(super) async fn read(
        self,
        data: &dyn Repositories,
        actor: &Actor,
        at: &str,
    ) -> Result<CustomerFilter, Error> {
        let mut faults = Vec::new();
        let mut tags = |texts: &[String], name: &str| {
            let pointer = format!("{at}/{name}");
            let tags = read_tags(texts, Customer::MAX_TAGS, &pointer, &mut faults);
            tags.unwrap_or_default()
        };
        let filter = CustomerFilter {
            any_tags: tags(&self.any_tags, "anyTags"),
            all_tags: tags(&self.all_tags, "allTags"),
            no_tags: tags(&self.no_tags, "noTags"),
            search: self.search,
            stages: self.stages,
            owner: self.owner.map(|owner| match owner {
                OwnerInput::Me => OwnerFilter::User(actor.user_id()),
                OwnerInput::Nobody => OwnerFilter::Nobody,
                OwnerInput::User(id) => OwnerFilter::User(id),
            }),
            opted_out: self.opted_out,
            created_from: self.created_from,
            created_to: self.created_to,
            last_seen_from: self.last_seen_from,
            last_seen_to: self.last_seen_to,
            birthday_from: self.birthday_from,
            birthday_to: self.birthday_to,
            custom_fields: Vec::new(),
        };
        let at = format!("{at}/customFields");
        let conditions = conditions(data, self.custom_fields, &at, &mut faults).await?;
        if faults.is_empty() {
            Ok(CustomerFilter {
                custom_fields: conditions,
                ..filter
            })
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

impl FilterInput {
    /// A filter as a client would give it. Fields that are no more are named by their ids.
    pub(super) fn shown(filter: &CustomerFilter, fields: &[CustomerField]) -> Self {
        let names = |tags: &[Label]| tags.iter().map(|tag| tag.as_str().to_owned()).collect();
        let key = |id| match fields.iter().find(|field| field.id == id) {
            Some(field) => field.key.as_str().to_owned(),
            None => id.to_string(),
        };
        let value = |value: &Option<FieldValue>| value.as_ref().map(FieldValue::to_json);
        let conditions = filter.custom_fields.iter();
        Self {
            search: filter.search.clone(),
            any_tags: names(&filter.any_tags),
            all_tags: names(&filter.all_tags),
            no_tags: names(&filter.no_tags),
            stages: filter.stages.clone(),
            owner: filter.owner.map(|owner| match owner {
                OwnerFilter::Nobody => OwnerInput::Nobody,
                OwnerFilter::User(id) => OwnerInput::User(id),
            }),
            opted_out: filter.opted_out,
            created_from: filter.created_from,
            created_to: filter.created_to,
            last_seen_from: filter.last_seen_from,
            last_seen_to: filter.last_seen_to,
            birthday_from: filter.birthday_from,
            birthday_to: filter.birthday_to,
            custom_fields: conditions
                .map(|condition| FieldConditionInput {
                    key: key(condition.field_id),
                    is: value(&condition.is),
                    from: value(&condition.from),
                    to: value(&condition.to),
                })
                .collect(),
        }
    }
}

async fn conditions(
    data: &dyn Repositories,
    inputs: Vec<FieldConditionInput>,
    at: &str,
    faults: &mut Vec<FieldError>,
) -> Result<Vec<FieldCondition>, Error> {
    if inputs.is_empty() {
        return Ok(Vec::new());
    }
    if inputs.len() > MAX_CONDITIONS {
        let detail = format!("must be at most {MAX_CONDITIONS}");
        faults.push(FieldError::new(at, "too_many", detail));
        return Ok(Vec::new());
    }
    let fields = data.customer_fields().list().await?;
    let mut conditions = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        match condition(input, &fields, &format!("{at}/{index}")) {
            Ok(condition) => conditions.push(condition),
            Err(fault) => faults.push(fault),
        }
    }
    Ok(conditions)
}

fn condition(
    input: &FieldConditionInput,
    fields: &[CustomerField],
    at: &str,
) -> Result<FieldCondition, FieldError> {
    let field = fields.iter().find(|field| field.key.as_str() == input.key);
    let field = field.ok_or_else(|| {
        let detail = "there is no such field";
        FieldError::new(&format!("{at}/key"), "unknown_field", detail)
    })?;
    let read = |value: &Option<Value>, name: &str| -> Result<Option<FieldValue>, FieldError> {
        let value = value.as_ref().map(|value| field.kind.read(value));
        value
            .transpose()
            .map_err(|error| FieldError::new(&format!("{at}/{name}"), error.code(), error))
    };
    let condition = FieldCondition {
        field_id: field.id,
        is: read(&input.is, "is")?,
        from: read(&input.from, "from")?,
        to: read(&input.to, "to")?,
    };
    let has_end = condition.from.is_some() || condition.to.is_some();
    if has_end && !field.kind.is_ordered() {
        let detail = "only numbers and dates go from one to another";
        return Err(FieldError::new(at, "not_ordered", detail));
    }
    if !has_end && condition.is.is_none() {
        let detail = "one of `is`, `from` and `to` is required";
        return Err(FieldError::new(at, "required", detail));
    }
    Ok(condition)
}
