use domain::{catalog::ProductId, organizations::Permission};

use super::{Catalog, CatalogProduct, NewImage, images::add, products::find};
use crate::{Actor, Error};

impl Catalog {
    /// Shows a further image of a product, after the others. Needs an admin.
    #[tracing::instrument(skip_all, fields(product.id = %id))]
    pub async fn add_image(
        &self,
        actor: &Actor,
        id: ProductId,
        expected_version: Option<i64>,
        new: NewImage,
    ) -> Result<CatalogProduct, Error> {
        actor.require(Permission::CatalogWrite)?;
        let data = self.ports.store.read(actor.organization_id());
        find(data.as_ref(), id).await?;
        let stored = self.store_image(actor, new, "/image").await?;
        let added = self
            .edit_images(actor, id, expected_version, async |uow, product| {
                add(uow, product, &stored).await
            })
            .await;
        match added {
            Ok(product) => CatalogProduct::of(data.as_ref(), product).await,
            Err(error) => {
                self.discard_image(&stored, &error).await;
                Err(error)
            }
        }
    }
}
