//! What a request may cost before its handler sees it: its length, and the time its body takes.

use std::{future::Future, io, task::Poll};

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::{Method, StatusCode, header},
    middleware::Next,
    web::{Bytes, Data},
};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep_until};

use crate::{
    ApiSettings,
    problem::Problem,
    serving::{Patience, note_progress, noting_progress},
};

/// Bytes that the path and the query may have together.
const MAX_TARGET_LENGTH: usize = 8 << 10;

/// Refuses what would cost too much to read, and cuts off bodies that come too slowly.
pub(crate) async fn bound(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Err(problem) = check(&request) {
        // As a response: errors pass by the middleware that sets the CORS headers.
        return Ok(request.error_response(problem));
    }
    note_progress();
    let deadline = deadline(&request);
    let payload = request.take_payload();
    request.set_payload(within(deadline, payload));
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| noting_progress(body.boxed())))
}

fn check(request: &ServiceRequest) -> Result<(), Problem> {
    let target = request.uri().path_and_query();
    if target.is_some_and(|target| target.as_str().len() > MAX_TARGET_LENGTH) {
        return Err(Problem::new(
            StatusCode::URI_TOO_LONG,
            "uri_too_long",
            format!("path and query may have at most {MAX_TARGET_LENGTH} bytes"),
        ));
    }
    // A few bytes could unfold to gigabytes.
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding.as_bytes() != b"identity") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send the body as it is, without a `Content-Encoding`",
        ));
    }
    Ok(())
}

/// When the whole body must have come. A WebSocket's goes on, and nothing else reads the body
/// of a `GET`.
fn deadline(request: &ServiceRequest) -> Option<Instant> {
    if request.method() == Method::GET {
        return None;
    }
    let settings = request.app_data::<Data<ApiSettings>>();
    let patience = settings.map_or_else(Patience::default, |settings| settings.patience);
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let is_upload =
        content_type.is_some_and(|value| value.as_bytes().starts_with(b"multipart/form-data"));
    let time = if is_upload {
        patience.upload
    } else {
        patience.body
    };
    Some(Instant::now() + time)
}

/// The same body, which ends with an error once its time is over.
fn within(deadline: Option<Instant>, mut payload: Payload) -> Payload {
    if matches!(payload, Payload::None) {
        return payload;
    }
    let mut timer = deadline.map(|deadline| Box::pin(sleep_until(deadline)));
    let chunks = stream::poll_fn(move |context| {
        if timer
            .as_mut()
            .is_some_and(|timer| timer.as_mut().poll(context).is_ready())
        {
            timer = None;
            let late = io::Error::from(io::ErrorKind::TimedOut);
            return Poll::Ready(Some(Err::<Bytes, _>(PayloadError::Io(late))));
        }
        let chunk = payload.poll_next_unpin(context);
        if chunk.is_ready() {
            note_progress();
        }
        chunk
    });
    Payload::Stream {
        payload: Box::pin(chunks),
    }
}
