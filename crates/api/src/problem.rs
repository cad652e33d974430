//! Errors as RFC 9457 problem details: the one place where an error meets a status.

use std::{borrow::Cow, fmt, io, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    error::PayloadError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use application::{Error, FieldError};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) const CONTENT_TYPE: &str = "application/problem+json";

/// When a client may try again what failed because something is down.
const RETRY_UNAVAILABLE_AFTER: Duration = Duration::from_secs(5);

/// An answer that is not what was asked for.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    faults: Vec<Fault>,
    existing_id: Option<Uuid>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is wrong with one field of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// A JSON pointer into the body, or a slash and the name of a query parameter.
    #[schema(example = "/phoneNumber")]
    pub pointer: String,
    /// Stable, for programs.
    #[schema(value_type = String, example = "invalid_phone_number")]
    pub code: Cow<'static, str>,
    /// For people.
    pub detail: String,
}

/// The body of every answer with a status from 400 on (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct ProblemDetails {
    /// `/problems/` and the code.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not_found")]
    kind: String,
    #[schema(example = "Not Found")]
    title: String,
    #[schema(example = 404)]
    status: u16,
    /// For people.
    detail: String,
    /// The id of the request, as in `X-Request-Id`.
    instance: String,
    /// Stable, for programs.
    #[schema(example = "not_found")]
    code: String,
    /// All that is wrong with the input, if that is the problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Fault>,
    /// What has already what must be unique, if that is the problem.
    #[serde(rename = "existingId", skip_serializing_if = "Option::is_none")]
    existing_id: Option<Uuid>,
}

impl Problem {
    /// Its code and detail, where there is no status to go with them.
    pub(crate) fn into_words(self) -> (Cow<'static, str>, String) {
        (self.code, self.detail)
    }

    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            detail: detail.into(),
            faults: Vec::new(),
            existing_id: None,
            headers: Vec::new(),
        }
    }

    /// 422, with all that is wrong with the input.
    pub(crate) fn invalid(faults: Vec<Fault>) -> Self {
        Self {
            faults,
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "the input is invalid",
            )
        }
    }

    /// 404 for a thing whose name is given, such as `chat`.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is no such {what}"),
        )
    }

    /// 413 for more than `limit` bytes.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("the body may have at most {limit} bytes"),
        )
    }

    /// For a body that cannot be read to its end.
    pub(crate) fn of_payload(error: &PayloadError) -> Self {
        match error {
            PayloadError::Io(cause) if cause.kind() == io::ErrorKind::TimedOut => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                "the body came too slowly",
            ),
            error => Self::new(
                StatusCode::BAD_REQUEST,
                "unreadable_body",
                format!("the body broke off: {error}"),
            ),
        }
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong on our side; the request id helps to find out what",
        )
    }

    /// What the framework says by its status alone.
    pub(crate) fn of_framework(status: StatusCode, detail: String) -> Self {
        let code = status
            .canonical_reason()
            .unwrap_or("error")
            .to_ascii_lowercase()
            .replace([' ', '-'], "_");
        if status.is_server_error() {
            tracing::error!(%status, detail, "the framework failed");
            return Self {
                status,
                ..Self::internal()
            };
        }
        Self::new(status, code, detail)
    }

    pub(crate) fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// This problem and another one of the same kind, in one answer.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.faults.extend(other.faults);
        self
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    fn with_retry_after(self, after: Duration) -> Self {
        self.with_header(header::RETRY_AFTER, whole_seconds(after).max(1).into())
    }
}

impl Fault {
    pub(crate) fn new(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            detail: detail.into(),
        }
    }
}

impl From<FieldError> for Fault {
    fn from(error: FieldError) -> Self {
        Self::new(error.pointer, error.code, error.detail)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Unauthenticated { code, detail } => {
                Self::new(StatusCode::UNAUTHORIZED, code, detail)
                    .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
            }
            Error::Forbidden { .. } => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            Error::NoOrganization => Self::new(StatusCode::FORBIDDEN, "no_organization", detail),
            Error::NotAuthor(_) => Self::new(StatusCode::FORBIDDEN, "not_author", detail),
            Error::NotFound(what) => Self::not_found(what),
            Error::Invalid(errors) => Self::invalid(errors.into_iter().map(Fault::from).collect()),
            Error::Conflict { code, detail } => Self::new(StatusCode::CONFLICT, code, detail),
            Error::Taken {
                code, existing_id, ..
            } => Self {
                existing_id: Some(existing_id),
                ..Self::new(StatusCode::CONFLICT, code, detail)
            },
            Error::VersionMismatch => {
                Self::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", detail)
            }
            Error::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
            }
            Error::UnsupportedMedia { detail } => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                detail,
            ),
            Error::RateLimited { retry_after } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
                    .with_retry_after(retry_after)
            }
            Error::Unavailable { what, cause } => {
                tracing::error!(
                    error = &*cause as &dyn std::error::Error,
                    "{what} is unavailable"
                );
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    format!("{what}_unavailable"),
                    detail,
                )
                .with_retry_after(RETRY_UNAVAILABLE_AFTER)
            }
            Error::Internal(cause) => {
                tracing::error!(
                    error = &*cause as &dyn std::error::Error,
                    "a request failed through a mistake of ours"
                );
                Self::internal()
            }
        }
    }
}

/// Rounded up: a client that waits exactly this long must not come too early.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response.content_type(CONTENT_TYPE).json(ProblemDetails {
            kind: format!("/problems/{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            instance: domain::request_id::current().unwrap_or_default(),
            code: self.code.clone().into_owned(),
            errors: self.faults.clone(),
            existing_id: self.existing_id,
        })
    }
}
