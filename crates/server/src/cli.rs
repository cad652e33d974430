//! The commands.

use std::{
    io::{self, Write, stdout},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use domain::job::JobId;

use crate::{
    config::Config, dead_jobs, doctor, left_overs, logging, migrate, serve, simulator, worker,
};

/// A WhatsApp inbox for small businesses.
#[derive(Debug, Parser)]
#[command(name = "luminous", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API and runs jobs. What happens without any command.
    Serve {
        /// Leaves the jobs to `luminous worker`.
        #[arg(long)]
        no_worker: bool,
    },
    /// Runs jobs only.
    Worker,
    /// Changes the database's schema.
    #[command(subcommand)]
    Migrate(migrate::Direction),
    /// Prints the API's OpenAPI document.
    Openapi,
    /// Checks everything that the program needs, and says what to do about it.
    Doctor,
    /// Serves a simulated Meta alone.
    Simulator(simulator::Options),
    /// Lists and revives the jobs that will not run again by themselves.
    #[command(subcommand)]
    Jobs(Jobs),
    /// Lists the parts of Meta's deliveries that could not be used.
    LeftOvers,
}

#[derive(Debug, Subcommand)]
enum Jobs {
    /// Lists them, newest first.
    Dead,
    /// Has some of them run again.
    Revive {
        #[arg(required = true)]
        ids: Vec<JobId>,
    },
}

/// Runs a command to its end. What went wrong is told on standard error.
pub async fn run(cli: Cli) -> ExitCode {
    // Whoever came first has chosen ring, too.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match dispatch(cli.command.unwrap_or(Command::Serve { no_worker: false })).await {
        Ok(code) => code,
        // Whoever has read enough, as `head`, closes the pipe.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("luminous: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    if let Command::Openapi = command {
        writeln!(stdout(), "{}", api::openapi().to_pretty_json()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = match Config::load() {
        Ok(config) => config,
        Err(error) => {
            return match command {
                Command::Doctor => Ok(doctor::without_config(&error)?),
                _ => Err(error.into()),
            };
        }
    };
    logging::start(&config.logs)?;
    match command {
        Command::Serve { no_worker } => serve::serve(config, !no_worker).await?,
        Command::Worker => worker::work(config).await?,
        Command::Migrate(direction) => migrate::migrate(&config, &direction).await?,
        Command::Doctor => return doctor::examine(&config).await,
        Command::Simulator(options) => simulator::simulate(&config, options).await?,
        Command::Jobs(Jobs::Dead) => dead_jobs::list(&config).await?,
        Command::Jobs(Jobs::Revive { ids }) => dead_jobs::revive(&config, &ids).await?,
        Command::LeftOvers => left_overs::list(&config).await?,
        Command::Openapi => {}
    }
    Ok(ExitCode::SUCCESS)
}
