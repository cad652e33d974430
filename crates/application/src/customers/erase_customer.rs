use chrono::Duration;
use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    customers::{CustomerId, Erasure, ErasureCounts, Traces},
    event::Event,
    job::{Job, Outcome},
    organizations::{OrganizationId, Permission},
    store::UnitOfWork,
};
use serde_json::json;

use super::{Customers, merges::tell_chats};
use crate::{
    Actor, Error,
    audit::{changing, entry_by},
};

/// Small transactions, so that nobody waits for the broom.
const BATCH: u32 = 500;
/// So long a message may take that is being sent.
const PATIENCE: Duration = Duration::minutes(1);

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

    /// The job that has the rest go, some hundred rows in a unit of work each. Of one that was
    /// cut short, what is gone is gone, and counted.
    #[tracing::instrument(skip_all, fields(customer.id = %id))]
    pub(crate) async fn run_erasure(
        &self,
        organization_id: OrganizationId,
        id: CustomerId,
    ) -> Result<Outcome, Error> {
        let begin = async || self.begin_step(organization_id, id).await;
        loop {
            let Some((uow, mut erasure, traces)) = begin().await? else {
                return Ok(Outcome::Done);
            };
            let erased = uow
                .customer_erasures()
                .erase_messages(&traces, BATCH)
                .await?;
            let count = erased.count;
            erasure.counts.messages += u64::from(count);
            erasure.counts.files += erased.files.len() as u64;
            for key in erased.files {
                uow.enqueue(Job::DeleteFile { key });
            }
            end_step(uow, &erasure).await?;
            if count < BATCH {
                break;
            }
        }
        loop {
            let Some((uow, mut erasure, traces)) = begin().await? else {
                return Ok(Outcome::Done);
            };
            let count = uow.customer_erasures().erase_notes(&traces, BATCH).await?;
            erasure.counts.notes += count;
            end_step(uow, &erasure).await?;
            if count < u64::from(BATCH) {
                break;
            }
        }
        self.erase_deliveries(organization_id, id).await?;
        let mut after = Some(0);
        while let Some(seq) = after {
            let Some((uow, mut erasure, traces)) = begin().await? else {
                return Ok(Outcome::Done);
            };
            let erasures = uow.customer_erasures();
            let looked = erasures.erase_events(&traces, seq, BATCH).await?;
            erasure.counts.events += looked.erased;
            end_step(uow, &erasure).await?;
            after = looked.next;
        }
        let Some((uow, erasure, traces)) = begin().await? else {
            return Ok(Outcome::Done);
        };
        uow.customer_erasures().erase_memories(&traces).await?;
        if uow.customer_erasures().has_messages(&traces).await? {
            uow.commit().await?;
            let until = self.ports.clock.now() + PATIENCE;
            return Ok(Outcome::Postpone { until });
        }
        self.complete(uow, erasure).await?;
        Ok(Outcome::Done)
    }

    /// None if nothing is left to be done.
    async fn begin_step(
        &self,
        organization_id: OrganizationId,
        id: CustomerId,
    ) -> Result<Option<(Box<dyn UnitOfWork>, Erasure, Traces)>, Error> {
        let uow = self.ports.store.begin(organization_id).await?;
        let Some(erasure) = uow.customer_erasures().lock(id).await? else {
            return Ok(None);
        };
        let traces = erasure.traces.clone();
        Ok(traces.map(|traces| (uow, erasure, traces)))
    }

    /// What Meta delivered is kept for all organizations together.
    async fn erase_deliveries(
        &self,
        organization_id: OrganizationId,
        id: CustomerId,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let Some((uow, mut erasure, traces)) = self.begin_step(organization_id, id).await?
            else {
                return Ok(());
            };
            drop(uow);
            let system = self.ports.store.begin_system().await?;
            let looked = system
                .deliveries()
                .erase(&traces.identities, &traces.numbers, after, BATCH)
                .await?;
            system.commit().await?;
            if looked.erased > 0 {
                let Some((uow, present, _)) = self.begin_step(organization_id, id).await? else {
                    return Ok(());
                };
                erasure.counts = present.counts;
                erasure.counts.deliveries += looked.erased;
                end_step(uow, &erasure).await?;
            }
            after = looked.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Nothing is left; what proves it has no name in it.
    async fn complete(&self, uow: Box<dyn UnitOfWork>, mut erasure: Erasure) -> Result<(), Error> {
        let target = AuditTarget::new(AuditTargetKind::Customer, erasure.customer_id);
        let action = AuditAction::CustomerErasureCompleted;
        let entry = entry_by(None, action, target, self.ports.clock.now());
        let entry = changing(entry, json!({}), json!(erasure.counts));
        uow.audit_log().append(&entry).await?;
        erasure.traces = None;
        end_step(uow, &erasure).await
    }
}

async fn end_step(uow: Box<dyn UnitOfWork>, erasure: &Erasure) -> Result<(), Error> {
    uow.customer_erasures().update(erasure).await?;
    uow.commit().await?;
    Ok(())
}
