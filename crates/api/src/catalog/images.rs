use actix_web::{HttpResponse, delete, http::header::LOCATION, post, put, web::Data};
use application::{
    Application,
    catalog::{NewImage, UpdateImage},
};
use domain::{
    catalog::{Product, ProductImage},
    storage::FileKey,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{product_response::ProductResponse, products::answer};
use crate::{
    extract::{Authenticated, Form, IfMatch, PathId, PathIds, Validated, etag, present},
    problem::Problem,
};

/// A picture of a product, in two sizes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProductImageResponse {
    id: Uuid,
    /// Within 1600 × 1600 pixels.
    url: String,
    /// Within 320 × 320 pixels.
    thumbnail_url: String,
    /// What is seen on it.
    #[schema(required)]
    alt: Option<String>,
    /// Among the product's images, from 0.
    position: usize,
}

impl ProductImageResponse {
    pub(super) fn all(
        application: &Application,
        images: Vec<ProductImage>,
    ) -> Result<Vec<Self>, Problem> {
        let url = |key: &FileKey| {
            let url = application.ports.storage.public_url(key);
            url.map(String::from).map_err(application::Error::from)
        };
        let images = images.into_iter().enumerate();
        images
            .map(|(position, image)| {
                Ok::<_, Problem>(Self {
                    id: image.id.uuid(),
                    url: url(&image.file)?,
                    thumbnail_url: url(&image.thumbnail)?,
                    alt: image.alt,
                    position,
                })
            })
            .collect()
    }
}

/// An image to be uploaded.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: the form is read part by part")]
struct ProductImageForm {
    /// PNG, JPEG, WebP or GIF; at most 5 MB and 40 megapixels.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
    /// What is seen on it.
    alt: Option<String>,
}

/// Fields that are absent stay as they are; `alt` null clears it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateImageRequest {
    /// Among the product's images, from 0.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false, minimum = 0)]
    position: Option<u32>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 500)]
    alt: Option<Option<String>>,
}

/// Show a further image of a product. Needs an admin.
///
/// It is turned upright, freed of all metadata, fitted into 1600 × 1600 and 320 × 320 pixels,
/// and stored as WebP. A product has at most 10.
#[utoipa::path(tag = "catalog",
    request_body(content = ProductImageForm, content_type = "multipart/form-data"),
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the product's version.")),
    responses(
        (status = 201, body = ProductResponse,
            headers(("Location" = String, description = "The image."),
                ("ETag" = String, description = "The product's version, for `If-Match`."))),
        (status = 409, description = "`too_many_images`."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it."),
        (status = 415, description = "The body is not a form.")))]
#[post("/products/{id}/images")]
pub(super) async fn add_image(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Product>,
    IfMatch(expected_version): IfMatch,
    form: Form,
) -> Result<HttpResponse, Problem> {
    let (file, alt) = form.into_file_with("image", "alt")?;
    let new = NewImage {
        content: file.content,
        file_name: file.name,
        alt,
    };
    let added = application
        .catalog
        .add_image(&actor, id, expected_version, new)
        .await?;
    let image = added
        .product
        .images
        .last()
        .map(|image| image.id.to_string());
    let location = format!("/api/products/{id}/images/{}", image.unwrap_or_default());
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header(etag(added.product.version))
        .json(ProductResponse::new(&application, added)?))
}

/// Move an image, or say what is seen on it. Needs an admin.
#[utoipa::path(tag = "catalog", request_body = UpdateImageRequest,
    params(("id" = Uuid, Path), ("imageId" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the product's version.")),
    responses(
        (status = 200, body = ProductResponse,
            headers(("ETag" = String, description = "The product's version, for `If-Match`."))),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/products/{id}/images/{imageId}")]
pub(super) async fn update_image(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathIds(id, image): PathIds<Product, ProductImage>,
    IfMatch(expected_version): IfMatch,
    Validated(request): Validated<UpdateImageRequest>,
) -> Result<HttpResponse, Problem> {
    let position = request.position;
    let command = UpdateImage {
        expected_version,
        // More than there are images is last all the same.
        position: position.map(|position| usize::try_from(position).unwrap_or(usize::MAX)),
        alt: request.alt,
    };
    let changed = application
        .catalog
        .update_image(&actor, id, image, command)
        .await?;
    answer(&application, changed)
}

/// Show an image no more. Needs an admin.
#[utoipa::path(tag = "catalog",
    params(("id" = Uuid, Path), ("imageId" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the product's version.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/products/{id}/images/{imageId}")]
pub(super) async fn remove_image(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathIds(id, image): PathIds<Product, ProductImage>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .catalog
        .remove_image(&actor, id, image, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
