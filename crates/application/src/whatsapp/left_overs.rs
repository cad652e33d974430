use domain::{job::Job, organizations::OrganizationId, whatsapp::PhoneNumberId};

use super::WhatsApp;
use crate::Error;

impl WhatsApp {
    /// Has whatever was delivered for the organization's number before it was connected
    /// processed now.
    pub(super) async fn take_up_left_overs(
        &self,
        organization_id: OrganizationId,
        phone_number_id: &PhoneNumberId,
    ) -> Result<(), Error> {
        const BATCH: u32 = 100;
        // Workers may find them of no use, and put them back while this goes on.
        let kept_until = self.ports.clock.now();
        loop {
            let system = self.ports.store.begin_system().await?;
            let deliveries = system
                .deliveries()
                .take_left_overs_of(phone_number_id, organization_id, kept_until, BATCH)
                .await?;
            if deliveries.is_empty() {
                return Ok(());
            }
            tracing::info!(
                phone_number.id = %phone_number_id,
                deliveries = deliveries.len(),
                "Deliveries from before the number was connected are processed"
            );
            for delivery_id in deliveries {
                system.enqueue(Job::ProcessDelivery { delivery_id });
            }
            system.commit().await?;
        }
    }
}
