use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderName},
};
use application::Error;

use crate::problem::Problem;

/// The version that the client believes to change; none if it does not care.
pub(crate) struct IfMatch(pub(crate) Option<i64>);

/// The `ETag` of an object's version.
pub(crate) fn etag(version: i64) -> (HeaderName, String) {
    (header::ETAG, format!("\"{version}\""))
}

impl IfMatch {
    fn parse(value: &str) -> Result<Self, Problem> {
        let value = value.trim();
        if value == "*" {
            return Ok(Self(None));
        }
        // Proxies that compress weaken tags on their way.
        let tag = value.strip_prefix("W/").unwrap_or(value);
        tag.strip_prefix('"')
            .and_then(|tag| tag.strip_suffix('"'))
            .and_then(|version| version.parse().ok())
            .map(|version| Self(Some(version)))
            // No version of ours has such a tag.
            .ok_or_else(|| Error::VersionMismatch.into())
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.headers().get(header::IF_MATCH) {
            None => Ok(Self(None)),
            Some(value) => Self::parse(value.to_str().unwrap_or_default()),
        })
    }
}
