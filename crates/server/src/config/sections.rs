//! The parts of the configuration, each read and checked as a whole.

use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use application::SealingKeys;
use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

use super::{Environment, layers::Layers};

#[derive(Debug)]
pub struct Http {
    pub host: String,
    /// 0 for any that is free.
    pub port: u16,
    /// Where this program is reached from outside, if it was said.
    pub public_url: Option<Url>,
    pub frontend_urls: Vec<Url>,
    pub trusted_proxies: Vec<IpNet>,
    /// A minute; 0 is without limit.
    pub rate_limit_per_address: u32,
    pub rate_limit_per_organization: u32,
}

impl Http {
    pub(super) fn read(layers: &mut Layers, environment: Environment) -> Self {
        let host = match environment {
            Environment::Development => "127.0.0.1",
            Environment::Production => "0.0.0.0",
        };
        Self {
            host: layers.text("host").unwrap_or_else(|| host.to_owned()),
            port: layers.number("port"),
            public_url: layers.url("public_url", &["http", "https"]),
            frontend_urls: layers.list("frontend_url"),
            trusted_proxies: Self::networks(layers),
            rate_limit_per_address: layers.number("rate_limit_per_address"),
            rate_limit_per_organization: layers.number("rate_limit_per_organization"),
        }
    }

    fn networks(layers: &mut Layers) -> Vec<IpNet> {
        let networks = layers.list::<Network>("trusted_proxies");
        networks.into_iter().map(|network| network.0).collect()
    }
}

/// A network, or a single address.
struct Network(IpNet);

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse().or_else(|_| address());
        network
            .map(Self)
            .map_err(|_| "must be addresses or networks such as 10.0.0.0/8")
    }
}

#[derive(Debug)]
pub struct Logs {
    pub format: LogFormat,
    /// As `tracing_subscriber::EnvFilter` reads it.
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err("must be pretty or json"),
        }
    }
}

impl Logs {
    pub(super) fn read(layers: &mut Layers) -> Self {
        Self {
            format: layers.parsed("log_format").unwrap_or(LogFormat::Pretty),
            filter: layers.text("rust_log").unwrap_or_default(),
        }
    }
}

#[derive(Debug)]
pub struct Database {
    pub url: SecretString,
    pub max_connections: u32,
}

impl Database {
    pub(super) fn read(layers: &mut Layers, data_dir: &Path) -> Self {
        let embedded = || {
            format!(
                "sqlite://{}?mode=rwc",
                data_dir.join("luminous.db").display()
            )
        };
        let url = layers
            .url("database_url", &["postgres", "postgresql", "sqlite"])
            .map_or_else(embedded, String::from);
        Self {
            url: url.into(),
            max_connections: layers.positive("database_max_connections"),
        }
    }
}

#[derive(Debug)]
pub struct Redis {
    pub url: SecretString,
}

impl Redis {
    pub(super) fn read(layers: &mut Layers) -> Option<Self> {
        let url = layers.url("redis_url", &["redis", "rediss"])?;
        Some(Self {
            url: String::from(url).into(),
        })
    }
}

#[derive(Debug)]
pub enum Files {
    Folder(PathBuf),
    S3(Box<S3>),
}

#[derive(Debug)]
pub struct S3 {
    pub endpoint: Url,
    pub region: String,
    pub bucket: String,
    pub access_key: String,
    pub secret_key: SecretString,
    /// Where browsers reach the server, if elsewhere.
    pub public_url: Option<Url>,
}

impl Files {
    pub(super) fn read(layers: &mut Layers, data_dir: &Path) -> Self {
        let folder = Self::Folder(data_dir.join("files"));
        let public_url = layers.url("s3_public_url", &["http", "https"]);
        let Some(endpoint) = layers.url("s3_endpoint", &["http", "https"]) else {
            for key in ["s3_access_key", "s3_secret_key", "s3_public_url"] {
                if layers.text(key).is_some() {
                    layers.problem(key, "is set, but S3_ENDPOINT is not");
                }
            }
            return folder;
        };
        Self::S3(Box::new(S3 {
            endpoint,
            region: layers.required("s3_region", "the bucket's region"),
            bucket: layers.required("s3_bucket", "the bucket's name"),
            access_key: layers.required("s3_access_key", "S3_ENDPOINT needs it"),
            secret_key: layers
                .required("s3_secret_key", "S3_ENDPOINT needs it")
                .into(),
            public_url,
        }))
    }
}

