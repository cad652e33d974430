//! Connecting the number of an installation with a single business, by configuration.

use std::time::Duration;

use application::{Application, whatsapp::ConnectAccount};
use domain::whatsapp::PhoneNumberId;
use tokio::time::sleep;

use crate::config::{Config, FirstNumber};

/// How long the first organization may wait for its number after it has registered.
const POLL: Duration = Duration::from_secs(2);

/// Sees to it that the configured number, if there is one, is connected to the organization
/// that registers first.
pub(crate) fn connect(config: &Config, application: &Application) {
    if let Some(number) = config.whatsapp.first_number.clone() {
        tokio::spawn(keep_trying(number, application.clone()));
    }
}

async fn keep_trying(number: FirstNumber, application: Application) {
    let command = ConnectAccount {
        phone_number_id: PhoneNumberId(number.phone_number_id),
        business_account_id: number.business_account_id,
        access_token: number.access_token,
        app_secret: None,
        display_name: "WhatsApp".to_owned(),
        send_read_receipts: true,
    };
    loop {
        match application
            .whatsapp
            .connect_first_account(command.clone())
            .await
        {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The configured number cannot be connected yet"
            ),
        }
        sleep(POLL).await;
    }
}
