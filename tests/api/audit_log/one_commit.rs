//! A change and its entry are stored together or not at all.

use std::sync::Arc;

use api::ApiSettings;
use application::{Application, Ports};
use async_trait::async_trait;
use domain::{
    audit::{AuditEntry, AuditFilter, AuditLog, AuditRecord},
    auth::{OneTimeTokenRepository, SessionRepository, UserRepository},
    catalog::{CategoryRepository, PriceHistory, ProductRepository, StockLedger},
    chats::{
        AssignmentRepository, AutomationRepository, CannedReplyRepository, ChatRepository,
        MessageRepository, MessageRetention, MessageSearch, NoteRepository,
    },
    customers::{CustomerFieldRepository, CustomerRepository, SegmentRepository},
    event::Event,
    imports::{ImportRepository, ImportedCustomers},
    job::{Job, JobQueue},
    organizations::{
        InvitationDirectory, InvitationRepository, MemberRepository, OrganizationId,
        OrganizationRepository, Role,
    },
    page::{Page, PageRequest},
    storage::{FileDirectory, FileRepository},
    store::{
        EventLog, IdempotencyKeys, Maintenance, Repositories, Store, StoreError,
        SystemRepositories, SystemUnitOfWork, UnitOfWork,
    },
    whatsapp::{
        AccountDirectory, AccountRepository, ContactRepository, DeliveryRepository, MediaDirectory,
        MediaRepository,
    },
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, serve, settings},
    client::{Client, Owner, PASSWORD},
    stores::backends,
};

use crate::given;

/// What a store cannot do.
#[derive(Clone, Copy, Debug)]
enum Fault {
    AppendToTheAuditLog,
    Commit,
}

/// A store with a fault.
struct FailingStore {
    inner: Arc<dyn Store>,
    fault: Fault,
}

struct FailingUnit {
    inner: Box<dyn UnitOfWork>,
    fault: Fault,
}

struct FailingSystemUnit {
    inner: Box<dyn SystemUnitOfWork>,
    fault: Fault,
}

struct FullLog;

fn failure() -> StoreError {
    StoreError::Unavailable("the disk is full".into())
}

#[async_trait]
impl Store for FailingStore {
    async fn begin(&self, organization: OrganizationId) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let (inner, fault) = (self.inner.begin(organization).await?, self.fault);
        Ok(Box::new(FailingUnit { inner, fault }))
    }

    fn read(&self, organization: OrganizationId) -> Box<dyn Repositories> {
        self.inner.read(organization)
    }

    async fn begin_system(&self) -> Result<Box<dyn SystemUnitOfWork>, StoreError> {
        let (inner, fault) = (self.inner.begin_system().await?, self.fault);
        Ok(Box::new(FailingSystemUnit { inner, fault }))
    }

    fn read_system(&self) -> Box<dyn SystemRepositories> {
        self.inner.read_system()
    }

    fn jobs(&self) -> &dyn JobQueue {
        self.inner.jobs()
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.inner.check().await
    }
}

#[async_trait]
impl AuditLog for FullLog {
    async fn append(&self, _: &AuditEntry) -> Result<(), StoreError> {
        Err(failure())
    }

    async fn list(&self, _: &AuditFilter, _: PageRequest) -> Result<Page<AuditRecord>, StoreError> {
        Err(failure())
    }

    async fn count(&self, _: &AuditFilter) -> Result<u64, StoreError> {
        Err(failure())
    }
}

impl Repositories for FailingUnit {
    fn audit_log(&self) -> &dyn AuditLog {
        match self.fault {
            Fault::AppendToTheAuditLog => &FullLog,
            Fault::Commit => self.inner.audit_log(),
        }
    }

    fn organizations(&self) -> &dyn OrganizationRepository {
        self.inner.organizations()
    }

    fn members(&self) -> &dyn MemberRepository {
        self.inner.members()
    }

    fn invitations(&self) -> &dyn InvitationRepository {
        self.inner.invitations()
    }

