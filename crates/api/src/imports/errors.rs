//! What was wrong with the rows, as a table, written while it is read.

use actix_web::{HttpResponse, get, web::Data};
use application::{
    Application, Error,
    imports::{ImportErrors, csv_line},
};
use domain::imports::{Import, RowError};

use crate::{
    extract::{Authenticated, PathId},
    problem::Problem,
    table::attachment,
};

const HEADERS: &str = "row,column,code,reason\r\n";

/// What was wrong with an import's rows
///
/// A table with the row as spreadsheets count it, the header of the column, a code that
/// stays, and the reason in words. After the import was undone, also what was not.
#[utoipa::path(tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, content((String = "text/csv")),
        headers(("Content-Disposition" = String, description = "The name of the file.")))))]
#[get("/imports/{id}/errors.csv")]
pub(super) async fn get_import_errors(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Import>,
) -> Result<HttpResponse, Problem> {
    let errors = application.imports.import_errors(&actor, id).await?;
    let name = format!("import-{id}-errors.csv");
    Ok(attachment(&name, HEADERS.to_owned(), errors, next))
}

async fn next(errors: &mut ImportErrors) -> Result<Option<String>, Error> {
    let some = errors.next().await?;
    Ok(some.map(|some| some.iter().map(line).collect()))
}

fn line(error: &RowError) -> String {
    let column = error.column.as_deref().unwrap_or_default();
    csv_line(&[&error.row.to_string(), column, &error.code, &error.detail])
}
