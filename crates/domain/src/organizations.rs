//! Businesses, and who works in them.

mod organization;
mod repository;
mod role;

pub use organization::{Organization, OrganizationId, slug_of};
pub use repository::{Member, OrganizationRepository};
pub use role::Role;
