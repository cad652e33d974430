use domain::{
    customers::{CustomerFieldId, Segment},
    organizations::Permission,
    page::{PageRequest, Window},
    store::Repositories,
};

use super::{Customers, fields::find};
use crate::{Actor, Error};

impl Customers {
    /// What customers have in the field is not shown any more, and goes when they are changed
    /// next. Needs an admin.
    #[tracing::instrument(skip_all, fields(customer_field.id = %id))]
    pub async fn remove_field(
        &self,
        actor: &Actor,
        id: CustomerFieldId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        actor.require(Permission::CustomerFieldsWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let field = find(uow.as_ref(), id).await?;
        if let Some(segment) = segment_with(uow.as_ref(), id).await? {
            let detail = format!("the segment {} has this field in its filter", segment.name);
            return Err(Error::conflict("field_in_use", detail));
        }
        let version = expected_version.unwrap_or(field.version);
        if !uow.customer_fields().remove(id, version).await? {
            return Err(Error::VersionMismatch);
        }
        uow.commit().await?;
        Ok(())
    }
}

async fn segment_with(
    data: &dyn Repositories,
    id: CustomerFieldId,
) -> Result<Option<Segment>, Error> {
    let all = PageRequest {
        window: Window::Newest,
        limit: Segment::MAX_OF_AN_ORGANIZATION,
    };
    let segments = data.segments().list(all).await?.rows;
    let has_field = |segment: &Segment| {
        let mut conditions = segment.filter.custom_fields.iter();
        conditions.any(|condition| condition.field_id == id)
    };
    Ok(segments.into_iter().find(has_field))
}
