//! A program of its own process beside a simulated Meta, and what Meta delivers to it.

use std::{sync::Arc, time::Duration};

use domain::clock::Clock;
use infrastructure::clock::SystemClock;
use meta_simulator::{
    Automatic, Customer, InboundContent, Limits, Number, RunningSimulator, Settings, Simulator,
};
use serde_json::Value;
use tests::{
    client::{Client, Owner},
    program::{Program, Running},
    stores::{self, Backend, TestDatabase},
};
use tokio::time::{Instant, sleep};
use url::Url;

const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
const VERIFY_TOKEN: &str = "verify-token-of-the-fault-tests!";
pub(crate) const NUMBER: &str = "106540352242922";
/// Longer than a lease, so that what a killed worker held has been taken over.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct World {
    pub(crate) program: Program,
    pub(crate) meta: RunningSimulator,
    /// Dropped, and with it the database, when the test is over.
    _database: Option<TestDatabase>,
}

impl World {
    pub(crate) async fn new(backend: Backend) -> Self {
        let database = match backend {
            // Its own file in the data folder, as users have it.
            Backend::Sqlite => None,
            Backend::Postgres => Some(stores::database(backend).await),
        };
        let settings = Settings {
            app_secret: APP_SECRET.into(),
            verify_token: VERIFY_TOKEN.into(),
            callback_url: Url::parse("http://127.0.0.1:9/").unwrap(),
            open: false,
            status_delay: Duration::from_millis(50),
            retry_base: Duration::from_millis(200),
            now: Arc::new(|| SystemClock.now()),
            public_url: Url::parse("http://127.0.0.1:9/").unwrap(),
        };
        let simulator = Simulator::new(settings);
        simulator.set_limits(Limits::NONE);
        simulator.set_automatic_statuses(Some(Automatic::Delivered));
        let meta = simulator.start(("127.0.0.1", 0)).await.unwrap();
        let api_url = meta.url().to_string();
        let mut environment = vec![
            ("WHATSAPP_API_URL", api_url.as_str()),
            ("WHATSAPP_APP_SECRET", APP_SECRET),
            ("WHATSAPP_WEBHOOK_VERIFY_TOKEN", VERIFY_TOKEN),
            ("RUST_LOG", "info"),
        ];
        let database_url = database.as_ref().map(|database| database.url().to_owned());
        if let Some(url) = &database_url {
            environment.push(("DATABASE_URL", url));
        }
        let program = Program::new(&environment);
        let callback = format!("{}/api/whatsapp/webhook", program.url());
        meta.simulator()
            .set_callback_url(Url::parse(&callback).unwrap());
        meta.simulator().add_number(Number {
            business_account_id: "102290129340398".into(),
            phone_number_id: NUMBER.into(),
            display_phone_number: "+1 555-078-3881".into(),
            access_token: format!("token-of-{NUMBER}"),
            verified_name: "Café Luna".into(),
        });
        Self {
            program,
            meta,
            _database: database,
        }
    }

    /// A signed body in which this customer writes a text.
    pub(crate) fn text_from(&self, customer: usize, body: &str) -> Vec<u8> {
        let customer = Customer::with_phone(phone_of(customer), format!("Customer {customer}"));
        self.meta
            .simulator()
            .compose(NUMBER, &[(&customer, InboundContent::text(body))])
            .body
    }

    /// Delivers a body once; whether it was accepted.
    pub(crate) async fn deliver(&self, client: &Client, body: &[u8]) -> bool {
        let request = client
            .request(reqwest::Method::POST, "/api/whatsapp/webhook")
            .header("content-type", "application/json")
            .header("x-hub-signature-256", &self.meta.simulator().sign(body))
            .body(body.to_vec());
        matches!(request.try_send().await, Ok(answer) if answer.status == 200)
    }

    /// As Meta does: again and again until it is accepted.
    pub(crate) async fn deliver_until_accepted(&self, client: &Client, body: &[u8]) {
        while !self.deliver(client, body).await {
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Kills the program at random moments and starts it again, `times` times.
    pub(crate) async fn kill_repeatedly(&self, mut running: Running, times: usize) -> Running {
        for _ in 0..times {
            sleep(Duration::from_millis(fastrand::u64(20..400))).await;
            running.kill().await;
            running = self.program.serve().await;
        }
        running
    }
}

/// The `wa_id` of a customer.
pub(crate) fn phone_of(customer: usize) -> String {
    format!("1415555{customer:04}")
}

/// All chats of the organization.
pub(crate) async fn all_chats(owner: &Owner) -> Vec<Value> {
    all(owner, "/api/chats").await
}

/// All customers of the organization.
pub(crate) async fn all_customers(owner: &Owner) -> Vec<Value> {
    all(owner, "/api/customers").await
}

async fn all(owner: &Owner, list: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut path = format!("{list}?limit=100");
    loop {
        let page = owner.client.get(&path).await;
        page.assert_status(200);
        rows.extend(page.data());
        match page.json()["nextCursor"].as_str() {
            Some(cursor) => path = format!("{list}?limit=100&cursor={cursor}"),
            None => return rows,
        }
    }
}

/// Waits until the condition holds; `describe` tells how things stand when it does not.
pub(crate) async fn eventually<F: Future<Output = Result<(), String>>>(
    mut condition: impl FnMut() -> F,
) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match condition().await {
            Ok(()) => return,
            Err(state) => assert!(Instant::now() < deadline, "still not so: {state}"),
        }
        sleep(Duration::from_millis(250)).await;
    }
}
