//! Serving the API, with the worker beside it.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{dev::ServerHandle, web::ServiceConfig};
use anyhow::Context;
use api::{ApiSettings, HealthCheck, Patience, Readiness};
use application::{Application, worker::Worker};
use async_trait::async_trait;
use infrastructure::redis::Redis;
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    config::{Config, Environment},
    connections,
    dev::DevPages,
    files, first_number, signals, welcome,
    wiring::{Stored, Wiring, own_url},
};

/// How long jobs may go on after the program was told to stop. The lease of what takes longer
/// passes to another worker.
pub(crate) const JOBS_END_WITHIN: Duration = Duration::from_secs(6);

/// Serves until told to stop.
pub(crate) async fn serve(config: Config, with_worker: bool) -> anyhow::Result<()> {
    let stop = signals::stop_token()?;
    let server = Server::start(&config, with_worker).await?;
    if let Err(error) = welcome::print(&config, &server) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "Nobody reads the welcome"
        );
    }
    stop.cancelled().await;
    tracing::info!("Stopping");
    server.stop().await;
    tracing::info!("Stopped");
    Ok(())
}

/// The running program. It goes on until it is stopped, also when this is dropped.
pub struct Server {
    address: SocketAddr,
    url: Url,
    http: ServerHandle,
    application: Application,
    worker: Option<(JoinHandle<()>, CancellationToken)>,
    /// Whether jobs that are still running call this server.
    serves_jobs: bool,
}

impl Server {
    /// Connects everything, brings the database up to date, and answers requests once this
    /// returns.
    pub async fn start(config: &Config, with_worker: bool) -> anyhow::Result<Self> {
        let (host, port) = (config.http.host.as_str(), config.http.port);
        let listener = TcpListener::bind((host, port))
            .with_context(|| format!("cannot listen at {host}:{port} (HOST, PORT)"))?;
        let address = listener.local_addr()?;
        let wiring = Wiring::connect(config, address.port()).await?;
        let database = &wiring.database;
        database
            .migrate_up()
            .await
            .context("the database cannot be migrated")?;

        let dev = DevPages::of(config, &wiring, address.port())?;
        let serves_jobs = dev.as_ref().is_some_and(DevPages::simulates_meta);
        let http = serve_http(config, &wiring, dev, listener)?;
        first_number::connect(config, &wiring.application);
        let worker = with_worker.then(|| {
            let stop = CancellationToken::new();
            let worker = Worker::new(wiring.application.clone(), config.worker_concurrency);
            (tokio::spawn(worker.run(stop.clone())), stop)
        });
        Ok(Self {
            address,
            url: own_url(config, address.port())?,
            http,
            application: wiring.application,
            worker,
            serves_jobs,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is reached from this machine.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Takes nothing new, and returns when what runs has ended, or has taken too long.
    pub async fn stop(self) {
        if !self.serves_jobs {
            self.http.pause().await;
        }
        // Jobs end first: what they hold open may belong to the server's threads.
        if let Some((worker, stop)) = self.worker {
            stop.cancel();
            if timeout(JOBS_END_WITHIN, worker).await.is_err() {
                tracing::warn!("Jobs are still running; they run again when their leases end");
            }
        }
        self.application.realtime.close();
        self.http.stop(true).await;
    }
}

fn serve_http(
    config: &Config,
    wiring: &Wiring,
    dev: Option<DevPages>,
    listener: TcpListener,
) -> anyhow::Result<ServerHandle> {
    let storage = wiring.files.port();
    let folder = match &wiring.files {
        Stored::Folder(folder) => Some(folder.clone()),
        Stored::S3(_) => None,
    };
    let settings = ApiSettings {
        frontend_urls: config.http.frontend_urls.clone(),
        trusted_proxies: config.http.trusted_proxies.clone(),
        readiness: Readiness::with(
            wiring
                .redis
                .iter()
                .map(|redis| Arc::new(RedisCheck(redis.clone())) as _)
                .collect(),
        ),
        requests_per_address: config.http.rate_limit_per_address,
        requests_per_organization: config.http.rate_limit_per_organization,
        https_only: config.environment == Environment::Production,
        patience: Patience::default(),
        threads: None,
        connections: Some(connections::possible()),
    };
    let beside = move |services: &mut ServiceConfig| {
        services.configure(files::configure(storage.clone(), folder.clone()));
        if let Some(dev) = &dev {
            dev.configure(services);
        }
    };
    let server = api::serve(listener, &wiring.application, &settings, beside)?;
    let handle = server.handle();
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "The HTTP server failed"
            );
        }
    });
    Ok(handle)
}

struct RedisCheck(Arc<Redis>);

#[async_trait]
impl HealthCheck for RedisCheck {
    fn name(&self) -> &'static str {
        "redis"
    }

    async fn check(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.check().await?)
    }
}
