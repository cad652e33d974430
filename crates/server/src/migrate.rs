//! Changing the database's schema by hand.

use std::io::{Write, stdout};

use clap::Subcommand;

use crate::{config::Config, data_dir, wiring::connect_database};

#[derive(Debug, Subcommand)]
pub(crate) enum Direction {
    /// Applies the migrations that are missing. `luminous serve` does so by itself.
    Up,
    /// Takes back the latest migrations, and the data in their tables.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// Lists all migrations.
    Status,
}

pub(crate) async fn migrate(config: &Config, direction: &Direction) -> anyhow::Result<()> {
    data_dir::make(&config.data_dir)?;
    let database = connect_database(config).await?;
    match direction {
        Direction::Up => database.migrate_up().await?,
        Direction::Down { steps } => database.migrate_down(Some(*steps)).await?,
        Direction::Status => {}
    }
    for (name, is_applied) in database.migration_status().await? {
        let state = if is_applied { "applied" } else { "missing" };
        writeln!(stdout(), "{state}  {name}")?;
    }
    Ok(())
}
