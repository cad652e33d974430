//! What the use cases of a product's images have in common.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{
    audit::AuditAction,
    catalog::{Product, ProductId, ProductImage, ProductImageId},
    id::Id,
    job::Job,
    storage::{File, Folder},
    store::UnitOfWork,
};
use serde_json::{Value, json};

use super::{
    Catalog,
    meta::tell_meta,
    products::{currency, lock, target},
};
use crate::{Actor, Error, FieldError, audit::changing, files::NewFile, images::CONTENT_TYPE};

/// Pixels a side of the squares that an image is fitted into: to look at, and for lists.
const SIZES: [u32; 2] = [1_600, 320];

/// An image that somebody has uploaded.
#[derive(Clone, Debug)]
pub struct NewImage {
    pub content: Bytes,
    pub file_name: Option<String>,
    pub alt: Option<String>,
}

/// One that is stored, and nothing refers to yet.
pub(super) struct StoredImage {
    pub(super) image: ProductImage,
    files: [File; 2],
}

impl Catalog {
    /// Fits an image and stores it in both sizes. `pointer` is where a client sent it.
    pub(super) async fn store_image(
        &self,
        actor: &Actor,
        new: NewImage,
        pointer: &str,
    ) -> Result<StoredImage, Error> {
        let alt = read_alt(new.alt)?;
        let fitted = self.images.fit(new.content, SIZES).await?;
        let [large, small] = fitted.map_err(|error| Error::Invalid(vec![error.at(pointer)]))?;
        let file = |content| NewFile {
            folder: Folder::Products,
            content_type: CONTENT_TYPE,
            original_name: new.file_name.clone(),
            content,
        };
        let large = self.files.store(actor, file(large)).await?;
        let small = match self.files.store(actor, file(small)).await {
            Ok(small) => small,
            Err(error) => {
                self.files.discard(&large, &error).await;
                return Err(error);
            }
        };
        Ok(StoredImage {
            image: ProductImage {
                id: Id::generate(),
                file: large.key.clone(),
                thumbnail: small.key.clone(),
                alt,
                created_at: self.ports.clock.now(),
            },
            files: [large, small],
        })
    }

    /// Stores the images of a new product, all or none.
    pub(super) async fn store_images(
        &self,
        actor: &Actor,
        images: Vec<NewImage>,
    ) -> Result<Vec<StoredImage>, Error> {
        let mut stored = Vec::with_capacity(images.len());
        for (index, image) in images.into_iter().enumerate() {
            let pointer = format!("/images/{index}");
            match self.store_image(actor, image, &pointer).await {
                Ok(image) => stored.push(image),
                Err(error) => {
                    for image in &stored {
                        self.discard_image(image, &error).await;
                    }
                    return Err(error);
                }
            }
        }
        Ok(stored)
    }

    /// Deletes what its unit of work has refused.
    pub(super) async fn discard_image(&self, stored: &StoredImage, because: &Error) {
        for file in &stored.files {
            self.files.discard(file, because).await;
        }
    }

    /// Changes the images of a product, as an edit of it.
    pub(super) async fn edit_images(
        &self,
        actor: &Actor,
        id: ProductId,
        expected_version: Option<i64>,
        edit: impl AsyncFnOnce(&dyn UnitOfWork, &mut Product) -> Result<(), Error>,
    ) -> Result<Product, Error> {
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        currency(uow.as_ref()).await?;
        let before = lock(uow.as_ref(), id).await?;
        if expected_version.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let mut product = before.clone();
        edit(uow.as_ref(), &mut product).await?;
        if product == before {
            return Ok(product);
        }
        store_edit(uow.as_ref(), actor, &before, &mut product, now).await?;
        uow.commit().await?;
        Ok(product)
    }
}

async fn store_edit(
    uow: &dyn UnitOfWork,
    actor: &Actor,
    before: &Product,
    product: &mut Product,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    product.updated_at = now;
    if !uow.products().update(product).await? {
        return Err(Error::internal("an image took a SKU"));
    }
    tell_meta(uow, &[product.id], now).await?;
    product.version += 1;
    let entry = actor.entry(AuditAction::ProductUpdated, target(product.id), now);
    let entry = changing(entry, audited(before), audited(product));
    uow.audit_log().append(&entry).await?;
    Ok(())
}

fn audited(product: &Product) -> Value {
    let images = product.images.iter();
    let images = images.map(|image| json!({"id": image.id, "alt": image.alt}));
    json!({"images": images.collect::<Vec<_>>()})
}

/// Adds an image to a product that is locked.
pub(super) async fn add(
    uow: &dyn UnitOfWork,
    product: &mut Product,
    stored: &StoredImage,
) -> Result<(), Error> {
    if product.images.len() >= ProductImage::MAX_OF_A_PRODUCT {
        return Err(Error::conflict(
            "too_many_images",
            format!(
                "a product has at most {} images",
                ProductImage::MAX_OF_A_PRODUCT
            ),
        ));
    }
    for file in &stored.files {
        uow.files().insert(file).await?;
    }
    product.images.push(stored.image.clone());
    Ok(())
}

/// Has the files go of images that are not referred to any more.
pub(crate) async fn forget(uow: &dyn UnitOfWork, images: &[ProductImage]) -> Result<(), Error> {
    for key in images.iter().flat_map(ProductImage::files) {
        uow.files().remove(key).await?;
        uow.enqueue(Job::DeleteFile { key: key.clone() });
    }
    Ok(())
}

pub(super) fn place(product: &Product, id: ProductImageId) -> Result<usize, Error> {
    let mut images = product.images.iter();
    let place = images.position(|image| image.id == id);
    place.ok_or(Error::NotFound("image"))
}

pub(super) fn read_alt(alt: Option<String>) -> Result<Option<String>, Error> {
    let alt = alt.map(|alt| alt.trim().to_owned());
    let Some(alt) = alt.filter(|alt| !alt.is_empty()) else {
        return Ok(None);
    };
    let refused = |code, detail| Err(Error::Invalid(vec![FieldError::new("/alt", code, detail)]));
    if alt.chars().count() > ProductImage::MAX_ALT {
        let detail = format!("must have at most {} characters", ProductImage::MAX_ALT);
        return refused("too_long", detail);
    }
    if alt.chars().any(char::is_control) {
        return refused("control_character", "must be one line".to_owned());
    }
    Ok(Some(alt))
}
