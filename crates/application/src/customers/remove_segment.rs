use domain::{customers::SegmentId, organizations::Permission};

use super::{Customers, segments::find};
use crate::{Actor, Error};

impl Customers {
    /// The customers in it stay. Needs an admin.
    #[tracing::instrument(skip_all, fields(segment.id = %id))]
    pub async fn remove_segment(
        &self,
        actor: &Actor,
        id: SegmentId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        actor.require(Permission::SegmentsWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let segment = find(uow.as_ref(), id).await?;
        let version = expected_version.unwrap_or(segment.version);
        if !uow.segments().remove(id, version).await? {
            return Err(Error::VersionMismatch);
        }
        uow.commit().await?;
        Ok(())
    }
}
