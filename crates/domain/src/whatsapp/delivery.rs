use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::PhoneNumberId;
use crate::{id::Id, organizations::OrganizationId, store::StoreError};

pub type DeliveryId = Id<Delivery>;

/// One POST of Meta's webhook, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub body: Bytes,
    /// Set if it was signed with a secret of this organization's own: then it may speak of
    /// this organization's accounts only.
    pub organization_id: Option<OrganizationId>,
    pub received_at: DateTime<Utc>,
    pub processed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    pub body: Bytes,
    pub organization_id: Option<OrganizationId>,
    /// Deliveries with the same key are processed one after the other, as they came.
    pub ordering_key: Option<String>,
    pub request_id: Option<String>,
    pub received_at: DateTime<Utc>,
}

/// Takes deliveries in. The one write outside of a unit of work: it may commit many callers'
/// deliveries in one transaction.
#[async_trait]
pub trait DeliveryInbox: Send + Sync {
    /// Returns once the delivery, and the job that will process it, are durable.
    async fn accept(&self, delivery: NewDelivery) -> Result<(), StoreError>;
}

pub type LeftOverId = Id<LeftOver>;

/// A part of a delivery that concerned nothing we know. It is kept and reported.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOver {
    pub id: LeftOverId,
    pub delivery_id: DeliveryId,
    /// Which part of the delivery: `entry.change.item` indexes, such as `0.0.messages.1`.
    pub position: String,
    pub reason: LeftOverReason,
    pub phone_number_id: Option<PhoneNumberId>,
    pub business_account_id: Option<String>,
    pub field: Option<String>,
    pub content: Value,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOverReason {
    /// No account has this phone number id. Processed again once one is connected. What
    /// names no number, as the news of a whole business account do, is not: Meta is asked how
    /// an account does when it is connected.
    UnknownAccount,
    /// Not of the shape that Meta documents.
    Malformed,
    /// A field that nothing here makes use of.
    Unused,
    /// It could not be stored; the log has the cause.
    Failed,
}

impl LeftOverReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownAccount => "unknown_account",
            Self::Malformed => "malformed",
            Self::Unused => "unused",
            Self::Failed => "failed",
        }
    }
}
