use serde_json::Value;

use super::{Party, Update, change::Change, content::read_error, read};
use crate::chats::{ReportedStatus, StatusReport};

/// What Meta reports of a message, and to whom it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    pub report: StatusReport,
    /// None in groups.
    pub recipient: Option<Party>,
}

/// Source: cloud API 5.6.
pub(super) fn read_status(change: &Change, status: &Value) -> Update {
    let Some(wamid) = read::text(status, "id") else {
        return Update::Malformed("the status has no message id");
    };
    let reported = match read::text(status, "status").as_deref() {
        Some("sent") => ReportedStatus::Sent,
        Some("delivered") => ReportedStatus::Delivered,
        Some("read") => ReportedStatus::Read,
        Some("played") => ReportedStatus::Played,
        Some("failed") => ReportedStatus::Failed,
        Some(_) => return Update::Unused,
        None => return Update::Malformed("the status does not tell which"),
    };
    let participant = participant(status);
    let is_group = participant.is_some()
        || read::text(status, "recipient_type").is_some_and(|kind| kind == "group");
    let recipient = Party::read(
        status,
        [
            "recipient_id",
            "recipient_user_id",
            "recipient_parent_user_id",
        ],
    );
    Update::Status(Box::new(Status {
        report: StatusReport {
            wamid,
            status: reported,
            occurred_at: read::timestamp(status, change.received_at),
            error: read::items(status, "errors").first().map(read_error),
            callback_data: read::text(status, "biz_opaque_callback_data"),
            participant: participant.unwrap_or_default(),
        },
        recipient: recipient.complete(&change.contacts).filter(|_| !is_group),
    }))
}

/// The documentation has two spellings.
fn participant(status: &Value) -> Option<String> {
    [
        "recipient_participant_id",
        "participant_recipient_id",
        "recipient_participant_user_id",
    ]
    .iter()
    .find_map(|name| read::text(status, name))
}
