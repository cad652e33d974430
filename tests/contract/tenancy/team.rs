//! The same of members, invitations, files and the audit log.

use domain::{
    audit::{AuditAction, AuditFilter},
    auth::TokenHash,
    organizations::{InvitationId, Member, Role},
    store::Store,
};

use super::two;
use crate::given::{
    Business, Stack, assert_broken, audit_entry, file, invitation, newest, session, stacks,
};

/// Each business with an invitation, a file and an audit entry of its own.
async fn two_with_teams(stack: &Stack) -> (Business, Business) {
    let (ours, theirs) = two(stack).await;
    for business in [&ours, &theirs] {
        let uow = stack.store.begin(business.id()).await.unwrap();
        let entry = audit_entry(business, AuditAction::LogoChanged, stack.now());
        uow.audit_log().append(&entry).await.unwrap();
        uow.commit().await.unwrap();
    }
    (ours, theirs)
}

async fn invite(stack: &Stack, business: &Business) -> InvitationId {
    let invitation = invitation(business, Role::Agent, stack.now());
    let uow = stack.store.begin(business.id()).await.unwrap();
    uow.invitations().upsert(&invitation).await.unwrap();
    uow.commit().await.unwrap();
    invitation.id
}

#[tokio::test]
async fn anothers_team_and_files_are_not_found() {
    for stack in stacks().await {
        let (ours, theirs) = two(&stack).await;
        let invitation = invite(&stack, &ours).await;
        let logo = file(&ours, stack.now());
        let uow = stack.store.begin(ours.id()).await.unwrap();
        uow.files().insert(&logo).await.unwrap();
        uow.commit().await.unwrap();

        let our_read = stack.store.read(ours.id());
        let email = our_read.invitations().find(invitation).await.unwrap();
        let email = email.unwrap().email;
        let read = stack.store.begin(theirs.id()).await.unwrap();
        assert_eq!(read.members().find(ours.user.id).await.unwrap(), None);
        let owners = read.members().lock_owners().await.unwrap();
        assert_eq!(owners, [theirs.user.id]);
        let found = read.invitations().find(invitation).await.unwrap();
        assert_eq!(found, None);
        let found = read.invitations().lock_by_email(&email).await.unwrap();
        assert_eq!(found, None);
        assert_eq!(read.files().find(&logo.key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn lists_of_the_team_show_our_own_only() {
    for stack in stacks().await {
        let (ours, theirs) = two_with_teams(&stack).await;
        invite(&stack, &ours).await;
        let invitation = invite(&stack, &theirs).await;
        let read = stack.store.read(theirs.id());
        let members = read.members().list(newest(10)).await.unwrap().rows;
        let members: Vec<_> = members.iter().map(|row| row.member.user_id).collect();
        assert_eq!(members, [theirs.user.id]);
        let invitations = read.invitations().list(newest(10)).await.unwrap().rows;
        let invitations: Vec<_> = invitations.iter().map(|row| row.id).collect();
        assert_eq!(invitations, [invitation]);
        // Also with a filter that speaks of the other.
        let filters = [
            (AuditFilter::default(), 1),
            (
                AuditFilter {
                    action: Some(AuditAction::LogoChanged),
                    ..AuditFilter::default()
                },
                1,
            ),
            (
                AuditFilter {
                    actor_id: Some(ours.user.id),
                    ..AuditFilter::default()
                },
                0,
            ),
            (
                AuditFilter {
                    target_id: Some(ours.id().uuid()),
                    ..AuditFilter::default()
                },
                0,
            ),
        ];
        for (filter, count) in filters {
            let entries = read.audit_log().list(&filter, newest(10)).await.unwrap();
            assert_eq!(entries.rows.len(), count, "{filter:?}");
            let all_theirs = entries
                .rows
                .iter()
                .all(|record| record.entry.actor_id == Some(theirs.user.id));
            assert!(all_theirs, "{filter:?}");
            let counted = read.audit_log().count(&filter).await.unwrap();
            assert_eq!(usize::try_from(counted).unwrap(), count, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn anothers_team_and_files_are_not_changed() {
    for stack in stacks().await {
        let (ours, theirs) = two(&stack).await;
        let now = stack.now();
        let invitation = invite(&stack, &ours).await;
        let logo = file(&ours, now);
        let uow = stack.store.begin(ours.id()).await.unwrap();
        uow.files().insert(&logo).await.unwrap();
        uow.commit().await.unwrap();
        let read = stack.store.read(ours.id());
        let before = read.members().find(ours.user.id).await.unwrap();
        let kept = read.invitations().find(invitation).await.unwrap();

        let uow = stack.store.begin(theirs.id()).await.unwrap();
        let mut member = Member::join(ours.user.id, Role::Agent, now);
        member.active = false;
        assert!(!uow.members().update(&member).await.unwrap());
        assert!(!uow.members().remove(ours.user.id, now).await.unwrap());
        uow.members().signed_in(ours.user.id, now).await.unwrap();
        assert!(!uow.invitations().remove(invitation).await.unwrap());
        let hash = TokenHash([1; 32]);
        let invitations = uow.invitations();
        invitations.set_token(invitation, &hash).await.unwrap();
        let email = &kept.as_ref().unwrap().email;
        invitations.remove_by_email(email).await.unwrap();
        assert!(!uow.files().remove(&logo.key).await.unwrap());
        uow.organizations().lock_currency().await.unwrap();
        uow.commit().await.unwrap();

        assert_eq!(read.members().find(ours.user.id).await.unwrap(), before);
        assert_eq!(read.invitations().find(invitation).await.unwrap(), kept);
        let found = stack.store.read_system();
        let found = found.invitations().find_by_token(&hash).await.unwrap();
        assert_eq!(found, None);
        assert_eq!(read.files().find(&logo.key).await.unwrap(), Some(logo));
        let organization = read.organizations().current().await.unwrap();
        assert_eq!(organization, Some(ours.organization));
    }
}

/// Each insert is refused by a foreign key over both columns, or by the scope.
#[tokio::test]
async fn nobody_of_another_organization_can_be_referred_to() {
    for stack in stacks().await {
        let (ours, theirs) = two(&stack).await;
        let now = stack.now();
        let begin = || stack.store.begin(theirs.id());

        let by_ours = invitation(&ours, Role::Agent, now);
        let uow = begin().await.unwrap();
        assert_broken(&uow.invitations().upsert(&by_ours).await);
        drop(uow);

        let done_by_ours = audit_entry(&ours, AuditAction::LogoChanged, now);
        let uow = begin().await.unwrap();
        assert_broken(&uow.audit_log().append(&done_by_ours).await);
        drop(uow);

        let our_file = file(&ours, now);
        let uow = begin().await.unwrap();
        assert_broken(&uow.files().insert(&our_file).await);
        drop(uow);
        let mut uploaded_by_ours = file(&theirs, now);
        uploaded_by_ours.metadata.uploaded_by = Some(ours.user.id);
        let uow = begin().await.unwrap();
        assert_broken(&uow.files().insert(&uploaded_by_ours).await);
        drop(uow);

        let mut of_a_stranger = session(&theirs, now);
        of_a_stranger.user_id = ours.user.id;
        let system = stack.store.begin_system().await.unwrap();
        assert_broken(&system.sessions().insert(&of_a_stranger).await);
    }
}
