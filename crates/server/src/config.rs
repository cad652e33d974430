//! What the installation is configured to.
//!
//! `config/default.toml` documents every key. [`Config::load`] lays the other layers over it and
//! reads all of them before it complains, so that every mistake is told at once.

mod layers;
mod secrets;
mod sections;

use std::{collections::BTreeMap, env, fmt, path::Path, path::PathBuf, str::FromStr};

use thiserror::Error;

use layers::Layers;
pub use layers::Problem;
pub use sections::{
    Database, Files, FirstNumber, Http, LogFormat, Logs, Mail, Redis, S3, Secrets, WhatsApp,
};

const ENVIRONMENT_KEY: &str = "luminous_env";
const DOT_ENV: &str = ".env";
const VARIABLES: &str = "the environment";

#[derive(Debug)]
pub struct Config {
    pub environment: Environment,
    /// Where the embedded defaults keep what they keep.
    pub data_dir: PathBuf,
    pub http: Http,
    pub logs: Logs,
    pub database: Database,
    /// None if there is one instance only.
    pub redis: Option<Redis>,
    pub files: Files,
    pub mail: Mail,
    pub whatsapp: WhatsApp,
    pub secrets: Secrets,
    /// How many jobs run at the same time.
    pub worker_concurrency: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

impl Environment {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }
}

impl FromStr for Environment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Development, Self::Production]
            .into_iter()
            .find(|environment| environment.as_str() == text)
            .ok_or("must be development or production")
    }
}

