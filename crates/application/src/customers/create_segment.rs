use domain::{customers::Segment, id::Id, organizations::Permission};

use super::{
    Customers, FilterInput,
    segments::{SegmentView, check_name, read_name, view},
};
use crate::{Actor, Error};

impl Customers {
    /// Keeps a filter under a name. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn create_segment(
        &self,
        actor: &Actor,
        name: String,
        filter: FilterInput,
    ) -> Result<SegmentView, Error> {
        actor.require(Permission::SegmentsWrite)?;
        let name = read_name(&name)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let segment = Segment {
            id: Id::generate(),
            name,
            filter: filter.read(uow.as_ref(), actor, "/filter").await?,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        if uow.segments().count().await? >= u64::from(Segment::MAX_OF_AN_ORGANIZATION) {
            let most = Segment::MAX_OF_AN_ORGANIZATION;
            let detail = format!("there are {most} segments already, as many as there may be");
            return Err(Error::conflict("too_many_segments", detail));
        }
        if !uow.segments().insert(&segment).await? {
            check_name(uow.as_ref(), &segment).await?;
            let gone = "another segment had this name until now: try again";
            return Err(Error::conflict("name_taken", gone));
        }
        let view = view(uow.as_ref(), segment).await?;
        uow.commit().await?;
        Ok(view)
    }
}
