//! A simulated Meta alone, for a Luminous elsewhere whose `WHATSAPP_API_URL` leads here.

use std::{
    io::{Write, stdout},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use domain::clock::Clock;
use infrastructure::clock::SystemClock;
use meta_simulator::{Settings, Simulator};
use secrecy::ExposeSecret;
use url::Url;

use crate::{
    config::Config,
    signals,
    wiring::{own_url, webhook_url},
};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// 0 takes any free port.
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// Where webhooks are sent: this configuration's own, unless said otherwise.
    #[arg(long)]
    callback_url: Option<Url>,
    /// How long a message takes from one status to the next, in milliseconds.
    #[arg(long, default_value_t = 400)]
    status_delay: u64,
}

/// Serves until told to stop. Webhooks are signed with the configuration's app secret.
pub(crate) async fn simulate(config: &Config, options: Options) -> anyhow::Result<()> {
    let stop = signals::stop_token()?;
    let callback_url = match options.callback_url {
        Some(url) => url,
        None => webhook_url(&own_url(config, config.http.port)?)?,
    };
    let simulator = Simulator::new(Settings {
        app_secret: config.whatsapp.app_secret.expose_secret().to_owned(),
        verify_token: config.whatsapp.verify_token.expose_secret().to_owned(),
        callback_url: callback_url.clone(),
        open: true,
        status_delay: Duration::from_millis(options.status_delay),
        retry_base: Duration::from_secs(1),
        now: Arc::new(|| SystemClock.now()),
        public_url: Url::parse(&format!("http://{}:{}", options.host, options.port))?,
    });
    let running = simulator.start((&options.host, options.port)).await?;
    writeln!(stdout(), "Meta is simulated at {}", running.url())?;
    writeln!(stdout(), "  Webhooks go to {callback_url}")?;
    stop.cancelled().await;
    running.stop().await;
    Ok(())
}
