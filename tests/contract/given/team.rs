use chrono::{DateTime, Utc};
use domain::{
    audit::{AuditAction, AuditEntry, AuditTarget, AuditTargetKind},
    auth::EmailAddress,
    id::Id,
    organizations::{Invitation, InvitationId, Member, Role},
    storage::{File, FileKey, FileMetadata, Folder, StoredFile},
    store::Store,
};
use serde_json::json;

use super::{Business, Stack, user};

/// Stores somebody who works in the business.
pub(crate) async fn colleague(stack: &Stack, business: &Business, role: Role) -> Member {
    let user = user(stack.now());
    let member = Member::join(user.id, role, stack.now());
    let system = stack.store.begin_system().await.unwrap();
    assert!(system.users().insert(&user).await.unwrap());
    let uow = system.narrow(business.id());
    assert!(uow.members().insert(&member).await.unwrap());
    uow.commit().await.unwrap();
    member
}

/// To an address that nobody else has.
pub(crate) fn invitation(business: &Business, role: Role, now: DateTime<Utc>) -> Invitation {
    let id = InvitationId::generate();
    Invitation {
        id,
        email: EmailAddress::parse(&format!("luz.{id}@example.com")).unwrap(),
        role,
        invited_by: business.user.id,
        created_at: now,
        expires_at: now + Invitation::LIFETIME,
    }
}

/// What the owner did to the organization.
pub(crate) fn audit_entry(
    business: &Business,
    action: AuditAction,
    at: DateTime<Utc>,
) -> AuditEntry {
    AuditEntry {
        id: Id::generate(),
        action,
        actor_id: Some(business.user.id),
        target: AuditTarget::new(AuditTargetKind::Organization, business.id()),
        address: Some("203.0.113.7".into()),
        user_agent: Some("curl".into()),
        request_id: Some("request-7".into()),
        before: Some(json!({"name": "Café \u{0}"})),
        after: Some(json!({"name": "Café Sol", "city": null})),
        created_at: at,
    }
}

/// A logo, as far as anybody can tell.
pub(crate) fn file(business: &Business, now: DateTime<Utc>) -> File {
    File {
        key: FileKey::generate(Folder::Images, business.id()),
        metadata: FileMetadata {
            content_type: "image/webp".into(),
            original_name: Some("Logo «neu».webp".into()),
            organization_id: business.id(),
            uploaded_by: Some(business.user.id),
        },
        stored: StoredFile {
            size: 1 << 33,
            sha256: "00ff".into(),
        },
        created_at: now,
    }
}
