#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Attribute, Customer, CustomerId};
use crate::{auth::UserId, id::Id};

pub type CustomerChangeId = Id<CustomerChange>;

/// One entry of a customer's history, which only grows. What customers say of marketing has a
/// history of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerChange {
    pub id: CustomerChangeId,
    /// In whose history it stands.
    pub customer_id: CustomerId,
    /// Who was changed: another only if the two were merged since.
    pub subject_id: CustomerId,
    pub origin: ChangeOrigin,
    /// None if no member did it.
    pub changed_by: Option<UserId>,
    pub changed_at: DateTime<Utc>,
    /// The customer was not there before.
    pub is_new: bool,
    /// What is different now, each once.
    pub values: Vec<ChangedValue>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangedValue {
    pub field: Attribute,
    /// Null for nothing.
    pub before: Value,
    pub after: Value,
}

/// Through what a customer was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOrigin {
    Member,
    /// What WhatsApp tells of somebody.
    Whatsapp,
    Import,
    ImportUndo,
    Merge,
    MergeUndo,
}

impl ChangeOrigin {
    pub const ALL: [Self; 6] = [
        Self::Member,
        Self::Whatsapp,
        Self::Import,
        Self::ImportUndo,
        Self::Merge,
        Self::MergeUndo,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Whatsapp => "whatsapp",
            Self::Import => "import",
            Self::ImportUndo => "import_undo",
            Self::Merge => "merge",
            Self::MergeUndo => "merge_undo",
        }
    }
}

impl CustomerChange {
    /// What became of a customer, who was not there before if there is no `before`.
    pub fn between(
        before: Option<&Customer>,
        after: &Customer,
        origin: ChangeOrigin,
        changed_by: Option<UserId>,
    ) -> Self {
        let nobody = Customer::unknown(after.created_at);
        Self {
            id: Id::generate(),
            customer_id: after.id,
            subject_id: after.id,
            origin,
            changed_by,
            changed_at: after.updated_at,
            is_new: before.is_none(),
            values: differences(before.unwrap_or(&nobody), after),
        }
    }
}

fn differences(before: &Customer, after: &Customer) -> Vec<ChangedValue> {
    let (mut before, mut after) = (values(before), values(after));
    let fields: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let values = fields.into_iter().map(|field| ChangedValue {
        field,
        before: before.remove(&field).unwrap_or_default(),
        after: after.remove(&field).unwrap_or_default(),
    });
    values.filter(|value| value.before != value.after).collect()
}

fn values(of: &Customer) -> BTreeMap<Attribute, Value> {
    let common = [
        (Attribute::FirstName, json!(of.first_name)),
        (Attribute::LastName, json!(of.last_name)),
        (Attribute::PhoneNumber, json!(of.phone_number)),
        (Attribute::OtherPhoneNumbers, json!(of.other_phone_numbers)),
        (Attribute::Email, json!(of.email)),
        (Attribute::Company, json!(of.company)),
        (Attribute::Address, json!(of.address)),
        (Attribute::City, json!(of.city)),
        (Attribute::State, json!(of.state)),
        (Attribute::ZipCode, json!(of.zip_code)),
        (Attribute::Country, json!(of.country)),
        (Attribute::Tags, json!(of.tags)),
        (Attribute::Stage, json!(of.stage)),
        (Attribute::OwnerId, json!(of.owner_id)),
        (Attribute::Birthday, json!(of.birthday)),
        (Attribute::Notes, json!(of.notes)),
    ];
    let custom = of.custom_fields.iter();
    let custom = custom.map(|(id, value)| (Attribute::Custom(*id), value.to_json()));
    common.into_iter().chain(custom).collect()
}