#[derive(Debug)]
pub enum Mail {
    /// Written to this folder.
    Captured { folder: PathBuf, from: String },
    Smtp {
        url: SecretString,
        from: String,
        /// Certificates that are trusted besides the public ones.
        ca_file: Option<PathBuf>,
    },
}

impl Mail {
    pub(super) fn read(layers: &mut Layers, data_dir: &Path) -> Self {
        let from = layers.required("mail_from", "such as Luminous <hello@example.com>");
        let ca_file = layers.text("smtp_ca_file").map(PathBuf::from);
        if let Some(url) = layers.url("smtp_url", &["smtp", "smtps"]) {
            return Self::Smtp {
                url: String::from(url).into(),
                from,
                ca_file,
            };
        }
        if ca_file.is_some() {
            layers.problem("smtp_ca_file", "is set, but SMTP_URL is not");
        }
        Self::Captured {
            folder: data_dir.join("mail"),
            from,
        }
    }
}

#[derive(Debug)]
pub struct WhatsApp {
    /// Meta's Graph API; none if it is simulated.
    pub api_url: Option<Url>,
    pub api_version: String,
    pub app_secret: SecretString,
    pub verify_token: SecretString,
    pub first_number: Option<FirstNumber>,
}

/// The number of an installation with a single business.
#[derive(Clone, Debug)]
pub struct FirstNumber {
    pub access_token: SecretString,
    pub phone_number_id: String,
    pub business_account_id: String,
}

impl WhatsApp {
    pub(super) fn read(layers: &mut Layers, environment: Environment) -> Self {
        if environment == Environment::Production {
            layers.fill(
                "whatsapp_api_url",
                "https://graph.facebook.com",
                "production",
            );
        }
        Self {
            api_url: layers.url("whatsapp_api_url", &["http", "https"]),
            api_version: layers.required("whatsapp_api_version", "such as v23.0"),
            app_secret: layers.strong("whatsapp_app_secret", "Meta's app secret"),
            verify_token: layers
                .required("whatsapp_webhook_verify_token", "a token of your choice")
                .into(),
            first_number: FirstNumber::read(layers),
        }
    }
}

impl FirstNumber {
    const KEYS: [&str; 3] = [
        "whatsapp_access_token",
        "whatsapp_phone_number_id",
        "whatsapp_business_account_id",
    ];

    fn read(layers: &mut Layers) -> Option<Self> {
        if Self::KEYS.iter().all(|key| layers.text(key).is_none()) {
            return None;
        }
        let [access_token, phone_number_id, business_account_id] =
            Self::KEYS.map(|key| layers.required(key, "the other two are"));
        Some(Self {
            access_token: access_token.into(),
            phone_number_id,
            business_account_id,
        })
    }
}

pub struct Secrets {
    pub jwt: SecretString,
    pub jwt_refresh: SecretString,
    pub sealing_keys: SealingKeys,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

impl Secrets {
    /// None only beside a problem.
    pub(super) fn read(layers: &mut Layers) -> Option<Self> {
        let random = "at least 32 random bytes, as from: openssl rand -base64 48";
        let jwt = layers.strong("jwt_secret", random);
        let jwt_refresh = layers.strong("jwt_refresh_secret", random);
        let key = "32 random bytes, as from: openssl rand -base64 32";
        let encryption_key = layers.required("encryption_key", key);
        // A single key needs no id.
        let keys = if encryption_key.contains(':') {
            encryption_key
        } else {
            format!("1:{encryption_key}")
        };
        let sealing_keys = SealingKeys::parse(&keys.into())
            .inspect_err(|error| layers.problem_if_set("encryption_key", &error.to_string()))
            .ok();
        Some(Self {
            jwt,
            jwt_refresh,
            sealing_keys: sealing_keys?,
        })
    }
}
