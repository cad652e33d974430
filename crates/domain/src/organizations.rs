//! Businesses, and who works in them.

mod availability;
mod invitation;
mod member;
mod organization;
mod permission;
mod repository;
mod role;

pub use availability::Availability;
pub use invitation::{Invitation, InvitationId};
pub use member::{Member, MemberChange, MemberError, MemberName, MemberProfile};
pub use organization::{Organization, OrganizationId, slug_of};
pub use permission::Permission;
pub use repository::{
    InvitationDirectory, InvitationRepository, MemberRepository, OrganizationRepository,
};
pub use role::Role;
