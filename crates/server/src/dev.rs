//! The pages under `/dev`, in development only: the simulated Meta and the captured mails.

mod mails;

use std::{path::PathBuf, time::Duration};

use actix_web::{http::header::CONTENT_SECURITY_POLICY, middleware::DefaultHeaders, web};
use meta_simulator::Simulator;
use secrecy::ExposeSecret;
use url::Url;

use crate::{
    config::{Config, Environment, Mail},
    wiring::{Wiring, frontend_url, own_url, public_url, simulator_url, webhook_url},
};

/// As long as ticks take in a chat between people who look at it.
const STATUS_DELAY: Duration = Duration::from_millis(400);
const RETRY_BASE: Duration = Duration::from_secs(1);

/// For pages that show mails: those bring their styles, and nothing that acts.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What development has in place of the outside.
#[derive(Clone)]
pub(crate) struct DevPages {
    /// None if a real Meta, or a simulator elsewhere, was configured.
    simulator: Option<Simulator>,
    /// Where mails are captured; none if they are sent.
    mails: Option<PathBuf>,
    /// Where links in mails lead.
    frontend_url: Url,
}

impl DevPages {
    /// None in production.
    pub(crate) fn of(config: &Config, wiring: &Wiring, port: u16) -> anyhow::Result<Option<Self>> {
        if config.environment == Environment::Production {
            return Ok(None);
        }
        let simulator = match config.whatsapp.api_url {
            Some(_) => None,
            None => Some(simulator(config, wiring, port)?),
        };
        let mails = match &config.mail {
            Mail::Captured { folder, .. } => Some(folder.clone()),
            Mail::Smtp { .. } => None,
        };
        Ok(Some(Self {
            simulator,
            mails,
            frontend_url: frontend_url(config, &public_url(config, port)?),
        }))
    }

    pub(crate) fn simulates_meta(&self) -> bool {
        self.simulator.is_some()
    }

    pub(crate) fn configure(&self, services: &mut web::ServiceConfig) {
        if let Some(simulator) = &self.simulator {
            services.service(web::scope("/dev/meta").configure(simulator.configure()));
        }
        let mails = mails::configure(self.mails.as_deref(), &self.frontend_url);
        let pages = web::scope("/dev/mail").configure(mails);
        let policy = DefaultHeaders::new().add((CONTENT_SECURITY_POLICY, MAIL_POLICY));
        services.service(pages.wrap(policy));
    }
}

fn simulator(config: &Config, wiring: &Wiring, port: u16) -> anyhow::Result<Simulator> {
    let clock = wiring.clock.clone();
    Ok(Simulator::new(meta_simulator::Settings {
        app_secret: config.whatsapp.app_secret.expose_secret().to_owned(),
        verify_token: config.whatsapp.verify_token.expose_secret().to_owned(),
        callback_url: webhook_url(&own_url(config, port)?)?,
        open: true,
        status_delay: STATUS_DELAY,
        retry_base: RETRY_BASE,
        now: std::sync::Arc::new(move || clock.now()),
        public_url: simulator_url(config, port)?,
    }))
}
