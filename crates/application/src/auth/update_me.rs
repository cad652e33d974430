use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::User,
    text::PhoneNumber,
};
use serde_json::{Value, json};

use super::{Auth, Me};
use crate::{Actor, Error, audit::changing};

/// What somebody changes of their own. Absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateMe {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// As it was typed: without a country code, it belongs to the organization's country.
    pub phone_number: Option<String>,
}

impl Auth {
    /// Changes the actor's own name and phone number.
    #[tracing::instrument(skip_all)]
    pub async fn update_me(&self, actor: &Actor, command: UpdateMe) -> Result<Me, Error> {
        self.change_user(actor, command).await?;
        self.me(actor).await
    }

    async fn change_user(&self, actor: &Actor, command: UpdateMe) -> Result<(), Error> {
        let phone_number = match &command.phone_number {
            Some(text) => Some(self.read_phone_number(actor, text).await?),
            None => None,
        };
        let system = self.ports.store.begin_system().await?;
        let user = system.users().lock(actor.user_id()).await?;
        let user = user.ok_or(Error::NotFound("user"))?;
        let now = self.ports.clock.now();
        let changed = User {
            first_name: command.first_name.unwrap_or(user.first_name.clone()),
            last_name: command.last_name.unwrap_or(user.last_name.clone()),
            phone_number: phone_number.unwrap_or(user.phone_number.clone()),
            updated_at: now,
            ..user.clone()
        };
        let (before, after) = (shown(&user), shown(&changed));
        if before == after {
            return Ok(());
        }
        system.users().update(&changed).await?;
        let target = AuditTarget::new(AuditTargetKind::User, user.id);
        let entry = actor.entry(AuditAction::UserUpdated, target, now);
        let uow = system.narrow(actor.organization_id());
        uow.audit_log()
            .append(&changing(entry, before, after))
            .await?;
        uow.commit().await?;
        Ok(())
    }

    async fn read_phone_number(&self, actor: &Actor, text: &str) -> Result<PhoneNumber, Error> {
        let data = self.ports.store.read(actor.organization_id());
        let organization = data.organizations().current().await?;
        let country = organization.and_then(|organization| organization.country);
        PhoneNumber::parse(text, country.as_ref())
            .map_err(|error| Error::invalid("/phoneNumber", "invalid_phone_number", error))
    }
}

/// What is audited.
fn shown(user: &User) -> Value {
    json!({
        "firstName": user.first_name,
        "lastName": user.last_name,
        "phoneNumber": user.phone_number,
    })
}
