use chrono::{DateTime, Utc};
use domain::{
    customers::{ChangeOrigin, Customer, CustomerChange, CustomerId, CustomerMergeId, MergeError},
    event::Event,
    job::Outcome,
    organizations::{OrganizationId, Permission},
    store::UnitOfWork,
};

use super::{CustomerView, Customers, input::check_number, merges::tell_chats, view::views};
use crate::{Actor, Error};

/// Two customers whose merge was undone.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmerged {
    pub customer: CustomerView,
    pub other: CustomerView,
}

impl Customers {
    /// Gives the other customer back what they had. What was changed since of the one who
    /// stayed is left as it is.
    #[tracing::instrument(skip_all, fields(customer.id = %customer_id, merge.id = %id))]
    pub async fn undo_merge(
        &self,
        actor: &Actor,
        customer_id: CustomerId,
        id: CustomerMergeId,
    ) -> Result<Unmerged, Error> {
        actor.require(Permission::CustomersWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let merges = uow.customer_merges();
        let locked = merges.lock(&[customer_id]).await?.pop();
        let present = locked.ok_or(Error::NotFound("customer"))?;
        let merge = merges.lock_merge(customer_id, id).await?;
        let mut merge = merge.ok_or(Error::NotFound("merge"))?;
        let undo = merge.way_back(now).map_err(refusal)?.clone();
        let belongings = merges.belongings(customer_id).await?;
        let mut apart = undo.apart(&present, &belongings.consents);
        apart.customer.updated_at = now;
        apart.other.updated_at = now;
        let contacts = undo.contacts_of_other(belongings.contacts);
        let contacts: Vec<_> = contacts.iter().map(|contact| contact.id).collect();
        merge.undone_at = Some(now);
        if !merges.take_back(&merge, &apart, &contacts).await? {
            return Err(taken(uow.as_ref(), &apart.other).await);
        }
        let change = |before: &Customer, after: &Customer| {
            let by = Some(actor.user_id());
            CustomerChange::between(Some(before), after, ChangeOrigin::MergeUndo, by)
        };
        let changes = [
            change(&present, &apart.customer),
            change(&undo.other, &apart.other),
        ];
        uow.customer_history().append(&changes).await?;
        apart.customer.version += 1;
        let pair = vec![apart.customer.clone(), apart.other.clone()];
        let mut pair = views(uow.as_ref(), pair).await?.into_iter();
        let (Some(customer), Some(other)) = (pair.next(), pair.next()) else {
            return Err(Error::NotFound("customer"));
        };
        let given_back = merges.belongings(apart.other.id).await?.chats;
        uow.record(Event::CustomerCreated {
            customer: apart.other,
        });
        uow.record(Event::CustomerUpdated {
            customer: apart.customer,
        });
        tell_chats(uow.as_ref(), &given_back).await?;
        uow.commit().await?;
        Ok(Unmerged { customer, other })
    }

    /// The job that ends the time in which a merge can be undone.
    #[tracing::instrument(skip_all, fields(merge.id = %id))]
    pub(crate) async fn forget_merge(
        &self,
        organization_id: OrganizationId,
        id: CustomerMergeId,
        until: DateTime<Utc>,
    ) -> Result<Outcome, Error> {
        if self.ports.clock.now() < until {
            return Ok(Outcome::Postpone { until });
        }
        let uow = self.ports.store.begin(organization_id).await?;
        uow.customer_merges().forget(id).await?;
        uow.commit().await?;
        Ok(Outcome::Done)
    }
}

fn refusal(error: MergeError) -> Error {
    Error::conflict(error.code(), error)
}

/// Who has one of the numbers that the other had.
async fn taken(uow: &dyn UnitOfWork, other: &Customer) -> Error {
    match check_number(uow, other).await {
        Err(error) => error,
        Ok(()) => Error::conflict(
            "phone_number_taken",
            "another customer had this phone number until now: try again",
        ),
    }
}
