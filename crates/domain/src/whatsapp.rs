//! The WhatsApp Business Cloud API: accounts, the people on it, what comes in, what goes out.

mod account;
mod alert;
mod catalog_item;
mod cloud_api;
mod contact;
mod delivery;
mod error;
mod health;
mod history;
mod media;
mod repository;
mod template_category;
mod variant;
pub mod webhook;

pub use account::{Account, AccountError, AccountId, AccountStatus, PhoneNumberId};
pub use alert::{AccountAlert, AlertSubject, ToldAlerts};
pub use catalog_item::{
    BatchAccepted, BatchStatus, CatalogItem, CatalogName, ItemChange, ItemError, ShownItem,
    ShownItems,
};
pub use cloud_api::{
    Accepted, CloudApi, CloudApiError, Credentials, MediaDescription, MediaUpload, Outgoing,
    OutgoingContent, PhoneNumberHealth, PhoneSync, Recipient, TemplateParameters, TokenInfo,
};
pub use contact::{
    AddressBookName, Blocked, Contact, ContactError, ContactId, Identity, IdentityKind,
    Undeliverable,
};
pub use delivery::{
    Delivery, DeliveryId, DeliveryInbox, LeftOver, LeftOverId, LeftOverReason, NewDelivery,
};
pub use error::{Duty, MetaError, Pause};
pub use health::{AccountHealth, DEFAULT_THROUGHPUT_PER_SECOND, HealthReport, WebhookReport};
pub use history::{History, HistoryReport, HistoryStatus};
pub use media::{Media, MediaFormat, MediaId, MediaKind, MediaSource, MediaState, UploadedMedia};
pub use repository::{
    AccountDirectory, AccountRepository, ContactFilter, ContactRepository, DeliveryRepository,
    DueCheck, MediaDirectory, MediaRepository,
};
pub use template_category::TemplateCategory;
pub use variant::{is_same_number, variant_of};
