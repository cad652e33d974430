use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    customers::{ChangeOrigin, Consent, ConsentSource, Customer, CustomerChange, CustomerId},
    id::Id,
    imports::{Change, ImportId, UndoOutcome},
    store::UnitOfWork,
};
use serde_json::json;
use uuid::Uuid;

use super::people::{customer_of, value_of};
use crate::Error;

/// What is to become of some changes.
#[derive(Default)]
struct Plan {
    /// Those whom the import has made.
    to_remove: Vec<CustomerId>,
    /// As they were before.
    to_restore: Vec<Customer>,
    consents: Vec<Consent>,
    history: Vec<CustomerChange>,
    changed_since: BTreeSet<CustomerId>,
}

/// Takes back what an import did to customers. Answers what did not become undone, and why.
pub(super) async fn undo_customers(
    uow: &dyn UnitOfWork,
    import_id: ImportId,
    changes: &[Change],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, UndoOutcome>, Error> {
    let customers = uow.imported_customers();
    let ids: Vec<CustomerId> = changes
        .iter()
        .map(|change| change.subject_id.into())
        .collect();
    let present = customers.lock_by_ids(&ids).await?;
    let plan = Plan::of(import_id, changes, present, now)?;
    customers.update_all(&plan.to_restore).await?;
    customers.insert_consents(&plan.consents).await?;
    uow.customer_history().append(&plan.history).await?;
    let used = customers.remove_unused(&plan.to_remove).await?;
    let used = used.into_iter().map(|id| (id, UndoOutcome::UsedSince));
    let altered = plan.changed_since.into_iter();
    let altered = altered.map(|id| (id, UndoOutcome::ChangedSince));
    let kept = used.chain(altered);
    Ok(kept.map(|(id, outcome)| (id.uuid(), outcome)).collect())
}

impl Plan {
    fn of(
        import_id: ImportId,
        changes: &[Change],
        present: Vec<Customer>,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let mut plan = Self::default();
        let mut present: HashMap<_, _> = present.into_iter().map(|one| (one.id, one)).collect();
        for change in changes {
            // Whoever is gone needs no undoing.
            let Some(customer) = present.remove(&change.subject_id.into()) else {
                continue;
            };
            if value_of(&customer)? != change.after {
                plan.changed_since.insert(customer.id);
            } else if let Some(before) = &change.before {
                let before = customer_of(before)?;
                plan.restore(import_id, &customer, before, now);
            } else {
                plan.to_remove.push(customer.id);
            }
        }
        Ok(plan)
    }

    fn restore(
        &mut self,
        import_id: ImportId,
        customer: &Customer,
        mut before: Customer,
        now: DateTime<Utc>,
    ) {
        if before.marketing_consent != customer.marketing_consent {
            // The history only grows: it tells of both.
            self.consents.push(Consent {
                id: Id::generate(),
                customer_id: before.id,
                state: before.marketing_consent,
                source: ConsentSource::Import,
                proof: json!({ "undoneImportId": import_id }),
                occurred_at: now,
            });
        }
        before.updated_at = now;
        before.version = customer.version + 1;
        let origin = ChangeOrigin::ImportUndo;
        let change = CustomerChange::between(Some(customer), &before, origin, None);
        // Of what only said something of marketing, the consents tell.
        self.history
            .extend(Some(change).filter(|it| !it.values.is_empty()));
        self.to_restore.push(before);
    }
}
