//! The contract as OpenAPI 3.1, made from the handlers, and its pages.

use std::sync::LazyLock;

use actix_web::{
    App, HttpResponse,
    dev::ResourceDef,
    http::{StatusCode, header::LOCATION},
    web::{self, ServiceConfig},
};
use utoipa::{
    OpenApi as _,
    openapi::{
        Content, HttpMethod, OpenApi, PathItem, Ref, RefOr, Required, Response, ResponseBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    idempotency, middleware,
    problem::{self, Fault, ProblemDetails},
};

/// What every operation may answer, by its nature, besides what it says itself.
const PROBLEMS: [(u16, &str, &str); 12] = [
    (400, "Unreadable", "The body is not JSON, or broke off."),
    (
        401,
        "Unauthenticated",
        "The access token is missing, expired, or of a session that is over.",
    ),
    (403, "Forbidden", "The role does not allow it."),
    (404, "NotFound", "Not there, or another organization's."),
    (408, "RequestTimeout", "The body came too slowly."),
    (
        409,
        "Conflict",
        "A rule or a duplicate stands against it; the code says which.",
    ),
    (413, "TooLarge", "The body is too large."),
    (415, "UnsupportedMediaType", "The body is not JSON."),
    (
        422,
        "Invalid",
        "The input is invalid; all that is wrong with it is listed.",
    ),
    (
        429,
        "RateLimited",
        "Too many requests; `Retry-After` says when to try again, `RateLimit` what is left.",
    ),
    (500, "Internal", "A mistake of ours."),
    (
        503,
        "Unavailable",
        "Something is down; `Retry-After` says when to try again.",
    ),
];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Luminous",
        description = "A WhatsApp inbox joined to customers, catalog, orders, campaigns and money."
    ),
    components(schemas(ProblemDetails, Fault))
)]
struct Base;

/// The contract of the API.
pub fn openapi() -> OpenApi {
    SPECIFICATION.clone()
}

static SPECIFICATION: LazyLock<OpenApi> = LazyLock::new(|| {
    let (_, mut api) = App::new()
        .into_utoipa_app()
        .openapi(Base::openapi())
        .configure(crate::routes)
        .split_for_parts();
    api.info.license = None;
    let components = api.components.get_or_insert_default();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT");
    components.security_schemes.insert(
        "bearer".to_owned(),
        SecurityScheme::Http(bearer.build()).into(),
    );
    for (_, name, description) in PROBLEMS {
        components
            .responses
            .insert(name.to_owned(), problem_response(description).into());
    }
    api.security = Some(vec![SecurityRequirement::new(
        "bearer",
        Vec::<String>::new(),
    )]);
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations_mut(item) {
            complete(operation, &method, path);
        }
    }
    api
});

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Delete, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Says what needs not be said by each handler.
fn complete(operation: &mut Operation, method: &HttpMethod, path: &str) {
    let is_public = operation.security.is_some();
    let has_body = operation.request_body.is_some();
    let mut parameters = operation.parameters.iter().flatten();
    let has_parameters = parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in != ParameterIn::Path,
        RefOr::Ref(_) => true,
    });
    let is_keyed = *method == HttpMethod::Post && !is_public && idempotency::takes_keys(path);
    if is_keyed {
        operation
            .parameters
            .get_or_insert_default()
            .push(idempotency_key().into());
    }
    let is_possible = |status| match status {
        400 | 408 | 413 | 415 => has_body,
        401 | 403 => !is_public,
        404 => path.contains('{'),
        409 => is_keyed,
        429 => middleware::is_limited(*method == HttpMethod::Post, path),
        422 => has_body || has_parameters || is_keyed,
        _ => true,
    };
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            describe(response, status);
        }
    }
    for (status, name, _) in PROBLEMS {
        if is_possible(status) {
            operation
                .responses
                .responses
                .entry(status.to_string())
                .or_insert_with(|| Ref::from_response_name(name).into());
        }
    }
}

/// Handlers name their own problems by status and description alone, and what goes well by
/// status and body.
fn describe(response: &mut Response, status: &str) {
    if response.description.is_empty() {
        let status = status
            .parse()
            .ok()
            .and_then(|code| StatusCode::from_u16(code).ok());
        let reason = status.and_then(|status| status.canonical_reason());
        response.description = reason.unwrap_or_default().into();
    }
    let is_problem = status.starts_with(['4', '5']);
    if is_problem && response.content.is_empty() {
        *response = problem_response(&response.description);
    }
}

fn problem_response(description: &str) -> Response {
    let schema = Ref::from_schema_name("ProblemDetails");
    ResponseBuilder::new()
        .description(description)
        .content(problem::CONTENT_TYPE, Content::new(Some(schema)))
        .build()
}

fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Has a repeated request answered as it was the first time, for 24 hours.",
        ))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(255)),
        ))
        .build()
}

static ROUTES: LazyLock<Vec<(ResourceDef, Vec<&str>)>> = LazyLock::new(|| {
    let methods = |item: &PathItem| {
        [
            ("GET", &item.get),
            ("HEAD", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("DELETE", &item.delete),
        ]
        .into_iter()
        .filter(|(_, operation)| operation.is_some())
        .map(|(method, _)| method)
        .collect()
    };
    let paths = SPECIFICATION.paths.paths.iter();
    paths
        .map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item)))
        .collect()
});

/// The methods that are possible at a path; none if there is no such path.
pub(crate) fn methods_at(path: &str) -> &'static [&'static str] {
    ROUTES
        .iter()
        .find(|(pattern, _)| pattern.is_match(path))
        .map_or(&[], |(_, methods)| methods.as_slice())
}

/// `/api/openapi.json` and `/docs`.
pub(crate) fn configure(services: &mut ServiceConfig) {
    let page = SwaggerUi::new("/docs/{_:.*}").url("/api/openapi.json", openapi());
    services
        .route("/docs", web::get().to(to_docs))
        .service(page);
}

async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}
