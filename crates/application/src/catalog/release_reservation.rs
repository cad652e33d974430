use domain::{
    catalog::{ReservationId, ReservationStatus},
    job::Outcome,
    organizations::OrganizationId,
};

use super::{Catalog, release};
use crate::Error;

impl Catalog {
    /// Ends a reservation whose time is over. One that has ended before is left alone.
    #[tracing::instrument(skip_all, fields(reservation.id = %id))]
    pub async fn release_reservation(
        &self,
        organization_id: OrganizationId,
        id: ReservationId,
    ) -> Result<Outcome, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(organization_id).await?;
        let reservation = uow.stock().find_reservation(id).await?;
        let active = reservation.filter(|it| it.status == ReservationStatus::Active);
        let Some(reservation) = active else {
            return Ok(Outcome::Done);
        };
        if now < reservation.expires_at {
            return Ok(Outcome::Postpone {
                until: reservation.expires_at,
            });
        }
        if release(uow.as_ref(), id, now).await? {
            uow.commit().await?;
        }
        Ok(Outcome::Done)
    }
}
