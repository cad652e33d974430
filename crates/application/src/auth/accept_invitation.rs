use std::time::Duration;

use domain::{
    audit::{AuditAction, AuditEntry, AuditTarget, AuditTargetKind},
    auth::{EmailAddress, Password, TokenHash, TwoFactor, User},
    id::Id,
    organizations::{Invitation, InvitationId, Member, OrganizationId},
    store::{SystemRepositories, SystemUnitOfWork, UnitOfWork},
    text::{PhoneNumber, parse_name},
};
use secrecy::SecretString;
use serde_json::json;

use super::{
    Auth, Client, SignIn, end_sessions, one_time_tokens::invalid_token, opaque_token::OpaqueTokens,
};
use crate::{
    Error, FieldError,
    chats::assign_later,
    organizations::already_member,
    throttle::{Limit, network, throttle},
};

/// Attempts from one address, whatever comes of them.
const ADDRESS_LIMIT: Limit = Limit {
    name: "accept-invitation-address",
    count: 20,
    period: Duration::from_mins(1),
};

/// Somebody who was asked to join, and does.
pub struct AcceptInvitation {
    pub token: String,
    /// Names and phone number count for those alone who have no account yet.
    pub first_name: String,
    pub last_name: String,
    pub phone_number: String,
    /// A new one, or that of the account which the invited address has already.
    pub password: SecretString,
    /// As for signing in.
    pub code: Option<String>,
}

impl Auth {
    /// A token for the mail of an invitation; the one before it is void.
    pub(crate) async fn issue_invitation_token(
        &self,
        organization_id: OrganizationId,
        id: InvitationId,
    ) -> Result<String, Error> {
        let token = OpaqueTokens::generate()?;
        let uow = self.ports.store.begin(organization_id).await?;
        let hash = self.opaque_tokens.hash(&token);
        uow.invitations().set_token(id, &hash).await?;
        uow.commit().await?;
        Ok(token)
    }

    /// Makes somebody a member who has the token of an invitation, and signs them in. Who has
    /// an account already proves it as for signing in.
    #[tracing::instrument(skip_all)]
    pub async fn accept_invitation(
        &self,
        command: AcceptInvitation,
        client: Client,
    ) -> Result<SignIn, Error> {
        if let Some(address) = client.address {
            throttle(&self.ports, &[(ADDRESS_LIMIT, network(address))]).await?;
        }
        let hash = self.opaque_tokens.hash(&command.token);
        let system = self.ports.store.read_system();
        let (organization_id, invitation) = self.open_invitation(&*system, &hash).await?;
        let email = &invitation.email;
        let code = command.code.clone();
        let is_known = system.users().find_by_email(email).await?.is_some();
        let user = if is_known {
            self.check_password(email.as_str(), command.password, &client)
                .await?
        } else {
            self.newcomer(command, email, organization_id).await?
        };

        let system = self.ports.store.begin_system().await?;
        // It may be used up, revoked or sent again by now.
        let (_, invitation) = self.open_invitation(&*system, &hash).await?;
        let user = if is_known {
            let code = code.as_deref();
            self.check_second_factor(&*system, &user, code, &client)
                .await?
        } else if system.users().insert(&user).await? {
            user
        } else {
            // Somebody came first: with this token, or by registering.
            self.open_invitation(&*system, &hash).await?;
            return Err(Error::conflict(
                "email_taken",
                "somebody has registered with this e-mail address meanwhile",
            ));
        };
        let user = self
            .join(system, user, organization_id, (&hash, &invitation), &client)
            .await?;
        if is_known {
            self.forget_failures(&user.email).await;
        }
        let tokens = self
            .open_session(&user, organization_id, invitation.role, client)
            .await?;
        let profile = self.profile(user, organization_id, invitation.role).await?;
        Ok(SignIn { profile, tokens })
    }

    async fn open_invitation(
        &self,
        system: &dyn SystemRepositories,
        hash: &TokenHash,
    ) -> Result<(OrganizationId, Invitation), Error> {
        let now = self.ports.clock.now();
        let found = system.invitations().find_by_token(hash).await?;
        found
            .filter(|(_, invitation)| !invitation.has_expired(now))
            .ok_or_else(invalid_token)
    }

