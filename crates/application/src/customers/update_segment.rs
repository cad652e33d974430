use domain::{customers::SegmentId, organizations::Permission};

use super::{
    Customers, FilterInput,
    segments::{SegmentView, check_name, find, read_name, view},
};
use crate::{Actor, Error};

/// What is to change of a segment; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateSegment {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub name: Option<String>,
    /// The whole filter.
    pub filter: Option<FilterInput>,
}

impl Customers {
    /// Needs an admin.
    #[tracing::instrument(skip_all, fields(segment.id = %id))]
    pub async fn update_segment(
        &self,
        actor: &Actor,
        id: SegmentId,
        command: UpdateSegment,
    ) -> Result<SegmentView, Error> {
        actor.require(Permission::SegmentsWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let before = find(uow.as_ref(), id).await?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let mut segment = before.clone();
        if let Some(name) = command.name {
            segment.name = read_name(&name)?;
        }
        if let Some(filter) = command.filter {
            segment.filter = filter.read(uow.as_ref(), actor, "/filter").await?;
        }
        if segment != before {
            segment.updated_at = self.ports.clock.now();
            if !uow.segments().update(&segment).await? {
                check_name(uow.as_ref(), &segment).await?;
                return Err(Error::VersionMismatch);
            }
            segment.version += 1;
        }
        let view = view(uow.as_ref(), segment).await?;
        uow.commit().await?;
        Ok(view)
    }
}
