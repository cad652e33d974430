//! What the program says when it is ready.

use std::io::{self, Write, stdout};

use crate::{
    config::{Config, Environment, Mail},
    serve::Server,
};

/// Tells where everything is, on standard output. The first line always reads alike, so that
/// programs can find the address.
pub(crate) fn print(config: &Config, server: &Server) -> io::Result<()> {
    let mut out = stdout();
    let url = server.url().as_str().trim_end_matches('/');
    writeln!(out, "Luminous is ready at {url}")?;
    if config.environment == Environment::Production {
        warn_of_gaps(config);
        return Ok(());
    }
    let data_dir = config.data_dir.display();
    writeln!(out, "\n  API         {url}/docs")?;
    if config.whatsapp.api_url.is_none() {
        writeln!(
            out,
            "  WhatsApp    Meta is simulated: play the customer at {url}/dev/meta"
        )?;
        writeln!(
            out,
            "              Connect any phone number id, with any token."
        )?;
    }
    if let Mail::Captured { folder, .. } = &config.mail {
        writeln!(
            out,
            "  Mail        captured: read it at {url}/dev/mail ({})",
            folder.display()
        )?;
    }
    writeln!(
        out,
        "  Data        {data_dir}: delete the folder to begin anew"
    )?;
    writeln!(
        out,
        "  Production  LUMINOUS_ENV=production, and what config/default.toml tells;"
    )?;
    writeln!(out, "              `luminous doctor` checks it\n")
}

/// What production can do without, but hardly wants to.
fn warn_of_gaps(config: &Config) {
    if let Mail::Captured { folder, .. } = &config.mail {
        tracing::warn!("Mails are written to {}: set SMTP_URL", folder.display());
    }
    if config.http.public_url.is_none() {
        tracing::warn!("Links to files and in mails lead to this machine: set PUBLIC_URL");
    }
}
