use chrono::Duration;
use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    customers::{CustomerId, Erasure, ErasureCounts, Traces},
    event::Event,
    job::{Job, Outcome},
    organizations::{OrganizationId, Permission},
    store::UnitOfWork,
    whatsapp::{PhoneNumberId, webhook::Routing},
};
use serde_json::json;

use super::{Customers, merges::tell_chats};
use crate::{
    Actor, Error,
    audit::{changing, entry_by},
};

/// Small transactions, so that nobody waits for the broom.
const BATCH: u32 = 500;
/// So long a message may take that is being sent, and a delivery that is being read.
const PATIENCE: Duration = Duration::minutes(1);
/// A delivery that was not read for so long is not waited for.
const STUCK_AFTER: Duration = Duration::days(1);

type Whose = (OrganizationId, CustomerId);

impl Customers {
    /// Has a person forgotten: at once for everybody who looks, and by a job wherever else
    /// they are spoken of. Ids stay, for what refers to them. Needs an admin.
    #[tracing::instrument(skip_all, fields(customer.id = %id))]
    pub async fn erase_customer(
        &self,
        actor: &Actor,
        id: CustomerId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        actor.require(Permission::CustomersErase)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let locked = uow.customer_merges().lock(&[id]).await?.pop();
        let customer = locked.ok_or(Error::NotFound("customer"))?;
        if expected_version.is_some_and(|version| version != customer.version) {
            return Err(Error::VersionMismatch);
        }
        let erasures = uow.customer_erasures();
        let traces = erasures.traces(id).await?;
        let erasure = Erasure {
            customer_id: id,
            requested_by: actor.user_id(),
            requested_at: now,
            traces: Some(traces.clone()),
            counts: ErasureCounts::default(),
        };
        erasures.begin(erasure).await?;
        let target = AuditTarget::new(AuditTargetKind::Customer, id);
        let entry = actor.entry(AuditAction::CustomerErased, target, now);
        uow.audit_log().append(&entry).await?;
        uow.record(Event::CustomerErased { customer_id: id });
        tell_chats(uow.as_ref(), &traces.chats).await?;
        uow.enqueue(Job::EraseCustomer { customer_id: id });
        uow.commit().await?;
        Ok(())
    }

    /// The job that has the rest go, some hundred rows in a unit of work each. What is gone is
    /// counted in the commit that it goes with, so that one run may be cut short by another.
    #[tracing::instrument(skip_all, fields(customer.id = %id))]
    pub(crate) async fn run_erasure(
        &self,
        organization_id: OrganizationId,
        id: CustomerId,
    ) -> Result<Outcome, Error> {
        let whose = (organization_id, id);
        while self.erase_some_messages(whose).await? {}
        while self.erase_some_notes(whose).await? {}
        let is_pending = self.erase_deliveries(whose).await?;
        self.erase_events(whose).await?;
        self.complete(whose, is_pending).await
    }

    /// Whether there may be more.
    async fn erase_some_messages(&self, whose: Whose) -> Result<bool, Error> {
        let Some((uow, mut erasure, traces)) = self.begin_step(whose).await? else {
            return Ok(false);
        };
        let now = self.ports.clock.now();
        let erasures = uow.customer_erasures();
        let erased = erasures.erase_messages(&traces, now, BATCH).await?;
        erasure.counts.messages += u64::from(erased.count);
        erasure.counts.files += erased.files.len() as u64;
        for key in erased.files {
            uow.enqueue(Job::DeleteFile { key });
        }
        end_step(uow, &erasure).await?;
        Ok(erased.count == BATCH)
    }

    /// Whether there may be more.
    async fn erase_some_notes(&self, whose: Whose) -> Result<bool, Error> {
        let Some((uow, mut erasure, traces)) = self.begin_step(whose).await? else {
            return Ok(false);
        };
        let count = uow.customer_erasures().erase_notes(&traces, BATCH).await?;
        erasure.counts.notes += count;
        end_step(uow, &erasure).await?;
        Ok(count == u64::from(BATCH))
    }

