use domain::{
    customers::{CustomerField, CustomerFieldId, FieldKind},
    organizations::Permission,
};

use super::{
    Customers,
    fields::{check_choices, find, read_label},
};
use crate::{Actor, Error, FieldError};

/// What is to change of a field; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateCustomerField {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub label: Option<String>,
    pub choices: Option<Vec<String>>,
}

impl Customers {
    /// Renames a field or changes what can be chosen. What customers have in it stays, also if
    /// it cannot be chosen any more. Needs an admin.
    #[tracing::instrument(skip_all, fields(customer_field.id = %id))]
    pub async fn update_field(
        &self,
        actor: &Actor,
        id: CustomerFieldId,
        command: UpdateCustomerField,
    ) -> Result<CustomerField, Error> {
        actor.require(Permission::CustomerFieldsWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let before = find(uow.as_ref(), id).await?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let mut field = before.clone();
        let mut faults = Vec::new();
        if let Some(label) = command.label {
            field.label = read_label(&label, &mut faults);
        }
        match (command.choices, &mut field.kind) {
            (Some(choices), FieldKind::Choice(present)) => *present = choices,
            (Some(_), _) => {
                let detail = "only a field of type `choice` has choices";
                faults.push(FieldError::new("/choices", "not_a_choice", detail));
            }
            (None, _) => {}
        }
        check_choices(&field.kind, &mut faults);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        if field == before {
            return Ok(field);
        }
        field.updated_at = self.ports.clock.now();
        if !uow.customer_fields().update(&field).await? {
            return Err(Error::VersionMismatch);
        }
        uow.commit().await?;
        field.version += 1;
        Ok(field)
    }
}
