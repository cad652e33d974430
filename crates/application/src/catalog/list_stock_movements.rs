use domain::{
    catalog::{ProductId, StockMovement},
    organizations::{MemberName, Permission},
    page::{Page, PageRequest},
};

use super::{Catalog, products::find};
use crate::{Actor, Error};

/// A page of movements, and the names of those who made them.
#[derive(Clone, Debug, PartialEq)]
pub struct StockMovementList {
    pub page: Page<StockMovement>,
    pub actors: Vec<MemberName>,
    pub total: Option<u64>,
}

impl Catalog {
    /// What changed the stock of a product's variants, newest first.
    #[tracing::instrument(skip_all, fields(product.id = %id))]
    pub async fn list_stock_movements(
        &self,
        actor: &Actor,
        id: ProductId,
        page: PageRequest,
        include_total: bool,
    ) -> Result<StockMovementList, Error> {
        actor.require(Permission::CatalogRead)?;
        let data = self.ports.store.read(actor.organization_id());
        find(data.as_ref(), id).await?;
        let page = data.stock().list(id, page).await?;
        let mut actors: Vec<_> = page.rows.iter().filter_map(|row| row.actor_id).collect();
        actors.sort_unstable();
        actors.dedup();
        let actors = data.members().names(&actors).await?;
        let total = if include_total {
            Some(data.stock().count(id).await?)
        } else {
            None
        };
        Ok(StockMovementList {
            page,
            actors,
            total,
        })
    }
}
