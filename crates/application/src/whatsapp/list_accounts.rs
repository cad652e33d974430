use domain::{
    organizations::Permission,
    page::{Page, PageRequest},
    whatsapp::{Account, AccountId},
};

use super::WhatsApp;
use crate::{Actor, Error};

/// Some of the connected numbers.
#[derive(Clone, Debug)]
pub struct AccountList {
    pub page: Page<Account>,
    /// How many there are in all, if it was asked for.
    pub total: Option<u64>,
}

impl WhatsApp {
    /// The connected numbers, newest first.
    #[tracing::instrument(skip_all)]
    pub async fn list_accounts(
        &self,
        actor: &Actor,
        page: PageRequest,
        include_total: bool,
    ) -> Result<AccountList, Error> {
        actor.require(Permission::AccountsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let page = data.accounts().list(page).await?;
        let total = if include_total {
            Some(data.accounts().count().await?)
        } else {
            None
        };
        Ok(AccountList { page, total })
    }

    #[tracing::instrument(skip_all, fields(account.id = %id))]
    pub async fn get_account(&self, actor: &Actor, id: AccountId) -> Result<Account, Error> {
        actor.require(Permission::AccountsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        data.accounts()
            .find(id)
            .await?
            .ok_or(Error::NotFound("account"))
    }
}
