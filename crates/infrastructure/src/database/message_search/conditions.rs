use domain::chats::Sight;
use sea_orm::Value;

/// The conditions of a search, and the values in them.
pub(super) struct Conditions {
    pub(super) sql: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    pub(super) fn new(sql: &str, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            sql: vec![sql.to_owned()],
            values: values.into_iter().collect(),
        }
    }

    /// `condition` ends where the value is to stand.
    pub(super) fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let place = self.place(value);
        self.sql.push(format!("{condition} {place}"));
    }

    /// That the chat of a message is seen; `$2` is the organization.
    pub(super) fn in_sight(&mut self, sight: Sight) -> String {
        let Sight::OwnAndUnassigned(own) = sight else {
            return "TRUE".to_owned();
        };
        let own = self.place(own.uuid());
        format!(
            "EXISTS (SELECT 1 FROM chats WHERE chats.organization_id = $2
                 AND chats.id = chat_id
                 AND (chats.assignee_id IS NULL OR chats.assignee_id = {own}))"
        )
    }

    pub(super) fn place(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }
}
