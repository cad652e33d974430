//! Tables that are written while they are read.

use actix_web::{HttpResponse, http::header::CONTENT_DISPOSITION, web::Bytes};
use application::Error;
use futures_util::{StreamExt, stream};

/// A table as a file of this name: its beginning, and then the next rows until there are none.
/// It is read no faster than the client takes it, and no further once the client is gone.
pub(crate) fn attachment<T: 'static>(
    name: &str,
    beginning: String,
    table: T,
    next: impl AsyncFn(&mut T) -> Result<Option<String>, Error> + 'static,
) -> HttpResponse {
    let beginning = stream::iter([Ok::<_, Error>(Bytes::from(beginning))]);
    let rows = stream::try_unfold((table, next), |(mut table, next)| async move {
        let some = next(&mut table).await.inspect_err(logged)?;
        Ok(some.map(|text| (Bytes::from(text), (table, next))))
    });
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(Box::pin(beginning.chain(rows)))
}

/// For the log alone: the client sees that the table breaks off.
fn logged(error: &Error) {
    let error = error as &dyn std::error::Error;
    tracing::error!(error, "a table broke off");
}
