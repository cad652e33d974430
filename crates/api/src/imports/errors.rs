//! What was wrong with the rows, as a table, written while it is read.

use std::borrow::Cow;

use actix_web::{
    HttpResponse, get,
    http::header::CONTENT_DISPOSITION,
    web::{Bytes, Data},
};
use application::{Application, Error, imports::ImportErrors};
use domain::imports::{Import, RowError};
use futures_util::{Stream, StreamExt, stream};

use crate::{
    extract::{Authenticated, PathId},
    problem::Problem,
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
    let name = format!("attachment; filename=\"import-{id}-errors.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(Box::pin(lines(errors))))
}

fn lines(errors: ImportErrors) -> impl Stream<Item = Result<Bytes, Error>> {
    let headers = stream::iter([Ok(Bytes::from_static(HEADERS.as_bytes()))]);
    let rows = stream::try_unfold(errors, |mut errors| async {
        let some = errors.next().await.inspect_err(|error| {
            let error = error as &dyn std::error::Error;
            tracing::error!(error, "an import's errors broke off");
        })?;
        let Some(some) = some else { return Ok(None) };
        let text: String = some.iter().map(line).collect();
        Ok(Some((Bytes::from(text), errors)))
    });
    headers.chain(rows)
}

fn line(error: &RowError) -> String {
    let column = error.column.as_deref().unwrap_or_default();
    let cells = [column, &error.code, &error.detail].map(cell);
    format!("{},{}\r\n", error.row, cells.join(","))
}

/// A text as a cell, which no spreadsheet takes for a formula.
fn cell(text: &str) -> Cow<'_, str> {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !is_formula && !text.contains(['"', ',', ';', '\r', '\n', '\t']) {
        return text.into();
    }
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\"")).into()
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_text_whatever_stands_in_it() {
        assert_eq!(cell("Phone"), "Phone");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        for formula in ["+1", "-1", "@a", "\tx"] {
            assert!(cell(formula).starts_with("\"'"), "{formula:?}");
        }
    }
}
