//! The business's messages after they were accepted: their statuses, and the webhooks of these.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    Simulator, codes,
    contacts::Customer,
    envelope::{contact_object, drop_nulls, envelope, value},
    script::Behaviour,
    settings::Automatic,
    wire,
};

/// A message that was accepted.
#[derive(Clone, Debug, Serialize)]
pub struct SentMessage {
    pub wamid: String,
    pub phone_number_id: String,
    /// The recipient's `wa_id`, user id or group id, whichever the request was for.
    pub to: String,
    /// The request as it came.
    pub body: Value,
    pub biz_opaque_callback_data: Option<String>,
    /// Of the template that it uses, if the simulator knows it.
    pub template_category: Option<String>,
    pub at: DateTime<Utc>,
    /// What was reported of it, in the order of the reports.
    pub statuses: Vec<MessageStatus>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageStatus {
    /// `sent`, `delivered`, `read`, `failed`, or any other word of Meta's.
    pub status: String,
    /// Of a failure.
    pub error_code: Option<u32>,
}

#[derive(Clone, Debug, Error)]
#[error("no message {0} was accepted")]
pub struct UnknownMessage(pub String);

impl MessageStatus {
    fn new(status: &str) -> Self {
        Self {
            status: status.to_owned(),
            error_code: None,
        }
    }

    fn failed(code: u32) -> Self {
        Self {
            status: "failed".to_owned(),
            error_code: Some(code),
        }
    }
}

impl SentMessage {
    fn is_reaction(&self) -> bool {
        self.body["type"] == "reaction"
    }

    fn is_template(&self) -> bool {
        self.body["type"] == "template"
    }
}

impl Simulator {
    /// Reports a status of an accepted message to the business, with `error_code` if it failed.
    pub async fn set_status(
        &self,
        wamid: &str,
        status: &str,
        error_code: Option<u32>,
    ) -> Result<(), UnknownMessage> {
        let message = self.state().sent(wamid).cloned();
        let message = message.ok_or_else(|| UnknownMessage(wamid.to_owned()))?;
        let status = MessageStatus {
            status: status.to_owned(),
            error_code,
        };
        self.report(&message, &[status], false).await;
        Ok(())
    }

    /// Reports, one after the other, what `behaviour` and the settings have the message go
    /// through.
    pub(crate) async fn run_statuses(&self, message: &SentMessage, behaviour: Option<&Behaviour>) {
        let (automatic, delay) = {
            let state = self.state();
            (state.automatic, state.status_delay)
        };
        let bare = matches!(behaviour, Some(Behaviour::BareStatuses));
        for report in plan(message, automatic, behaviour) {
            tokio::time::sleep(delay).await;
            self.report(message, &report, bare).await;
        }
    }

    /// Delivers the statuses in one webhook; `bare` without contacts and pricing.
    async fn report(&self, message: &SentMessage, statuses: &[MessageStatus], bare: bool) {
        let body = {
            let now = self.now();
            let mut state = self.state();
            if let Some(sent) = state.sent_mut(&message.wamid) {
                sent.statuses.extend_from_slice(statuses);
            }
            let Some(number) = state.accounts.number(&message.phone_number_id) else {
                return;
            };
            let customer = state.contacts.customer_or_stranger(&message.to);
            let failed = statuses.iter().any(|status| status.error_code.is_some());
            let contacts = (!bare && !failed).then(|| json!([contact_object(&customer)]));
            let objects: Vec<Value> = statuses
                .iter()
                .map(|status| status_object(message, &customer, status, now, bare))
                .collect();
            let value = value(number, json!({"contacts": contacts, "statuses": objects}));
            wire::to_bytes(&envelope(number, "messages", &value))
        };
        self.post(body).await;
    }
}

impl crate::simulator::State {
    fn sent(&self, wamid: &str) -> Option<&SentMessage> {
        self.sent
            .iter()
            .rev()
            .find(|message| message.wamid == wamid)
    }

    fn sent_mut(&mut self, wamid: &str) -> Option<&mut SentMessage> {
        self.sent
            .iter_mut()
            .rev()
            .find(|message| message.wamid == wamid)
    }
}

/// The statuses that a message goes through, grouped into webhooks.
fn plan(
    message: &SentMessage,
    automatic: Option<Automatic>,
    behaviour: Option<&Behaviour>,
) -> Vec<Vec<MessageStatus>> {
    let words: &[&str] = match automatic {
        None => &[],
        // Of reactions Meta reports no more.
        Some(_) if message.is_reaction() => &["sent"],
        Some(Automatic::Sent) => &["sent"],
        Some(Automatic::Delivered) => &["sent", "delivered"],
        Some(Automatic::Read) => &["sent", "delivered", "read"],
    };
    let statuses: Vec<MessageStatus> = words.iter().copied().map(MessageStatus::new).collect();
    let one_by_one = |statuses: Vec<MessageStatus>| statuses.into_iter().map(|one| vec![one]);
    match behaviour {
        Some(Behaviour::FailLater { code }) => vec![vec![MessageStatus::failed(*code)]],
        Some(Behaviour::NoStatuses) => Vec::new(),
        Some(Behaviour::SkipDelivered) => {
            one_by_one(vec![MessageStatus::new("sent"), MessageStatus::new("read")]).collect()
        }
        Some(Behaviour::DuplicateStatuses) => one_by_one(statuses)
            .flat_map(|report| [report.clone(), report])
            .collect(),
        Some(Behaviour::ReverseStatuses) => one_by_one(statuses).rev().collect(),
        Some(Behaviour::BatchStatuses) if !statuses.is_empty() => vec![statuses],
        _ => one_by_one(statuses).collect(),
    }
}

/// An item of `statuses[]`.
fn status_object(
    message: &SentMessage,
    customer: &Customer,
    status: &MessageStatus,
    now: DateTime<Utc>,
    bare: bool,
) -> Value {
    let is_group = message.body["recipient_type"] == "group";
    let recipient_id = if is_group {
        Some(&message.to)
    } else {
        customer.phone.as_ref()
    };
    let pricing = (!bare && status.error_code.is_none()).then(|| pricing(message));
    let errors = status
        .error_code
        .map(|code| json!([codes::webhook_error(code)]));
    let mut object = json!({
        "id": message.wamid,
        "status": status.status,
        "timestamp": now.timestamp().to_string(),
        "recipient_id": recipient_id,
        "recipient_user_id": customer.user_id,
        "recipient_parent_user_id": customer.parent_user_id,
        "recipient_type": is_group.then_some("group"),
        "biz_opaque_callback_data": message.biz_opaque_callback_data,
        "pricing": pricing,
        "errors": errors,
    });
    drop_nulls(&mut object);
    object
}

/// Templates are charged; answers in an open window are free.
fn pricing(message: &SentMessage) -> Value {
    if message.is_template() {
        let category = message.template_category.as_deref().unwrap_or("UTILITY");
        json!({
            "billable": true,
            "pricing_model": "PMP",
            "category": category.to_lowercase(),
            "type": "regular",
        })
    } else {
        json!({
            "billable": false,
            "pricing_model": "PMP",
            "category": "service",
            "type": "free_customer_service",
        })
    }
}
