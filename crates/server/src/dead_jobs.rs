//! The jobs that will not run again by themselves.

use std::io::{self, Write, stdout};

use domain::{
    job::{DeadJob, JobId},
    page::{PageRequest, Window},
};

use crate::{config::Config, wiring::Wiring};

const PAGE: u32 = 100;

/// Prints them all, newest first.
pub(crate) async fn list(config: &Config) -> anyhow::Result<()> {
    let wiring = Wiring::connect(config, config.http.port).await?;
    let jobs = wiring.application.ports.store.jobs();
    let mut window = Some(Window::Newest);
    let mut count = 0;
    while let Some(from) = window {
        let page = jobs
            .dead(PageRequest {
                window: from,
                limit: PAGE,
            })
            .await?;
        page.rows.iter().try_for_each(print)?;
        count += page.rows.len();
        window = page.older.map(Window::Before);
    }
    if count == 0 {
        writeln!(stdout(), "There is no dead job.")?;
    }
    Ok(())
}

/// Has these run again.
pub(crate) async fn revive(config: &Config, ids: &[JobId]) -> anyhow::Result<()> {
    let wiring = Wiring::connect(config, config.http.port).await?;
    let jobs = wiring.application.ports.store.jobs();
    for id in ids {
        let is_revived = jobs.revive(*id).await?;
        anyhow::ensure!(is_revived, "there is no dead job {id}");
        writeln!(stdout(), "{id} will run again.")?;
    }
    Ok(())
}

fn print(job: &DeadJob) -> io::Result<()> {
    writeln!(
        stdout(),
        "{}  {}  {}, {} attempts{}\n    {}",
        job.id,
        job.died_at.format("%F %T UTC"),
        job.job.kind(),
        job.attempts,
        job.organization_id
            .map(|id| format!(", organization {id}"))
            .unwrap_or_default(),
        job.error,
    )
}
