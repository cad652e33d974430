//! A shop with a connected number, a simulated Meta, and a worker that runs.

use std::{sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use api::ApiSettings;
use application::worker::Worker;
use domain::clock::Clock;
use infrastructure::{
    clock::SystemClock,
    cloud_api::{CloudApiSettings, MetaCloudApi},
};
use meta_simulator::{
    Automatic, Customer, InboundContent, Number, RunningSimulator, Settings, Simulator,
};
use serde_json::Value;
use tests::{
    app::{APP_SECRET, Outside, VERIFY_TOKEN, serve},
    client::{Client, Owner},
    stores::Backend,
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use url::Url;

pub(crate) const NUMBER: &str = "106540352242922";
/// Short, so that stories about answers that never come stay short.
const META_TIMEOUT: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Shop {
    pub(crate) meta: RunningSimulator,
    pub(crate) owner: Owner,
    pub(crate) account_id: String,
    outside: Outside,
    server: ServerHandle,
    stop: CancellationToken,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_on(Backend::Sqlite).await
    }

    pub(crate) async fn open_on(backend: Backend) -> Self {
        let meta = start_meta().await;
        let mut settings = CloudApiSettings::new(meta.url().clone(), "v23.0".into());
        settings.timeout = META_TIMEOUT;
        let cloud_api = Arc::new(MetaCloudApi::new(settings).unwrap());
        let outside = Outside::new(backend, Arc::new(SystemClock), cloud_api).await;
        let application = outside.application.clone();
        let (url, server) = serve(&application, ApiSettings::default());
        let callback = format!("{url}/api/whatsapp/webhook");
        meta.simulator()
            .set_callback_url(Url::parse(&callback).unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(Worker::new(application.clone(), 4).run(stop.clone()));
        let owner = Client::new(&url).register("Café Luna").await;
        let account_id = owner.connects(NUMBER).await;
        Self {
            meta,
            owner,
            account_id,
            outside,
            server,
            stop,
        }
    }

    pub(crate) fn simulator(&self) -> &Simulator {
        self.meta.simulator()
    }

    pub(crate) fn outside(&self) -> &Outside {
        &self.outside
    }

    /// The customer sends something; answers the wamid.
    pub(crate) async fn receives(&self, customer: &Customer, content: InboundContent) -> String {
        self.simulator()
            .customer_sends(NUMBER, customer, content)
            .await
    }

    /// The id of the shop's only chat, once there is one.
    pub(crate) async fn only_chat(&self) -> String {
        let chats = eventually("there is a chat", async || {
            let chats = self.owner.chats().await;
            (chats.len() == 1).then_some(chats)
        })
        .await;
        chats[0]["id"].as_str().unwrap().to_owned()
    }

    /// The chat of a customer who has just written.
    pub(crate) async fn chat_with(&self, customer: &Customer) -> String {
        self.receives(customer, InboundContent::text("Hello?"))
            .await;
        self.only_chat().await
    }

    /// The owner writes a text; answers the message's id.
    pub(crate) async fn answers(&self, chat_id: &str, text: &str) -> String {
        let answer = self.owner.writes(chat_id, text).await;
        answer.assert_status(202);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn message(&self, chat_id: &str, message_id: &str) -> Value {
        let messages = self.owner.messages(chat_id).await;
        messages
            .into_iter()
            .find(|message| message["id"] == message_id)
            .unwrap()
    }

    /// The message, once it has this status.
    pub(crate) async fn message_once(
        &self,
        chat_id: &str,
        message_id: &str,
        status: &str,
    ) -> Value {
        eventually(&format!("the message is {status}"), async || {
            let message = self.message(chat_id, message_id).await;
            (message["status"] == status).then_some(message)
        })
        .await
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stop.cancel();
        drop(self.server.stop(false));
    }
}

pub(crate) fn sheena() -> Customer {
    Customer::with_phone("14155550123", "Sheena Nelson")
}

/// A Meta that has one number.
pub(crate) async fn start_meta() -> RunningSimulator {
    let nowhere = Url::parse("http://127.0.0.1:9/").unwrap();
    let simulator = Simulator::new(Settings {
        app_secret: APP_SECRET.into(),
        verify_token: VERIFY_TOKEN.into(),
        callback_url: nowhere.clone(),
        open: false,
        status_delay: Duration::from_millis(20),
        retry_base: Duration::from_millis(100),
        now: Arc::new(|| SystemClock.now()),
        public_url: nowhere,
    });
    simulator.set_automatic_statuses(Some(Automatic::Read));
    simulator.add_number(Number {
        business_account_id: "102290129340398".into(),
        phone_number_id: NUMBER.into(),
        display_phone_number: "+1 555-078-3881".into(),
        access_token: format!("token-of-{NUMBER}"),
        verified_name: "Café Luna".into(),
    });
    simulator.start(("127.0.0.1", 0)).await.unwrap()
}

/// What the question answers, once it answers something.
pub(crate) async fn eventually<T>(what: &str, mut question: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = question().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "it never came to be that {what}");
        sleep(Duration::from_millis(50)).await;
    }
}
