use application::chats::UpdateChat;
use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    chats::{AssigneeFilter, ChatChange, ChatFilter, ChatStatus, Label, Priority},
};
use garde::Validate;
use serde::{Deserialize, Deserializer, de::Error};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::chat_response;
use crate::extract::{IfMatch, fault, present};

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChatParameters {
    #[garde(skip)]
    #[param(schema_with = chat_response::status)]
    status: Option<ChatStatus>,
    /// `me`, `none`, or a member's id.
    #[garde(skip)]
    #[param(value_type = Option<String>, example = "me")]
    assignee: Option<Assignee>,
    /// Only chats with this label, whatever its case; of several, parted by commas, with all
    /// of them.
    #[garde(inner(custom(are_labels)))]
    #[param(example = "VIP,returns")]
    label: Option<String>,
    #[garde(skip)]
    #[param(schema_with = chat_response::priority)]
    priority: Option<Priority>,
    /// Only chats of this number.
    #[garde(skip)]
    account_id: Option<Uuid>,
    /// `true`: only chats with messages that you have not read.
    #[garde(skip)]
    unread: Option<bool>,
    /// `true`: only chats with notes that mention you.
    #[garde(skip)]
    mentioned: Option<bool>,
    /// Part of the customer's name or phone number; case and accents do not matter.
    #[garde(length(chars, max = 200))]
    search: Option<String>,
}

enum Assignee {
    Me,
    Nobody,
    User(Uuid),
}

impl<'de> Deserialize<'de> for Assignee {
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

fn labels(list: &str) -> Result<Vec<Label>, garde::Error> {
    let labels = list.split(',').map(Label::parse);
    let labels: Vec<_> = labels
        .collect::<Result<_, _>>()
        .map_err(|error| fault(error.code(), error))?;
    if labels.len() > Label::MAX_OF_A_CHAT {
        let detail = format!("must name at most {}", Label::MAX_OF_A_CHAT);
        return Err(fault("too_many", detail));
    }
    Ok(labels)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde asks for it")]
fn are_labels(list: &str, (): &()) -> garde::Result {
    labels(list).map(|_| ())
}

impl ChatParameters {
    pub(super) fn into_filter(self, viewer: UserId) -> ChatFilter {
        let assignee = self.assignee.map(|assignee| match assignee {
            Assignee::Me => AssigneeFilter::User(viewer),
            Assignee::Nobody => AssigneeFilter::Nobody,
            Assignee::User(id) => AssigneeFilter::User(id.into()),
        });
        let labels = self.label.map(|list| labels(&list).unwrap_or_default());
        ChatFilter {
            status: self.status,
            account_id: self.account_id.map(Into::into),
            assignee,
            priority: self.priority,
            labels: labels.unwrap_or_default(),
            unread: self.unread.unwrap_or_default(),
            mentioned: self.mentioned.unwrap_or_default(),
            search: self.search,
            ..ChatFilter::default()
        }
    }
}

/// Fields that are absent stay as they are.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpdateChatRequest {
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(required = false, schema_with = chat_response::status)]
    status: Option<ChatStatus>,
    /// When a snoozed chat opens again by itself; within a year.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    snoozed_until: Option<Option<DateTime<Utc>>>,
    /// Whose the chat is to answer; null for nobody's.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    assignee_id: Option<Option<Uuid>>,
    /// All labels that the chat is to have. Case does not tell them apart.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false, max_items = 20)]
    labels: Option<Vec<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(required = false, schema_with = chat_response::priority)]
    priority: Option<Priority>,
}

impl UpdateChatRequest {
    pub(super) fn into_command(self, IfMatch(expected_version): IfMatch) -> UpdateChat {
        UpdateChat {
            expected_version,
            change: ChatChange {
                status: self.status,
                snoozed_until: self.snoozed_until,
                assignee_id: self.assignee_id.map(|id| id.map(Into::into)),
                priority: self.priority,
            },
            labels: self.labels,
        }
    }
}
