//! Tables that are written while they are read.

use actix_web::{HttpResponse, http::header::CONTENT_DISPOSITION, web::Bytes};
use application::Error;
use futures_util::Stream;

/// A table as a file of this name. It is read no faster than the client takes it, and no
/// further once the client is gone.
pub(crate) fn attachment(
    name: &str,
    pieces: impl Stream<Item = Result<Bytes, Error>> + 'static,
) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(Box::pin(pieces))
}

/// For the log alone: the client sees that the table breaks off.
pub(crate) fn logged(error: &Error) {
    let error = error as &dyn std::error::Error;
    tracing::error!(error, "a table broke off");
}
