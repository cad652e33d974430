//! Customers as a table, written while it is read, so that there are never too many.

use actix_web::{HttpResponse, get, web::Data};
use application::{Application, customers::CustomerExport};
use domain::customers::CustomerSort;

use super::filter::CustomerParameters;
use crate::{extract::Authenticated, list::OrderedQuery, problem::Problem, table::attachment};

/// Export customers
///
/// Those who meet the filter, with all that is kept of them, as a table in UTF-8 that
/// spreadsheets open and that `POST /api/customers/import` reads without a mapping. What a
/// spreadsheet would take for a formula, phone numbers among it, has an apostrophe before it,
/// which the import takes away. It is kept in the audit log that you did.
#[utoipa::path(tag = "customers",
    params(CustomerParameters,
        ("sort" = Option<String>, Query, description =
            "`createdAt`, `name` or `lastSeenAt`, with `-` before it for the greatest first; \
             `-createdAt` if not given.")),
    responses((status = 200, content((String = "text/csv")),
        headers(("Content-Disposition" = String, description = "The name of the file.")))))]
#[get("/customers/export")]
pub(super) async fn export_customers(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: OrderedQuery<CustomerParameters, CustomerSort>,
) -> Result<HttpResponse, Problem> {
    let filter = query.filter.into_input()?;
    let export = application
        .customers
        .export_customers(&actor, filter, query.sort, query.descending)
        .await?;
    let beginning = export.beginning();
    Ok(attachment(
        "customers.csv",
        beginning,
        export,
        CustomerExport::next,
    ))
}
