use domain::{
    customers::SegmentId,
    organizations::Permission,
    page::{Page, PageRequest},
};

use super::{
    Customers, FilterInput,
    segments::{SegmentView, find, view},
};
use crate::{Actor, Error};

/// A page of segments and, if it was asked for, how many there are in all.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentList {
    pub page: Page<SegmentView>,
    pub total: Option<u64>,
}

impl Customers {
    /// Newest first, each with how many are in it now.
    #[tracing::instrument(skip_all)]
    pub async fn list_segments(
        &self,
        actor: &Actor,
        page: PageRequest,
        include_total: bool,
    ) -> Result<SegmentList, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let fields = data.customer_fields().list().await?;
        let Page { rows, older, newer } = data.segments().list(page).await?;
        let mut views = Vec::with_capacity(rows.len());
        for segment in rows {
            views.push(SegmentView {
                filter: FilterInput::shown(&segment.filter, &fields),
                customers: data.customers().count(&segment.filter).await?,
                segment,
            });
        }
        let total = if include_total {
            Some(data.segments().count().await?)
        } else {
            None
        };
        let page = Page {
            rows: views,
            older,
            newer,
        };
        Ok(SegmentList { page, total })
    }

    #[tracing::instrument(skip_all, fields(segment.id = %id))]
    pub async fn get_segment(&self, actor: &Actor, id: SegmentId) -> Result<SegmentView, Error> {
        actor.require(Permission::CustomersRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let segment = find(data.as_ref(), id).await?;
        view(data.as_ref(), segment).await
    }
}
