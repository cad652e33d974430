//! The parts of Meta's deliveries that could not be used, and are kept.

use std::io::{self, Write, stdout};

use domain::{
    page::{PageRequest, Window},
    whatsapp::LeftOver,
};

use crate::{config::Config, wiring::Wiring};

const PAGE: u32 = 100;

/// Prints them all, newest first.
pub(crate) async fn list(config: &Config) -> anyhow::Result<()> {
    let wiring = Wiring::connect(config, config.http.port).await?;
    let system = wiring.application.ports.store.read_system();
    let mut window = Some(Window::Newest);
    let mut count = 0;
    while let Some(from) = window {
        let request = PageRequest {
            window: from,
            limit: PAGE,
        };
        let page = system.deliveries().list_left_overs(request).await?;
        page.rows.iter().try_for_each(print)?;
        count += page.rows.len();
        window = page.older.map(Window::Before);
    }
    if count == 0 {
        writeln!(stdout(), "Nothing was left over.")?;
    }
    Ok(())
}

fn print(left_over: &LeftOver) -> io::Result<()> {
    let unknown = || "-".to_owned();
    writeln!(
        stdout(),
        "{}  {}  phone number id {}, business account {}, field {}\n    delivery {}, part {}: {}",
        left_over.created_at.format("%F %T UTC"),
        left_over.reason.as_str(),
        left_over
            .phone_number_id
            .as_ref()
            .map_or_else(unknown, ToString::to_string),
        left_over.business_account_id.as_deref().unwrap_or("-"),
        left_over.field.as_deref().unwrap_or("-"),
        left_over.delivery_id,
        left_over.position,
        left_over.content,
    )
}
