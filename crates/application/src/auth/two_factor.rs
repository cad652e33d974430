//! The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for when
//! it is lost.

mod begin_enrolment;
mod check;
mod confirm_enrolment;
mod disable;
mod get_status;
mod recovery_codes;
mod replace_recovery_codes;
mod totp;

use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    auth::{User, UserId},
    job::{Job, SecurityNotice},
    store::SystemUnitOfWork,
};

pub use begin_enrolment::Enrolment;
pub use get_status::TwoFactorStatus;

use super::{Auth, Client};
use crate::{Actor, Error};

impl Auth {
    /// Ends a unit of work that has changed the actor's sign-in: it is audited, and the actor
    /// is told by mail.
    async fn commit_change(
        &self,
        system: Box<dyn SystemUnitOfWork>,
        actor: &Actor,
        action: AuditAction,
        notice: SecurityNotice,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let target = AuditTarget::new(AuditTargetKind::User, actor.user_id());
        let uow = system.narrow(actor.organization_id());
        uow.audit_log()
            .append(&actor.entry(action, target, now))
            .await?;
        uow.enqueue(self.notice(actor.user_id(), notice, actor.client()));
        uow.commit().await?;
        Ok(())
    }

    /// The mail that tells somebody of such a change.
    pub(super) fn notice(&self, user_id: UserId, notice: SecurityNotice, client: &Client) -> Job {
        Job::SendSecurityNotice {
            user_id,
            notice,
            address: client.address.map(|address| address.to_string()),
            at: self.ports.clock.now(),
        }
    }
}

/// The actor, whom nobody else changes until this unit of work ends.
async fn lock(system: &dyn SystemUnitOfWork, actor: &Actor) -> Result<User, Error> {
    let user = system.users().lock(actor.user_id()).await?;
    user.ok_or(Error::NotFound("user"))
}

fn already_enabled() -> Error {
    Error::conflict(
        "two_factor_already_enabled",
        "the second factor is on: disable it first",
    )
}

fn not_enabled() -> Error {
    Error::conflict("two_factor_not_enabled", "the second factor is not on")
}
