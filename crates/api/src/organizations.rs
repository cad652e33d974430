//! The business, who works in it, and what was done in it.

mod audit_log;
mod current;
mod invitations;
mod logo;
mod member_name;
mod members;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use current::OrganizationResponse;
pub(crate) use member_name::MemberNameResponse;
pub(crate) use members::availability;

pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        .service(audit_log::list_audit_log)
        .service(members::list_members)
        .service(members::get_member)
        .service(members::update_member)
        .service(members::set_availability)
        .service(members::remove_member)
        .service(members::transfer_ownership)
        .service(invitations::list_invitations)
        .service(invitations::get_invitation)
        .service(invitations::invite_member)
        .service(invitations::revoke_invitation)
        .service(current::get_current_organization)
        .service(current::update_current_organization)
        .service(logo::change_logo)
        .service(logo::upload_logo)
        .service(logo::remove_logo);
}
