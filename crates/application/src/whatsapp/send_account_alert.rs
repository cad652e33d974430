use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    job::Outcome,
    organizations::{OrganizationId, Permission},
    whatsapp::{AccountAlert, AccountId},
};

use super::WhatsApp;
use crate::{
    Error,
    mails::{Letter, Words, page},
};

impl WhatsApp {
    /// Mails somebody who can act what is wrong with an account, unless it was removed or the
    /// reader is no longer in charge. A repeat sends it again.
    #[tracing::instrument(skip_all, fields(account.id = %account_id, user.id = %user_id))]
    pub(crate) async fn send_account_alert(
        &self,
        organization_id: OrganizationId,
        account_id: AccountId,
        user_id: UserId,
        alert: &AccountAlert,
        at: DateTime<Utc>,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let reader = data.members().find(user_id).await?;
        let reader = reader.filter(|reader| {
            reader.member.active && reader.member.role.may(Permission::AccountsWrite)
        });
        let account = data.accounts().find(account_id).await?;
        let (Some(reader), Some(account)) = (reader, account) else {
            return Ok(Outcome::Done);
        };
        let organization = data.organizations().current().await?;
        let organization = organization.ok_or(Error::NotFound("organization"))?;
        let letter = Letter {
            to: &reader.email,
            first_name: Some(&reader.first_name),
            words: Words::AccountAlert {
                alert,
                account: &account.display_name,
                phone_number: account.display_phone_number.as_deref(),
                organization: &organization.name,
                at,
            },
            link: page(&self.settings.frontend_url, "whatsapp-accounts"),
        };
        letter.send(&*self.ports.mailer).await
    }
}
