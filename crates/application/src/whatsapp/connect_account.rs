use domain::{
    audit::{AuditAction, AuditEntry},
    id::Id,
    organizations::{OrganizationId, Permission},
    sealed::Sealed,
    store::UnitOfWork,
    whatsapp::{
        Account, AccountHealth, AccountId, AccountStatus, CloudApiError, Credentials,
        PhoneNumberId, ToldAlerts,
    },
};
use secrecy::SecretString;

use super::{WhatsApp, access_token_purpose, app_secret_purpose, audit_target, audited, explain};
use crate::{Actor, Error, audit};

/// A WhatsApp number to be connected.
#[derive(Clone, Debug)]
pub struct ConnectAccount {
    pub phone_number_id: PhoneNumberId,
    pub business_account_id: String,
    pub access_token: SecretString,
    /// Of an app of the organization's own; else the platform's is used.
    pub app_secret: Option<SecretString>,
    pub display_name: String,
    pub send_read_receipts: bool,
}

impl WhatsApp {
    /// Connects a number; one that was removed comes back with its chats. What Meta says of
    /// the number is in the answer, and whatever it has delivered for it before is taken in
    /// now. A token with which Meta denies the number is refused: else anybody could lay
    /// hands on another business's number, and on what its customers write.
    #[tracing::instrument(skip_all, fields(phone_number.id = %command.phone_number_id))]
    pub async fn connect_account(
        &self,
        actor: &Actor,
        command: ConnectAccount,
    ) -> Result<Account, Error> {
        actor.require(Permission::AccountsWrite)?;
        self.connect(actor.organization_id(), Some(actor), command)
            .await
    }

    /// Connects the number of an installation with a single business to the organization that
    /// registered first, unless the number is connected already. False as long as no
    /// organization has registered.
    pub async fn connect_first_account(&self, command: ConnectAccount) -> Result<bool, Error> {
        let system = self.ports.store.read_system();
        let phone_number_id = &command.phone_number_id;
        if system
            .accounts()
            .by_phone_number_id(phone_number_id)
            .await?
            .is_some()
        {
            return Ok(true);
        }
        let Some(organization_id) = system.users().first_organization().await? else {
            return Ok(false);
        };
        self.connect(organization_id, None, command).await?;
        Ok(true)
    }

    async fn connect(
        &self,
        organization_id: OrganizationId,
        actor: Option<&Actor>,
        command: ConnectAccount,
    ) -> Result<Account, Error> {
        let credentials = Credentials {
            phone_number_id: command.phone_number_id.clone(),
            business_account_id: command.business_account_id.clone(),
            access_token: command.access_token.clone(),
        };
        self.check_ownership(&credentials).await?;
        let uow = self.ports.store.begin(organization_id).await?;
        let account = self.store_account(uow.as_ref(), command).await?;
        let (action, target) = (AuditAction::AccountConnected, audit_target(account.id));
        let entry = AuditEntry {
            after: Some(audited(&account)),
            ..audit::entry_by(actor, action, target, account.updated_at)
        };
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        Ok(self.start_account(organization_id, actor, account).await)
    }

    /// Takes in what was delivered for a number that is connected, and asks Meta how it does.
    /// The number stays connected if this fails; `check_account` does the same again.
    pub(super) async fn start_account(
        &self,
        organization_id: OrganizationId,
        actor: Option<&Actor>,
        account: Account,
    ) -> Account {
        let failed = |error: Error, what| {
            tracing::error!(
                account.id = %account.id,
                error = &error as &dyn std::error::Error,
                "An account is connected, but {what}"
            );
        };
        if let Err(error) = self
            .take_up_left_overs(organization_id, &account.phone_number_id)
            .await
        {
            failed(error, "what was delivered before is not processed");
        }
        match self.learn_health(organization_id, actor, account.id).await {
            Ok(account) => account,
            Err(error) => {
                failed(error, "how it does is not known");
                account
            }
        }
    }

    /// Refuses credentials with which Meta denies the number, or does not show it for another
    /// reason: whoever wants to lay hands on it can have a token of their own throttled. That
    /// Meta cannot be asked now is nobody's doing, and proves nothing against the owner.
    pub(super) async fn check_ownership(&self, credentials: &Credentials) -> Result<(), Error> {
        match self.ports.cloud_api.phone_number(credentials).await {
            Err(CloudApiError::Refused(error)) if error.denies_access() => Err(Error::invalid(
                "/accessToken",
                "access_token_refused",
                explain(&error),
            )),
            Err(CloudApiError::Refused(error)) => {
                Err(Error::conflict("whatsapp_refused", explain(&error)))
            }
            _ => Ok(()),
        }
    }

    async fn store_account(
        &self,
        uow: &dyn UnitOfWork,
        command: ConnectAccount,
    ) -> Result<Account, Error> {
        let removed = uow
            .accounts()
            .find_removed(&command.phone_number_id)
            .await?;
        let now = self.ports.clock.now();
        let id = removed
            .as_ref()
            .map_or_else(Id::generate, |account| account.id);
        let account = Account {
            id,
            access_token: self.seal_access_token(id, &command.access_token)?,
            app_secret: self.seal_app_secret(id, command.app_secret.as_ref())?,
            phone_number_id: command.phone_number_id,
            business_account_id: command.business_account_id,
            display_name: command.display_name,
            display_phone_number: None,
            status: AccountStatus::Connected,
            status_reason: None,
            restricted_until: None,
            may_answer: false,
            health: AccountHealth::default(),
            health_checked_at: None,
            told: ToldAlerts::default(),
            send_read_receipts: command.send_read_receipts,
            history: None,
            created_at: removed.as_ref().map_or(now, |account| account.created_at),
            updated_at: now,
            removed_at: None,
            version: removed.as_ref().map_or(1, |account| account.version),
        };
        let stored = if removed.is_some() {
            uow.accounts().update(&account).await?
        } else {
            uow.accounts().insert(&account).await?
        };
        if !stored {
            // Not even that it is another organization's is told.
            return Err(phone_number_id_taken());
        }
        if removed.is_some() {
            // Its phone may be asked for it again.
            uow.accounts().set_history(id, None).await?;
        }
        let stored = uow.accounts().find(id).await?;
        stored.ok_or(Error::NotFound("account"))
    }

    pub(super) fn seal_access_token(
        &self,
        id: AccountId,
        token: &SecretString,
    ) -> Result<Sealed, Error> {
        self.settings
            .sealing_keys
            .seal(token, &access_token_purpose(id))
            .map_err(Error::internal)
    }

    pub(super) fn seal_app_secret(
        &self,
        id: AccountId,
        secret: Option<&SecretString>,
    ) -> Result<Option<Sealed>, Error> {
        secret
            .map(|secret| {
                self.settings
                    .sealing_keys
                    .seal(secret, &app_secret_purpose(id))
                    .map_err(Error::internal)
            })
            .transpose()
    }
}

pub(super) fn phone_number_id_taken() -> Error {
    Error::conflict(
        "phone_number_id_taken",
        "a number with this phone number id is connected already",
    )
}
