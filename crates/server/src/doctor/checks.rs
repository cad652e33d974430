//! The checks, each of one thing.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta};
use domain::{
    clock::Clock,
    page::{PageRequest, Window},
    store::Store,
    whatsapp::LeftOverReason,
};
use infrastructure::{
    clock::SystemClock,
    database::{Database, SeaStore},
    realtime::InProcessRealtime,
};
use reqwest::{Client, Response, header::DATE};
use secrecy::ExposeSecret;

use super::Trouble;
use crate::{
    config::{Config, Environment, Files},
    connections,
    wiring::{Sent, Stored, connect_database, connect_redis, own_url, public_url, webhook_url},
};

/// How long anybody may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Service windows and links are off by as much as the clock is.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(10);
/// A browser keeps several to one server, and each agent's tab a WebSocket.
const ENOUGH_CONNECTIONS: usize = 1_000;
/// What the webhook must send back.
const CHALLENGE: &str = "1158201444";

pub(super) type State = Result<String, Trouble>;

pub(super) async fn database(config: &Config) -> Result<Database, Trouble> {
    let remedy = "start the database, and see DATABASE_URL";
    let database = connect_database(config)
        .await
        .map_err(|error| Trouble::of(&*error, remedy))?;
    database
        .ping()
        .await
        .map_err(|error| Trouble::of(&error, remedy))?;
    Ok(database)
}

pub(super) async fn migrations(database: &Database) -> State {
    let status = database.migration_status().await;
    let status = status.map_err(|error| Trouble::of(&error, "see the database's own log"))?;
    let missing = status.iter().filter(|(_, is_applied)| !is_applied).count();
    if missing == 0 {
        Ok(format!("all {} are applied", status.len()))
    } else {
        let what = format!("{missing} of {} are missing", status.len());
        Err(Trouble::new(
            what,
            "luminous migrate up, or start luminous serve",
        ))
    }
}

pub(super) async fn redis(config: &Config) -> State {
    let remedy = "start Redis, and see REDIS_URL";
    match connect_redis(config).map_err(|error| Trouble::of(&*error, remedy))? {
        None => Ok("not used: one instance needs none".to_owned()),
        Some(redis) => match redis.check().await {
            Ok(()) => Ok("answers".to_owned()),
            Err(error) => Err(Trouble::of(&error, remedy)),
        },
    }
}

pub(super) async fn files(config: &Config) -> State {
    let (place, remedy) = match &config.files {
        Files::Folder(folder) => (folder.display().to_string(), "see who may write there"),
        Files::S3(s3) => (s3.endpoint.to_string(), "start the server, and see S3_*"),
    };
    let checking = async {
        let public_url = public_url(config, config.http.port)?;
        let stored = Stored::connect(config, &public_url, Arc::new(SystemClock)).await?;
        stored.port().check().await?;
        anyhow::Ok(format!("can be written, read and deleted in {place}"))
    };
    checking.await.map_err(|error| Trouble::of(&*error, remedy))
}

pub(super) async fn mail(config: &Config) -> State {
    let remedy = "see SMTP_URL and MAIL_FROM";
    match Sent::connect(config).map_err(|error| Trouble::of(&*error, remedy))? {
        Sent::Captured(_) if config.environment == Environment::Production => Err(Trouble::new(
            "nobody gets any: they are written to a folder".to_owned(),
            "set SMTP_URL",
        )),
        Sent::Captured(_) => Ok("captured, as there is no SMTP_URL".to_owned()),
        Sent::Smtp(smtp) => match smtp.check().await {
            Ok(()) => Ok("the SMTP server takes us".to_owned()),
            Err(error) => Err(Trouble::of(&error, remedy)),
        },
    }
}

pub(super) fn connections() -> State {
    let possible = connections::possible();
    let what = format!("{possible} clients may be connected at once");
    if possible < ENOUGH_CONNECTIONS {
        let remedy = "allow more open files (ulimit -n, LimitNOFILE)";
        Err(Trouble::new(what, remedy))
    } else {
        Ok(what)
    }
}

/// Asks Meta for nothing but an answer, which also tells the time.
pub(super) async fn meta(config: &Config, client: &Client) -> (State, Option<State>) {
    let Some(url) = &config.whatsapp.api_url else {
        return (Ok("simulated by luminous serve".to_owned()), None);
    };
    match client.get(url.clone()).timeout(PATIENCE).send().await {
        Ok(response) => (Ok(format!("answers at {url}")), clock(&response)),
        Err(error) => {
            let remedy = "see WHATSAPP_API_URL, and whether this machine reaches the internet";
            (Err(Trouble::of(&error, remedy)), None)
        }
    }
}

