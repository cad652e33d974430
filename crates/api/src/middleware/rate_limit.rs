//! How often one client may call, and how clients are told of the limits.

use std::time::Duration;

use actix_web::{
    Error, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use application::{
    Actor,
    throttle::{self, Limit, Standing, Standings, network},
};

use crate::{
    ApiSettings,
    extract::{ClientInfo, application},
    problem::{Problem, whole_seconds},
};

/// `draft-ietf-httpapi-ratelimit-headers`, as are the values.
pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

const PERIOD: Duration = Duration::from_mins(1);

/// What is not the API's work, or is asked by machines that do not wait.
const UNLIMITED: [&str; 5] = ["/health/", "/docs", "/files/", "/dev/", "/api/openapi.json"];

/// Meta comes in bursts; each delivery is signed, and cheap to take in.
const UNLIMITED_POST: &str = "/api/whatsapp/webhook";

/// Counts the request for the address that it comes from, and tells in its answer how the
/// client stands with every limit that was asked on the way.
pub(crate) async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let standings = Standings::default();
    let answering = async {
        match count_address(request.request()).await {
            Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
            // As a response: errors pass by the middleware that sets the CORS headers.
            Err(problem) => Ok(request.error_response(problem)),
        }
    };
    let answered: Result<_, Error> = standings.record(answering).await;
    let standings = standings.take();
    match answered {
        Ok(mut response) => {
            tell(response.headers_mut(), &standings);
            Ok(response)
        }
        Err(mut error) => {
            error.add_response_mapper(move |mut response| {
                tell(response.headers_mut(), &standings);
                response
            });
            Err(error)
        }
    }
}

/// Whether the general limits hold for a route.
pub(crate) fn is_limited(is_post: bool, path: &str) -> bool {
    let is_unlimited = UNLIMITED.iter().any(|prefix| path.starts_with(prefix))
        || (is_post && path == UNLIMITED_POST);
    !is_unlimited
}

async fn count_address(request: &HttpRequest) -> Result<(), Problem> {
    let is_post = request.method() == Method::POST;
    if !is_limited(is_post, request.path()) {
        return Ok(());
    }
    match ClientInfo::of(request).0.address {
        Some(address) => {
            let count = settings(request).map_or(0, |settings| settings.requests_per_address);
            admit(request, "address", count, network(address)).await
        }
        None => Ok(()),
    }
}

/// Counts a request of somebody signed in for the organization.
pub(crate) async fn count_organization(
    request: &HttpRequest,
    actor: &Actor,
) -> Result<(), Problem> {
    let count = settings(request).map_or(0, |settings| settings.requests_per_organization);
    admit(request, "organization", count, actor.organization_id()).await
}

async fn admit(
    request: &HttpRequest,
    name: &'static str,
    count: u32,
    of: impl std::fmt::Display,
) -> Result<(), Problem> {
    if count == 0 {
        return Ok(());
    }
    let limit = Limit {
        name,
        count,
        period: PERIOD,
    };
    Ok(throttle::admit(&application(request)?.ports, limit, of).await?)
}

fn settings(request: &HttpRequest) -> Option<&Data<ApiSettings>> {
    request.app_data::<Data<ApiSettings>>()
}

fn tell(headers: &mut HeaderMap, standings: &[Standing]) {
    let mut set = |name: HeaderName, member: fn(&Standing) -> String| {
        let list: Vec<_> = standings.iter().map(member).collect();
        if let Ok(value) = HeaderValue::from_str(&list.join(", "))
            && !list.is_empty()
        {
            headers.insert(name, value);
        }
    };
    set(RATE_LIMIT_POLICY, |Standing { limit, .. }| {
        format!(
            "\"{}\";q={};w={}",
            limit.name,
            limit.count,
            whole_seconds(limit.period)
        )
    });
    set(RATE_LIMIT, |Standing { limit, allowance }| {
        format!(
            "\"{}\";r={};t={}",
            limit.name,
            allowance.remaining,
            whole_seconds(allowance.reset_after)
        )
    });
}
