use domain::{
    event::Event,
    job::{Job, Outcome},
    organizations::{OrganizationId, Permission},
    whatsapp::ContactFilter,
};

use super::WhatsApp;
use crate::{
    Actor, Error,
    chats::{Newcomers, make_customers},
};

/// Contacts who become customers in one commit.
const CHUNK: u32 = 500;

/// Chunks after which other jobs, and a stop of the program, have their turn.
const CHUNKS_PER_RUN: usize = 20;

impl WhatsApp {
    /// Has customers made of all contacts who are none. Answers how many they are. Needs an
    /// admin.
    #[tracing::instrument(skip_all)]
    pub async fn sync_contacts(&self, actor: &Actor) -> Result<u64, Error> {
        actor.require(Permission::ContactsSync)?;
        let organization_id = actor.organization_id();
        let uow = self.ports.store.begin(organization_id).await?;
        let who_are_none = ContactFilter {
            customer: Some(false),
            ..ContactFilter::default()
        };
        let contacts = uow.contacts().count(who_are_none).await?;
        if contacts > 0 {
            uow.enqueue(Job::SyncContacts { organization_id });
            uow.commit().await?;
        }
        Ok(contacts)
    }

    /// The job that does it. Who has become a customer is not looked at again, so that it goes
    /// on where it was broken off.
    #[tracing::instrument(skip_all)]
    pub(crate) async fn run_contact_sync(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Outcome, Error> {
        for _ in 0..CHUNKS_PER_RUN {
            let uow = self.ports.store.begin(organization_id).await?;
            let contacts = uow.contacts().lock_without_customer(CHUNK).await?;
            if contacts.is_empty() {
                return Ok(Outcome::Done);
            }
            let now = self.ports.clock.now();
            let became = make_customers(uow.as_ref(), &contacts, Newcomers::Make, now).await?;
            let created = became.created.len() as u64;
            // An event for each would flood everybody who watches.
            uow.record(Event::ContactsSynced {
                created,
                joined: became.all.len() as u64 - created,
            });
            uow.commit().await?;
        }
        Ok(Outcome::Postpone {
            until: self.ports.clock.now(),
        })
    }
}
