//! Meta's API: the adapter against the simulator, and the scripted one.

mod blocking;
mod catalogs;
mod health;
mod misbehaving;
mod phones;
mod templates;
mod uploads;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use domain::{
    chats::{TemplateUse, Text},
    clock::Clock,
    id::Id,
    whatsapp::{
        CloudApi, CloudApiError, Credentials, Outgoing, OutgoingContent, PhoneNumberId, Recipient,
        TemplateParameters,
    },
};
use futures_util::TryStreamExt;
use in_memory::{Answer, CallKind, ScriptedCloudApi, SettableClock};
use infrastructure::cloud_api::{CloudApiSettings, MetaCloudApi};
use meta_simulator::{
    Behaviour, Customer, InboundContent, Number, RunningSimulator, Script, Settings, Simulator,
};
use url::Url;

const TOKEN: &str = "a-token-that-nobody-may-see";
const CUSTOMER: &str = "16505551234";

fn credentials() -> Credentials {
    Credentials {
        phone_number_id: PhoneNumberId("106540352242922".into()),
        business_account_id: "102290129340398".into(),
        access_token: TOKEN.to_owned().into(),
    }
}

fn adapter(url: &Url) -> MetaCloudApi {
    let settings = CloudApiSettings {
        timeout: Duration::from_secs(1),
        ..CloudApiSettings::new(url.clone(), "v23.0".into())
    };
    MetaCloudApi::new(settings).unwrap()
}

fn text() -> Outgoing {
    Outgoing {
        message_id: Id::generate(),
        recipient: Recipient::Phone(CUSTOMER.into()),
        reply_to: None,
        content: OutgoingContent::Text(Text {
            body: "Hi".into(),
            preview_url: false,
        }),
    }
}

/// A strict simulator that knows one number, to which the customer has just written.
struct Meta {
    server: RunningSimulator,
    clock: Arc<SettableClock>,
    api: MetaCloudApi,
}

impl Meta {
    async fn start() -> Self {
        let clock = Arc::new(SettableClock::new("2026-03-02T09:00:00Z".parse().unwrap()));
        let settings = Settings {
            app_secret: "secret".into(),
            verify_token: "verify".into(),
            // Nobody listens: webhooks are not what is tested here.
            callback_url: Url::parse("http://127.0.0.1:1").unwrap(),
            open: false,
            status_delay: Duration::from_mins(1),
            retry_base: Duration::from_mins(1),
            now: {
                let clock = clock.clone();
                Arc::new(move || -> DateTime<Utc> { clock.now() })
            },
            public_url: Url::parse("http://127.0.0.1:1").unwrap(),
        };
        let simulator = Simulator::new(settings);
        simulator.add_number(Number {
            business_account_id: credentials().business_account_id,
            phone_number_id: credentials().phone_number_id.0,
            display_phone_number: "+1 555-078-3881".into(),
            access_token: TOKEN.into(),
            verified_name: "Lucky Shrub".into(),
        });
        let server = simulator.start(("127.0.0.1", 0)).await.unwrap();
        let meta = Self {
            api: adapter(server.url()),
            server,
            clock,
        };
        meta.receive(InboundContent::text("Hello"));
        meta
    }

    /// What the customer sends, as the webhook tells it.
    fn receive(&self, content: InboundContent) -> serde_json::Value {
        let customer = Customer::with_phone(CUSTOMER, "Ana");
        let number = credentials().phone_number_id.0;
        let composed = self.simulator().compose(&number, &[(&customer, content)]);
        let webhook: serde_json::Value = serde_json::from_slice(&composed.body).unwrap();
        webhook["entry"][0]["changes"][0]["value"]["messages"][0].clone()
    }

    fn receive_image(&self, content: &'static [u8]) -> serde_json::Value {
        self.receive(InboundContent::image(content, "image/png"))["image"].clone()
    }

    fn simulator(&self) -> &Simulator {
        self.server.simulator()
    }
}

#[tokio::test]
async fn a_message_is_accepted_under_a_wamid_of_its_own() {
    let meta = Meta::start().await;
    let scripted = ScriptedCloudApi::default();
    let apis: [&dyn CloudApi; 2] = [&meta.api, &scripted];
    for api in apis {
        let first = api.send(&credentials(), &text()).await.unwrap();
        let second = api.send(&credentials(), &text()).await.unwrap();
        assert_ne!(first.wamid, second.wamid);
        assert_eq!(first.wa_id.as_deref(), Some(CUSTOMER));
    }
}

#[tokio::test]
async fn meta_is_told_our_id_and_what_is_answered() {
    let meta = Meta::start().await;
    let wamid = meta.receive(InboundContent::text("How much?"))["id"].clone();
    let message = Outgoing {
        reply_to: Some(wamid.as_str().unwrap().into()),
        ..text()
    };
    let accepted = meta.api.send(&credentials(), &message).await.unwrap();
    let sent = meta.simulator().messages().pop().unwrap();
    assert_eq!(sent.wamid, accepted.wamid);
    assert_eq!(
        sent.biz_opaque_callback_data,
        Some(message.message_id.to_string())
    );
    assert_eq!(sent.body["to"], format!("+{CUSTOMER}"));
    assert_eq!(sent.body["context"]["message_id"], wamid);

    meta.api
        .mark_read(&credentials(), wamid.as_str().unwrap())
        .await
        .unwrap();
    let receipt = meta.simulator().requests().pop().unwrap();
    assert_eq!(
        (receipt.body["status"].as_str(), receipt.status),
        (Some("read"), Some(200))
    );

    meta.api
        .show_typing(&credentials(), wamid.as_str().unwrap())
        .await
        .unwrap();
    let typing = meta.simulator().requests().pop().unwrap();
    assert_eq!(
        typing.body["typing_indicator"],
        serde_json::json!({"type": "text"})
    );
    assert_eq!(typing.status, Some(200));
}