    /// What Meta delivered is kept for all organizations together. Answers whether one that
    /// speaks of the person must be read first.
    async fn erase_deliveries(&self, whose: Whose) -> Result<bool, Error> {
        let (organization_id, id) = whose;
        let Some((uow, _, traces)) = self.begin_step(whose).await? else {
            return Ok(false);
        };
        drop(uow);
        let stuck_before = self.ports.clock.now() - STUCK_AFTER;
        let (mut after, mut is_pending) = (None, false);
        loop {
            let system = self.ports.store.begin_system().await?;
            let deliveries = system.deliveries();
            let looked = deliveries
                .erase(organization_id, &traces, stuck_before, after, BATCH)
                .await?;
            if looked.next.is_none() {
                let keys = ordering_keys(&traces);
                let maintenance = system.maintenance();
                maintenance.erase_dead_jobs(organization_id, &keys).await?;
            }
            let uow = system.narrow(organization_id);
            if let Some(mut erasure) = uow.customer_erasures().lock(id).await? {
                erasure.counts.deliveries += looked.erased;
                end_step(uow, &erasure).await?;
            }
            is_pending |= looked.is_pending;
            after = looked.next;
            if after.is_none() {
                return Ok(is_pending);
            }
        }
    }

    async fn erase_events(&self, whose: Whose) -> Result<(), Error> {
        let mut after = Some(0);
        while let Some(seq) = after {
            let Some((uow, mut erasure, traces)) = self.begin_step(whose).await? else {
                return Ok(());
            };
            let erasures = uow.customer_erasures();
            let looked = erasures.erase_events(&traces, seq, BATCH).await?;
            erasure.counts.events += looked.erased;
            end_step(uow, &erasure).await?;
            after = looked.next;
        }
        Ok(())
    }

    /// Once nothing is left, the traces go, and what proves it has no name in it.
    async fn complete(&self, whose: Whose, is_pending: bool) -> Result<Outcome, Error> {
        let Some((uow, mut erasure, traces)) = self.begin_step(whose).await? else {
            return Ok(Outcome::Done);
        };
        let now = self.ports.clock.now();
        let erasures = uow.customer_erasures();
        erasures.erase_memories(&traces).await?;
        if is_pending || erasures.is_anything_left(&traces).await? {
            uow.commit().await?;
            return Ok(Outcome::Postpone {
                until: now + PATIENCE,
            });
        }
        let target = AuditTarget::new(AuditTargetKind::Customer, erasure.customer_id);
        let entry = entry_by(None, AuditAction::CustomerErasureCompleted, target, now);
        let entry = changing(entry, json!({}), json!(erasure.counts));
        uow.audit_log().append(&entry).await?;
        erasure.traces = None;
        end_step(uow, &erasure).await?;
        Ok(Outcome::Done)
    }

    /// None if nothing is left to be done.
    async fn begin_step(
        &self,
        (organization_id, id): Whose,
    ) -> Result<Option<(Box<dyn UnitOfWork>, Erasure, Traces)>, Error> {
        let uow = self.ports.store.begin(organization_id).await?;
        let Some(erasure) = uow.customer_erasures().lock(id).await? else {
            return Ok(None);
        };
        let traces = erasure.traces.clone();
        Ok(traces.map(|traces| (uow, erasure, traces)))
    }
}

async fn end_step(uow: Box<dyn UnitOfWork>, erasure: &Erasure) -> Result<(), Error> {
    uow.customer_erasures().update(erasure).await?;
    uow.commit().await?;
    Ok(())
}

/// In which order deliveries of the person were to be read.
fn ordering_keys(traces: &Traces) -> Vec<String> {
    let of_number = |number: &PhoneNumberId| {
        let people = traces.identities.iter();
        let keys = people.filter_map(|person| {
            let routing = Routing {
                phone_number_id: Some(number.0.clone()),
                person: Some(person.clone()),
                ..Routing::default()
            };
            routing.ordering_key()
        });
        keys.collect::<Vec<_>>()
    };
    traces.numbers.iter().flat_map(of_number).collect()
}
