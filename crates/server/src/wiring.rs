//! Which adapter stands behind each port: chosen here, by configuration, and nowhere else.

use std::sync::Arc;

use anyhow::Context;
use application::{Application, Ports, Settings};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    clock::Clock, mail::Mailer, rate_limit::RateLimiter, realtime::Realtime, storage::Storage,
    whatsapp::CloudApi,
};
use infrastructure::{
    clock::SystemClock,
    cloud_api::{CloudApiSettings, MetaCloudApi},
    database::{Database, DatabaseSettings, SeaStore},
    mail::{FileMailer, SmtpMailer, SmtpSettings},
    rate_limit::{InProcessRateLimiter, RedisRateLimiter},
    realtime::{InProcessRealtime, RedisRealtime},
    redis::Redis,
    storage::{FolderSettings, FolderStorage, S3Settings, S3Storage},
};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    config::{Config, Files, Mail},
    data_dir,
};

/// Begins the keys and channels in Redis.
const NAMESPACE: &str = "luminous";

/// The application on its real adapters, and those of them that something beside it needs.
pub struct Wiring {
    pub application: Application,
    pub clock: Arc<dyn Clock>,
    pub database: Database,
    pub redis: Option<Arc<Redis>>,
    pub files: Stored,
    pub mailer: Sent,
    /// Where this program is reached from outside.
    pub public_url: Url,
}

/// Where files are kept.
pub enum Stored {
    Folder(Arc<FolderStorage>),
    S3(Arc<S3Storage>),
}

/// How mails leave.
pub enum Sent {
    Captured(Arc<FileMailer>),
    Smtp(Arc<SmtpMailer>),
}

impl Wiring {
    /// Connects everything. `port` is the one that the program listens on, or would.
    pub async fn connect(config: &Config, port: u16) -> anyhow::Result<Self> {
        data_dir::make(&config.data_dir)
            .with_context(|| format!("{} cannot be made", config.data_dir.display()))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let public_url = public_url(config, port)?;
        let redis = connect_redis(config)?;
        let realtime: Arc<dyn Realtime> = match &redis {
            Some(redis) => Arc::new(RedisRealtime::start(redis.clone())),
            None => Arc::new(InProcessRealtime::new()),
        };
        let rate_limiter: Arc<dyn RateLimiter> = match &redis {
            Some(redis) => Arc::new(RedisRateLimiter::new(redis.clone())),
            None => Arc::new(InProcessRateLimiter::new(clock.clone())),
        };
        let database = connect_database(config).await?;
        let store = SeaStore::new(database.clone(), clock.clone(), realtime.clone());
        let files = Stored::connect(config, &public_url, clock.clone()).await?;
        let mailer = Sent::connect(config)?;
        let ports = Ports {
            deliveries: store.clone(),
            store,
            clock: clock.clone(),
            storage: files.port(),
            mailer: mailer.port(),
            realtime,
            rate_limiter,
            cloud_api: connect_cloud_api(config, port)?,
        };
        let application = Application::new(ports, settings(config, &public_url));
        Ok(Self {
            application,
            clock,
            database,
            redis,
            files,
            mailer,
            public_url,
        })
    }
}

impl Stored {
    pub(crate) async fn connect(
        config: &Config,
        public_url: &Url,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        match &config.files {
            Files::Folder(root) => {
                let settings = FolderSettings {
                    root: root.clone(),
                    public_url: public_url.clone(),
                    signing_key: derived_key(&config.secrets.jwt, "file urls"),
                };
                Ok(Self::Folder(Arc::new(FolderStorage::open(
                    settings, clock,
                )?)))
            }
            Files::S3(s3) => {
                let connected = S3Storage::connect(S3Settings {
                    endpoint: s3.endpoint.clone(),
                    region: s3.region.clone(),
                    bucket: s3.bucket.clone(),
                    access_key: s3.access_key.clone(),
                    secret_key: s3.secret_key.clone(),
                    public_endpoint: s3.public_url.clone(),
                    public_url: public_url.clone(),
                });
                let context = || format!("S3 at {} cannot be used", s3.endpoint);
                Ok(Self::S3(Arc::new(connected.await.with_context(context)?)))
            }
        }
    }

    pub(crate) fn port(&self) -> Arc<dyn Storage> {
        match self {
            Self::Folder(folder) => folder.clone(),
            Self::S3(s3) => s3.clone(),
        }
    }
}

