use domain::{
    catalog::{ProductId, ProductImageId},
    organizations::Permission,
};

use super::{
    Catalog, CatalogProduct,
    images::{place, read_alt},
};
use crate::{Actor, Error};

/// What is to change of an image; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateImage {
    /// The version of the product that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    /// Among the images, from 0.
    pub position: Option<usize>,
    pub alt: Option<Option<String>>,
}

impl Catalog {
    /// Moves an image among the others, or says anew what is seen on it. Needs an admin.
    #[tracing::instrument(skip_all, fields(product.id = %id))]
    pub async fn update_image(
        &self,
        actor: &Actor,
        id: ProductId,
        image: ProductImageId,
        command: UpdateImage,
    ) -> Result<CatalogProduct, Error> {
        actor.require(Permission::CatalogWrite)?;
        let alt = command.alt.map(read_alt).transpose()?;
        let product = self
            .edit_images(actor, id, command.expected_version, async |_, product| {
                let before = place(product, image)?;
                let mut moved = product.images.remove(before);
                if let Some(alt) = alt {
                    moved.alt = alt;
                }
                let position = command.position.unwrap_or(before);
                let position = position.min(product.images.len());
                product.images.insert(position, moved);
                Ok(())
            })
            .await?;
        let data = self.ports.store.read(actor.organization_id());
        CatalogProduct::of(data.as_ref(), product).await
    }
}
