use chrono::{DateTime, Utc};
use domain::{
    chats::{ChatOverview, ChatStatus, Person},
    customers::{Customer, MarketingConsent},
};
use serde::Serialize;
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use super::{MessageResponse, one_of};

/// A conversation with one customer through one of the organization's numbers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChatResponse {
    id: Uuid,
    account_id: Uuid,
    #[schema(schema_with = status)]
    status: ChatStatus,
    customer: PersonResponse,
    last_message: Option<MessageResponse>,
    /// How many of the customer's messages you have not read.
    unread_count: i64,
    last_activity_at: DateTime<Utc>,
    /// Until then anything may be sent, and from then on templates only; null if the
    /// customer has never written.
    window_expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The customer, as far as WhatsApp tells.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PersonResponse {
    #[serde(flatten)]
    customer: CustomerResponse,
    username: Option<String>,
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

fn marketing_consent() -> Object {
    one_of(&["unknown", "opted_in", "opted_out"])
}

impl From<ChatOverview> for ChatResponse {
    fn from(overview: ChatOverview) -> Self {
        let chat = overview.chat;
        Self {
            id: chat.id.uuid(),
            account_id: chat.account_id.uuid(),
            status: chat.status,
            customer: overview.person.into(),
            last_message: overview.last_message.map(Into::into),
            unread_count: overview.unread_count,
            last_activity_at: chat.last_activity_at,
            window_expires_at: chat.window_expires_at(),
            created_at: chat.created_at,
            updated_at: chat.updated_at,
        }
    }
}

impl From<Person> for PersonResponse {
    fn from(person: Person) -> Self {
        let phone_number = person.phone_number().map(String::from);
        let Person { customer, contact } = person;
        let customer = CustomerResponse::from(customer);
        let is_named = customer.first_name.is_some() || customer.last_name.is_some();
        let name = if is_named {
            customer.name
        } else {
            contact.name
        };
        Self {
            customer: CustomerResponse {
                name: name
                    .or_else(|| contact.username.clone())
                    .or_else(|| phone_number.clone()),
                phone_number,
                ..customer
            },
            username: contact.username,
        }
    }
}

impl From<Customer> for CustomerResponse {
    fn from(customer: Customer) -> Self {
        let phone_number = customer.phone_number.map(String::from);
        let names = [
            customer.first_name.as_deref(),
            customer.last_name.as_deref(),
        ];
        let full_name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        Self {
            id: customer.id.uuid(),
            name: (!full_name.is_empty())
                .then_some(full_name)
                .or_else(|| phone_number.clone()),
            first_name: customer.first_name,
            last_name: customer.last_name,
            phone_number,
            marketing_consent: customer.marketing_consent,
        }
    }
}
