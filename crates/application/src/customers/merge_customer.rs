use domain::{
    customers::{
        Belongings, ChangeOrigin, Customer, CustomerChange, CustomerId, CustomerMerge,
        MergeConflict, MergeError, MergeUndo, Merged,
    },
    event::Event,
    id::Id,
    job::Job,
    organizations::Permission,
    store::Repositories,
};

use super::{CustomerView, Customers, merges::tell_chats, view::view};
use crate::{Actor, Error};

/// What a merge does, or would do.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeOutcome {
    /// Who stays, with all that was the other's.
    pub customer: CustomerView,
    pub conflicts: Vec<MergeConflict>,
    /// What the other had.
    pub moved: Belongings,
}

impl Customers {
    /// What would become of two customers. Changes nothing.
    #[tracing::instrument(skip_all, fields(customer.id = %id, other.id = %other_id))]
    pub async fn preview_merge(
        &self,
        actor: &Actor,
        id: CustomerId,
        other_id: CustomerId,
    ) -> Result<MergeOutcome, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let found = data.customers().find_all(&[id, other_id]).await?;
        let (_, merged, moved) = merged(data.as_ref(), found, [id, other_id]).await?;
        let mut customer = view(data.as_ref(), merged.customer).await?;
        customer.contacts.extend(moved.contacts.iter().cloned());
        Ok(MergeOutcome {
            customer,
            conflicts: merged.conflicts,
            moved,
        })
    }

    /// Makes one customer part of another, for whom it was another entry. What is needed to
    /// undo it is kept for a time.
    #[tracing::instrument(skip_all, fields(customer.id = %id, other.id = %other_id))]
    pub async fn merge_customer(
        &self,
        actor: &Actor,
        id: CustomerId,
        other_id: CustomerId,
        expected_version: Option<i64>,
    ) -> Result<(CustomerMerge, MergeOutcome), Error> {
        actor.require(Permission::CustomersWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let found = uow.customer_merges().lock(&[id, other_id]).await?;
        let ([customer, other], merged, moved) =
            merged(uow.as_ref(), found, [id, other_id]).await?;
        if expected_version.is_some_and(|version| version != customer.version) {
            return Err(Error::VersionMismatch);
        }
        let mut stays = merged.customer;
        stays.updated_at = now;
        let change = CustomerChange::between(
            Some(&customer),
            &stays,
            ChangeOrigin::Merge,
            Some(actor.user_id()),
        );
        let merge = CustomerMerge {
            id: Id::generate(),
            customer_id: id,
            other_id,
            merged_by: actor.user_id(),
            merged_at: now,
            undone_at: None,
            undo: Some(MergeUndo {
                customer,
                merged: stays.clone(),
                other,
                contacts: moved.contacts.iter().map(|contact| contact.id).collect(),
                consents: moved.consents.clone(),
            }),
        };
        uow.customer_merges().insert(&merge, &stays).await?;
        uow.customer_history().append(&[change]).await?;
        stays.version += 1;
        let customer = view(uow.as_ref(), stays.clone()).await?;
        uow.record(Event::CustomerMerged {
            customer: stays,
            other_id,
        });
        tell_chats(uow.as_ref(), &moved.chats).await?;
        uow.enqueue(Job::ForgetMerge {
            merge_id: merge.id,
            until: merge.undo_until(),
        });
        uow.commit().await?;
        let outcome = MergeOutcome {
            customer,
            conflicts: merged.conflicts,
            moved,
        };
        Ok((merge, outcome))
    }
}

/// Who stays and who goes, what they are as one, and what then moves.
async fn merged(
    data: &dyn Repositories,
    found: Vec<Customer>,
    [id, other_id]: [CustomerId; 2],
) -> Result<([Customer; 2], Merged, Belongings), Error> {
    let find = |id| {
        let customer = found.iter().find(|customer| customer.id == id);
        customer.cloned().ok_or(Error::NotFound("customer"))
    };
    let (customer, other) = (find(id)?, find(other_id)?);
    let moved = data.customer_merges().belongings(other_id).await?;
    let mut consents = data.customers().consents(id).await?;
    consents.extend(moved.consents.iter().cloned());
    let merged = customer.merged_with(&other, &consents).map_err(refusal)?;
    Ok(([customer, other], merged, moved))
}

fn refusal(error: MergeError) -> Error {
    match error {
        MergeError::SameCustomer => Error::invalid("/otherId", error.code(), error),
        _ => Error::conflict(error.code(), error),
    }
}
