use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, filter::LevelFilter, layer::Context, prelude::*};

/// What the database's driver logged in this process.
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn log() -> MutexGuard<'static, Vec<String>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Recorder;

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        log().push(text.0);
    }
}

/// The longest text of an event: the statement, or the plan.
#[derive(Default)]
struct Text(String);

impl Text {
    fn keep_longest(&mut self, text: &str) {
        if text.len() > self.0.len() {
            text.clone_into(&mut self.0);
        }
    }
}

impl Visit for Text {
    fn record_str(&mut self, _: &Field, text: &str) {
        self.keep_longest(text);
    }

    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        self.keep_longest(&format!("{value:?}"));
    }
}

pub(super) fn record_log() {
    let is_drivers = tracing_subscriber::filter::Targets::new()
        .with_target("sqlx::query", LevelFilter::TRACE)
        .with_target("sqlx::postgres::notice", LevelFilter::TRACE);
    // Another case of this process may have set it already.
    let _done = tracing_subscriber::registry()
        .with(Recorder.with_filter(is_drivers))
        .try_init();
}

/// The last logged text that bears all the signs and is of the kind. The driver may log a
/// statement a moment after it has answered it.
pub(super) async fn logged(signs: &[&str], is_of_kind: impl Fn(&str) -> bool) -> String {
    for _ in 0..100 {
        let found = log()
            .iter()
            .rev()
            .find(|line| is_of_kind(line) && signs.iter().all(|sign| line.contains(sign)))
            .cloned();
        if let Some(found) = found {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no statement was logged with {signs:?}");
}
