//! The people a business sells to.

mod attribute;
mod consents;
mod customer_request;
mod customer_response;
mod export;
mod fields;
mod filter;
mod merges;
mod segments;
mod timeline;

use actix_web::{
    HttpResponse, delete, get,
    http::header::LOCATION,
    post, put,
    web::{Data, Json},
};
use application::{Application, customers::UpdateCustomer};
use domain::customers::{Customer, CustomerSort};
use utoipa_actix_web::service_config::ServiceConfig;

use self::{
    customer_request::CustomerRequest, customer_response::FullCustomerResponse,
    filter::CustomerParameters,
};
use crate::{
    extract::{Authenticated, IfMatch, PathId, Validated, etag},
    list::{ListParameters, ListResponse, SortedQuery},
    problem::Problem,
};

pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        // Before what has an id in their place.
        .service(fields::list_customer_fields)
        .service(fields::create_customer_field)
        .service(fields::get_customer_field)
        .service(fields::update_customer_field)
        .service(fields::remove_customer_field)
        .service(export::export_customers)
        .service(list_customers)
        .service(create_customer)
        .service(get_customer)
        .service(update_customer)
        .service(erase_customer)
        .service(consents::set_consent)
        .service(consents::list_consents)
        .service(timeline::list_timeline)
        .service(merges::preview_merge)
        .service(merges::merge_customer)
        .service(merges::list_merges)
        .service(merges::undo_merge)
        .service(segments::list_segments)
        .service(segments::create_segment)
        .service(segments::get_segment)
        .service(segments::update_segment)
        .service(segments::remove_segment);
}

/// List customers
///
/// Newest first, unless another order is asked for. A filter means those who meet all of it.
#[utoipa::path(tag = "customers",
    params(ListParameters, CustomerParameters,
        ("sort" = Option<String>, Query, description =
            "`createdAt`, `name` or `lastSeenAt`, with `-` before it for the greatest first; \
             `-createdAt` if not given. Those who never wrote count as seen before all others.")),
    responses((status = 200, body = ListResponse<FullCustomerResponse>)))]
#[get("/customers")]
async fn list_customers(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: SortedQuery<CustomerParameters, CustomerSort>,
) -> Result<Json<ListResponse<FullCustomerResponse>>, Problem> {
    let filter = query.filter.into_input()?;
    let list = application
        .customers
        .list_customers(&actor, filter, &query.page, query.include_total)
        .await?;
    let page = list.page.map(FullCustomerResponse::from);
    Ok(Json(ListResponse::sorted(page, &query.page, list.total)))
}

/// Get a customer
#[utoipa::path(tag = "customers", params(("id" = Uuid, Path)),
    responses((status = 200, body = FullCustomerResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/customers/{id}")]
async fn get_customer(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Customer>,
) -> Result<HttpResponse, Problem> {
    let found = application.customers.get_customer(&actor, id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(found.customer.version))
        .json(FullCustomerResponse::from(found)))
}

/// Keep a customer
///
/// Something to know the customer by is required: a name, a company, a phone number or an
/// e-mail address.
#[utoipa::path(tag = "customers", request_body = CustomerRequest,
    responses(
        (status = 201, body = FullCustomerResponse,
            headers(("Location" = String, description = "The customer."),
                ("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description =
            "`phone_number_taken`; `existingId` tells by which customer.")))]
#[post("/customers")]
async fn create_customer(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    Validated(request): Validated<CustomerRequest>,
) -> Result<HttpResponse, Problem> {
    let created = application
        .customers
        .create_customer(&actor, request.into_input())
        .await?;
    let path = format!("/api/customers/{}", created.customer.id);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, path))
        .insert_header(etag(created.customer.version))
        .json(FullCustomerResponse::from(created)))
}

/// Change a customer
#[utoipa::path(tag = "customers", request_body = CustomerRequest,
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = FullCustomerResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 409, description =
            "`phone_number_taken`; `existingId` tells by which customer."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[put("/customers/{id}")]
async fn update_customer(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Customer>,
    IfMatch(expected_version): IfMatch,
    Validated(request): Validated<CustomerRequest>,
) -> Result<HttpResponse, Problem> {
    let command = UpdateCustomer {
        expected_version,
        input: request.into_input(),
    };
    let changed = application
        .customers
        .update_customer(&actor, id, command)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(changed.customer.version))
        .json(FullCustomerResponse::from(changed)))
}

/// Erase a customer. Needs an admin.
///
/// The person is gone from lists at once, and soon from everywhere: what they said, what was
/// noted of them, files, search, and what Meta delivered. That there were messages, and when,
/// stays, without names, as does the id, for what refers to it. The audit log tells when it is
/// done. There is no way back. Whoever writes again is somebody new. A person on WhatsApp who is
/// no customer is erased as one: by keeping a customer with the number first.
#[utoipa::path(tag = "customers",
    params(("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to erase.")),
    responses(
        (status = 204, description = "Gone for everybody who looks; the rest follows."),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/customers/{id}")]
async fn erase_customer(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Customer>,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    application
        .customers
        .erase_customer(&actor, id, expected_version)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