/// Why the program does not start: everything that is wrong with its configuration.
#[derive(Debug, Error)]
pub struct ConfigError(pub Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl Config {
    /// Reads the working directory's files and the environment.
    pub fn load() -> Result<Self, ConfigError> {
        let variables = env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
        Self::read(Path::new(""), &variables.collect())
    }

    /// Reads the files of this directory, and these environment variables.
    pub fn read(
        directory: &Path,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut layers = Layers::defaults();
        let dot_env = read_dot_env(&directory.join(DOT_ENV), &mut layers);

        let environment = [variables, &dot_env]
            .into_iter()
            .find_map(|layer| layer.get(&ENVIRONMENT_KEY.to_uppercase())?.parse().ok())
            .unwrap_or(Environment::Development);
        let file = format!("config/{}.toml", environment.as_str());
        layers.add_file(&directory.join(&file), &file);
        layers.add_variables(&dot_env, DOT_ENV);
        layers.add_variables(variables, VARIABLES);
        // Says so if it was malformed.
        layers.parsed::<Environment>(ENVIRONMENT_KEY);

        Self::from_layers(layers, environment, directory)
    }

    fn from_layers(
        mut layers: Layers,
        environment: Environment,
        directory: &Path,
    ) -> Result<Self, ConfigError> {
        let data_dir = directory.join(layers.text("luminous_data_dir").unwrap_or_default());
        if environment == Environment::Development {
            secrets::fill_in(&mut layers, &data_dir);
        }
        let secrets = Secrets::read(&mut layers);
        let http = Http::read(&mut layers, environment);
        let logs = Logs::read(&mut layers);
        let database = Database::read(&mut layers, &data_dir);
        let redis = Redis::read(&mut layers);
        let files = Files::read(&mut layers, &data_dir);
        let mail = Mail::read(&mut layers, &data_dir);
        let whatsapp = WhatsApp::read(&mut layers, environment);
        let worker_concurrency = layers.positive("worker_concurrency");
        match (secrets, layers.into_problems()) {
            (Some(secrets), problems) if problems.is_empty() => Ok(Self {
                environment,
                data_dir,
                http,
                logs,
                database,
                redis,
                files,
                mail,
                whatsapp,
                secrets,
                worker_concurrency,
            }),
            (_, problems) => Err(ConfigError(problems)),
        }
    }
}

fn read_dot_env(path: &Path, layers: &mut Layers) -> BTreeMap<String, String> {
    let variables = match dotenvy::from_path_iter(path) {
        Ok(variables) => variables.collect::<Result<_, _>>(),
        Err(error) if error.not_found() => return BTreeMap::new(),
        Err(error) => Err(error),
    };
    variables.unwrap_or_else(|error| {
        let reason = match error {
            // The error would show the line, which may hold a secret.
            dotenvy::Error::LineParse(_, _) => "has a line that is not NAME=value".to_owned(),
            error => error.to_string(),
        };
        layers.report(DOT_ENV, None, &reason);
        BTreeMap::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with these files.
    fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("config")).unwrap();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        directory
    }

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    /// What is wrong, a line each.
    fn problems(files: &[(&str, &str)], environment: &[(&str, &str)]) -> Vec<String> {
        let directory = directory(files);
        let error = Config::read(directory.path(), &variables(environment)).unwrap_err();
        error.0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_needs_to_be_configured_in_development() {
        let directory = directory(&[]);
        let config = Config::read(directory.path(), &variables(&[])).unwrap();
        assert_eq!(config.http.port, 8080);
        assert_eq!(config.http.host, "127.0.0.1");
        assert_eq!(config.whatsapp.api_url, None);
    }

    #[test]
    fn a_limit_can_be_changed_and_turned_off_but_not_be_less_than_nothing() {
        let directory = directory(&[]);
        let read = |limit| {
            let environment = variables(&[("RATE_LIMIT_PER_ADDRESS", limit)]);
            Config::read(directory.path(), &environment).map(|config| config.http)
        };
        let http = read("").unwrap();
        let limits = (
            http.rate_limit_per_address,
            http.rate_limit_per_organization,
        );
        assert_eq!(limits, (6000, 6000));
        assert_eq!(read("0").unwrap().rate_limit_per_address, 0);
        assert!(read("-1").is_err());
    }

    #[test]
    fn the_environment_overrides_dot_env_which_overrides_the_file() {
        let directory = directory(&[
            (
                "config/development.toml",
                "port = 1\nhost = \"a\"\nlog_format = \"json\"",
            ),
            (".env", "PORT=2\nHOST=b\nLUMINOUS_ENV=development"),
        ]);
        let config = Config::read(directory.path(), &variables(&[("PORT", "3")])).unwrap();
        assert_eq!(config.http.port, 3);
        assert_eq!(config.http.host, "b");
        assert_eq!(config.logs.format, LogFormat::Json);
    }

    #[test]
    fn an_empty_variable_counts_as_not_set_and_those_of_others_are_left_alone() {
        let directory = directory(&[]);
        let environment = variables(&[("PORT", ""), ("host", "somebody"), ("SHELL", "/bin/sh")]);
        let config = Config::read(directory.path(), &environment).unwrap();
        assert_eq!(
            (config.http.port, config.http.host.as_str()),
            (8080, "127.0.0.1")
        );
    }

    #[test]
    fn every_mistake_is_told_with_file_key_and_reason() {
        let file = "prot = 80\nport = \"80\"\nluminous_env = \"production\"";
        let environment = [
            ("WORKER_CONCURRENCY", "many"),
            ("SMTP_URL", "http://mail"),
            ("LOG_FORMAT", "xml"),
        ];
        let told = problems(&[("config/development.toml", file)], &environment);
        assert_eq!(
            told,
            [
                "config/development.toml: luminous_env is set in .env or the environment only",
                "config/development.toml: port must be a whole number",
                "config/development.toml: prot is not a key that exists",
                "the environment: WORKER_CONCURRENCY must be a whole number",
                "the environment: LOG_FORMAT must be pretty or json",
                "the environment: SMTP_URL must begin with smtp:// or smtps://",
            ]
        );
    }

    #[test]
    fn an_unreadable_file_is_told_by_line_without_its_content() {
        let file = "port = 1\njwt_secret = 'hunter2";
        let told = problems(&[("config/development.toml", file)], &[]);
        assert_eq!(told.len(), 1);
        assert!(
            told[0].starts_with("config/development.toml: line 2: "),
            "{told:?}"
        );
        assert!(!told[0].contains("hunter2"));
    }

    #[test]
    fn production_refuses_missing_short_and_placeholder_secrets_all_at_once() {
        let environment = [
            ("LUMINOUS_ENV", "production"),
            ("JWT_SECRET", "short"),
            (
                "JWT_REFRESH_SECRET",
                "change-me-change-me-change-me-change-me",
            ),
            ("ENCRYPTION_KEY", "c2hvcnQ="),
        ];
        let told = problems(&[], &environment).join("\n");
        for key in [
            "WHATSAPP_APP_SECRET must be set",
            "WHATSAPP_WEBHOOK_VERIFY_TOKEN must be set",
            "the environment: JWT_SECRET is too short",
            "the environment: JWT_REFRESH_SECRET is a placeholder",
            "the environment: ENCRYPTION_KEY",
        ] {
            assert!(told.contains(key), "{key} in:\n{told}");
        }
    }

    #[test]
    fn production_starts_with_its_secrets_and_asks_the_real_meta() {
        let directory = directory(&[]);
        let environment = variables(&[
            ("LUMINOUS_ENV", "production"),
            ("JWT_SECRET", "kD83nvQpLs02mXzTyRw7aBcE5fGhJ1uI"),
            ("JWT_REFRESH_SECRET", "Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe"),
            (
                "ENCRYPTION_KEY",
                "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            ),
            ("WHATSAPP_APP_SECRET", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
            ("WHATSAPP_WEBHOOK_VERIFY_TOKEN", "a-token-of-our-own"),
        ]);
        let config = Config::read(directory.path(), &environment).unwrap();
        assert_eq!(config.http.host, "0.0.0.0");
        assert_eq!(
            config.whatsapp.api_url.unwrap().as_str(),
            "https://graph.facebook.com/"
        );
        assert!(!config.data_dir.exists(), "production makes no secrets up");
    }

    #[test]
    fn development_makes_its_secrets_once_for_the_owner_alone() {
        use secrecy::ExposeSecret;
        let directory = directory(&[]);
        let read = || Config::read(directory.path(), &variables(&[])).unwrap();
        let (first, second) = (read(), read());
        assert_eq!(
            first.secrets.jwt.expose_secret(),
            second.secrets.jwt.expose_secret()
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = std::fs::metadata(first.data_dir.join("secrets")).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    }
}
