//! The headers by which browsers are told to be careful with our answers.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Data load nothing, and stand in nobody's frame.
const OF_DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// Swagger UI brings its scripts, and styles elements in place.
const OF_DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// Two years, as browsers' preload lists want it.
const HTTPS_ONLY: &str = "max-age=63072000; includeSubDomains";

/// Sets what all answers carry, unless the handler has decided otherwise.
pub(super) fn complete(headers: &mut HeaderMap, path: &str, https_only: bool) {
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "no-referrer");
    default(header::CACHE_CONTROL, "no-store");
    let policy = if path.starts_with("/docs/") {
        OF_DOCS
    } else {
        OF_DATA
    };
    default(header::CONTENT_SECURITY_POLICY, policy);
    // Pages elsewhere show files as images and the like. Answers of the API they read by CORS,
    // which this does not touch.
    let readers = if path.starts_with("/files/") {
        "cross-origin"
    } else {
        "same-origin"
    };
    default(CROSS_ORIGIN_RESOURCE_POLICY, readers);
    if https_only {
        default(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
}
