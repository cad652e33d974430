//! What the use cases of fields have in common.

use domain::{
    customers::{CustomerField, CustomerFieldId, FieldKind},
    store::Repositories,
    text::parse_name,
};

use crate::{Error, FieldError};

pub(super) async fn find(
    data: &dyn Repositories,
    id: CustomerFieldId,
) -> Result<CustomerField, Error> {
    let field = data.customer_fields().find(id).await?;
    field.ok_or(Error::NotFound("customer field"))
}

pub(super) fn read_label(label: &str, faults: &mut Vec<FieldError>) -> String {
    parse_name(label).unwrap_or_else(|error| {
        faults.push(FieldError::new("/label", error.code(), error));
        String::new()
    })
}

pub(super) fn check_choices(kind: &FieldKind, faults: &mut Vec<FieldError>) {
    if !kind.has_good_choices() {
        let detail = format!(
            "must be 1 to {} different lines of at most {} characters",
            CustomerField::MAX_CHOICES,
            CustomerField::MAX_CHOICE_LENGTH
        );
        faults.push(FieldError::new("/choices", "invalid_choices", detail));
    }
}
