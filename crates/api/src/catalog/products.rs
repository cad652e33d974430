use actix_web::{
    HttpResponse, delete, get,
    http::header::LOCATION,
    post, put,
    web::{Data, Json},
};
use application::{
    Application, Error,
    catalog::{CatalogProduct, ListProducts, NewImage},
};
use domain::{
    catalog::{Product, ProductFilter, ProductImage, ProductSort},
    chats::{Label, SearchQuery},
    page::SortedPage,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    product_list::{IncludeFacets, ProductListResponse},
    product_request::{CreateProductRequest, UpdateProductRequest},
    product_response::{ProductResponse, StatusBody},
};
use crate::{
    extract::{Authenticated, IfMatch, JsonOrForm, PathId, Validated, etag},
    list::{ListParameters, ListResponse, SortedQuery},
    problem::Problem,
};

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProductParameters {
    /// Beginnings of words in the name, SKUs, tags, options or description; where another word
    /// follows without a space (`AB-12`), whole words. Case and accents do not matter. On
    /// PostgreSQL, words without digits may be misspelled.
    #[garde(length(chars, max = 200))]
    search: Option<String>,
    /// In this category, or in one below it.
    #[garde(skip)]
    pub(super) category_id: Option<Uuid>,
    #[garde(skip)]
    #[param(inline)]
    status: Option<StatusBody>,
    /// Case does not matter.
    #[garde(skip)]
    tag: Option<String>,
    /// In minor units of the organization's currency.
    #[garde(range(min = 0))]
    min_price: Option<i64>,
    #[garde(range(min = 0))]
    max_price: Option<i64>,
    /// Whether one could be bought now.
    #[garde(skip)]
    in_stock: Option<bool>,
    /// Taken out of the list's own `include`, where it stands beside `total`.
    #[garde(skip)]
    #[param(ignore)]
    pub(super) include: Option<IncludeFacets>,
}

impl ProductParameters {
    pub(super) fn into_filter(self) -> Result<ProductFilter, Error> {
        let tag = self.tag.map(|tag| Label::parse(&tag)).transpose();
        let tag = tag.map_err(|error| Error::invalid("/tag", error.code(), error))?;
        let search = self.search.filter(|search| !search.trim().is_empty());
        let search = search.map(|search| SearchQuery::of_any_length(&search));
        let search = search
            .transpose()
            .map_err(|_| Error::invalid("/search", "too_short", "must have a letter or a digit"))?;
        Ok(ProductFilter {
            search,
            categories: None,
            status: self.status.map(Into::into),
            tag,
            min_price: self.min_price,
            max_price: self.max_price,
            in_stock: self.in_stock,
        })
    }
}

pub(super) fn answer(
    application: &Application,
    found: CatalogProduct,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok()
        .insert_header(etag(found.product.version))
        .json(ProductResponse::new(application, found)?))
}

/// List products
///
/// The newest first, unless another order is asked for. `include` takes `total`, `facets`, or both
/// with a comma between them.
#[utoipa::path(tag = "catalog", params(ListParameters, ProductParameters,
        ("sort" = Option<String>, Query, description = "`createdAt`, `updatedAt`, `name`, `price` \
            or `stock`; after `-`, the greatest first. `-createdAt` if not given.")),
    responses((status = 200, body = ProductListResponse)))]
#[get("/products")]
pub(super) async fn list_products(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: SortedQuery<ProductParameters, ProductSort>,
) -> Result<Json<ProductListResponse>, Problem> {
    let category_id = query.filter.category_id.map(Into::into);
    let include_facets = query.filter.include.is_some();
    let asked = ListProducts {
        filter: query.filter.into_filter()?,
        category_id,
        page: query.page.clone(),
        include_total: query.include_total,
        include_facets,
    };
    let list = application.catalog.list_products(&actor, asked).await?;
    let SortedPage { rows, next } = list.page;
    let rows = rows.into_iter();
    let rows = rows.map(|found| ProductResponse::new(&application, found));
    let page = SortedPage {
        rows: rows.collect::<Result<_, _>>()?,
        next,
    };
    Ok(Json(ProductListResponse {
        list: ListResponse::sorted(page, &query.page, list.total),
        facets: list.facets.map(Into::into),
    }))
}

/// A product and its images.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: the form is read part by part")]
struct ProductForm {
    /// As JSON.
    product: CreateProductRequest,
    /// Up to 10, in their order: PNG, JPEG, WebP or GIF; each of at most 5 MB and 40 megapixels.
    #[schema(value_type = Vec<String>, format = Binary)]
    images: Vec<Vec<u8>>,
}

/// Take a product into the catalog. Needs an admin.
///
/// As JSON, or as a form with images beside it: all is taken, or nothing.
#[utoipa::path(tag = "catalog",
    request_body(content((CreateProductRequest = "application/json"),
        (ProductForm = "multipart/form-data"))),
    responses(
        (status = 201, body = ProductResponse,
            headers(("Location" = String, description = "The product."),
                ("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`sku_taken`; `existingId` tells by which product.")))]
#[post("/products")]
pub(super) async fn create_product(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    body: JsonOrForm<CreateProductRequest, { ProductImage::MAX_OF_A_PRODUCT }>,
) -> Result<HttpResponse, Problem> {
    let (request, images) = body.read("product", "images")?;
    let draft = request.into_draft()?;
    let images = images.into_iter().map(|file| NewImage {
        content: file.content,
        file_name: file.name,
        alt: None,
    });
    let images = images.collect();
    let created = application
        .catalog
        .create_product(&actor, draft, images)
        .await?;
    let location = format!("/api/products/{}", created.product.id);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header(etag(created.product.version))
        .json(ProductResponse::new(&application, created)?))
}

/// Get a product
#[utoipa::path(tag = "catalog", params(("id" = Uuid, Path)),
    responses((status = 200, body = ProductResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/products/{id}")]
pub(super) async fn get_product(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Product>,
) -> Result<HttpResponse, Problem> {
    let found = application.catalog.get_product(&actor, id).await?;
    answer(&application, found)
}

/// Change a product. Needs an admin.
#[utoipa::path(tag = "catalog", request_body = UpdateProductRequest,
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = ProductResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`sku_taken`; `existingId` tells by which product. \
            `variant_reserved`: one that would go is promised to somebody."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/products/{id}")]
pub(super) async fn update_product(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Product>,
    if_match: IfMatch,
    Validated(request): Validated<UpdateProductRequest>,
) -> Result<HttpResponse, Problem> {
    let command = request.into_command(if_match);
    let changed = application
        .catalog
        .update_product(&actor, id, command)
        .await?;
    answer(&application, changed)
}

/// Take a product out of the catalog. Needs an admin.
///
/// One that was ever ordered is archived instead, as its orders speak of it.
#[utoipa::path(tag = "catalog",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to remove.")),
    responses(
        (status = 204, description = "Removed, or archived."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/products/{id}")]
pub(super) async fn remove_product(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Product>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .catalog
        .remove_product(&actor, id, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
