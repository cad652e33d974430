//! `Idempotency-Key`: a `POST` that is repeated is answered as it was the first time.

use actix_web::{
    Error, HttpResponse,
    body::{self, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use application::{Actor, Application, Replay, throttle::Standings};
use bytes::Bytes;
use domain::store::KeptAnswer;
use futures_util::stream;
use sha2::{Digest, Sha256};
use tracing::Instrument;

use crate::{
    extract::{Authenticated, application, body_limit, read_body},
    problem::Problem,
};

pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

const MAX_KEY_LENGTH: usize = 255;

/// The headers that belong to an answer, and not to the moment of answering.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// Answers a repeated `POST` with the first answer. What needs no sign-in has no
/// organization to keep keys for, and passes.
pub(crate) async fn answer_once(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let has_key = request.headers().contains_key(KEY);
    let is_signed = request.headers().contains_key(header::AUTHORIZATION);
    let is_keyed = request.method() == Method::POST && has_key && is_signed;
    // As the routes see it: an encoded letter leads to the same one.
    let path = request.match_info().as_str();
    if !(is_keyed && takes_keys(path)) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let keyed = match claim(&mut request).await {
        Ok(Claim::First(keyed)) => keyed,
        Ok(Claim::Again(answer)) => return Ok(request.into_response(answer)),
        // As a response: errors pass by the middleware that sets the CORS headers.
        Err(problem) => return Ok(request.error_response(problem)),
    };
    // In a task of its own, as the answer is kept even if the client has gone meanwhile:
    // that is when it will come again.
    let request_id = domain::request_id::current().unwrap_or_default();
    let work = async move { keyed.keep(next.call(request).await).await };
    let work = domain::request_id::within(request_id, work);
    let standings = Standings::current();
    let work = async move { standings.record(work).await }.in_current_span();
    actix_web::rt::spawn(work).await.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "keeping an answer failed"
        );
        Problem::internal()
    })?
}

/// Whether a `POST` to this path may have a key. What signs people in, or lets them watch, may
/// not: its answers have secrets in them, and would be kept as they are. Nor may what asks for
/// a password: the hash by which a request is known again is quick to guess.
pub(crate) fn takes_keys(path: &str) -> bool {
    const WITH_SECRETS: [&str; 2] = ["/api/auth/", "/api/realtime/"];
    const WITH_PASSWORD: &str = "/transfer-ownership";
    path.starts_with("/api/")
        && !path.ends_with(WITH_PASSWORD)
        && !WITH_SECRETS.iter().any(|prefix| path.starts_with(prefix))
}

/// Whether the body of a `POST` to this path is handed on while it comes, as it may be larger
/// than what should be in memory. Then its length stands for it.
fn is_streamed(path: &str) -> bool {
    path == "/api/media"
}

/// A request that has claimed its key.
struct Keyed {
    application: Data<Application>,
    actor: Actor,
    key: String,
}

enum Claim {
    First(Keyed),
    Again(HttpResponse),
}

async fn claim(request: &mut ServiceRequest) -> Result<Claim, Problem> {
    let Authenticated(actor) = Authenticated::of(request.request()).await?;
    let application = application(request.request())?.clone();
    let key = key(request)?;
    let fingerprint = if is_streamed(request.match_info().as_str()) {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.map(HeaderValue::as_bytes).unwrap_or_default();
        fingerprint(request, &actor, length)
    } else {
        let mut payload = request.parts_mut().1.take();
        let body = read_body(None, &mut payload, body_limit(request.request())).await?;
        let fingerprint = fingerprint(request, &actor, &body);
        // The handler reads the body once more.
        let rest = stream::once(async { Ok(body) });
        request.set_payload(Payload::Stream {
            payload: Box::pin(rest),
        });
        fingerprint
    };
    let idempotency = &application.idempotency;
    match idempotency.claim(&actor, &key, fingerprint).await? {
        Replay::First => Ok(Claim::First(Keyed {
            application,
            actor,
            key,
        })),
        Replay::Again(answer) => replay(answer).map(Claim::Again),
        Replay::Reused => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "this `Idempotency-Key` was used for another request",
        )),
    }
}

fn key(request: &ServiceRequest) -> Result<String, Problem> {
    let value = request.headers().get(KEY);
    value
        .and_then(|value| value.to_str().ok())
        .filter(|key| {
            (1..=MAX_KEY_LENGTH).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic())
        })
        .map(str::to_owned)
        .ok_or_else(|| {
            let detail = "`Idempotency-Key` must have 1 to 255 visible ASCII characters";
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_idempotency_key",
                detail,
            )
        })
}

/// What makes a request the same: who asks, for what, with which words.
fn fingerprint(request: &ServiceRequest, actor: &Actor, body: &[u8]) -> [u8; 32] {
    let uri = request.uri().to_string();
    let mut hash = Sha256::new();
    hash.update(actor.user_id().uuid());
    hash.update((uri.len() as u64).to_be_bytes());
    hash.update(uri);
    hash.update(body);
    hash.finalize().into()
}

impl Keyed {
    /// Keeps an answer that the same request would get again; gives the key back otherwise.
    async fn keep(
        self,
        answered: Result<ServiceResponse<impl MessageBody + 'static>, Error>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        let answered = match answered {
            Ok(response) => with_bytes(response).await,
            Err(error) => Err(error),
        };
        let idempotency = &self.application.idempotency;
        let settled = match &answered {
            Ok((response, bytes)) if is_final(response.status()) => {
                let answer = KeptAnswer {
                    status: response.status().as_u16(),
                    headers: kept_headers(response),
                    body: bytes.to_vec(),
                };
                idempotency.keep(&self.actor, &self.key, &answer).await
            }
            _ => idempotency.release(&self.actor, &self.key).await,
        };
        // The work is done and its answer known: that a repetition may not find it is for
        // the log.
        if let Err(error) = settled {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an idempotency key was not settled"
            );
        }
        let (response, bytes) = answered?;
        Ok(response.map_body(|_, ()| BoxBody::new(bytes)))
    }
}

fn is_final(status: StatusCode) -> bool {
    let may_change = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS];
    status.as_u16() < 500 && !may_change.contains(&status)
}

async fn with_bytes(
    response: ServiceResponse<impl MessageBody + 'static>,
) -> Result<(ServiceResponse<()>, Bytes), Error> {
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let bytes = body::to_bytes(body).await.map_err(|error| {
        let error: Box<dyn std::error::Error> = error.into();
        tracing::error!(error = &*error, "an answer's body could not be read");
        Problem::internal()
    })?;
    Ok((ServiceResponse::new(request, head.set_body(())), bytes))
}

fn kept_headers(response: &ServiceResponse<()>) -> Vec<(String, String)> {
    let kept = |name: &HeaderName| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    };
    KEPT_HEADERS.iter().filter_map(kept).collect()
}

fn replay(answer: KeptAnswer) -> Result<HttpResponse, Problem> {
    let status = StatusCode::from_u16(answer.status).map_err(application::Error::internal)?;
    let mut response = HttpResponse::build(status);
    for (name, value) in &answer.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    response.insert_header((REPLAYED, HeaderValue::from_static("true")));
    Ok(response.body(answer.body))
}
