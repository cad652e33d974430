use chrono_tz::Tz;
use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    chats::Retention,
    organizations::{Organization, Permission},
    text::CountryCode,
};
use iso_currency::Currency;
use serde_json::{Value, json};

use super::Organizations;
use crate::{Actor, Error, audit::changing};

/// What is to change. Absent fields stay; `Some(None)` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateOrganization {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub name: Option<String>,
    pub description: Option<Option<String>>,
    pub address: Option<Option<String>>,
    pub city: Option<Option<String>>,
    pub state: Option<Option<String>>,
    pub zip_code: Option<Option<String>>,
    pub country: Option<Option<CountryCode>>,
    pub currency: Option<Currency>,
    pub timezone: Option<Tz>,
    pub message_retention: Option<Option<Retention>>,
    pub contacts_become_customers: Option<bool>,
}

impl Organizations {
    /// Changes the profile of the actor's organization. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn update_current(
        &self,
        actor: &Actor,
        command: UpdateOrganization,
    ) -> Result<Organization, Error> {
        actor.require(Permission::OrganizationWrite)?;
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let current = uow.organizations().current().await?;
        let mut organization = current.ok_or(Error::NotFound("organization"))?;
        let is_expected = command
            .expected_version
            .is_none_or(|version| version == organization.version);
        if !is_expected {
            return Err(Error::VersionMismatch);
        }
        let before = organization.clone();
        command.apply(&mut organization);
        if organization == before {
            return Ok(organization);
        }
        if before.currency_locked && organization.currency != before.currency {
            return Err(Error::conflict(
                "currency_in_use",
                "money is recorded in the currency: it cannot change any more",
            ));
        }
        let now = self.ports.clock.now();
        organization.updated_at = now;
        if !uow.organizations().update(&organization).await? {
            return Err(Error::VersionMismatch);
        }
        // Asked after the change: whoever prices a product at the same time waits for it, or
        // has been waited for.
        if organization.currency != before.currency && uow.products().any().await? {
            return Err(Error::conflict(
                "currency_in_use",
                "the catalog has prices in the currency: delete its products first",
            ));
        }
        let target = AuditTarget::new(AuditTargetKind::Organization, organization.id);
        let entry = actor.entry(AuditAction::OrganizationUpdated, target, now);
        let entry = changing(entry, profile(&before), profile(&organization));
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        organization.version += 1;
        Ok(organization)
    }
}

impl UpdateOrganization {
    fn apply(self, organization: &mut Organization) {
        fn set<T>(field: &mut T, change: Option<T>) {
            if let Some(value) = change {
                *field = value;
            }
        }
        set(&mut organization.name, self.name);
        set(&mut organization.description, self.description);
        set(&mut organization.address, self.address);
        set(&mut organization.city, self.city);
        set(&mut organization.state, self.state);
        set(&mut organization.zip_code, self.zip_code);
        set(&mut organization.country, self.country);
        set(&mut organization.currency, self.currency);
        set(&mut organization.timezone, self.timezone);
        set(&mut organization.message_retention, self.message_retention);
        let wanted = &mut organization.contacts_become_customers;
        set(wanted, self.contacts_become_customers);
    }
}

/// What may change, for the audit log.
fn profile(organization: &Organization) -> Value {
    json!({
        "name": organization.name,
        "description": organization.description,
        "address": organization.address,
        "city": organization.city,
        "state": organization.state,
        "zipCode": organization.zip_code,
        "country": organization.country,
        "currency": organization.currency.code(),
        "timezone": organization.timezone.name(),
        "messageRetentionDays": organization.message_retention.map(Retention::days),
        "contactsBecomeCustomers": organization.contacts_become_customers,
    })
}
