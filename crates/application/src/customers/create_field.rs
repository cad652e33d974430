use domain::{
    customers::{CustomerField, FieldKey, FieldKind},
    id::Id,
    organizations::Permission,
};

use super::{
    Customers,
    fields::{check_choices, read_label},
};
use crate::{Actor, Error, FieldError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateCustomerField {
    pub key: String,
    pub label: String,
    pub kind: FieldKind,
}

impl Customers {
    /// Has something more kept of customers. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn create_field(
        &self,
        actor: &Actor,
        command: CreateCustomerField,
    ) -> Result<CustomerField, Error> {
        actor.require(Permission::CustomerFieldsWrite)?;
        let mut faults = Vec::new();
        let label = read_label(&command.label, &mut faults);
        check_choices(&command.kind, &mut faults);
        let key = FieldKey::try_from(command.key).map_err(|error| {
            faults.push(FieldError::new("/key", "invalid_key", error));
        });
        let Ok(key) = key else {
            return Err(Error::Invalid(faults));
        };
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let now = self.ports.clock.now();
        let field = CustomerField {
            id: Id::generate(),
            key,
            label,
            kind: command.kind,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        if uow.customer_fields().list().await?.len() >= CustomerField::MAX_OF_AN_ORGANIZATION {
            let detail = format!(
                "there are {} fields already, as many as there may be",
                CustomerField::MAX_OF_AN_ORGANIZATION
            );
            return Err(Error::conflict("too_many_fields", detail));
        }
        if !uow.customer_fields().insert(&field).await? {
            if let Some(other) = uow.customer_fields().find_by_key(&field.key).await? {
                return Err(Error::Taken {
                    code: "key_taken",
                    detail: "another field has this key".to_owned(),
                    existing_id: other.id.uuid(),
                });
            }
            let gone = "another field had this key until now: try again";
            return Err(Error::conflict("key_taken", gone));
        }
        uow.commit().await?;
        Ok(field)
    }
}
