//! The business, its profile, and who works in it.

mod change_logo;
mod get_current;
mod invite_member;
mod list_audit_log;
mod list_invitations;
mod list_members;
mod remove_logo;
mod remove_member;
mod revoke_invitation;
mod send_invitation;
mod set_availability;
mod team;
mod transfer_ownership;
mod update_current;
mod update_member;

use std::sync::Arc;

pub use change_logo::ChangeLogo;
pub(crate) use invite_member::already_member;
pub use list_audit_log::AuditRecordList;
pub use list_invitations::InvitationList;
pub use list_members::MemberList;
pub use update_current::UpdateOrganization;
pub use update_member::UpdateMember;

use crate::{Ports, Settings, auth::Auth, files::Files, images::Images};

#[derive(Clone)]
pub struct Organizations {
    ports: Ports,
    settings: Arc<Settings>,
    auth: Auth,
    files: Files,
    images: Images,
}

impl Organizations {
    pub(crate) fn new(ports: Ports, settings: Arc<Settings>, auth: Auth, images: Images) -> Self {
        Self {
            files: Files::new(ports.clone()),
            ports,
            settings,
            auth,
            images,
        }
    }
}
