//! Which repository is which: each is the unit of work itself.

use domain::{
    audit::AuditLog,
    auth::{OneTimeTokenRepository, SessionRepository, UserRepository},
    catalog::{
        CategoryRepository, MetaCatalogRepository, PriceHistory, ProductRepository, StockLedger,
    },
    chats::{
        AssignmentRepository, AutomationRepository, CannedReplyRepository, ChatRepository,
        MessageRepository, MessageRetention, MessageSearch, NoteRepository,
    },
    customers::{
        CustomerErasureRepository, CustomerFieldRepository, CustomerHistory,
        CustomerMergeRepository, CustomerRepository, SegmentRepository,
    },
    imports::{ImportRepository, ImportedCustomers, ImportedProducts},
    organizations::{
        InvitationDirectory, InvitationRepository, MemberRepository, OrganizationRepository,
    },
    storage::{FileDirectory, FileRepository},
    store::{EventLog, IdempotencyKeys, Maintenance, Repositories, SystemRepositories},
    whatsapp::{
        AccountDirectory, AccountRepository, ContactRepository, DeliveryRepository, MediaDirectory,
        MediaRepository,
    },
};

use super::{SeaSystemUnitOfWork, SeaUnitOfWork};

impl Repositories for SeaUnitOfWork {
    fn organizations(&self) -> &dyn OrganizationRepository {
        self
    }

    fn members(&self) -> &dyn MemberRepository {
        self
    }

    fn invitations(&self) -> &dyn InvitationRepository {
        self
    }

    fn audit_log(&self) -> &dyn AuditLog {
        self
    }

    fn files(&self) -> &dyn FileRepository {
        self
    }

    fn accounts(&self) -> &dyn AccountRepository {
        self
    }

    fn contacts(&self) -> &dyn ContactRepository {
        self
    }

    fn media(&self) -> &dyn MediaRepository {
        self
    }

    fn customers(&self) -> &dyn CustomerRepository {
        self
    }

    fn customer_history(&self) -> &dyn CustomerHistory {
        self
    }

    fn customer_merges(&self) -> &dyn CustomerMergeRepository {
        self
    }

    fn customer_erasures(&self) -> &dyn CustomerErasureRepository {
        self
    }

    fn customer_fields(&self) -> &dyn CustomerFieldRepository {
        self
    }

    fn segments(&self) -> &dyn SegmentRepository {
        self
    }

    fn imports(&self) -> &dyn ImportRepository {
        self
    }

    fn imported_customers(&self) -> &dyn ImportedCustomers {
        self
    }

    fn imported_products(&self) -> &dyn ImportedProducts {
        self
    }

    fn chats(&self) -> &dyn ChatRepository {
        self
    }

    fn messages(&self) -> &dyn MessageRepository {
        self
    }

    fn message_search(&self) -> &dyn MessageSearch {
        self
    }

    fn message_retention(&self) -> &dyn MessageRetention {
        self
    }

    fn notes(&self) -> &dyn NoteRepository {
        self
    }

    fn canned_replies(&self) -> &dyn CannedReplyRepository {
        self
    }

    fn assignment(&self) -> &dyn AssignmentRepository {
        self
    }

    fn automation(&self) -> &dyn AutomationRepository {
        self
    }

    fn categories(&self) -> &dyn CategoryRepository {
        self
    }

    fn products(&self) -> &dyn ProductRepository {
        self
    }

    fn prices(&self) -> &dyn PriceHistory {
        self
    }

    fn meta_catalog(&self) -> &dyn MetaCatalogRepository {
        self
    }

    fn stock(&self) -> &dyn StockLedger {
        self
    }

    fn events(&self) -> &dyn EventLog {
        self
    }

    fn idempotency_keys(&self) -> &dyn IdempotencyKeys {
        self
    }
}

impl SystemRepositories for SeaSystemUnitOfWork {
    fn users(&self) -> &dyn UserRepository {
        self
    }

    fn sessions(&self) -> &dyn SessionRepository {
        self
    }

    fn one_time_tokens(&self) -> &dyn OneTimeTokenRepository {
        self
    }

    fn invitations(&self) -> &dyn InvitationDirectory {
        self
    }

    fn files(&self) -> &dyn FileDirectory {
        self
    }

    fn accounts(&self) -> &dyn AccountDirectory {
        self
    }

    fn media(&self) -> &dyn MediaDirectory {
        self
    }

    fn deliveries(&self) -> &dyn DeliveryRepository {
        self
    }

    fn maintenance(&self) -> &dyn Maintenance {
        self
    }
}
