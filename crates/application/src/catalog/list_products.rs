use domain::{
    catalog::{CategoryId, CategoryTree, ProductFacets, ProductFilter, ProductSort},
    organizations::Permission,
    page::{SortedPage, SortedRequest},
};

use super::{Catalog, CatalogProduct};
use crate::{Actor, Error};

/// Which products are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ListProducts {
    pub filter: ProductFilter,
    /// Those in this category, or in one below it.
    pub category_id: Option<CategoryId>,
    pub page: SortedRequest<ProductSort>,
    pub include_total: bool,
    pub include_facets: bool,
}

/// A page of products and, if it was asked for, how many there are in all, and of each kind.
#[derive(Clone, Debug, PartialEq)]
pub struct ProductList {
    pub page: SortedPage<CatalogProduct>,
    pub total: Option<u64>,
    pub facets: Option<ProductFacets>,
}

impl Catalog {
    #[tracing::instrument(skip_all)]
    pub async fn list_products(
        &self,
        actor: &Actor,
        query: ListProducts,
    ) -> Result<ProductList, Error> {
        actor.require(Permission::CatalogRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let categories = data.categories().all().await?;
        let mut filter = query.filter;
        let tree = CategoryTree::new(categories.clone());
        if let Some(id) = query.category_id {
            filter.categories = Some(tree.with_descendants(id));
        }
        let page = data.products().list(&filter, &query.page).await?;
        let total = if query.include_total {
            Some(data.products().count(&filter).await?)
        } else {
            None
        };
        let facets = if query.include_facets {
            Some(data.products().facets(&filter, &tree).await?)
        } else {
            None
        };
        let ids: Vec<_> = page.rows.iter().map(|product| product.id).collect();
        let standings = data.meta_catalog().standings(&ids).await?;
        Ok(ProductList {
            page: page.map(|product| CatalogProduct::among(&categories, &standings, product)),
            total,
            facets,
        })
    }
}
