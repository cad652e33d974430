//! Tables that people bring from elsewhere.

mod errors;
mod import_request;
mod import_response;

use actix_web::{
    HttpResponse, get,
    http::header::LOCATION,
    post,
    web::{Data, Json},
};
use application::{Actor, Application, imports::Imports};
use domain::imports::{Import, ImportKind};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    extract::{Authenticated, PathId, StreamedForm},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

use import_request::{ImportForm, ProductImportForm, read_fields};
use import_response::ImportResponse;
pub(crate) use import_response::ProgressResponse;

pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        .service(import_customers)
        .service(import_products)
        .service(list_imports)
        .service(get_import)
        .service(errors::get_import_errors)
        .service(cancel_import)
        .service(undo_import);
}

const FILE_LIMIT: u64 = Imports::FILE_LIMIT;

/// Import customers from a table
///
/// A table as spreadsheets write it: parted by commas, semicolons, tabs or bars; in UTF-8,
/// UTF-16 or Windows-1252. Its first row are the headers. A row is about the customer who has
/// its phone number or, if nobody has, about the only one who has its e-mail address; two who
/// have different numbers are two. A number without a country code belongs to the
/// organization's country. A day that may be two, as 3/4/1990, is refused.
/// Good rows are taken in, one import after the other; bad ones are told in `errors.csv`. The
/// answer shows what each column was taken for: try it with `dryRun` first.
#[utoipa::path(tag = "imports",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, body = ImportResponse,
            headers(("Location" = String, description = "Where its progress can be read."))),
        (status = 413, description = "It has more than 50 MB."),
        (status = 415, description = "It is no table of text; or the body is not a form.")))]
#[post("/customers/import")]
async fn import_customers(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    form: StreamedForm<FILE_LIMIT>,
) -> Result<HttpResponse, Problem> {
    import(&application, &actor, ImportKind::Customers, form).await
}

/// Import products from a table
///
/// As customers, with a row for each variant. A row is about the variant that has its SKU;
/// else it makes a new one, of the product of the rows with the same handle or, if it has
/// options and there is no handle, with the same name. Prices are in the organization's
/// currency, with a point or a comma before their decimals. Categories are paths, as
/// `Clothes > Shirts`, parted by bars; those that are not there are made, and stay if the
/// import is undone. Stock is what was counted.
#[utoipa::path(tag = "imports",
    request_body(content = ProductImportForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, body = ImportResponse,
            headers(("Location" = String, description = "Where its progress can be read."))),
        (status = 413, description = "It has more than 50 MB."),
        (status = 415, description = "It is no table of text; or the body is not a form.")))]
#[post("/products/import")]
async fn import_products(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    form: StreamedForm<FILE_LIMIT>,
) -> Result<HttpResponse, Problem> {
    import(&application, &actor, ImportKind::Products, form).await
}

async fn import(
    application: &Application,
    actor: &Actor,
    kind: ImportKind,
    form: StreamedForm<FILE_LIMIT>,
) -> Result<HttpResponse, Problem> {
    let imports = &application.imports;
    let take = async |name, content| imports.receive_file(actor, name, content).await;
    let known = import_request::fields(kind);
    let (received, fields) = form.hand_on_with("file", known, take).await?;
    let command = match read_fields(&fields) {
        Ok(command) => command,
        Err(faults) => {
            let error = application::Error::Invalid(faults);
            imports.discard(&received, &error).await;
            return Err(error.into());
        }
    };
    let import = imports.start_import(actor, kind, received, command).await?;
    Ok(HttpResponse::Accepted()
        .insert_header((LOCATION, format!("/api/imports/{}", import.id)))
        .json(ImportResponse::from(import)))
}

/// List imports
///
/// Newest first.
#[utoipa::path(tag = "imports", params(ListParameters),
    responses((status = 200, body = ListResponse<ImportResponse>)))]
#[get("/imports")]
async fn list_imports(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery,
) -> Result<Json<ListResponse<ImportResponse>>, Problem> {
    let list = application
        .imports
        .list_imports(&actor, query.page, query.include_total)
        .await?;
    let page = list.page.map(ImportResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

/// Get an import
#[utoipa::path(tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, body = ImportResponse)))]
#[get("/imports/{id}")]
async fn get_import(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Import>,
) -> Result<Json<ImportResponse>, Problem> {
    let import = application.imports.get_import(&actor, id).await?;
    Ok(Json(import.into()))
}

/// Cancel an import
///
/// It stops at once, but for rows that are being done. What is done stays, and can be undone.
#[utoipa::path(tag = "imports", params(("id" = Uuid, Path)), responses(
    (status = 200, body = ImportResponse),
    (status = 409, description = "`import_not_running`: it is over, or is being undone.")))]
#[post("/imports/{id}/cancel")]
async fn cancel_import(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Import>,
) -> Result<Json<ImportResponse>, Problem> {
    let import = application.imports.cancel_import(&actor, id).await?;
    Ok(Json(import.into()))
}

/// Undo an import
///
/// What it made goes, unless somebody has changed it since or it is in use: customers who
/// have written, products that were sold or promised. What it changed is again as it was,
/// unless somebody has changed it since. What stays is counted in `kept` and told in
/// `errors.csv`.
#[utoipa::path(tag = "imports", params(("id" = Uuid, Path)), responses(
    (status = 202, body = ImportResponse),
    (status = 409, description = "`import_not_undoable`: it is not over, was a dry run, or was \
        undone before.")))]
#[post("/imports/{id}/undo")]
async fn undo_import(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Import>,
) -> Result<HttpResponse, Problem> {
    let import = application.imports.undo_import(&actor, id).await?;
    Ok(HttpResponse::Accepted().json(ImportResponse::from(import)))
}
