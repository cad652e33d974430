use domain::{
    customers::{CustomerId, TimelineEntry, TimelineKind},
    organizations::{MemberName, Permission},
    page::{Page, PageRequest},
};

use super::Customers;
use crate::{Actor, Error};

/// Something that happened with a customer, and the member who did it, if it was one.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineItem {
    pub entry: TimelineEntry,
    pub actor: Option<MemberName>,
}

/// A page of a timeline and, if it was asked for, how much there is in all.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    pub page: Page<TimelineItem>,
    pub total: Option<u64>,
}

impl Customers {
    /// What was said with a customer and of them, and what became of them, newest first.
    #[tracing::instrument(skip_all, fields(customer.id = %id))]
    pub async fn list_timeline(
        &self,
        actor: &Actor,
        id: CustomerId,
        kinds: &[TimelineKind],
        page: PageRequest,
        include_total: bool,
    ) -> Result<Timeline, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        if data.customers().find(id).await?.is_none() {
            return Err(Error::NotFound("customer"));
        }
        let history = data.customer_history();
        let page = history.list(id, kinds, page).await?;
        let actors: Vec<_> = page
            .rows
            .iter()
            .filter_map(TimelineEntry::actor_id)
            .collect();
        let names = data.members().names(&actors).await?;
        let total = if include_total {
            Some(history.count(id, kinds).await?)
        } else {
            None
        };
        let page = page.map(|entry| {
            let actor_id = entry.actor_id();
            let actor = names.iter().find(|name| Some(name.user_id) == actor_id);
            TimelineItem {
                actor: actor.cloned(),
                entry,
            }
        });
        Ok(Timeline { page, total })
    }
}
