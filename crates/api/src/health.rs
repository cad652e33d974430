//! Whether the program lives, and whether it can work.

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Duration};

use actix_web::{HttpResponse, get, web::Data};
use application::{Application, Ports};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::ApiSettings;

/// How long a component may take to answer that it is well.
const PATIENCE: Duration = Duration::from_secs(2);
/// For so long an answer is given again: anybody may ask, and asking writes a file.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(2);
/// What the program can do without, though not all of its work.
const DISPENSABLE: &str = "storage";

/// Something outside that no port stands for, and without which nothing can work.
#[async_trait]
pub trait HealthCheck: Send + Sync {
    /// As it is shown, such as `redis`.
    fn name(&self) -> &'static str;

    async fn check(&self) -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// Whether the program can work: asked at most every two seconds, by all threads together.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Inquiry>);

#[derive(Default)]
struct Inquiry {
    others: Vec<Arc<dyn HealthCheck>>,
    /// Locked while it is being found out.
    last: Mutex<Option<(DateTime<Utc>, ReadinessResponse)>>,
}

#[derive(Clone, Serialize, ToSchema)]
struct ReadinessResponse {
    status: Health,
    components: BTreeMap<&'static str, ComponentResponse>,
}

#[derive(Clone, Serialize, ToSchema)]
struct ComponentResponse {
    status: Health,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Health {
    Up,
    /// It works, but not in all it does: files are unavailable.
    Degraded,
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

/// Whether the program can serve. Without file storage it can: what needs files answers 503.
#[utoipa::path(tag = "health", operation_id = "get_readiness", security(()),
    responses((status = 200, description = "It can; `degraded` tells that files are unavailable.",
            body = ReadinessResponse),
        (status = 503, description = "It cannot: a component is down that all work needs.",
            body = ReadinessResponse)))]
#[get("/health/ready")]
async fn ready(application: Data<Application>, settings: Data<ApiSettings>) -> HttpResponse {
    let answer = settings.readiness.ask(&application.ports).await;
    let mut response = if answer.status == Health::Down {
        HttpResponse::ServiceUnavailable()
    } else {
        HttpResponse::Ok()
    };
    response.json(answer)
}

impl Readiness {
    /// Asks these besides the database and the file storage.
    pub fn with(others: Vec<Arc<dyn HealthCheck>>) -> Self {
        let last = Mutex::default();
        Self(Arc::new(Inquiry { others, last }))
    }

    async fn ask(&self, ports: &Ports) -> ReadinessResponse {
        let mut last = self.0.last.lock().await;
        let now = ports.clock.now();
        if let Some((asked_at, answer)) = &*last
            // A clock may be set back.
            && (now - *asked_at).abs() < FRESH_FOR
        {
            return answer.clone();
        }
        let answer = self.0.examine(ports).await;
        *last = Some((ports.clock.now(), answer.clone()));
        answer
    }
}

impl Inquiry {
    async fn examine(&self, ports: &Ports) -> ReadinessResponse {
        let database = async { Ok(ports.store.check().await?) };
        let storage = async { Ok(ports.storage.check().await?) };
        let others = self
            .others
            .iter()
            .map(|check| component(check.name(), check.check()));
        let checks: Vec<BoxFuture<_>> = [
            component("database", database),
            component(DISPENSABLE, storage),
        ]
        .into_iter()
        .chain(others)
        .collect();
        let components: BTreeMap<_, _> = join_all(checks).await.into_iter().collect();
        let mut down = components
            .iter()
            .filter(|(_, component)| component.status == Health::Down)
            .map(|(name, _)| *name)
            .peekable();
        let status = if down.peek().is_none() {
            Health::Up
        } else if down.all(|name| name == DISPENSABLE) {
            Health::Degraded
        } else {
            Health::Down
        };
        ReadinessResponse { status, components }
    }
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
