//! The real HTTP stack on ports that have nothing outside.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use api::ApiSettings;
use application::{Application, Ports, SealingKeys, Settings, worker::Worker};
use chrono::{DateTime, Utc};
use domain::{clock::Clock, id::Id, whatsapp::CloudApi};
use in_memory::{
    BreakableRateLimiter, InProcessRealtime, MapStorage, RecordedMailer, ScriptedCloudApi,
    SettableClock,
};
use infrastructure::database::SeaStore;
use ring::hmac;
use url::Url;

use crate::{
    client::{Answer, Client, Owner},
    stores::{self, Backend, TestDatabase},
};

pub const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const VERIFY_TOKEN: &str = "the-verify-token-of-these-tests!";

/// When the clocks of tests begin to stand still.
pub fn start_of_time() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-09-01T09:00:00Z")
        .unwrap()
        .to_utc()
}

/// The program, without an outside and without a worker: jobs run when the test says so.
pub struct TestApp {
    pub url: String,
    pub application: Application,
    pub clock: Arc<SettableClock>,
    pub mailer: Arc<RecordedMailer>,
    pub storage: Arc<MapStorage>,
    pub rate_limiter: Arc<BreakableRateLimiter>,
    pub cloud_api: Arc<ScriptedCloudApi>,
    worker: Worker,
    server: ServerHandle,
    pub database: TestDatabase,
}

impl TestApp {
    /// On SQLite in memory.
    pub async fn start() -> Self {
        Self::on(Backend::Sqlite).await
    }

    pub async fn on(backend: Backend) -> Self {
        Self::with_settings(backend, ApiSettings::default()).await
    }

    pub async fn with_settings(backend: Backend, api_settings: ApiSettings) -> Self {
        let cloud_api = Arc::new(ScriptedCloudApi::default());
        let clock = Arc::new(SettableClock::new(start_of_time()));
        let outside = Outside::new(backend, clock.clone(), cloud_api.clone()).await;
        let (url, server) = serve(&outside.application, api_settings);
        Self {
            url,
            worker: Worker::new(outside.application.clone(), 4),
            application: outside.application,
            clock,
            mailer: outside.mailer,
            storage: outside.storage,
            rate_limiter: outside.rate_limiter,
            cloud_api,
            server,
            database: outside.database,
        }
    }

    /// Somebody who is not signed in.
    pub fn anybody(&self) -> Client {
        Client::new(&self.url)
    }

    pub async fn register(&self, business: &str) -> Owner {
        self.anybody().register(business).await
    }

    /// The clock's time, in seconds since 1970, as Meta writes it.
    pub fn now(&self) -> i64 {
        self.clock.now().timestamp()
    }

    /// Runs all jobs that are due; answers how many ran.
    pub async fn run_jobs(&self) -> usize {
        self.worker.run_until_idle().await
    }

    /// Lets time pass, and runs the jobs that are due then.
    pub async fn after(&self, time: Duration) -> usize {
        self.clock.advance(time);
        self.run_jobs().await
    }

    /// Delivers a webhook body, signed as Meta signs it; it is not processed yet.
    pub async fn deliver(&self, body: &[u8]) -> Answer {
        self.deliver_signed(body, &sign(APP_SECRET, body)).await
    }

    pub async fn deliver_signed(&self, body: &[u8], signature: &str) -> Answer {
        self.anybody()
            .request(reqwest::Method::POST, "/api/whatsapp/webhook")
            .header("content-type", "application/json")
            .header("x-hub-signature-256", signature)
            .body(body.to_vec())
            .send()
            .await
    }

    /// Delivers and processes a body.
    pub async fn receive(&self, body: &[u8]) {
        self.deliver(body).await.assert_status(200);
        self.run_jobs().await;
    }

    /// A customer writes a text to a number; answers the wamid.
    pub async fn customer_writes(&self, phone_number_id: &str, phone: &str, text: &str) -> String {
        let wamid = format!("wamid.{}", Id::<Application>::generate());
        let message = serde_json::json!({
            "from": phone, "id": wamid, "timestamp": self.clock.now().timestamp().to_string(),
            "type": "text", "text": {"body": text},
        });
        self.receive(&messages_body(phone_number_id, phone, &[message]))
            .await;
        wamid
    }

    /// Meta reports a status of one of our messages.
    pub async fn meta_reports(&self, phone_number_id: &str, status: serde_json::Value) {
        let value = serde_json::json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": phone_number_id},
            "statuses": [status],
        });
        self.receive(&change_body("messages", &value)).await;
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // The server goes down by itself; nobody waits for it.
        drop(self.server.stop(false));
    }
}

/// What Meta wraps messages of one customer in.
pub fn messages_body(
    phone_number_id: &str,
    phone: &str,
    messages: &[serde_json::Value],
) -> Vec<u8> {
    let value = serde_json::json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": phone_number_id},
        "contacts": [{"profile": {"name": "Sheena Nelson"}, "wa_id": phone}],
        "messages": messages,
    });
    change_body("messages", &value)
}

/// A delivery of one change.
pub fn change_body(field: &str, value: &serde_json::Value) -> Vec<u8> {
    let body = serde_json::json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"field": field, "value": value}]}],
    });
    body.to_string().into_bytes()
}

/// What Meta puts into `X-Hub-Signature-256`.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    tag.as_ref()
        .iter()
        .fold("sha256=".to_owned(), |signature, byte| {
            format!("{signature}{byte:02x}")
        })
}

/// The application on in-memory ports, but for the database and Meta, which are given.
pub struct Outside {
    pub application: Application,
    pub mailer: Arc<RecordedMailer>,
    pub storage: Arc<MapStorage>,
    pub rate_limiter: Arc<BreakableRateLimiter>,
    pub database: TestDatabase,
}

impl Outside {
    pub async fn new(
        backend: Backend,
        clock: Arc<dyn Clock>,
        cloud_api: Arc<dyn CloudApi>,
    ) -> Self {
        let database = stores::database(backend).await;
        let realtime = Arc::new(InProcessRealtime::new());
        let store = SeaStore::new(database.database().clone(), clock.clone(), realtime.clone());
        let mailer = Arc::new(RecordedMailer::default());
        let storage = Arc::new(MapStorage::new(clock.clone()));
        let rate_limiter = Arc::new(BreakableRateLimiter::new(clock.clone()));
        let ports = Ports {
            deliveries: store.clone(),
            store,
            clock,
            storage: storage.clone(),
            mailer: mailer.clone(),
            realtime,
            rate_limiter: rate_limiter.clone(),
            cloud_api,
        };
        Self {
            application: Application::new(ports, settings()),
            mailer,
            storage,
            rate_limiter,
            database,
        }
    }
}

/// What the applications of tests are configured to.
pub fn settings() -> Settings {
    let sealing_keys = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    Settings {
        jwt_secret: "the jwt secret of the tests, 32+ bytes".into(),
        jwt_refresh_secret: "the refresh secret of the tests, 32+ bytes".into(),
        sealing_keys: SealingKeys::parse(&sealing_keys.into()).unwrap(),
        whatsapp_app_secret: APP_SECRET.into(),
        whatsapp_verify_token: VERIFY_TOKEN.into(),
        frontend_url: Url::parse("http://shop.example").unwrap(),
    }
}

/// Serves on a free port.
pub fn serve(application: &Application, settings: ApiSettings) -> (String, ServerHandle) {
    let settings = ApiSettings {
        threads: Some(1),
        ..settings
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = api::serve(listener, application, &settings, |_| ()).unwrap();
    let handle = server.handle();
    tokio::spawn(server);
    (url, handle)
}
