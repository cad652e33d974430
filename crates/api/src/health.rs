//! Whether the program lives, and whether it can work.

use std::{collections::BTreeMap, error::Error, time::Duration};

use actix_web::{HttpResponse, get, web::Data};
use application::Application;
use async_trait::async_trait;
use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::ApiSettings;

/// How long a component may take to answer that it is well.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something outside that no port stands for, and without which nothing can work.
#[async_trait]
pub trait HealthCheck: Send + Sync {
    /// As it is shown, such as `redis`.
    fn name(&self) -> &'static str;

    async fn check(&self) -> Result<(), Box<dyn Error + Send + Sync>>;
}

#[derive(Serialize, ToSchema)]
struct ReadinessResponse {
    status: Health,
    components: BTreeMap<&'static str, ComponentResponse>,
}

#[derive(Serialize, ToSchema)]
struct ComponentResponse {
    status: Health,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Health {
    Up,
    Down,
}

#[derive(Serialize, ToSchema)]
struct LivenessResponse {
    status: Health,
}

pub(crate) fn configure(services: &mut ServiceConfig) {
    services.service(live).service(ready);
}

/// Whether the process lives.
#[utoipa::path(tag = "health", operation_id = "get_liveness", security(()),
    responses((status = 200, body = LivenessResponse)))]
#[get("/health/live")]
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(LivenessResponse { status: Health::Up })
}

/// Whether all that the program needs is there.
#[utoipa::path(tag = "health", operation_id = "get_readiness", security(()),
    responses((status = 200, body = ReadinessResponse),
        (status = 503, description = "A component is down.", body = ReadinessResponse)))]
#[get("/health/ready")]
async fn ready(application: Data<Application>, settings: Data<ApiSettings>) -> HttpResponse {
    let ports = &application.ports;
    let database = async { Ok(ports.store.check().await?) };
    let storage = async { Ok(ports.storage.check().await?) };
    let others = settings
        .checks
        .iter()
        .map(|check| component(check.name(), check.check()));
    let checks: Vec<BoxFuture<_>> = [
        component("database", database),
        component("storage", storage),
    ]
    .into_iter()
    .chain(others)
    .collect();
    let components: BTreeMap<_, _> = join_all(checks).await.into_iter().collect();
    let is_down = components
        .values()
        .any(|component| component.status == Health::Down);
    let (mut response, status) = if is_down {
        (HttpResponse::ServiceUnavailable(), Health::Down)
    } else {
        (HttpResponse::Ok(), Health::Up)
    };
    response.json(ReadinessResponse { status, components })
}

type Checked = Result<(), Box<dyn Error + Send + Sync>>;

fn component<'a>(
    name: &'static str,
    check: impl Future<Output = Checked> + Send + 'a,
) -> BoxFuture<'a, (&'static str, ComponentResponse)> {
    async move {
        let status = match tokio::time::timeout(PATIENCE, check).await {
            Ok(Ok(())) => Health::Up,
            Ok(Err(error)) => {
                tracing::error!(error = &*error as &dyn Error, "{name} is down");
                Health::Down
            }
            Err(_) => {
                tracing::error!("{name} did not answer within {PATIENCE:?}");
                Health::Down
            }
        };
        (name, ComponentResponse { status })
    }
    .boxed()
}
