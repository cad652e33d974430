//! The filters of customers: the same wherever customers are picked.

use application::customers::{FieldConditionInput, FilterInput, OwnerInput};
use chrono::{DateTime, Utc};
use domain::{
    chats::Label,
    customers::{Anniversary, Stage},
};
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::customer_response;
use crate::{
    extract::{fault, read_json_parameter},
    problem::{Fault, Problem},
};

/// A filter of customers: those who meet all that is there.
#[derive(Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CustomerFilter, default)]
pub(super) struct FilterBody {
    /// Beginnings of words of the name, the company or the e-mail address, or a phone number
    /// in any formatting; case and accents do not matter.
    #[garde(length(chars, max = 200))]
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<String>,
    /// With at least one of these tags, whatever their case.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    any_tags: Vec<String>,
    /// With all of these tags.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    all_tags: Vec<String>,
    /// With none of these tags.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    no_tags: Vec<String>,
    /// At one of these stages.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = stages)]
    stages: Vec<Stage>,
    /// `me`, `none`, or a member's id.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "none")]
    owner_id: Option<Owner>,
    /// Whether they have opted out of marketing.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    opted_out: Option<bool>,
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    created_from: Option<DateTime<Utc>>,
    /// Before this time.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    created_to: Option<DateTime<Utc>>,
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_from: Option<DateTime<Utc>>,
    /// Before this time. Who never wrote is not meant.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_to: Option<DateTime<Utc>>,
    /// A day of the year. May come after `birthdayTo`: then over the new year.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "12-24")]
    birthday_from: Option<Anniversary>,
    /// With that day.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "01-06")]
    birthday_to: Option<Anniversary>,
    #[garde(skip)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    custom_fields: Vec<FieldConditionBody>,
}

/// What must be true of one of the organization's fields.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CustomerFieldCondition)]
struct FieldConditionBody {
    #[schema(example = "shoeSize")]
    key: String,
    /// Exactly this; of texts, case and accents do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<Value>,
    /// Of numbers and dates: this or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Value>,
    /// Of numbers and dates: this or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Value>,
}

#[derive(Clone, Copy)]
pub(super) enum Owner {
    Me,
    Nobody,
    User(Uuid),
}

/// What is often asked for, and `filter` for all else. The same must not be said by both.
#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CustomerParameters {
    /// Beginnings of words of the name, the company or the e-mail address, or a phone number
    /// in any formatting; case and accents do not matter.
    #[garde(length(chars, max = 200))]
    search: Option<String>,
    /// Only customers with this tag, whatever its case; of several, parted by commas, with all
    /// of them.
    #[garde(inner(custom(are_tags)))]
    #[param(example = "VIP,returns")]
    tag: Option<String>,
    #[garde(skip)]
    #[param(schema_with = customer_response::stage)]
    stage: Option<Stage>,
    /// `me`, `none`, or a member's id.
    #[garde(skip)]
    #[param(value_type = Option<String>, example = "me")]
    owner_id: Option<Owner>,
    /// Whether they have opted out of marketing.
    #[garde(skip)]
    opted_out: Option<bool>,
    #[garde(skip)]
    created_from: Option<DateTime<Utc>>,
    /// Before this time.
    #[garde(skip)]
    created_to: Option<DateTime<Utc>>,
    #[garde(skip)]
    last_seen_from: Option<DateTime<Utc>>,
    /// Before this time.
    #[garde(skip)]
    last_seen_to: Option<DateTime<Utc>>,
    /// A whole filter, `CustomerFilter`, as JSON.
    #[garde(length(max = 16384))]
    #[param(example = r#"{"anyTags":["VIP"],"birthdayFrom":"12-24","birthdayTo":"01-06"}"#)]
    filter: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde asks for it")]
fn are_tags(list: &str, (): &()) -> garde::Result {
    for tag in list.split(',') {
        Label::parse(tag).map_err(|error| fault(error.code(), error))?;
    }
    Ok(())
}

fn stages() -> utoipa::openapi::schema::Array {
    utoipa::openapi::ArrayBuilder::new()
        .items(customer_response::stage())
        .build()
}

