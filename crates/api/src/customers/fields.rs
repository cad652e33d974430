use actix_web::{
    HttpResponse, delete, get,
    http::header::LOCATION,
    post, put,
    web::{Data, Json},
};
use application::{
    Application,
    customers::{CreateCustomerField, UpdateCustomerField},
};
use chrono::{DateTime, Utc};
use domain::customers::{CustomerField, FieldKind};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Authenticated, IfMatch, PathId, Validated, etag, present},
    list::ListResponse,
    problem::{Fault, Problem},
};

/// What the organization wants to know of its customers besides what all want to know.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerField)]
pub(super) struct FieldResponse {
    id: Uuid,
    /// Its name in `customFields`. Unique in the organization; it stays.
    #[schema(example = "shoeSize")]
    key: String,
    /// What people call it.
    #[schema(example = "Shoe size")]
    label: String,
    r#type: FieldType,
    /// What can be chosen; of other types, nothing.
    choices: Vec<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Counts changes, from 1.
    version: i64,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerFieldType)]
enum FieldType {
    Text,
    Number,
    Date,
    Choice,
    Boolean,
}

impl From<CustomerField> for FieldResponse {
    fn from(field: CustomerField) -> Self {
        Self {
            id: field.id.uuid(),
            key: field.key.into(),
            label: field.label,
            r#type: match field.kind {
                FieldKind::Text => FieldType::Text,
                FieldKind::Number => FieldType::Number,
                FieldKind::Date => FieldType::Date,
                FieldKind::Choice(_) => FieldType::Choice,
                FieldKind::Boolean => FieldType::Boolean,
            },
            choices: field.kind.choices().to_vec(),
            created_at: field.created_at,
            updated_at: field.updated_at,
            version: field.version,
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateCustomerFieldRequest {
    #[garde(skip)]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][A-Za-z0-9_]*$")]
    key: String,
    #[garde(skip)]
    #[schema(min_length = 1, max_length = 100)]
    label: String,
    #[garde(skip)]
    r#type: FieldType,
    /// What can be chosen, if that is the type.
    #[garde(skip)]
    #[serde(default)]
    #[schema(required = false, max_items = 100)]
    choices: Vec<String>,
}

/// Fields that are absent stay as they are.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateCustomerFieldRequest {
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    label: Option<String>,
    /// What customers have stays, also if it cannot be chosen any more.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false, max_items = 100)]
    choices: Option<Vec<String>>,
}

impl CreateCustomerFieldRequest {
    fn into_command(self) -> Result<CreateCustomerField, Problem> {
        let kind = match self.r#type {
            FieldType::Choice => FieldKind::Choice(self.choices),
            _ if !self.choices.is_empty() => {
                let detail = "only a field of type `choice` has choices";
                let fault = Fault::new("/choices", "not_a_choice", detail);
                return Err(Problem::invalid(vec![fault]));
            }
            FieldType::Text => FieldKind::Text,
            FieldType::Number => FieldKind::Number,
            FieldType::Date => FieldKind::Date,
            FieldType::Boolean => FieldKind::Boolean,
        };
        Ok(CreateCustomerField {
            key: self.key,
            label: self.label,
            kind,
        })
    }
}

/// List the fields of customers
///
/// All of them, oldest first: there are 50 at most.
#[utoipa::path(tag = "customers",
    responses((status = 200, body = ListResponse<FieldResponse>)))]
#[get("/customers/fields")]
pub(super) async fn list_customer_fields(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<Json<ListResponse<FieldResponse>>, Problem> {
    let fields = application.customers.list_fields(&actor).await?;
    Ok(Json(ListResponse {
        data: fields.into_iter().map(FieldResponse::from).collect(),
        next_cursor: None,
        total: None,
    }))
}

/// Get a field of customers
#[utoipa::path(tag = "customers", params(("id" = Uuid, Path)),
    responses((status = 200, body = FieldResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/customers/fields/{id}")]
pub(super) async fn get_customer_field(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<CustomerField>,
) -> Result<HttpResponse, Problem> {
    let field = application.customers.get_field(&actor, id).await?;
    Ok(answer(field))
}

/// Have something more kept of customers. Needs an admin.
#[utoipa::path(tag = "customers", request_body = CreateCustomerFieldRequest,
    responses(
        (status = 201, body = FieldResponse,
            headers(("Location" = String, description = "The field."),
                ("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description =
            "`key_taken`; `existingId` tells by which one. `too_many_fields`.")))]
#[post("/customers/fields")]
pub(super) async fn create_customer_field(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<CreateCustomerFieldRequest>,
) -> Result<HttpResponse, Problem> {
    let command = request.into_command()?;
    let field = application.customers.create_field(&actor, command).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/customers/fields/{}", field.id)))
        .insert_header(etag(field.version))
        .json(FieldResponse::from(field)))
}

/// Change a field of customers. Needs an admin.
#[utoipa::path(tag = "customers", request_body = UpdateCustomerFieldRequest,
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = FieldResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/customers/fields/{id}")]
pub(super) async fn update_customer_field(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<CustomerField>,
    IfMatch(expected_version): IfMatch,
    Validated(request): Validated<UpdateCustomerFieldRequest>,
) -> Result<HttpResponse, Problem> {
    let command = UpdateCustomerField {
        expected_version,
        label: request.label,
        choices: request.choices,
    };
    let field = application
        .customers
        .update_field(&actor, id, command)
        .await?;
    Ok(answer(field))
}

/// Remove a field of customers. Needs an admin.
///
/// What customers have in it is not shown any more.
#[utoipa::path(tag = "customers",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to remove.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 409, description = "`field_in_use`: a segment has it in its filter."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/customers/fields/{id}")]
pub(super) async fn remove_customer_field(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<CustomerField>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .customers
        .remove_field(&actor, id, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn answer(field: CustomerField) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(field.version))
        .json(FieldResponse::from(field))
}
