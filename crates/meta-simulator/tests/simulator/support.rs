//! A business that listens to webhooks and calls the Graph API, and a clock that one sets.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::StatusCode,
    web::{self, Bytes, Data, Query},
};
use chrono::{DateTime, TimeDelta, Utc};
use meta_simulator::{Customer, InboundContent, Number, RunningSimulator, Settings, Simulator};
use serde_json::{Value, json};
use url::Url;

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const VERIFY_TOKEN: &str = "meatyhamhock";
pub(crate) const TOKEN: &str = "EAA-token";
pub(crate) const NUMBER: &str = "106540352242922";
pub(crate) const ACCOUNT: &str = "419561257915477";

#[derive(Clone)]
pub(crate) struct Clock(Arc<Mutex<DateTime<Utc>>>);

impl Clock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(
            DateTime::UNIX_EPOCH + TimeDelta::days(20_000),
        )))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

/// What the callback got.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    pub(crate) signature: String,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

#[derive(Clone, Default)]
struct Callback {
    received: Arc<Mutex<Vec<Received>>>,
    /// How the next webhooks are answered; with 200 when there are no more.
    answers: Arc<Mutex<VecDeque<u16>>>,
}

async fn verify(query: Query<Vec<(String, String)>>) -> HttpResponse {
    let get = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    if get("hub.mode").as_deref() == Some("subscribe")
        && get("hub.verify_token").as_deref() == Some(VERIFY_TOKEN)
    {
        return HttpResponse::Ok().body(get("hub.challenge").unwrap());
    }
    HttpResponse::Forbidden().finish()
}

async fn take(callback: Data<Callback>, request: HttpRequest, bytes: Bytes) -> HttpResponse {
    let signature = request.headers().get("X-Hub-Signature-256").unwrap();
    callback.received.lock().unwrap().push(Received {
        bytes,
        signature: signature.to_str().unwrap().to_owned(),
    });
    let answer = callback.answers.lock().unwrap().pop_front().unwrap_or(200);
    HttpResponse::build(StatusCode::from_u16(answer).unwrap()).finish()
}

/// A business with one number at a simulated Meta.
pub(crate) struct Business {
    pub(crate) meta: RunningSimulator,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    callback: Callback,
    callback_url: Url,
    callback_server: ServerHandle,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> u64 {
        self.body["error"]["code"].as_u64().unwrap_or_default()
    }

    pub(crate) fn details(&self) -> &str {
        self.body["error"]["error_data"]["details"]
            .as_str()
            .unwrap_or_default()
    }

    pub(crate) fn wamid(&self) -> String {
        self.body["messages"][0]["id"].as_str().unwrap().to_owned()
    }
}

impl Business {
    /// At a Meta that knows only this business.
    pub(crate) async fn start() -> Self {
        Self::start_with(false).await
    }

    /// At a Meta that takes whatever comes.
    pub(crate) async fn start_open() -> Self {
        Self::start_with(true).await
    }

    async fn start_with(open: bool) -> Self {
        let callback = Callback::default();
        let data = Data::new(callback.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::PayloadConfig::new(4 * 1024 * 1024))
                .route("/webhook", web::get().to(verify))
                .route("/webhook", web::post().to(take))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let callback_url: Url = format!("http://{}/webhook", server.addrs()[0])
            .parse()
            .unwrap();
        let server = server.run();
        let callback_server = server.handle();
        tokio::spawn(server);

        let clock = Clock::new();
        let now = clock.clone();
        let simulator = Simulator::new(Settings {
            app_secret: SECRET.to_owned(),
            verify_token: VERIFY_TOKEN.to_owned(),
            callback_url: callback_url.clone(),
            open,
            status_delay: Duration::ZERO,
            retry_base: Duration::from_millis(2),
            now: Arc::new(move || now.now()),
            public_url: Url::parse("http://unused.example").unwrap(),
        });
        simulator.add_number(number(NUMBER, TOKEN));
        Self {
            meta: simulator.start(("127.0.0.1", 0)).await.unwrap(),
            clock,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            callback,
            callback_url,
            callback_server,
        }
    }

    pub(crate) async fn stop(self) {
        self.meta.stop().await;
        self.callback_server.stop(false).await;
    }

    pub(crate) fn simulator(&self) -> &Simulator {
        self.meta.simulator()
    }

    pub(crate) fn callback_url(&self) -> Url {
        self.callback_url.clone()
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.meta.url().join(path).unwrap()
    }

    /// Has the callback answer its next webhooks with these statuses.
    pub(crate) fn answers_webhooks_with(&self, statuses: &[u16]) {
        self.callback.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.callback.received.lock().unwrap().clone()
    }

    /// The latest webhook as a whole, once Meta has no more to tell.
    pub(crate) async fn latest_webhook(&self) -> Value {
        self.webhooks().await;
        self.received().last().unwrap().json()
    }

    /// The `value` of each webhook's only change, once Meta has no more to tell.
    pub(crate) async fn webhooks(&self) -> Vec<Value> {
        tokio::time::timeout(Duration::from_secs(10), self.simulator().idle())
            .await
            .expect("all webhooks are delivered");
        let received = self.received();
        let bodies = received.iter().map(Received::json);
        bodies
            .map(|mut body| body["entry"][0]["changes"][0]["value"].take())
            .collect()
    }

    /// The statuses of this message, in the order in which they came.
    pub(crate) async fn statuses(&self, wamid: &str) -> Vec<Value> {
        let webhooks = self.webhooks().await;
        let statuses = webhooks
            .iter()
            .filter_map(|value| value["statuses"].as_array())
            .flatten();
        statuses
            .filter(|status| status["id"] == wamid)
            .cloned()
            .collect()
    }

    /// The words of those statuses.
    pub(crate) async fn status_words(&self, wamid: &str) -> Vec<String> {
        let statuses = self.statuses(wamid).await;
        let words = statuses
            .iter()
            .map(|status| status["status"].as_str().unwrap().to_owned());
        words.collect()
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        answer(self.http.post(self.url(path)).bearer_auth(token).json(body)).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        answer(self.http.get(self.url(path)).bearer_auth(token)).await
    }

    pub(crate) async fn send(&self, body: &Value) -> Answer {
        self.post(&format!("/v23.0/{NUMBER}/messages"), TOKEN, body)
            .await
    }

    pub(crate) async fn send_text(&self, to: &str, text: &str) -> Answer {
        self.send(&text_message(to, text)).await
    }

    /// The customer writes, which opens the service window.
    pub(crate) async fn hears_from(&self, customer: &Customer) -> String {
        let hello = InboundContent::text("Hello");
        self.simulator()
            .customer_sends(NUMBER, customer, hello)
            .await
    }
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer {
        status,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

pub(crate) fn number(phone_number_id: &str, token: &str) -> Number {
    Number {
        business_account_id: ACCOUNT.to_owned(),
        phone_number_id: phone_number_id.to_owned(),
        display_phone_number: "+1 555-078-3881".to_owned(),
        access_token: token.to_owned(),
        verified_name: "Lucky Shrub".to_owned(),
    }
}

pub(crate) fn sheena() -> Customer {
    Customer::with_phone("16505551234", "Sheena Nelson")
}

pub(crate) fn text_message(to: &str, text: &str) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": "text",
        "text": {"body": text},
    })
}
