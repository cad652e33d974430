//! The mail server goes down, comes back, or wants nothing of a mail: a real one.

use std::{sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use api::ApiSettings;
use application::{Application, Ports, worker::Worker};
use domain::{
    job::{DeadJob, Job},
    page::{PageRequest, Window},
};
use in_memory::{ScriptedCloudApi, SettableClock};
use tests::{
    app::{Outside, serve, settings, start_of_time},
    client::{Client, registration},
    smtp::{Encryption, SmtpServer},
    stores::{Backend, service_is_asked_for},
};

/// The application with a worker that runs when the test says so, and a mail server.
struct Shop {
    smtp: SmtpServer,
    application: Application,
    worker: Worker,
    clock: Arc<SettableClock>,
    client: Client,
    server: ServerHandle,
    _outside: Outside,
}

impl Shop {
    async fn open() -> Self {
        let smtp = SmtpServer::start(Encryption::StartTls).await;
        let clock = Arc::new(SettableClock::new(start_of_time()));
        let cloud_api = Arc::new(ScriptedCloudApi::default());
        let outside = Outside::new(Backend::Sqlite, clock.clone(), cloud_api).await;
        let ports = Ports {
            mailer: Arc::new(smtp.mailer()),
            ..outside.application.ports.clone()
        };
        let application = Application::new(ports, settings());
        let (url, server) = serve(&application, ApiSettings::default());
        Self {
            smtp,
            worker: Worker::new(application.clone(), 1),
            application,
            clock,
            client: Client::new(&url),
            server,
            _outside: outside,
        }
    }

    /// Which sets off a mail.
    async fn register(&self, email: &str) {
        let answer = self
            .client
            .post("/api/auth/register", registration("Luna", email))
            .await;
        answer.assert_status(201);
    }

    async fn dead_jobs(&self) -> Vec<DeadJob> {
        let page = PageRequest {
            window: Window::Newest,
            limit: 100,
        };
        let jobs = self.application.ports.store.jobs();
        jobs.dead(page).await.unwrap().rows
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

#[tokio::test]
async fn a_mail_waits_until_its_server_is_back_and_goes_out_once() {
    if !service_is_asked_for("smtp") {
        return;
    }
    let mut shop = Shop::open().await;
    shop.smtp.go_down().await;
    shop.register("ana@example.com").await;
    // An outage uses up no attempts, however long it lasts.
    for _ in 0..20 {
        shop.worker.run_until_idle().await;
        shop.clock.advance(Duration::from_secs(15));
    }
    assert!(shop.dead_jobs().await.is_empty());

    shop.smtp.come_back().await;
    assert_eq!(shop.worker.run_until_idle().await, 1);
    let mails = shop.smtp.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("To: ana@example.com"), "{}", mails[0]);
    shop.clock.advance(Duration::from_hours(1));
    assert_eq!(shop.worker.run_until_idle().await, 0);
    assert_eq!(shop.smtp.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_that_its_server_refuses_is_given_up_and_holds_up_no_other() {
    if !service_is_asked_for("smtp") {
        return;
    }
    let shop = Shop::open().await;
    shop.register("nobody@example.com").await;
    shop.register("ana@example.com").await;
    shop.worker.run_until_idle().await;
    let dead = shop.dead_jobs().await;
    let [job] = dead.as_slice() else {
        panic!("{dead:?}")
    };
    assert!(matches!(job.job, Job::SendWelcomeMail { .. }));
    assert_eq!(job.attempts, 1);
    assert!(
        job.error.contains("there is nobody of this name"),
        "{}",
        job.error
    );
    let mails = shop.smtp.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("To: ana@example.com"), "{}", mails[0]);
}