    /// The account of somebody who has none yet.
    async fn newcomer(
        &self,
        command: AcceptInvitation,
        email: &EmailAddress,
        organization_id: OrganizationId,
    ) -> Result<User, Error> {
        let data = self.ports.store.read(organization_id);
        let organization = data.organizations().current().await?;
        let country = organization.and_then(|organization| organization.country);
        let name = |pointer: &str, name: &str| {
            parse_name(name).map_err(|error| FieldError::new(pointer, error.code(), error))
        };
        let first_name = name("/firstName", &command.first_name);
        let last_name = name("/lastName", &command.last_name);
        let phone_number = PhoneNumber::parse(&command.phone_number, country.as_ref())
            .map_err(|error| FieldError::new("/phoneNumber", "invalid_phone_number", error));
        let password = Password::choose(command.password, Some(email)).map_err(FieldError::from);
        let (first_name, last_name, phone_number, password) =
            match (first_name, last_name, phone_number, password) {
                (Ok(first_name), Ok(last_name), Ok(phone_number), Ok(password)) => {
                    (first_name, last_name, phone_number, password)
                }
                (first_name, last_name, phone_number, password) => {
                    let faults = [
                        first_name.err(),
                        last_name.err(),
                        phone_number.err(),
                        password.err(),
                    ];
                    return Err(Error::Invalid(faults.into_iter().flatten().collect()));
                }
            };
        let now = self.ports.clock.now();
        Ok(User {
            id: Id::generate(),
            first_name,
            last_name,
            email: email.clone(),
            phone_number,
            password_hash: self.passwords.hash(password).await?,
            // The token came by mail.
            email_verified: true,
            two_factor: TwoFactor::Off,
            created_at: now,
            updated_at: now,
        })
    }

    /// Uses up the invitation and commits.
    async fn join(
        &self,
        system: Box<dyn SystemUnitOfWork>,
        mut user: User,
        organization_id: OrganizationId,
        (token, invitation): (&TokenHash, &Invitation),
        client: &Client,
    ) -> Result<User, Error> {
        let now = self.ports.clock.now();
        let is_verified_now = !user.email_verified;
        if is_verified_now {
            user.email_verified = true;
            user.updated_at = now;
            system.users().update(&user).await?;
        }
        // Of a place that was taken away none may live on.
        end_sessions(&*system, user.id, Some(organization_id), None).await?;
        let uow = system.narrow(organization_id);
        let invitations = uow.invitations();
        // Whoever sends it again, with another role perhaps, was earlier or waits from here.
        invitations.set_token(invitation.id, token).await?;
        let current = invitations.find(invitation.id).await?;
        if current.as_ref() != Some(invitation) || !invitations.remove(invitation.id).await? {
            return Err(invalid_token());
        }
        // It is worth as much as the word of who gave it.
        let inviter = uow.members().find(invitation.invited_by).await?;
        if !inviter.is_some_and(|inviter| inviter.member.may_invite_as(invitation.role)) {
            return Err(invalid_token());
        }
        let member = Member::join(user.id, invitation.role, now);
        if !add(&*uow, &member).await? {
            return Err(already_member());
        }
        assign_later(uow.as_ref(), organization_id).await?;
        let entry = |action, kind, after| AuditEntry {
            after: Some(after),
            ..client.entry(Some(user.id), action, AuditTarget::new(kind, user.id), now)
        };
        let joined = json!({"role": member.role, "invitedBy": invitation.invited_by});
        let joined = entry(AuditAction::MemberJoined, AuditTargetKind::Member, joined);
        uow.audit_log().append(&joined).await?;
        if is_verified_now {
            let verified = json!({"emailVerified": true});
            let verified = entry(AuditAction::EmailVerified, AuditTargetKind::User, verified);
            uow.audit_log().append(&verified).await?;
        }
        uow.commit().await?;
        Ok(user)
    }
}

/// Whether the user was no active member before.
async fn add(uow: &dyn UnitOfWork, member: &Member) -> Result<bool, Error> {
    let before = uow.members().find(member.user_id).await?;
    let Some(before) = before.map(|profile| profile.member) else {
        return Ok(uow.members().insert(member).await?);
    };
    if before.active {
        return Ok(false);
    }
    let again = Member {
        role: member.role,
        active: true,
        updated_at: member.updated_at,
        ..before
    };
    Ok(uow.members().update(&again).await?)
}
