//! A database that fails once a number is connected.

use std::sync::Arc;

use api::ApiSettings;
use application::{Application, Ports};
use async_trait::async_trait;
use domain::{
    job::JobQueue,
    organizations::OrganizationId,
    store::{Repositories, Store, StoreError, SystemRepositories, SystemUnitOfWork, UnitOfWork},
};
use tests::{
    app::{TestApp, serve, settings},
    client::Client,
};

use super::{CUSTOMER, NUMBER, PATH, account, path_of};

/// Fails whoever begins a unit of work across organizations, as the left-overs need.
struct FailingStore(Arc<dyn Store>);

#[async_trait]
impl Store for FailingStore {
    async fn begin(&self, organization: OrganizationId) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.0.begin(organization).await
    }

    fn read(&self, organization: OrganizationId) -> Box<dyn Repositories> {
        self.0.read(organization)
    }

    async fn begin_system(&self) -> Result<Box<dyn SystemUnitOfWork>, StoreError> {
        Err(StoreError::Unavailable("no connection".into()))
    }

    fn read_system(&self) -> Box<dyn SystemRepositories> {
        self.0.read_system()
    }

    fn jobs(&self) -> &dyn JobQueue {
        self.0.jobs()
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }
}

#[actix_web::test]
async fn a_number_that_is_connected_is_not_reported_as_failed() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.customer_writes(NUMBER, CUSTOMER, "before").await;
    let ports = app.application.ports.clone();
    let failing = Ports {
        store: Arc::new(FailingStore(ports.store.clone())),
        ..ports
    };
    let (url, _server) = serve(
        &Application::new(failing, settings()),
        ApiSettings::default(),
    );
    let client = Client::new(&url).with_token(owner.client.token().unwrap());

    let answer = client.post(PATH, account(NUMBER)).await;
    let connected = answer.assert_status(201).json();
    assert_eq!(connected["status"], "connected");
    assert_eq!(connected["displayPhoneNumber"], "+1 555-010-0000");

    // Once the database is well again, a check makes up for it.
    let check = format!("{}/check", path_of(&connected));
    let checked = owner.client.post(&check, serde_json::json!({})).await;
    checked.assert_status(200);
    app.run_jobs().await;
    assert_eq!(owner.chats().await.len(), 1);
}
