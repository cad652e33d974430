//! What surrounds every request: its id, its span, its log line, and an answer even when
//! the handler panics.

mod bounds;
mod rate_limit;
mod security_headers;

pub(crate) use bounds::bound;
pub(crate) use rate_limit::{count_organization, is_limited, limit};

use std::panic::AssertUnwindSafe;

use actix_cors::Cors;
use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use application::Application;
use futures_util::FutureExt;
use tracing::Instrument;
use url::Url;

use self::rate_limit::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::{
    ApiSettings, idempotency,
    problem::{self, Problem},
};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_REQUEST_ID_LENGTH: usize = 128;

/// Gives the request its id and its span, sees to it that every error is a problem, sets
/// the headers that all answers have, and logs the outcome.
pub(crate) async fn in_context(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let request_id = request_id(request.headers());
    let span = tracing::info_span!(
        "request",
        request.id = request_id,
        http.method = %request.method(),
        // Without the query, which may carry a ticket.
        http.path = request.path(),
        organization.id = tracing::field::Empty,
        user.id = tracing::field::Empty,
    );
    domain::request_id::within(request_id.clone(), answer(request, next, request_id))
        .instrument(span)
        .await
}

async fn answer(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    request_id: String,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let settings = request.app_data::<Data<ApiSettings>>();
    let https_only = settings.is_some_and(|settings| settings.https_only);
    let clock = request
        .app_data::<Data<Application>>()
        .map(|application| application.ports.clock.clone());
    let now = || clock.as_ref().map(|clock| clock.now());
    let (method, path) = (request.method().clone(), request.path().to_owned());
    // The server leaves the body out of what it answers.
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let complete = |headers: &mut HeaderMap| {
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            headers.insert(REQUEST_ID, value);
        }
        security_headers::complete(headers, &path, https_only);
    };
    let began = now();
    let answered = next.call(request).await;

    let (result, status) = match answered {
        Ok(response) => {
            let mut response = as_problem(response.map_into_boxed_body());
            complete(response.headers_mut());
            let status = response.status();
            (Ok(response), status)
        }
        Err(error) => {
            let mut response = problem_of(&error).unwrap_or_else(|| error.error_response());
            complete(response.headers_mut());
            let status = response.status();
            (
                Err(InternalError::from_response(error, response).into()),
                status,
            )
        }
    };
    let elapsed_ms = now()
        .zip(began)
        .map(|(end, start)| (end - start).num_milliseconds());
    // What polls would drown what people do.
    if path.starts_with("/health/") || path.starts_with("/dev/") {
        tracing::debug!(
            status = status.as_u16(),
            elapsed_ms,
            "{method} {path} answered {status}"
        );
    } else {
        tracing::info!(
            status = status.as_u16(),
            elapsed_ms,
            "{method} {path} answered {status}"
        );
    }
    result
}

/// The client's id for the request, if it is fit to be logged, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (1..=MAX_REQUEST_ID_LENGTH).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_graphic())
        })
        .map_or_else(
            || domain::id::Id::<()>::generate().to_string(),
            str::to_owned,
        )
}

/// Errors that the framework answered in its own words are said in ours.
fn as_problem(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    match response.response().error().and_then(problem_of) {
        Some(problem) => response.into_response(problem),
        None => response,
    }
}

fn problem_of(error: &Error) -> Option<HttpResponse> {
    if error.as_error::<Problem>().is_some() {
        return None;
    }
    let response = error.error_response();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value == problem::CONTENT_TYPE);
    if is_problem {
        return None;
    }
    let problem = Problem::of_framework(response.status(), error.to_string());
    Some(actix_web::ResponseError::error_response(&problem))
}

/// A handler that panics is answered for with 500; the process lives on.
pub(crate) async fn catch_panics(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answered) => answered,
        // The panic hook has logged it, with this span.
        Err(_) => Err(Problem::internal().into()),
    }
}

/// Lets the frontends' pages call the API.
pub(crate) fn cors(frontends: &[Url]) -> Cors {
    let allow =
        |cors: Cors, frontend: &Url| cors.allowed_origin(&frontend.origin().ascii_serialization());
    frontends
        .iter()
        .fold(Cors::default(), allow)
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::DELETE,
        ])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            idempotency::KEY,
            REQUEST_ID,
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            idempotency::REPLAYED,
            RATE_LIMIT,
            RATE_LIMIT_POLICY,
            REQUEST_ID,
        ])
        .max_age(3600)
        // Strangers' pages get no CORS headers; refusing is the browser's part, and same-origin
        // requests carry an `Origin` too.
        .block_on_origin_mismatch(false)
}
