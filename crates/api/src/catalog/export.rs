//! Products as a table, written while it is read, so that there are never too many.

use actix_web::{HttpResponse, get, web::Data};
use application::{Application, Error, catalog::ProductExport};
use domain::catalog::ProductSort;

use super::products::ProductParameters;
use crate::{extract::Authenticated, list::OrderedQuery, problem::Problem, table::attachment};

/// Export products
///
/// Those that meet the filter, with a row for each variant, as a table in UTF-8 that
/// spreadsheets open and that `POST /api/products/import` reads without a mapping. What a
/// spreadsheet would take for a formula has an apostrophe before it, which the import takes
/// away.
#[utoipa::path(tag = "catalog",
    params(ProductParameters,
        ("sort" = Option<String>, Query, description =
            "`createdAt`, `updatedAt`, `name`, `price` or `stock`, with `-` before it for the \
             greatest first; `-createdAt` if not given.")),
    responses((status = 200, content((String = "text/csv")),
        headers(("Content-Disposition" = String, description = "The name of the file.")))))]
#[get("/products/export")]
pub(super) async fn export_products(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: OrderedQuery<ProductParameters, ProductSort>,
) -> Result<HttpResponse, Problem> {
    if query.filter.include.is_some() {
        let detail = "a table has no facets";
        return Err(Error::invalid("/include", "unknown_field", detail).into());
    }
    let category_id = query.filter.category_id.map(Into::into);
    let filter = query.filter.into_filter()?;
    let export = application
        .catalog
        .export_products(&actor, filter, category_id, query.sort, query.descending)
        .await?;
    let beginning = export.beginning();
    Ok(attachment(
        "products.csv",
        beginning,
        export,
        ProductExport::next,
    ))
}
