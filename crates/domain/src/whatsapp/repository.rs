use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Account, AccountId, AddressBookName, Blocked, Contact, ContactId, Delivery, DeliveryId,
    History, Identity, LeftOver, LeftOverReason, Media, MediaId, PhoneNumberId, Undeliverable,
    UploadedMedia,
};
use crate::{
    chats::Sight,
    customers::{CustomerId, Looked, Traces},
    organizations::OrganizationId,
    page::{Page, PageRequest},
    sealed::Sealed,
    storage::FileKey,
    store::StoreError,
};

/// The accounts of the organization that are not removed, unless said otherwise.
#[async_trait]
pub trait AccountRepository: Send + Sync {
    async fn find(&self, id: AccountId) -> Result<Option<Account>, StoreError>;

    /// Also if it is removed.
    async fn find_even_removed(&self, id: AccountId) -> Result<Option<Account>, StoreError>;

    /// The organization's removed account of this number, the last removed one.
    async fn find_removed(
        &self,
        phone_number_id: &PhoneNumberId,
    ) -> Result<Option<Account>, StoreError>;

    /// Newest first.
    async fn list(&self, page: PageRequest) -> Result<Page<Account>, StoreError>;

    async fn count(&self) -> Result<u64, StoreError>;

    /// False if the phone number id is taken, in whichever organization; nothing is stored
    /// then.
    async fn insert(&self, account: &Account) -> Result<bool, StoreError>;

    /// Stores all but its history as the version after `account.version`, if that is still the
    /// stored one. False if it is not, or if the phone number id is taken.
    async fn update(&self, account: &Account) -> Result<bool, StoreError>;

    /// As `find`, and nobody else changes it before this unit of work ends.
    async fn lock(&self, id: AccountId) -> Result<Option<Account>, StoreError>;

    /// Stores how the import of its history fares, of an account that this unit of work has
    /// locked. No change that people make, and so no version.
    async fn set_history(&self, id: AccountId, history: Option<&History>)
    -> Result<(), StoreError>;

    /// Notes when Meta was asked how it does, if the answer was clear, and when it is to be
    /// asked again; is no change of the account's version.
    async fn note_check(
        &self,
        id: AccountId,
        clear_at: Option<DateTime<Utc>>,
        next_at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
}

/// An account of which Meta is to be asked how it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueCheck {
    pub organization_id: OrganizationId,
    pub account_id: AccountId,
}

/// The accounts of all organizations, for what comes from Meta.
#[async_trait]
pub trait AccountDirectory: Send + Sync {
    /// Whose number this is. Removed accounts do not count.
    async fn by_phone_number_id(
        &self,
        phone_number_id: &PhoneNumberId,
    ) -> Result<Option<(OrganizationId, AccountId)>, StoreError>;

    /// All accounts that belong to this WhatsApp Business Account, at most 1,000.
    async fn by_business_account_id(
        &self,
        business_account_id: &str,
    ) -> Result<Vec<(OrganizationId, AccountId)>, StoreError>;

    /// Of which accounts Meta is to be asked by now: those first that wait longest. One that
    /// was never asked for is due at once.
    async fn due_for_check(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DueCheck>, StoreError>;

    /// Accounts that are not connected, at most so many, in no particular order.
    async fn standing_still(&self, limit: u32) -> Result<Vec<Account>, StoreError>;

    /// The app secret of the account that has this number, if it has one of its own.
    async fn app_secret(
        &self,
        phone_number_id: &PhoneNumberId,
    ) -> Result<Option<(OrganizationId, AccountId, Sealed)>, StoreError>;
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactFilter<'a> {
    /// Folded; matches part of the name or the digits.
    pub search: Option<&'a str>,
    pub blocked: Option<bool>,
    pub undeliverable: Option<bool>,
    /// Whether they are customers.
    pub customer: Option<bool>,
}

/// A phone number among identities always stands for all the ways in which it is written
/// (`Identity::with_variants`), so that one person is one contact. One that was erased is not
/// there any more: it is found by nothing, and nothing is stored of it.
#[async_trait]
pub trait ContactRepository: Send + Sync {
    async fn find(&self, id: ContactId) -> Result<Option<Contact>, StoreError>;

    /// The contact that has one of these identities; of several contacts, the one that has
    /// the first, as it is written before as it may be written.
    async fn find_by_identities(
        &self,
        identities: &[Identity],
    ) -> Result<Option<Contact>, StoreError>;

    /// All contacts that have one of these identities, the one that has the first of them
    /// first. Nobody else changes them before this unit of work ends.
    async fn lock_by_identities(&self, identities: &[Identity])
    -> Result<Vec<Contact>, StoreError>;

    /// As `find`, and nobody else changes it before this unit of work ends.
    async fn lock(&self, id: ContactId) -> Result<Option<Contact>, StoreError>;

    /// The first who are no customers, in the order of their ids. Nobody else changes them
    /// before this unit of work ends.
    async fn lock_without_customer(&self, limit: u32) -> Result<Vec<Contact>, StoreError>;

    /// These contacts, at most 500, are these customers from now on, with their chats; and the
    /// customers were seen when they last wrote there.
    async fn give_customers(&self, of: &[(ContactId, CustomerId)]) -> Result<(), StoreError>;

    /// Gives the identities of one contact, which has no chat any more, to another, and
    /// removes it.
    async fn absorb(&self, gone: ContactId, into: ContactId) -> Result<(), StoreError>;

    /// The customer's contact; of several, the newest.
    async fn find_by_customer(
        &self,
        customer_id: CustomerId,
    ) -> Result<Option<Contact>, StoreError>;