impl<'de> Deserialize<'de> for Owner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "me" => Ok(Self::Me),
            "none" => Ok(Self::Nobody),
            id => Uuid::parse_str(id)
                .map(Self::User)
                .map_err(|_| D::Error::custom("must be `me`, `none` or a member's id")),
        }
    }
}

impl Serialize for Owner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Me => serializer.serialize_str("me"),
            Self::Nobody => serializer.serialize_str("none"),
            Self::User(id) => id.serialize(serializer),
        }
    }
}

impl FilterBody {
    pub(super) fn into_input(self) -> FilterInput {
        let conditions = self.custom_fields.into_iter();
        FilterInput {
            search: self.search,
            any_tags: self.any_tags,
            all_tags: self.all_tags,
            no_tags: self.no_tags,
            stages: self.stages,
            owner: self.owner_id.map(|owner| match owner {
                Owner::Me => OwnerInput::Me,
                Owner::Nobody => OwnerInput::Nobody,
                Owner::User(id) => OwnerInput::User(id.into()),
            }),
            opted_out: self.opted_out,
            created_from: self.created_from,
            created_to: self.created_to,
            last_seen_from: self.last_seen_from,
            last_seen_to: self.last_seen_to,
            birthday_from: self.birthday_from,
            birthday_to: self.birthday_to,
            custom_fields: conditions
                .map(|condition| FieldConditionInput {
                    key: condition.key,
                    is: condition.is,
                    from: condition.from,
                    to: condition.to,
                })
                .collect(),
        }
    }
}

impl From<FilterInput> for FilterBody {
    fn from(input: FilterInput) -> Self {
        let conditions = input.custom_fields.into_iter();
        Self {
            search: input.search,
            any_tags: input.any_tags,
            all_tags: input.all_tags,
            no_tags: input.no_tags,
            stages: input.stages,
            owner_id: input.owner.map(|owner| match owner {
                OwnerInput::Me => Owner::Me,
                OwnerInput::Nobody => Owner::Nobody,
                OwnerInput::User(id) => Owner::User(id.uuid()),
            }),
            opted_out: input.opted_out,
            created_from: input.created_from,
            created_to: input.created_to,
            last_seen_from: input.last_seen_from,
            last_seen_to: input.last_seen_to,
            birthday_from: input.birthday_from,
            birthday_to: input.birthday_to,
            custom_fields: conditions
                .map(|condition| FieldConditionBody {
                    key: condition.key,
                    is: condition.is,
                    from: condition.from,
                    to: condition.to,
                })
                .collect(),
        }
    }
}

impl CustomerParameters {
    pub(super) fn into_input(self) -> Result<FilterInput, Problem> {
        let mut body: FilterBody = match &self.filter {
            Some(filter) => read_json_parameter("filter", filter)?,
            None => FilterBody::default(),
        };
        let mut faults = Vec::new();
        let mut refuse = |name: &str| {
            let detail = "is said by `filter` already";
            faults.push(Fault::new(format!("/{name}"), "repeated", detail));
        };
        merge(&mut body.search, self.search, || refuse("search"));
        merge(&mut body.owner_id, self.owner_id, || refuse("ownerId"));
        merge(&mut body.opted_out, self.opted_out, || refuse("optedOut"));
        let from = self.created_from;
        merge(&mut body.created_from, from, || refuse("createdFrom"));
        merge(&mut body.created_to, self.created_to, || {
            refuse("createdTo");
        });
        let from = self.last_seen_from;
        merge(&mut body.last_seen_from, from, || refuse("lastSeenFrom"));
        let to = self.last_seen_to;
        merge(&mut body.last_seen_to, to, || refuse("lastSeenTo"));
        if let Some(stage) = self.stage {
            if !body.stages.is_empty() {
                refuse("stage");
            }
            body.stages = vec![stage];
        }
        if let Some(tags) = self.tag {
            if !body.all_tags.is_empty() {
                refuse("tag");
            }
            body.all_tags = tags.split(',').map(str::to_owned).collect();
        }
        if faults.is_empty() {
            Ok(body.into_input())
        } else {
            Err(Problem::invalid(faults))
        }
    }
}

fn merge<T>(of_filter: &mut Option<T>, parameter: Option<T>, refuse: impl FnOnce()) {
    if let Some(value) = parameter {
        if of_filter.is_some() {
            refuse();
        }
        *of_filter = Some(value);
    }
}
