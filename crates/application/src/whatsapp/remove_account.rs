use domain::{
    audit::{AuditAction, AuditEntry},
    organizations::Permission,
    sealed::Sealed,
    whatsapp::AccountId,
};

use super::{WhatsApp, audit_target, audited};
use crate::{Actor, Error, catalog::disconnect_account};

impl WhatsApp {
    /// Removes an account: its chats stay, its secrets do not, and a catalog at Meta that it
    /// wrote stands still. `expected_version` is the one that is to be removed, if that
    /// matters.
    #[tracing::instrument(skip_all, fields(account.id = %id))]
    pub async fn remove_account(
        &self,
        actor: &Actor,
        id: AccountId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        actor.require(Permission::AccountsWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let account = uow.accounts().find(id).await?;
        let mut account = account.ok_or(Error::NotFound("account"))?;
        if expected_version.is_some_and(|version| version != account.version) {
            return Err(Error::VersionMismatch);
        }
        let (action, target) = (AuditAction::AccountRemoved, audit_target(id));
        let entry = AuditEntry {
            before: Some(audited(&account)),
            ..actor.entry(action, target, now)
        };
        account.access_token = Sealed(String::new());
        account.app_secret = None;
        account.removed_at = Some(now);
        account.updated_at = now;
        if !uow.accounts().update(&account).await? {
            return Err(Error::VersionMismatch);
        }
        disconnect_account(uow.as_ref(), id, now).await?;
        uow.audit_log().append(&entry).await?;
        Ok(uow.commit().await?)
    }
}