fn clock(response: &Response) -> Option<State> {
    let date = response.headers().get(DATE)?.to_str().ok()?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?;
    let difference = (SystemClock.now() - theirs.to_utc()).abs();
    let what = format!("differs from Meta's by {} s", difference.num_seconds());
    Some(if difference <= CLOCK_TOLERANCE {
        Ok(what)
    } else {
        Err(Trouble::new(
            what,
            "have the machine synchronise its time (NTP)",
        ))
    })
}

/// Sets the webhook up as Meta would.
pub(super) async fn webhook(config: &Config, client: &Client) -> State {
    let is_production = config.environment == Environment::Production;
    if is_production && config.http.public_url.is_none() {
        let what = "nobody knows where Meta reaches it".to_owned();
        return Err(Trouble::new(what, "set PUBLIC_URL"));
    }
    let own_url = own_url(config, config.http.port);
    let url = own_url
        .and_then(|own_url| webhook_url(config.http.public_url.as_ref().unwrap_or(&own_url)))
        .map_err(|error| Trouble::of(&*error, "see PUBLIC_URL, HOST and PORT"))?;
    let asked = client.get(url.clone()).query(&[
        ("hub.mode", "subscribe"),
        (
            "hub.verify_token",
            config.whatsapp.verify_token.expose_secret(),
        ),
        ("hub.challenge", CHALLENGE),
    ]);
    match asked.timeout(PATIENCE).send().await {
        Ok(response) => {
            let status = response.status();
            if response.text().await.is_ok_and(|text| text == CHALLENGE) {
                return Ok(format!("answers at {url}"));
            }
            let what = format!("{url} answers {status} instead of the challenge");
            Err(Trouble::new(
                what,
                "have the proxy pass it on, with the same verify token",
            ))
        }
        Err(error) if error.is_connect() && !is_production => {
            Ok("not asked, as luminous serve is not running".to_owned())
        }
        Err(error) => {
            let remedy = "start luminous serve, and have the proxy lead to it";
            Err(Trouble::of(&error.without_url(), remedy))
        }
    }
}

pub(super) async fn dead_jobs(store: &SeaStore) -> State {
    let page = PageRequest {
        window: Window::Newest,
        limit: 100,
    };
    let dead = store.jobs().dead(page).await;
    let dead = dead.map_err(|error| Trouble::of(&error, "luminous migrate up"))?;
    let or_more = if dead.older.is_some() { " or more" } else { "" };
    match dead.rows.len() {
        0 => Ok("none".to_owned()),
        count => Err(Trouble::new(
            format!("{count}{or_more}"),
            "luminous jobs dead lists them; luminous jobs revive ID runs one again",
        )),
    }
}

pub(super) async fn left_overs(store: &SeaStore) -> State {
    let mut counts = Vec::new();
    let mut is_well = true;
    for (reason, is_expected) in [
        (LeftOverReason::UnknownAccount, false),
        (LeftOverReason::Malformed, false),
        (LeftOverReason::Failed, false),
        (LeftOverReason::Unused, true),
    ] {
        let count = store
            .read_system()
            .deliveries()
            .count_left_overs(reason)
            .await;
        let count = count.map_err(|error| Trouble::of(&error, "luminous migrate up"))?;
        is_well &= is_expected || count == 0;
        counts.push(format!("{count} {}", reason.as_str().replace('_', " ")));
    }
    let counts = counts.join(", ");
    if is_well {
        Ok(counts)
    } else {
        let remedy = "luminous left-overs lists them; connect the accounts that are unknown";
        Err(Trouble::new(counts, remedy))
    }
}

/// Which numbers stand still, as far as a line shows.
pub(super) async fn numbers(store: &SeaStore) -> State {
    const SHOWN: usize = 10;
    const ASKED_FOR: u32 = 11;
    let system = store.read_system();
    let still = system.accounts().standing_still(ASKED_FOR).await;
    let still = still.map_err(|error| Trouble::of(&error, "luminous migrate up"))?;
    if still.is_empty() {
        return Ok("none stands still".to_owned());
    }
    let shown = still.iter().take(SHOWN).map(|account| {
        let (name, status) = (&account.display_name, account.status.as_str());
        format!("{name} ({}, {status})", account.phone_number_id)
    });
    let mut what = shown.collect::<Vec<_>>().join(", ");
    if still.len() > SHOWN {
        what.push_str(" and more");
    }
    let remedy = "each account's statusReason says why; who mends it checks it at \
                  POST /api/whatsapp/accounts/{id}/check";
    Err(Trouble::new(what, remedy))
}

pub(super) fn store(database: Database) -> Arc<SeaStore> {
    SeaStore::new(
        database,
        Arc::new(SystemClock),
        Arc::new(InProcessRealtime::new()),
    )
}
