use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What an import did to one thing, so that it can be undone.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whom or what it changed.
    pub subject_id: Uuid,
    /// The first row that did.
    pub row: u64,
    pub kind: ChangeKind,
    /// As it was before the import; none if it was not there.
    pub before: Option<Value>,
    /// As the import left it.
    pub after: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Created,
    Updated,
}

/// What became of a change when its import was undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoOutcome {
    Undone,
    /// Somebody has changed it since.
    ChangedSince,
    /// Something refers to it since.
    UsedSince,
}

impl UndoOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undone => "undone",
            Self::ChangedSince => "changed_since",
            Self::UsedSince => "used_since",
        }
    }
}