impl Sent {
    pub(crate) fn connect(config: &Config) -> anyhow::Result<Self> {
        match &config.mail {
            Mail::Captured { folder, from } => {
                let mailer = FileMailer::new(folder.clone(), from).context("MAIL_FROM")?;
                Ok(Self::Captured(Arc::new(mailer)))
            }
            Mail::Smtp { url, from, ca_file } => {
                let mailer = SmtpMailer::new(&SmtpSettings {
                    url: url.clone(),
                    from: from.clone(),
                    ca_file: ca_file.clone(),
                    timeout: SmtpSettings::TIMEOUT,
                });
                let mailer = mailer.context("SMTP_URL, SMTP_CA_FILE or MAIL_FROM")?;
                Ok(Self::Smtp(Arc::new(mailer)))
            }
        }
    }

    fn port(&self) -> Arc<dyn Mailer> {
        match self {
            Self::Captured(folder) => folder.clone(),
            Self::Smtp(smtp) => smtp.clone(),
        }
    }
}

/// Opens the database, without asking whether its schema is up to date.
pub(crate) async fn connect_database(config: &Config) -> anyhow::Result<Database> {
    let settings = DatabaseSettings {
        url: config.database.url.clone(),
        max_connections: config.database.max_connections,
    };
    Database::connect(&settings)
        .await
        .context("the database (DATABASE_URL) cannot be reached")
}

pub(crate) fn connect_redis(config: &Config) -> anyhow::Result<Option<Arc<Redis>>> {
    let Some(redis) = &config.redis else {
        return Ok(None);
    };
    let redis = Redis::new(&redis.url, NAMESPACE).context("REDIS_URL")?;
    Ok(Some(Arc::new(redis)))
}

fn connect_cloud_api(config: &Config, port: u16) -> anyhow::Result<Arc<dyn CloudApi>> {
    let whatsapp = &config.whatsapp;
    let url = match &whatsapp.api_url {
        Some(url) => url.clone(),
        None => simulator_url(config, port)?,
    };
    let settings = CloudApiSettings::new(url, whatsapp.api_version.clone());
    let cloud_api = MetaCloudApi::new(settings).context("WHATSAPP_API_URL")?;
    Ok(Arc::new(cloud_api))
}

fn settings(config: &Config, public_url: &Url) -> Settings {
    Settings {
        jwt_secret: config.secrets.jwt.clone(),
        jwt_refresh_secret: config.secrets.jwt_refresh.clone(),
        sealing_keys: config.secrets.sealing_keys.clone(),
        whatsapp_app_secret: config.whatsapp.app_secret.clone(),
        whatsapp_verify_token: config.whatsapp.verify_token.clone(),
        frontend_url: frontend_url(config, public_url),
    }
}

/// Where people open the product.
pub(crate) fn frontend_url(config: &Config, public_url: &Url) -> Url {
    let first = config.http.frontend_urls.first();
    first.unwrap_or(public_url).clone()
}

/// A key of its own for one purpose, so that no secret serves two.
fn derived_key(secret: &SecretString, purpose: &str) -> SecretString {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    STANDARD.encode(hmac::sign(&key, purpose.as_bytes())).into()
}

pub(crate) fn public_url(config: &Config, port: u16) -> anyhow::Result<Url> {
    match &config.http.public_url {
        Some(url) => Ok(url.clone()),
        None => Ok(Url::parse(&format!("http://localhost:{port}"))?),
    }
}

/// Where this program reaches itself: no address but its own is sure to lead to it.
pub(crate) fn own_url(config: &Config, port: u16) -> anyhow::Result<Url> {
    let host = match config.http.host.as_str() {
        "0.0.0.0" => "127.0.0.1",
        "::" => "[::1]",
        host => host,
    };
    Ok(Url::parse(&format!("http://{host}:{port}"))?)
}

/// Where the embedded simulator is reached.
pub(crate) fn simulator_url(config: &Config, port: u16) -> anyhow::Result<Url> {
    below(&own_url(config, port)?, "dev/meta")
}

/// Where Meta's webhooks are taken in, below one of the program's URLs.
pub(crate) fn webhook_url(base: &Url) -> anyhow::Result<Url> {
    below(base, "api/whatsapp/webhook")
}

fn below(base: &Url, path: &str) -> anyhow::Result<Url> {
    let base = base.as_str().trim_end_matches('/');
    Ok(Url::parse(&format!("{base}/{path}"))?)
}
