use actix_web::{
    HttpResponse, delete, get,
    http::header::LOCATION,
    post, put,
    web::{Data, Json},
};
use application::{
    Application,
    catalog::{CreateCategory, UpdateCategory},
};
use chrono::{DateTime, Utc};
use domain::{catalog::Category, id::Id};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Authenticated, IfMatch, PathId, Validated, etag, is_name, present},
    list::ListResponse,
    problem::Problem,
};

/// A place in the tree under which products are found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CategoryResponse {
    id: Uuid,
    name: String,
    /// Null at the top.
    #[schema(required)]
    parent_id: Option<Uuid>,
    /// Counts the children of its parent, from 0.
    position: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes by people, from 1. To make room for another is none.
    version: i64,
}

impl From<Category> for CategoryResponse {
    fn from(category: Category) -> Self {
        Self {
            id: category.id.uuid(),
            name: category.name,
            parent_id: category.parent_id.map(Id::uuid),
            position: category.position,
            created_at: category.created_at,
            updated_at: category.updated_at,
            version: category.version,
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateCategoryRequest {
    #[garde(custom(is_name))]
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 100)]
    name: String,
    /// At the top if not given.
    #[garde(skip)]
    parent_id: Option<Uuid>,
    /// Among the children of its parent, from 0; last if not given.
    #[garde(skip)]
    #[schema(minimum = 0)]
    position: Option<u32>,
}

/// Fields that are absent stay as they are; `parentId` null moves to the top.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateCategoryRequest {
    #[garde(inner(custom(is_name)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Option<Option<Uuid>>,
    /// Among the children of its parent, from 0. Under another parent, it comes last if none
    /// is given.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false, minimum = 0)]
    position: Option<u32>,
}

fn place(position: Option<u32>) -> Option<usize> {
    // More than there are children is last all the same.
    position.map(|position| usize::try_from(position).unwrap_or(usize::MAX))
}

fn answer(category: Category) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(category.version))
        .json(CategoryResponse::from(category))
}

/// List categories
///
/// The whole tree on one page, each category before those below it, in their order.
#[utoipa::path(tag = "catalog",
    responses((status = 200, body = ListResponse<CategoryResponse>)))]
#[get("/categories")]
pub(super) async fn list_categories(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<Json<ListResponse<CategoryResponse>>, Problem> {
    let categories = application.catalog.list_categories(&actor).await?;
    Ok(Json(ListResponse {
        data: categories.into_iter().map(Into::into).collect(),
        next_cursor: None,
        total: None,
    }))
}

/// Get a category
#[utoipa::path(tag = "catalog", params(("id" = Uuid, Path)),
    responses((status = 200, body = CategoryResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/categories/{id}")]
pub(super) async fn get_category(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Category>,
) -> Result<HttpResponse, Problem> {
    let category = application.catalog.get_category(&actor, id).await?;
    Ok(answer(category))
}

/// Make a category. Needs an admin.
#[utoipa::path(tag = "catalog", request_body = CreateCategoryRequest,
    responses(
        (status = 201, body = CategoryResponse,
            headers(("Location" = String, description = "The category."),
                ("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description = "`too_many_categories`.")))]
#[post("/categories")]
pub(super) async fn create_category(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<CreateCategoryRequest>,
) -> Result<HttpResponse, Problem> {
    let command = CreateCategory {
        name: request.name,
        parent_id: request.parent_id.map(Into::into),
        position: place(request.position),
    };
    let category = application.catalog.create_category(&actor, command).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/categories/{}", category.id)))
        .insert_header(etag(category.version))
        .json(CategoryResponse::from(category)))
}

/// Rename a category, or move it with all below it. Needs an admin.
#[utoipa::path(tag = "catalog", request_body = UpdateCategoryRequest,
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = CategoryResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/categories/{id}")]
pub(super) async fn update_category(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Category>,
    IfMatch(expected_version): IfMatch,
    Validated(request): Validated<UpdateCategoryRequest>,
) -> Result<HttpResponse, Problem> {
    let command = UpdateCategory {
        expected_version,
        name: request.name,
        parent_id: request.parent_id.map(|parent| parent.map(Into::into)),
        position: place(request.position),
    };
    let category = application
        .catalog
        .update_category(&actor, id, command)
        .await?;
    Ok(answer(category))
}

/// Remove a category that has none below it. Needs an admin.
///
/// Its products stay, and are in it no more.
#[utoipa::path(tag = "catalog",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to remove.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 409, description = "`category_not_empty`: there are categories below it."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/categories/{id}")]
pub(super) async fn remove_category(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Category>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .catalog
        .remove_category(&actor, id, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