    fn files(&self) -> &dyn FileRepository {
        self.inner.files()
    }

    fn accounts(&self) -> &dyn AccountRepository {
        self.inner.accounts()
    }

    fn contacts(&self) -> &dyn ContactRepository {
        self.inner.contacts()
    }

    fn media(&self) -> &dyn MediaRepository {
        self.inner.media()
    }

    fn customers(&self) -> &dyn CustomerRepository {
        self.inner.customers()
    }

    fn customer_fields(&self) -> &dyn CustomerFieldRepository {
        self.inner.customer_fields()
    }

    fn segments(&self) -> &dyn SegmentRepository {
        self.inner.segments()
    }

    fn imports(&self) -> &dyn ImportRepository {
        self.inner.imports()
    }

    fn imported_customers(&self) -> &dyn ImportedCustomers {
        self.inner.imported_customers()
    }

    fn chats(&self) -> &dyn ChatRepository {
        self.inner.chats()
    }

    fn messages(&self) -> &dyn MessageRepository {
        self.inner.messages()
    }

    fn message_search(&self) -> &dyn MessageSearch {
        self.inner.message_search()
    }

    fn message_retention(&self) -> &dyn MessageRetention {
        self.inner.message_retention()
    }

    fn notes(&self) -> &dyn NoteRepository {
        self.inner.notes()
    }

    fn canned_replies(&self) -> &dyn CannedReplyRepository {
        self.inner.canned_replies()
    }

    fn assignment(&self) -> &dyn AssignmentRepository {
        self.inner.assignment()
    }

    fn automation(&self) -> &dyn AutomationRepository {
        self.inner.automation()
    }

    fn categories(&self) -> &dyn CategoryRepository {
        self.inner.categories()
    }

    fn products(&self) -> &dyn ProductRepository {
        self.inner.products()
    }

    fn prices(&self) -> &dyn PriceHistory {
        self.inner.prices()
    }

    fn stock(&self) -> &dyn StockLedger {
        self.inner.stock()
    }

    fn events(&self) -> &dyn EventLog {
        self.inner.events()
    }

    fn idempotency_keys(&self) -> &dyn IdempotencyKeys {
        self.inner.idempotency_keys()
    }
}

#[async_trait]
impl UnitOfWork for FailingUnit {
    fn record(&self, event: Event) {
        self.inner.record(event);
    }

    fn enqueue(&self, job: Job) {
        self.inner.enqueue(job);
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match self.fault {
            Fault::AppendToTheAuditLog => self.inner.commit().await,
            Fault::Commit => Err(failure()),
        }
    }
}

impl SystemRepositories for FailingSystemUnit {
    fn users(&self) -> &dyn UserRepository {
        self.inner.users()
    }

    fn sessions(&self) -> &dyn SessionRepository {
        self.inner.sessions()
    }

    fn one_time_tokens(&self) -> &dyn OneTimeTokenRepository {
        self.inner.one_time_tokens()
    }

    fn invitations(&self) -> &dyn InvitationDirectory {
        self.inner.invitations()
    }

    fn files(&self) -> &dyn FileDirectory {
        self.inner.files()
    }

    fn accounts(&self) -> &dyn AccountDirectory {
        self.inner.accounts()
    }

    fn media(&self) -> &dyn MediaDirectory {
        self.inner.media()
    }

    fn deliveries(&self) -> &dyn DeliveryRepository {
        self.inner.deliveries()
    }

    fn maintenance(&self) -> &dyn Maintenance {
        self.inner.maintenance()
    }
}

#[async_trait]
impl SystemUnitOfWork for FailingSystemUnit {
    fn record(&self, organization: OrganizationId, event: Event) {
        self.inner.record(organization, event);
    }

    fn enqueue(&self, job: Job) {
        self.inner.enqueue(job);
    }

