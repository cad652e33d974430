//! What the log tells of refused sign-ins.

use std::{
    io,
    sync::{Arc, Mutex},
};

use application::auth::{Client, Login};
use tests::{app::TestApp, client::PASSWORD};
use tracing_subscriber::fmt::MakeWriter;

/// Keeps the lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[actix_web::test]
async fn the_log_tells_who_was_refused_and_whence_but_nothing_that_was_typed() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    for email in [&*owner.email, "Typed-into-the-wrong-field-1"] {
        let login = Login {
            email: email.to_owned(),
            password: "Corriente-72-azul".into(),
            code: None,
        };
        let client = Client {
            address: Some("203.0.113.7".parse().unwrap()),
            user_agent: None,
        };
        let refused = app.application.auth.login(login, client).await;
        assert!(refused.is_err(), "{email}");
    }
    drop(guard);

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let refusals: Vec<_> = log
        .lines()
        .filter(|line| line.contains("a sign-in was refused"))
        .collect();
    assert_eq!(refusals.len(), 2, "{log}");
    assert!(
        refusals.iter().all(|line| line.contains("203.0.113.7")),
        "{log}"
    );
    assert!(refusals[0].contains(&owner.user_id), "{log}");
    for typed in ["Corriente", &owner.email, "Typed-into", PASSWORD] {
        assert!(!log.contains(typed), "{log}");
    }
}
