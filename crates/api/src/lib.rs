//! How the product is reached: thin adapters from HTTP and WebSocket to the use cases.
//!
//! | module | what it holds |
//! |---|---|
//! | [`problem`] | errors as RFC 9457 problem details |
//! | `extract`, `list` | what handlers take from a request, checked; pages |
//! | `middleware`, `idempotency` | what surrounds every request |
//! | `serving` | the HTTP server and its patience |
//! | `openapi` | the contract, made from the handlers |
//! | `health` | liveness and readiness |
//! | `auth`, `organizations`, `whatsapp`, `chats`, `catalog`, `imports`, `customers`, `realtime` | one module per feature |
//! | `money`, `table` | amounts of money, as they are written; tables, written piece by piece |

mod auth;
mod catalog;
mod chats;
mod customers;
mod extract;
mod health;
mod idempotency;
mod imports;
mod list;
mod middleware;
mod money;
mod openapi;
mod organizations;
pub mod problem;
mod realtime;
mod serving;
mod table;
mod whatsapp;

pub use health::{HealthCheck, Readiness};
pub use openapi::openapi;
pub use serving::{Patience, serve};

use actix_web::{
    App, Error, HttpRequest, HttpResponse,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    middleware::from_fn,
    web::{self, Data},
};
use application::Application;
use ipnet::IpNet;
use url::Url;
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};

use crate::problem::Problem;

/// What the API was configured to.
#[derive(Clone, Default)]
pub struct ApiSettings {
    /// Where the pages are served that may call the API.
    pub frontend_urls: Vec<Url>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// What one address may ask in a minute; 0 is without limit.
    pub requests_per_address: u32,
    /// What the people of one organization may ask in a minute; 0 is without limit.
    pub requests_per_organization: u32,
    /// Whether browsers are told to come by HTTPS alone.
    pub https_only: bool,
    pub patience: Patience,
    /// How many threads serve; none for as many as there are cores.
    pub threads: Option<usize>,
    /// How many clients may be connected at once; none for a few thousand.
    pub connections: Option<usize>,
    pub readiness: Readiness,
}

/// The whole API, with all that surrounds it: the same in the program and in tests.
/// Services that are added to it stand within the same middleware.
pub fn app(
    application: Application,
    settings: ApiSettings,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let cors = middleware::cors(&settings.frontend_urls);
    App::new()
        // Before the routes: `/api` lets nothing past it.
        .configure(openapi::configure)
        .into_utoipa_app()
        .configure(routes)
        .into_app()
        .app_data(Data::new(application))
        .app_data(Data::new(settings))
        .default_service(web::to(unknown_route))
        // The last one stands outermost.
        .wrap(from_fn(middleware::catch_panics))
        .wrap(from_fn(idempotency::answer_once))
        .wrap(from_fn(middleware::bound))
        .wrap(from_fn(middleware::limit))
        .wrap(cors)
        .wrap(from_fn(middleware::in_context))
}

fn routes(services: &mut ServiceConfig) {
    services.configure(health::configure).service(
        scope::scope("/api")
            .configure(auth::configure)
            .configure(organizations::configure)
            .configure(whatsapp::configure)
            .configure(chats::configure)
            .configure(catalog::configure)
            .configure(customers::configure)
            .configure(imports::configure)
            .configure(realtime::configure),
    );
}

async fn unknown_route(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let allowed = openapi::methods_at(request.path());
    if allowed.is_empty() {
        return Err(Problem::not_found("resource"));
    }
    let allowed = allowed.join(", ");
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("{} is not possible here, but {allowed}", request.method()),
    );
    let allowed = HeaderValue::from_str(&allowed).map_err(application::Error::internal)?;
    Err(problem.with_header(header::ALLOW, allowed))
}