#[tokio::test]
async fn a_refusal_carries_metas_own_words() {
    let meta = Meta::start().await;
    for (status, code) in [(400, 131_056), (429, 130_429), (500, 131_000)] {
        meta.simulator()
            .script(CUSTOMER, Script::refuse(status, code).times(1));
        let error = meta.api.send(&credentials(), &text()).await.unwrap_err();
        let CloudApiError::Refused(error) = error else {
            panic!("{error}");
        };
        assert_eq!(error.code, i64::from(code));
        assert!(
            !error.title.is_empty() && !error.title.starts_with("(#"),
            "{error}"
        );
        assert_eq!(error.server_error, status >= 500);
        assert!(error.details.is_some() && error.trace_id.is_some());
    }
    let template = Outgoing {
        content: OutgoingContent::Template {
            template: TemplateUse {
                name: "unheard_of".into(),
                language: "en_US".into(),
                parameters: TemplateParameters::Positional(vec!["17".into()]),
                header: None,
                buttons: Vec::new(),
            },
            header_meta_id: None,
        },
        ..text()
    };
    let error = meta.api.send(&credentials(), &template).await.unwrap_err();
    assert!(
        matches!(&error, CloudApiError::Refused(e) if e.code == 132_001),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_token_and_a_foreign_number_are_refused() {
    let meta = Meta::start().await;
    let stranger = Credentials {
        access_token: "another".to_owned().into(),
        ..credentials()
    };
    let error = meta.api.phone_number(&stranger).await.unwrap_err();
    assert!(
        matches!(&error, CloudApiError::Refused(e) if e.code == 190),
        "{error}"
    );

    let elsewhere = Credentials {
        phone_number_id: PhoneNumberId("1".into()),
        ..credentials()
    };
    let error = meta.api.send(&elsewhere, &text()).await.unwrap_err();
    assert!(
        matches!(&error, CloudApiError::Refused(e) if e.code == 100),
        "{error}"
    );
}

#[tokio::test]
async fn when_meta_may_have_acted_there_is_no_answer() {
    let meta = Meta::start().await;
    for behaviour in [Behaviour::BadGateway, Behaviour::AcceptThenTimeOut] {
        meta.simulator()
            .script(CUSTOMER, Script::from(behaviour.clone()).times(1));
        let error = meta.api.send(&credentials(), &text()).await.unwrap_err();
        assert!(
            matches!(error, CloudApiError::NoAnswer(_)),
            "{behaviour:?}: {error}"
        );
    }
}

#[tokio::test]
async fn a_customers_file_is_described_and_downloaded() {
    let meta = Meta::start().await;
    let image = meta.receive_image(b"test");
    let media_id = image["id"].as_str().unwrap();
    let described = meta
        .api
        .describe_media(&credentials(), media_id)
        .await
        .unwrap();
    assert_eq!(described.mime_type.as_deref(), Some("image/png"));
    assert_eq!(described.size, Some(4));
    assert_eq!(
        described.sha256.as_deref(),
        Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    );
    let content = meta
        .api
        .download(&credentials(), &described.url)
        .await
        .unwrap();
    let content: Vec<_> = content.try_collect().await.unwrap();
    assert_eq!(content.concat(), b"test");
}

#[tokio::test]
async fn a_url_is_gone_after_five_minutes_and_another_can_be_had() {
    let meta = Meta::start().await;
    let image = meta.receive_image(b"test");
    let media_id = image["id"].as_str().unwrap();
    let old = meta
        .api
        .describe_media(&credentials(), media_id)
        .await
        .unwrap()
        .url;
    meta.clock.advance(Duration::from_secs(301));
    let gone = meta.api.download(&credentials(), &old).await.err().unwrap();
    assert!(matches!(gone, CloudApiError::Gone), "{gone}");
    let new = meta
        .api
        .describe_media(&credentials(), media_id)
        .await
        .unwrap()
        .url;
    assert!(meta.api.download(&credentials(), &new).await.is_ok());
}

#[tokio::test]
async fn a_scripted_meta_answers_by_its_script() {
    let api = ScriptedCloudApi::default();
    let failure = || Answer::Fail(CloudApiError::NoAnswer("cut".into()));
    api.answer_next(CallKind::Send, Answer::Succeed);
    api.answer_next(CallKind::MarkRead, failure());
    api.answer_next(CallKind::Send, failure());
    assert!(api.send(&credentials(), &text()).await.is_ok());
    assert!(api.send(&credentials(), &text()).await.is_err());
    assert!(api.send(&credentials(), &text()).await.is_ok());
    assert!(api.mark_read(&credentials(), "wamid.X").await.is_err());
    assert_eq!(api.sent().len(), 3);
    assert_eq!(api.calls().len(), 4);

    api.add_media("1", "image/png", &b"test"[..]);
    let described = api.describe_media(&credentials(), "1").await.unwrap();
    let content = api.download(&credentials(), &described.url).await.unwrap();
    let content: Vec<_> = content.try_collect().await.unwrap();
    assert_eq!(
        (content.concat(), described.size),
        (b"test".to_vec(), Some(4))
    );

    api.answer_next(CallKind::Send, Answer::Hang);
    let (credentials, message) = (credentials(), text());
    let call = api.send(&credentials, &message);
    assert!(
        tokio::time::timeout(Duration::from_millis(50), call)
            .await
            .is_err()
    );
}
