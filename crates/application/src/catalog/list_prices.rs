use domain::{
    catalog::{PriceRecord, ProductId},
    organizations::Permission,
    page::{Page, PageRequest},
};

use super::{Catalog, products::find};
use crate::{Actor, Error};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    pub page: Page<PriceRecord>,
    pub total: Option<u64>,
}

impl Catalog {
    /// What a product's variants have cost, newest first.
    #[tracing::instrument(skip_all, fields(product.id = %id))]
    pub async fn list_prices(
        &self,
        actor: &Actor,
        id: ProductId,
        page: PageRequest,
        include_total: bool,
    ) -> Result<PriceList, Error> {
        actor.require(Permission::CatalogRead)?;
        let data = self.ports.store.read(actor.organization_id());
        find(data.as_ref(), id).await?;
        let page = data.prices().list(id, page).await?;
        let total = if include_total {
            Some(data.prices().count(id).await?)
        } else {
            None
        };
        Ok(PriceList { page, total })
    }
}
