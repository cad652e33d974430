use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use url::Url;

use crate::{
    accounts::{Accounts, Number},
    bounded::{Recent, RecentMap},
    catalog::Catalog,
    contacts::Contacts,
    delivery::Webhooks,
    graph::RecordedRequest,
    health::Health,
    ids,
    inbound::ReceivedMessage,
    limits::{Limits, Pace},
    media::MediaStore,
    outbound::SentMessage,
    script::{Behaviour, Script},
    settings::{Automatic, Settings},
    templates::{Template, TemplateDefinition},
    wire,
};

/// How many messages, and how many requests, are remembered.
const JOURNAL: usize = 10_000;
/// How many customers and chats are remembered.
const CONTACTS: usize = 100_000;

/// A simulated Meta. Clones are the same simulator.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) client: reqwest::Client,
    /// How many webhooks are still to be delivered.
    pub(crate) pending: watch::Sender<usize>,
    pub(crate) answers_paused: watch::Sender<bool>,
    state: Mutex<State>,
}

/// What changes. Never locked across an await.
pub(crate) struct State {
    pub(crate) callback_url: Url,
    pub(crate) public_url: Url,
    pub(crate) status_delay: Duration,
    pub(crate) automatic: Option<Automatic>,
    pub(crate) limits: Limits,
    pub(crate) accounts: Accounts,
    pub(crate) contacts: Contacts,
    pub(crate) pace: Pace,
    pub(crate) media: MediaStore,
    /// By recipient, first come first; an empty list is no script.
    pub(crate) scripts: RecentMap<String, Vec<Script>>,
    pub(crate) sent: Recent<SentMessage>,
    pub(crate) received: Recent<ReceivedMessage>,
    pub(crate) requests: Recent<RecordedRequest>,
    pub(crate) webhooks: Webhooks,
}

impl Simulator {
    pub fn new(settings: Settings) -> Self {
        let state = State {
            callback_url: settings.callback_url.clone(),
            public_url: settings.public_url.clone(),
            status_delay: settings.status_delay,
            automatic: Some(Automatic::Delivered),
            limits: Limits::ALL,
            accounts: Accounts::new(settings.open),
            contacts: Contacts::new(CONTACTS),
            pace: Pace::new(CONTACTS),
            media: MediaStore::new(),
            scripts: RecentMap::new(CONTACTS),
            sent: Recent::new(JOURNAL),
            received: Recent::new(JOURNAL),
            requests: Recent::new(JOURNAL),
            webhooks: Webhooks::default(),
        };
        Self {
            inner: Arc::new(Inner {
                settings,
                client: client(),
                pending: watch::Sender::new(0),
                answers_paused: watch::Sender::new(false),
                state: Mutex::new(state),
            }),
        }
    }

    /// Changes where webhooks go, also those that are waiting to be repeated.
    pub fn set_callback_url(&self, url: Url) {
        self.state().callback_url = url;
    }

    /// Makes a number known, or replaces the one with the same `phone_number_id`.
    pub fn add_number(&self, number: Number) {
        self.state().accounts.add(number);
    }

    /// Makes an approved template known. An open simulator also takes any other.
    pub fn add_template(&self, template: Template) {
        self.state().accounts.templates.add_outline(template);
    }

    /// Makes a template known part by part, or replaces the one of the same name and language.
    /// Answers its id.
    pub fn define_template(&self, template: TemplateDefinition) -> u64 {
        let templates = &mut self.state().accounts.templates;
        templates.define(ids::number(), template)
    }

    /// The catalog, as it is now.
    pub fn catalog(&self, id: &str) -> Option<Catalog> {
        let state = self.state();
        let mut catalogs = state.accounts.catalogs.iter();
        catalogs.find(|catalog| catalog.id == id).cloned()
    }

    /// Has batches fail for an item with this message, or with none any more.
    pub fn refuse_item(&self, retailer_id: &str, message: Option<&str>) {
        let errors = &mut self.state().accounts.item_errors;
        match message {
            Some(message) => errors.insert(retailer_id.to_owned(), message.to_owned()),
            None => errors.remove(retailer_id),
        };
    }

