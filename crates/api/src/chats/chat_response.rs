use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::{ChatOverview, ChatStatus, Cycle, LabelCount, Person, Priority},
    customers::{Customer, MarketingConsent},
};
use serde::Serialize;
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use super::{MessageResponse, one_of};
use crate::organizations::MemberNameResponse;

/// A conversation with one customer through one of the organization's numbers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChatResponse {
    id: Uuid,
    account_id: Uuid,
    #[schema(schema_with = status)]
    status: ChatStatus,
    /// When a snoozed chat opens again by itself.
    #[schema(required)]
    snoozed_until: Option<DateTime<Utc>>,
    /// Whose it is to answer.
    #[schema(required)]
    assignee: Option<MemberNameResponse>,
    /// In alphabetical order.
    labels: Vec<String>,
    #[schema(schema_with = priority)]
    priority: Priority,
    customer: PersonResponse,
    last_message: Option<MessageResponse>,
    /// How many of the customer's messages you have not read. Absent from what all are told
    /// at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_count: Option<i64>,
    last_activity_at: DateTime<Utc>,
    /// How long the customer waited for the first answer to the present matter or, if it is
    /// resolved, to the last one; null until somebody has answered.
    #[schema(required)]
    first_response_seconds: Option<i64>,
    /// How long it took to resolve that matter; null until it is resolved.
    #[schema(required)]
    resolution_seconds: Option<i64>,
    /// Until then anything may be sent, and from then on templates only; null if the
    /// customer has never written.
    window_expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes of what people decide on, from 1.
    version: i64,
}

/// The labels that chats have.
#[derive(Serialize, ToSchema)]
pub(super) struct LabelListResponse {
    data: Vec<LabelResponse>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LabelResponse {
    label: String,
    chat_count: u64,
}

/// The customer, as far as WhatsApp tells; or somebody who is no customer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PersonResponse {
    /// The customer's; null while the person is none.
    #[schema(required)]
    id: Option<Uuid>,
    first_name: Option<String>,
    last_name: Option<String>,
    /// What to call the customer; null only if nothing at all is known.
    name: Option<String>,
    /// Null for people who keep theirs to themselves.
    phone_number: Option<String>,
    #[schema(schema_with = marketing_consent)]
    marketing_consent: MarketingConsent,
    username: Option<String>,
    contact_id: Uuid,
    /// Set if nothing can be written to the customer, as somebody has blocked them.
    #[schema(required)]
    blocked_at: Option<DateTime<Utc>>,
    /// Set if messages have not reached the customer since then.
    #[schema(required)]
    undeliverable_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerResponse {
    id: Uuid,
    first_name: Option<String>,
    last_name: Option<String>,
    /// What to call the customer; null only if nothing at all is known.
    name: Option<String>,
    /// Null for people who keep theirs to themselves.
    phone_number: Option<String>,
    #[schema(schema_with = marketing_consent)]
    marketing_consent: MarketingConsent,
}

pub(super) fn status() -> Object {
    one_of(&["open", "pending", "snoozed", "resolved"])
}

pub(super) fn priority() -> Object {
    one_of(&Priority::ALL.map(Priority::as_str))
}

pub(crate) fn marketing_consent() -> Object {
    one_of(&["unknown", "opted_in", "opted_out"])
}

impl From<ChatOverview> for ChatResponse {
    fn from(overview: ChatOverview) -> Self {
        let chat = overview.chat;
        let seconds = |time: fn(&Cycle) -> Option<Duration>| {
            let time = overview.cycle.as_ref().and_then(time);
            time.map(|time| time.num_seconds())
        };
        Self {
            id: chat.id.uuid(),
            account_id: chat.account_id.uuid(),
            status: chat.status,
            snoozed_until: chat.snoozed_until,
            assignee: overview.assignee.map(Into::into),
            labels: overview.labels.into_iter().map(String::from).collect(),
            priority: chat.priority,
            customer: overview.person.into(),
            last_message: overview.last_message.map(Into::into),
            unread_count: Some(overview.unread_count),
            last_activity_at: chat.last_activity_at,
            first_response_seconds: seconds(Cycle::first_response_time),
            resolution_seconds: seconds(Cycle::resolution_time),
            window_expires_at: chat.window_expires_at(),
            created_at: chat.created_at,
            updated_at: chat.updated_at,
            version: chat.version,
        }
    }
}

impl ChatResponse {
    /// For everybody at once: what is unread is each viewer's own.
    pub(crate) fn for_all(overview: ChatOverview) -> Self {
        Self {
            unread_count: None,
            ..overview.into()
        }
    }
}

impl From<Vec<LabelCount>> for LabelListResponse {
    fn from(labels: Vec<LabelCount>) -> Self {
        let labels = labels.into_iter().map(|count| LabelResponse {
            label: count.label.into(),
            chat_count: count.chats,
        });
        Self {
            data: labels.collect(),
        }
    }
}

impl From<Person> for PersonResponse {
    fn from(person: Person) -> Self {
        let phone_number = person.phone_number().map(String::from);
        let (first_name, last_name) = person.names();
        let Person { customer, contact } = person;
        let consent = customer.as_ref().map(|it| it.marketing_consent);
        Self {
            id: customer.map(|customer| customer.id.uuid()),
            name: full_name(first_name.as_deref(), last_name.as_deref())
                .or(contact.name)
                .or_else(|| contact.username.clone())
                .or_else(|| phone_number.clone()),
            first_name,
            last_name,
            phone_number,
            marketing_consent: consent.unwrap_or(MarketingConsent::Unknown),
            username: contact.username,
            contact_id: contact.id.uuid(),
            blocked_at: contact.blocked.map(|it| it.at),
            undeliverable_at: contact.undeliverable.map(|it| it.at),
        }
    }
}

fn full_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let names: Vec<_> = [first, last].into_iter().flatten().collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// What to call somebody; none only if nothing at all is known.
pub(super) fn display_name(person: &Person) -> Option<String> {
    PersonResponse::from(person.clone()).name
}

impl From<Customer> for CustomerResponse {
    fn from(customer: Customer) -> Self {
        let phone_number = customer.phone_number.map(String::from);
        let (first, last) = (&customer.first_name, &customer.last_name);
        let name = full_name(first.as_deref(), last.as_deref());
        Self {
            id: customer.id.uuid(),
            name: name.or_else(|| phone_number.clone()),
            first_name: customer.first_name,
            last_name: customer.last_name,
            phone_number,
            marketing_consent: customer.marketing_consent,
        }
    }
}
