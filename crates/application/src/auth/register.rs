use std::time::Duration;

use chrono_tz::Tz;
use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::{EmailAddress, Password, TwoFactor, User},
    event::Event,
    id::Id,
    organizations::{Member, Organization, Role, slug_of},
    store::UnitOfWork,
    text::PhoneNumber,
};
use iso_currency::Currency;

use super::{Auth, Client, Profile, SignIn};
use crate::{
    Error,
    throttle::{Limit, network, throttle},
};

const ADDRESS_LIMIT: Limit = Limit {
    name: "register-address",
    count: 60,
    period: Duration::from_mins(1),
};

/// Somebody who opens a business here.
pub struct Register {
    pub first_name: String,
    pub last_name: String,
    pub business_name: String,
    pub email: EmailAddress,
    pub phone_number: PhoneNumber,
    pub password: Password,
}

/// How many numbers are tried behind a slug before chance decides.
const NUMBERED_SLUGS: u32 = 9;

impl Auth {
    /// Creates the organization and its owner, and signs the owner in.
    #[tracing::instrument(skip_all)]
    pub async fn register(&self, command: Register, client: Client) -> Result<SignIn, Error> {
        if let Some(address) = client.address {
            throttle(&self.ports, &[(ADDRESS_LIMIT, network(address))]).await?;
        }
        let password_hash = self.passwords.hash(command.password).await?;
        let now = self.ports.clock.now();
        let user = User {
            id: Id::generate(),
            first_name: command.first_name,
            last_name: command.last_name,
            email: command.email,
            phone_number: command.phone_number,
            password_hash,
            email_verified: false,
            two_factor: TwoFactor::Off,
            created_at: now,
            updated_at: now,
        };
        let mut organization = Organization {
            id: Id::generate(),
            slug: slug_of(&command.business_name),
            name: command.business_name,
            description: None,
            logo: None,
            address: None,
            city: None,
            state: None,
            zip_code: None,
            country: None,
            currency: Currency::USD,
            currency_locked: false,
            timezone: Tz::UTC,
            message_retention: None,
            contacts_become_customers: true,
            created_at: now,
            updated_at: now,
            version: 1,
        };

        let system = self.ports.store.begin_system().await?;
        if !system.users().insert(&user).await? {
            return Err(Error::conflict(
                "email_taken",
                "somebody has registered with this e-mail address",
            ));
        }
        let uow = system.narrow(organization.id);
        insert_with_free_slug(&*uow, &mut organization).await?;
        let owner = Member::join(user.id, Role::Owner, now);
        uow.members().insert(&owner).await?;
        let target = AuditTarget::new(AuditTargetKind::User, user.id);
        let entry = client.entry(Some(user.id), AuditAction::UserRegistered, target, now);
        uow.audit_log().append(&entry).await?;
        uow.record(Event::Registered { user_id: user.id });
        uow.commit().await?;
        tracing::info!(organization.id = %organization.id, "{} registered", organization.slug);

        let tokens = self
            .open_session(&user, organization.id, owner.role, client)
            .await?;
        Ok(SignIn {
            profile: Profile {
                user,
                organization,
                role: owner.role,
            },
            tokens,
        })
    }
}

async fn insert_with_free_slug(
    uow: &dyn UnitOfWork,
    organization: &mut Organization,
) -> Result<(), Error> {
    let base = organization.slug.clone();
    for attempt in 1..=NUMBERED_SLUGS + 1 {
        organization.slug = match attempt {
            1 => base.clone(),
            2..=NUMBERED_SLUGS => format!("{base}-{attempt}"),
            // The end of a UUIDv7 is random.
            _ => format!(
                "{base}-{:012x}",
                organization.id.uuid().as_u128() & 0xffff_ffff_ffff
            ),
        };
        if uow.organizations().insert(organization).await? {
            return Ok(());
        }
    }
    Err(Error::internal("no free slug was found"))
}