    /// False if another contact has one of these identities; nothing is stored then.
    async fn insert(&self, contact: &Contact, identities: &[Identity]) -> Result<bool, StoreError>;

    /// Stores who it is: which customer, and whether it is blocked or undeliverable, stays as it
    /// is.
    async fn update(&self, contact: &Contact) -> Result<(), StoreError>;

    /// False if it was blocked, or not blocked, already: who blocked first has done it.
    async fn set_blocked(
        &self,
        id: ContactId,
        blocked: Option<&Blocked>,
    ) -> Result<bool, StoreError>;

    /// False if it was marked, or not marked, already: the first reason stays.
    async fn set_undeliverable(
        &self,
        id: ContactId,
        undeliverable: Option<&Undeliverable>,
    ) -> Result<bool, StoreError>;

    /// Adds those of the identities that nobody has yet.
    async fn add_identities(
        &self,
        id: ContactId,
        identities: &[Identity],
    ) -> Result<(), StoreError>;

    /// Gives identities to this contact, whoever had them: other contacts are neither found
    /// nor written to by them any more.
    async fn move_identities(
        &self,
        id: ContactId,
        identities: &[Identity],
    ) -> Result<(), StoreError>;

    /// What the phone's address book calls the contact, as far as it was told.
    async fn address_book_name(&self, id: ContactId)
    -> Result<Option<AddressBookName>, StoreError>;

    /// Keeps it, in the place of what it was before.
    async fn keep_address_book_name(
        &self,
        id: ContactId,
        name: &AddressBookName,
    ) -> Result<(), StoreError>;

    /// By what each of these contacts is known.
    async fn identities(
        &self,
        ids: &[ContactId],
    ) -> Result<HashMap<ContactId, Vec<Identity>>, StoreError>;

    /// Newest first.
    async fn list(
        &self,
        filter: ContactFilter<'_>,
        page: PageRequest,
    ) -> Result<Page<Contact>, StoreError>;

    /// How many contacts fit the filter.
    async fn count(&self, filter: ContactFilter<'_>) -> Result<u64, StoreError>;
}

#[async_trait]
pub trait MediaRepository: Send + Sync {
    async fn find(&self, id: MediaId) -> Result<Option<Media>, StoreError>;

    async fn insert(&self, media: &Media) -> Result<(), StoreError>;

    /// Stores its state, type and checksum.
    async fn update(&self, media: &Media) -> Result<(), StoreError>;

    /// A message that is being written has it: it is not swept as unused. False if it is not
    /// there.
    async fn mark_used(&self, id: MediaId, at: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Whether a message that has it is in a chat which is seen. Whoever uploaded it sees it
    /// all the same.
    async fn is_in_sight(&self, media: &Media, sight: Sight) -> Result<bool, StoreError>;

    /// What Meta calls it, if the number has given it to Meta.
    async fn uploaded(
        &self,
        id: MediaId,
        account_id: AccountId,
    ) -> Result<Option<UploadedMedia>, StoreError>;

    /// Keeps what Meta calls it, in the place of what it was called before.
    async fn keep_uploaded(&self, uploaded: &UploadedMedia) -> Result<(), StoreError>;

    /// Meta does not know it by this name any more. Nothing if it has another by now.
    async fn forget_uploaded(&self, uploaded: &UploadedMedia) -> Result<(), StoreError>;
}

/// The files of messages of all organizations.
#[async_trait]
pub trait MediaDirectory: Send + Sync {
    /// Removes at most `limit` files that were uploaded before this time and that no message
    /// has used; answers their keys, which the unit of work must have `Job::DeleteFile` run
    /// for.
    async fn sweep_unused(
        &self,
        uploaded_before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<FileKey>, StoreError>;
}

/// The deliveries of the installation.
#[async_trait]
pub trait DeliveryRepository: Send + Sync {
    async fn find(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;

    async fn mark_processed(&self, id: DeliveryId, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Keeps this in the place of what came.
    async fn replace_body(&self, id: DeliveryId, body: &[u8]) -> Result<(), StoreError>;

    /// Keeps what could not be used. What is there already (same delivery, same position)
    /// stays as it is.
    async fn keep_left_overs(&self, left_overs: &[LeftOver]) -> Result<(), StoreError>;

    /// Of the oldest `limit` deliveries that have left-overs of this number, kept up to a
    /// time, which waited for an account, and that may speak of this organization: takes
    /// those left-overs away and answers the deliveries.
    async fn take_left_overs_of(
        &self,
        phone_number_id: &PhoneNumberId,
        organization_id: OrganizationId,
        kept_until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DeliveryId>, StoreError>;

    /// How many left-overs there are for a reason.
    async fn count_left_overs(&self, reason: LeftOverReason) -> Result<u64, StoreError>;

    /// Newest first.
    async fn list_left_overs(&self, page: PageRequest) -> Result<Page<LeftOver>, StoreError>;

    /// Takes a person out of those of the next `limit` deliveries after this one that came for
    /// the organization, or wait for a number of a business account of it, and out of what was
    /// left over of them. One that is not read yet is left alone and pending, unless it came
    /// before `stuck_before`.
    async fn erase(
        &self,
        organization_id: OrganizationId,
        traces: &Traces,
        stuck_before: DateTime<Utc>,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Looked<DeliveryId>, StoreError>;

    /// Deletes at most `limit` deliveries that were processed before this time and have no
    /// left-overs; answers how many.
    async fn sweep(&self, processed_before: DateTime<Utc>, limit: u32) -> Result<u64, StoreError>;
}
