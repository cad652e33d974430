use domain::{
    catalog::{ProductId, ProductImageId},
    organizations::Permission,
};

use super::{
    Catalog,
    images::{forget, place},
};
use crate::{Actor, Error};

impl Catalog {
    /// Shows an image no more; its files are deleted. Needs an admin.
    #[tracing::instrument(skip_all, fields(product.id = %id))]
    pub async fn remove_image(
        &self,
        actor: &Actor,
        id: ProductId,
        image: ProductImageId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        actor.require(Permission::CatalogWrite)?;
        self.edit_images(actor, id, expected_version, async |uow, product| {
            let removed = product.images.remove(place(product, image)?);
            forget(uow, &[removed]).await
        })
        .await?;
        Ok(())
    }
}
