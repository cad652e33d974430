use domain::{
    catalog::{CategoryId, CategoryTree, ProductFilter, ProductSort},
    organizations::{OrganizationId, Permission},
    page::SortedRequest,
};

use super::Catalog;
use crate::{
    Actor, Error, Ports,
    imports::{BYTE_ORDER_MARK, ProductTable, csv_line},
};

/// How much is held at a time, however many products there are.
const PRODUCTS_AT_A_TIME: u32 = 200;

/// Products as a table, to be read piece by piece.
pub struct ProductExport {
    ports: Ports,
    organization_id: OrganizationId,
    table: ProductTable,
    filter: ProductFilter,
    /// None at the end.
    page: Option<SortedRequest<ProductSort>>,
}

impl Catalog {
    /// All products that meet the filter, in this order; of a category, those below it, too.
    #[tracing::instrument(skip_all)]
    pub async fn export_products(
        &self,
        actor: &Actor,
        mut filter: ProductFilter,
        category_id: Option<CategoryId>,
        sort: ProductSort,
        descending: bool,
    ) -> Result<ProductExport, Error> {
        actor.require(Permission::CatalogRead)?;
        let organization_id = actor.organization_id();
        let data = self.ports.store.read(organization_id);
        let categories = data.categories().all().await?;
        let table = ProductTable::new(&categories);
        if let Some(id) = category_id {
            filter.categories = Some(CategoryTree::new(categories).with_descendants(id));
        }
        Ok(ProductExport {
            ports: self.ports.clone(),
            organization_id,
            table,
            filter,
            page: Some(SortedRequest {
                sort,
                descending,
                after: None,
                limit: PRODUCTS_AT_A_TIME,
            }),
        })
    }
}

impl ProductExport {
    /// What the table begins with.
    pub fn beginning(&self) -> String {
        [BYTE_ORDER_MARK, &csv_line(&ProductTable::headers())].concat()
    }

    /// The next rows; none at the end.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        let Some(mut page) = self.page.take() else {
            return Ok(None);
        };
        let data = self.ports.store.read(self.organization_id);
        let found = data.products().list(&self.filter, &page).await?;
        let records = found.rows.iter();
        let records = records.flat_map(|product| self.table.records(product));
        let lines = records.map(|record| csv_line(&record)).collect();
        self.page = found.next.map(|place| {
            page.after = Some(place);
            page
        });
        Ok(Some(lines))
    }
}