    /// Connects a catalog, or replaces the one with the same id.
    pub fn add_catalog(&self, catalog: Catalog) {
        self.state().accounts.add_catalog(catalog);
    }

    /// Has the number read so from now on, without a word to the business.
    pub fn set_health(&self, phone_number_id: &str, health: Health) {
        *self.state().accounts.health_mut(phone_number_id) = health;
    }

    /// When the token ends; never if none. Until told otherwise, tokens have no end.
    pub fn set_token_expiry(&self, access_token: &str, at: Option<DateTime<Utc>>) {
        self.state().accounts.set_expiry(access_token, at);
    }

    /// Ends the life of a file before its time. Whether there was one.
    pub fn expire_media(&self, media_id: &str) -> bool {
        let now = self.now();
        self.state().media.expire(media_id, now)
    }

    /// How far accepted messages come by themselves: [`Automatic::Delivered`] unless told
    /// otherwise. If none, statuses come only by [`set_status`](Self::set_status) and scripts.
    pub fn set_automatic_statuses(&self, automatic: Option<Automatic>) {
        self.state().automatic = automatic;
    }

    /// How long a message takes from one status to the next, in real time.
    pub fn set_status_delay(&self, delay: Duration) {
        self.state().status_delay = delay;
    }

    pub fn set_limits(&self, limits: Limits) {
        self.state().limits = limits;
    }

    /// Has messages to this recipient go as the script says, once earlier scripts of theirs are
    /// used up. `to` is a phone number, a user id, or `*` for whoever has no script of their own.
    pub fn script(&self, to: &str, script: impl Into<Script>) {
        let mut state = self.state();
        let key = state.contacts.key_of(&digits_or_id(to));
        state.scripts.entry(&key).push(script.into());
    }

    /// Lets messages to this recipient go well again.
    pub fn clear_scripts(&self, to: &str) {
        let mut state = self.state();
        let key = state.contacts.key_of(&digits_or_id(to));
        state.scripts.entry(&key).clear();
    }

    /// Holds back all answers of the Graph API. Requests are still done, and then wait.
    pub fn pause_answers(&self) {
        self.inner.answers_paused.send_replace(true);
    }

    pub fn resume_answers(&self) {
        self.inner.answers_paused.send_replace(false);
    }

    /// Every message that was accepted, oldest first; the latest 10,000.
    pub fn messages(&self) -> Vec<SentMessage> {
        self.state().sent.iter().cloned().collect()
    }

    /// Everything that the Graph API was asked, also what it refused, in the order of its
    /// answers; the latest 10,000.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.iter().cloned().collect()
    }

    /// The value of `X-Hub-Signature-256` for this body.
    pub fn sign(&self, body: &[u8]) -> String {
        wire::signature_256(&self.inner.settings.app_secret, body)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // State stays usable after a panic elsewhere: no change leaves it half done.
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.inner.settings.now)()
    }
}

impl State {
    /// The behaviour that applies to the next message to this contact, used up by one.
    pub(crate) fn next_behaviour(&mut self, key: &str) -> Option<Behaviour> {
        self.take_behaviour(key)
            .or_else(|| self.take_behaviour(EVERYONE))
    }

    fn take_behaviour(&mut self, key: &str) -> Option<Behaviour> {
        let scripts = self.scripts.get_mut(&key.to_owned())?;
        let script = scripts.first_mut()?;
        let behaviour = script.behaviour.clone();
        if let Some(times) = &mut script.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                scripts.remove(0);
            }
        }
        Some(behaviour)
    }
}

/// Whom a script is for that is for whoever has none of their own.
const EVERYONE: &str = "*";

/// A phone number without its decoration; a user id as it is.
pub(crate) fn digits_or_id(recipient: &str) -> String {
    if recipient == EVERYONE || recipient.contains('.') {
        return recipient.to_owned();
    }
    recipient.chars().filter(char::is_ascii_digit).collect()
}

#[expect(
    clippy::expect_used,
    reason = "it can only fail without a crypto provider, and one was just installed"
)]
fn client() -> reqwest::Client {
    // An error means that the program has installed one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .user_agent("facebookexternalua")
        .build()
        .expect("building an HTTP client")
}
