use std::process::ExitCode;

use clap::Parser;
use server::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    server::run(Cli::parse()).await
}
