//! `Idempotency-Key`: a `POST` that is repeated is answered as it was the first time.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::{
    Error, HttpResponse,
    body::{self, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
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
use futures_util::{
    Stream, StreamExt,
    stream::{self, Fuse},
};
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
/// than what should be in memory.
fn is_streamed(path: &str) -> bool {
    path == "/api/media" || (path.starts_with("/api/") && path.ends_with("/import"))
}

/// How long a request may run before its key is taken for abandoned: its process has died.
const CLAIM: Duration = Duration::from_mins(1);
const STREAMED_CLAIM: Duration = Duration::from_mins(15);

/// Beyond this, no body is one that was answered before.
const MAX_STREAMED: usize = 256 << 20;
/// What an answer may leave unread of its request.
const MAX_REST: usize = 64 << 10;

/// A request that has claimed its key.
struct Keyed {
    application: Data<Application>,
    actor: Actor,
    key: String,
    body: Rc<RefCell<Body>>,
}

/// A body on its way, and what makes its request the same: who asks, for what, with which
/// words.
struct Body {
    payload: Fuse<Payload>,
    hash: Sha256,
    is_whole: bool,
    is_broken: bool,
}

enum Claim {
    First(Keyed),
    Again(HttpResponse),
}

async fn claim(request: &mut ServiceRequest) -> Result<Claim, Problem> {
    let Authenticated(actor) = Authenticated::of(request.request()).await?;
    let application = application(request.request())?.clone();
    let key = key(request)?;
    let mut payload = request.parts_mut().1.take();
    let is_streamed = is_streamed(request.match_info().as_str());
    if !is_streamed {
        // A body that is too long claims no key.
        let whole = read_body(None, &mut payload, body_limit(request.request())).await?;
        payload = Payload::from(whole);
    }
    let body = Body::of(request, &actor, payload);
    let within = if is_streamed { STREAMED_CLAIM } else { CLAIM };
    let idempotency = &application.idempotency;
    match idempotency.claim(&actor, &key, within).await? {
        Replay::First => {
            let body = Rc::new(RefCell::new(body));
            request.set_payload(Payload::Stream {
                payload: Box::pin(passing(body.clone())),
            });
            Ok(Claim::First(Keyed {
                application,
                actor,
                key,
                body,
            }))
        }
        Replay::Again {
            fingerprint,
            answer,
        } => {
            let again = fingerprint_of(&RefCell::new(body), MAX_STREAMED).await;
            if again.map_err(|error| Problem::of_payload(&error))? == Some(fingerprint) {
                replay(answer).map(Claim::Again)
            } else {
                Err(Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "idempotency_key_reused",
                    "this `Idempotency-Key` was used for another request",
                ))
            }
        }
    }
}

/// What the handler reads.
fn passing(body: Rc<RefCell<Body>>) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    stream::poll_fn(move |context| body.borrow_mut().poll(context))
}

/// What makes the request the same, once the rest of its body has come. None if that has more
/// than `limit` bytes.
async fn fingerprint_of(
    body: &RefCell<Body>,
    limit: usize,
) -> Result<Option<[u8; 32]>, PayloadError> {
    let mut length = 0;
    while let Some(chunk) = poll_fn(|context| body.borrow_mut().poll(context)).await {
        length += chunk?.len();
        if length > limit {
            return Ok(None);
        }
    }
    let body = body.borrow();
    Ok(body.is_whole.then(|| body.hash.clone().finalize().into()))
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

impl Body {
    fn of(request: &ServiceRequest, actor: &Actor, payload: Payload) -> Self {
        let uri = request.uri().to_string();
        let mut hash = Sha256::new();
        hash.update(actor.user_id().uuid());
        hash.update((uri.len() as u64).to_be_bytes());
        hash.update(uri);
        Self {
            payload: payload.fuse(),
            hash,
            is_whole: false,
            is_broken: false,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        let next = ready!(self.payload.poll_next_unpin(context));
        match &next {
            Some(Ok(chunk)) => self.hash.update(chunk),
            Some(Err(_)) => self.is_broken = true,
            None => self.is_whole = !self.is_broken,
        }
        Poll::Ready(next)
    }
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
        // What does not wait for its body may come again, as it has not done anything.
        let fingerprint = fingerprint_of(&self.body, MAX_REST).await.ok().flatten();
        let settled = match (&answered, fingerprint) {
            (Ok((response, bytes)), Some(fingerprint)) if is_final(response.status()) => {
                let answer = KeptAnswer {
                    status: response.status().as_u16(),
                    headers: kept_headers(response),
                    body: bytes.to_vec(),
                };
                idempotency
                    .keep(&self.actor, &self.key, &fingerprint, &answer)
                    .await
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
