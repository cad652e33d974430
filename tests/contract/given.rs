//! What the store's cases begin with.

mod team;

pub(crate) use team::{audit_entry, colleague, file, invitation};

use std::{fmt::Debug, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use domain::{
    auth::{EmailAddress, PasswordHash, Session, TwoFactor, User, UserId},
    chats::{Chat, Direction, Message, MessageContent, MessageStatus, Text},
    clock::Clock,
    customers::{Customer, MarketingConsent},
    id::Id,
    organizations::{Member, Organization, OrganizationId, Role},
    page::{PageRequest, Window},
    sealed::Sealed,
    store::{Store, StoreError},
    text::PhoneNumber,
    whatsapp::{
        Account, AccountHealth, AccountStatus, Contact, Identity, IdentityKind, PhoneNumberId,
        ToldAlerts,
    },
};
use in_memory::{InProcessRealtime, SettableClock};
use infrastructure::database::SeaStore;
use tests::stores::{self, Backend, TestDatabase};

/// A store on one of the databases.
pub(crate) struct Stack {
    pub(crate) store: Arc<SeaStore>,
    pub(crate) clock: Arc<SettableClock>,
    pub(crate) realtime: Arc<InProcessRealtime>,
    pub(crate) database: TestDatabase,
}

impl Stack {
    pub(crate) fn on(database: TestDatabase) -> Self {
        let clock = Arc::new(SettableClock::new(start_of_time()));
        let realtime = Arc::new(InProcessRealtime::new());
        let database_of_store = database.database().clone();
        Self {
            store: SeaStore::new(database_of_store, clock.clone(), realtime.clone()),
            clock,
            realtime,
            database,
        }
    }

    /// Another process's store on the same database, as far as the database can tell.
    pub(crate) fn another_store(&self) -> Arc<SeaStore> {
        SeaStore::new(
            self.database.database().clone(),
            self.clock.clone(),
            self.realtime.clone(),
        )
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn is_on_postgres(&self) -> bool {
        self.database.url().starts_with("postgres")
    }

    /// Registers a business with one account and one customer, who has a chat.
    pub(crate) async fn business(&self) -> Business {
        let business = Business::any(self.now());
        business.store(self.store.as_ref()).await;
        business
    }
}

/// On SQLite in memory and in a file, and on PostgreSQL if it is asked for.
pub(crate) async fn stacks() -> Vec<Stack> {
    let mut stacks = concurrent_stacks().await;
    stacks.push(Stack::on(stores::database(Backend::Sqlite).await));
    stacks
}

/// Those on which several units of work and readers can be open at a time.
pub(crate) async fn concurrent_stacks() -> Vec<Stack> {
    let mut stacks = vec![Stack::on(stores::sqlite_file().await)];
    if Backend::Postgres.is_asked_for() {
        stacks.push(Stack::on(stores::database(Backend::Postgres).await));
    }
    stacks
}

pub(crate) struct Business {
    pub(crate) organization: Organization,
    pub(crate) user: User,
    pub(crate) account: Account,
    pub(crate) customer: Customer,
    pub(crate) contact: Contact,
    pub(crate) chat: Chat,
}

impl Business {
    pub(crate) fn any(now: DateTime<Utc>) -> Self {
        let customer = customer("Zoë Núñez", now);
        let account = account(now);
        let contact = contact(&customer, now);
        Self {
            chat: Chat::open(account.id, &contact, now),
            organization: organization(now),
            user: user(now),
            account,
            customer,
            contact,
        }
    }

    pub(crate) fn id(&self) -> OrganizationId {
        self.organization.id
    }

    pub(crate) async fn store(&self, store: &dyn Store) {
        let system = store.begin_system().await.unwrap();
        assert!(system.users().insert(&self.user).await.unwrap());
        let uow = system.narrow(self.id());
        assert!(
            uow.organizations()
                .insert(&self.organization)
                .await
                .unwrap()
        );
        let owner = Member::join(self.user.id, Role::Owner, self.organization.created_at);
        assert!(uow.members().insert(&owner).await.unwrap());
        assert!(uow.accounts().insert(&self.account).await.unwrap());
        uow.customers().insert(&self.customer).await.unwrap();
        let identities = [wa_id(&self.contact)];
        assert!(
            uow.contacts()
                .insert(&self.contact, &identities)
                .await
                .unwrap()
        );
        assert!(uow.chats().insert(&self.chat).await.unwrap());
        uow.commit().await.unwrap();
    }

    /// What the customer writes.
    pub(crate) fn inbound(&self, body: &str, at: DateTime<Utc>) -> Message {
        let wamid = format!("wamid.{}", Id::<Message>::generate());
        Message {
            direction: Direction::Inbound,
            status: MessageStatus::Received,
            wamid: Some(wamid),
            sent_by: None,
            ..self.outbound(body, at)
        }
    }

    /// What is written to the customer.
    pub(crate) fn outbound(&self, body: &str, at: DateTime<Utc>) -> Message {
        Message {
            id: Id::generate(),
            chat_id: self.chat.id,
            account_id: self.account.id,
            direction: Direction::Outbound,
            content: text(body),
            status: MessageStatus::Queued,
            wamid: None,
            reply_to: None,
            reactions: Vec::new(),
            sent_by: Some(self.user.id),
            origin: None,
            context: None,
            referral: None,
            error: None,
            created_at: at,
            edited_at: None,
            revoked_at: None,
            sent_at: None,
            delivered_at: None,
            read_at: None,
            failed_at: None,
        }
    }

    /// Stores another customer with a contact and a chat.
    pub(crate) async fn another_chat(
        &self,
        store: &dyn Store,
        name: &str,
        at: DateTime<Utc>,
    ) -> Chat {
        let customer = customer(name, at);
        let contact = contact(&customer, at);
        let chat = Chat::open(self.account.id, &contact, at);
        let uow = store.begin(self.id()).await.unwrap();
        uow.customers().insert(&customer).await.unwrap();
        let identities = [wa_id(&contact)];
        assert!(uow.contacts().insert(&contact, &identities).await.unwrap());
        assert!(uow.chats().insert(&chat).await.unwrap());
        uow.commit().await.unwrap();
        chat
    }
}

pub(crate) fn start_of_time() -> DateTime<Utc> {
    let time = DateTime::parse_from_rfc3339("2026-09-01T09:00:00.123456Z");
    time.unwrap().to_utc()
}

pub(crate) fn organization(now: DateTime<Utc>) -> Organization {
    let id = OrganizationId::generate();
    Organization {
        id,
        name: "Café Luna".into(),
        slug: format!("cafe-luna-{id}"),
        description: None,
        logo: None,
        address: Some("Calle 1".into()),
        city: None,
        state: None,
        zip_code: None,
        country: Some("MX".to_owned().try_into().unwrap()),
        currency: "MXN".parse().unwrap(),
        currency_locked: false,
        message_retention: None,
        contacts_become_customers: true,
        timezone: "America/Mexico_City".parse().unwrap(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

pub(crate) fn user(now: DateTime<Utc>) -> User {
    let id = UserId::generate();
    User {
        id,
        first_name: "Ana".into(),
        last_name: "Paz".into(),
        email: EmailAddress::parse(&format!("ana.{id}@example.com")).unwrap(),
        phone_number: PhoneNumber::from_wa_id("5215512345678").unwrap(),
        password_hash: PasswordHash("$argon2id$…".into()),
        email_verified: false,
        two_factor: TwoFactor::Off,
        created_at: now,
        updated_at: now,
    }
}

pub(crate) fn session(business: &Business, now: DateTime<Utc>) -> Session {
    Session {
        id: Id::generate(),
        user_id: business.user.id,
        organization_id: business.id(),
        user_agent: Some("curl".into()),
        address: None,
        created_at: now,
        last_used_at: now,
        expires_at: now + Duration::days(30),
    }
}

pub(crate) fn account(now: DateTime<Utc>) -> Account {
    let id = Id::generate();
    Account {
        id,
        phone_number_id: PhoneNumberId(format!("number-{id}")),
        business_account_id: format!("business-{id}"),
        display_name: "Café Luna".into(),
        display_phone_number: None,
        access_token: Sealed("k1.token".into()),
        app_secret: Some(Sealed("k1.secret".into())),
        status: AccountStatus::Connected,
        status_reason: None,
        restricted_until: None,
        may_answer: false,
        health: AccountHealth {
            quality_rating: Some("GREEN".into()),
            ..AccountHealth::default()
        },
        health_checked_at: None,
        told: ToldAlerts::default(),
        send_read_receipts: true,
        history: None,
        created_at: now,
        updated_at: now,
        removed_at: None,
        version: 1,
    }
}

pub(crate) fn customer(name: &str, now: DateTime<Utc>) -> Customer {
    let phone_number = PhoneNumber::from_wa_id(&any_wa_id()).unwrap();
    Customer {
        marketing_consent: MarketingConsent::Unknown,
        ..Customer::from_profile(Some(name), Some(phone_number), now)
    }
}

pub(crate) fn contact(customer: &Customer, now: DateTime<Utc>) -> Contact {
    let phone_number = customer.phone_number.as_ref().unwrap();
    Contact {
        id: Id::generate(),
        customer_id: Some(customer.id),
        name: customer.first_name.clone(),
        wa_id: Some(phone_number.digits().to_owned()),
        user_id: None,
        username: Some("zoe".into()),
        blocked: None,
        undeliverable: None,
        created_at: now,
        updated_at: now,
    }
}

/// Digits that no other contact has.
fn any_wa_id() -> String {
    let id = Id::<Contact>::generate().uuid().as_u128();
    format!("52{:018}", id % 1_000_000_000_000_000_000)
}

pub(crate) fn wa_id(contact: &Contact) -> Identity {
    Identity {
        kind: IdentityKind::WaId,
        value: contact.wa_id.clone().unwrap(),
    }
}

pub(crate) fn text(body: &str) -> MessageContent {
    MessageContent::Text(Text {
        body: body.into(),
        preview_url: false,
    })
}

pub(crate) fn newest(limit: u32) -> PageRequest {
    PageRequest {
        window: Window::Newest,
        limit,
    }
}

pub(crate) fn assert_broken<T: Debug>(result: &Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Broken(_))), "{result:?}");
}

pub(crate) fn assert_unavailable<T: Debug>(result: &Result<T, StoreError>) {
    assert!(
        matches!(result, Err(StoreError::Unavailable(_))),
        "{result:?}"
    );
}
