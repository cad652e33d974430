//! Checking everything that the program needs, and saying what to do about it.

mod checks;

use std::{
    error::Error,
    io::{self, Write, stdout},
    iter::successors,
    process::ExitCode,
};

use crate::{
    config::{Config, ConfigError},
    data_dir,
};
use checks::State;

struct Report {
    is_well: bool,
}

/// What is wrong, and what to do about it.
struct Trouble {
    what: String,
    remedy: &'static str,
}

impl Report {
    fn tell(&mut self, about: &str, state: State) -> io::Result<()> {
        match state {
            Ok(state) => writeln!(stdout(), "✔ {about:13}  {state}"),
            Err(Trouble { what, remedy }) => {
                self.is_well = false;
                writeln!(stdout(), "✘ {about:13}  {what}")?;
                writeln!(stdout(), "  {:13}  → {remedy}", "")
            }
        }
    }

    fn exit_code(&self) -> ExitCode {
        if self.is_well {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

impl Trouble {
    fn new(what: String, remedy: &'static str) -> Self {
        Self { what, remedy }
    }

    /// An error with its causes.
    fn of(error: &dyn Error, remedy: &'static str) -> Self {
        let causes = successors(Some(error), |&error| error.source());
        let what: Vec<_> = causes.map(ToString::to_string).collect();
        Self::new(what.join(": "), remedy)
    }
}

/// Examines what is configured. The exit status says whether all is well.
pub(crate) async fn examine(config: &Config) -> anyhow::Result<ExitCode> {
    let mut report = Report { is_well: true };
    let environment = config.environment.as_str();
    let data_dir = config.data_dir.display();
    report.tell(
        "configuration",
        Ok(format!("{environment}, data in {data_dir}")),
    )?;

    data_dir::make(&config.data_dir)?;
    match checks::database(config).await {
        Err(trouble) => report.tell("database", Err(trouble))?,
        Ok(database) => {
            report.tell("database", Ok("answers".to_owned()))?;
            let migrations = checks::migrations(&database).await;
            let has_tables = migrations.is_ok();
            report.tell("migrations", migrations)?;
            if has_tables {
                let store = checks::store(database);
                report.tell("dead jobs", checks::dead_jobs(&store).await)?;
                report.tell("left-overs", checks::left_overs(&store).await)?;
                report.tell("numbers", checks::numbers(&store).await)?;
            }
        }
    }
    report.tell("Redis", checks::redis(config).await)?;
    report.tell("files", checks::files(config).await)?;
    report.tell("mail", checks::mail(config).await)?;
    report.tell("connections", checks::connections())?;

    let client = reqwest::Client::builder().build()?;
    let (meta, clock) = checks::meta(config, &client).await;
    report.tell("Meta", meta)?;
    if let Some(clock) = clock {
        report.tell("clock", clock)?;
    }
    report.tell("webhook", checks::webhook(config, &client).await)?;
    Ok(report.exit_code())
}

/// Without a configuration there is nothing further to examine.
pub(crate) fn without_config(error: &ConfigError) -> io::Result<ExitCode> {
    let mut report = Report { is_well: true };
    for problem in &error.0 {
        let remedy = "config/default.toml documents every key";
        report.tell(
            "configuration",
            Err(Trouble::new(problem.to_string(), remedy)),
        )?;
    }
    Ok(report.exit_code())
}