    fn narrow(self: Box<Self>, organization: OrganizationId) -> Box<dyn UnitOfWork> {
        let (inner, fault) = (self.inner.narrow(organization), self.fault);
        Box::new(FailingUnit { inner, fault })
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match self.fault {
            Fault::AppendToTheAuditLog => self.inner.commit().await,
            Fault::Commit => Err(failure()),
        }
    }
}

/// What is to be seen of the organization, and of who works in it.
async fn state(owner: &Owner, colleagues: &[&Owner]) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        "/api/audit-log",
        "/api/organizations/current",
        "/api/chats/assignment-settings",
        "/api/chats/automation",
        "/api/members",
        "/api/invitations",
        "/api/whatsapp/accounts",
        "/api/auth/me",
    ] {
        seen.push(owner.client.get(path).await.assert_status(200).json());
    }
    for colleague in colleagues {
        let me = colleague.client.get("/api/auth/me").await;
        seen.push(me.assert_status(200).json());
    }
    seen
}

#[actix_web::test]
async fn of_a_change_whose_entry_or_commit_fails_nothing_stays() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let agent = given::colleague(&app, &owner, Role::Agent).await;
        let admin = given::colleague(&app, &owner, Role::Admin).await;
        let account = owner.connects("106540352242922").await;
        let account = format!("/api/whatsapp/accounts/{account}");
        let member = format!("/api/members/{}", agent.user_id);
        let transfer = format!("/api/members/{}/transfer-ownership", admin.user_id);
        let another = json!({
            "phoneNumberId": "2", "businessAccountId": "1", "accessToken": "token",
            "displayName": "Another number",
        });
        let greeting = json!({"greeting": {"text": "Hi"}});
        let assignment = json!({"enabled": true});
        let new_token = json!({"displayName": "Sales", "accessToken": "new"});
        let invitation = json!({"email": "ben@example.com", "role": "agent"});
        let password = json!({"currentPassword": PASSWORD, "newPassword": "Remanso-38-verde"});
        let changes = [
            (
                Method::PUT,
                "/api/organizations/current",
                json!({"name": "Sol"}),
            ),
            (Method::PUT, "/api/chats/automation", greeting),
            (Method::PUT, "/api/chats/assignment-settings", assignment),
            (Method::POST, "/api/whatsapp/accounts", another),
            (Method::PUT, &account, new_token),
            (Method::DELETE, &account, json!({})),
            (Method::POST, "/api/invitations", invitation),
            (Method::PUT, "/api/auth/me", json!({"firstName": "Eva"})),
            (Method::PUT, &member, json!({"role": "admin"})),
            (Method::PUT, &member, json!({"active": false})),
            (Method::DELETE, &member, json!({})),
            (Method::POST, &transfer, json!({"password": PASSWORD})),
            (Method::PUT, "/api/auth/password", password),
            (Method::POST, "/api/auth/logout", json!({})),
            (Method::POST, "/api/auth/logout-all", json!({})),
        ];
        let before = state(&owner, &[&agent, &admin]).await;
        for fault in [Fault::AppendToTheAuditLog, Fault::Commit] {
            let ports = app.application.ports.clone();
            let inner = ports.store.clone();
            let store = Arc::new(FailingStore { inner, fault });
            let failing = Application::new(Ports { store, ..ports }, settings());
            let (url, _server) = serve(&failing, ApiSettings::default());
            let client = Client::new(&url).with_token(owner.client.token().unwrap());
            for (method, path, body) in &changes {
                let request = client.request(method.clone(), path).json(body);
                let answer = request.send().await;
                let told = format!("{method} {path} with a store that fails to {fault:?}");
                assert_eq!(answer.status, 503, "{told}: {}", answer.text());
                let now = state(&owner, &[&agent, &admin]).await;
                assert_eq!(now, before, "{told}");
            }
        }
        // Nothing but the fault stood against them.
        for (method, path, body) in &changes[..11] {
            let request = owner.client.request(method.clone(), path).json(body);
            let answer = request.send().await;
            assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        }
    }
}
