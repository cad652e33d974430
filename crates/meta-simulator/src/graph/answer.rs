use std::time::Duration;

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header::ContentType},
};
use serde_json::{Value, json};

use super::GraphError;
use crate::wire;

/// How long an answer that never comes keeps its connection.
const SILENCE: Duration = Duration::from_mins(5);

pub(crate) enum Answer {
    Json(u16, Value),
    /// What a proxy in between would say.
    Html(u16),
    /// None, until the client has given up.
    Silence,
}

impl Answer {
    pub(super) fn ok(value: Value) -> Self {
        Self::Json(200, value)
    }

    pub(super) fn success() -> Self {
        Self::ok(json!({"success": true}))
    }

    /// The HTTP status; none if there is no answer.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Json(status, _) | Self::Html(status) => Some(*status),
            Self::Silence => None,
        }
    }

    pub(super) async fn into_response(self, usage: &str) -> HttpResponse {
        match self {
            Self::Json(status, value) => response(status)
                .insert_header(("x-business-use-case-usage", usage))
                .insert_header(("facebook-api-version", "v23.0"))
                .content_type("application/json; charset=UTF-8")
                .body(wire::to_bytes(&value)),
            Self::Html(status) => response(status)
                .content_type(ContentType::html())
                .body("<html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>"),
            Self::Silence => {
                tokio::time::sleep(SILENCE).await;
                HttpResponse::GatewayTimeout().finish()
            }
        }
    }
}

impl From<&GraphError> for Answer {
    fn from(error: &GraphError) -> Self {
        Self::Json(error.status(), error.body())
    }
}

fn response(status: u16) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(status);
    HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
}
