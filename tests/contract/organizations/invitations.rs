use std::time::Duration;

use domain::{
    auth::{EmailAddress, TokenHash},
    organizations::{Invitation, InvitationId, OrganizationId, Role},
    store::Store,
};
use futures_util::future::join_all;

use crate::{
    given::{Business, Stack, colleague, concurrent_stacks, invitation, stacks},
    pages::walk,
};

async fn invite(stack: &Stack, business: &Business, invitation: &Invitation) -> Invitation {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let stored = uow.invitations().upsert(invitation).await.unwrap();
    uow.commit().await.unwrap();
    stored
}

async fn set_token(stack: &Stack, business: &Business, id: InvitationId, number: u8) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let hash = TokenHash([number; 32]);
    uow.invitations().set_token(id, &hash).await.unwrap();
    uow.commit().await.unwrap();
}

/// Where a token leads.
async fn place(stack: &Stack, number: u8) -> Option<(OrganizationId, Invitation)> {
    let read = stack.store.read_system();
    let hash = TokenHash([number; 32]);
    read.invitations().find_by_token(&hash).await.unwrap()
}

#[tokio::test]
async fn an_invitation_is_kept_as_it_is_until_it_is_removed() {
    for stack in stacks().await {
        let business = stack.business().await;
        let new = invitation(&business, Role::Agent, stack.now());
        assert_eq!(invite(&stack, &business, &new).await, new);
        let read = stack.store.read(business.id());
        let found = read.invitations().find(new.id).await.unwrap();
        assert_eq!(found, Some(new.clone()));
        let uow = stack.store.begin(business.id()).await.unwrap();
        let found = uow.invitations().lock_by_email(&new.email).await.unwrap();
        assert_eq!(found, Some(new.clone()));
        assert!(uow.invitations().remove(new.id).await.unwrap());
        assert!(!uow.invitations().remove(new.id).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(read.invitations().find(new.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn inviting_again_renews_the_invitation_and_voids_its_token() {
    for stack in stacks().await {
        let business = stack.business().await;
        let admin = colleague(&stack, &business, Role::Admin).await;
        let first = invitation(&business, Role::Agent, stack.now());
        invite(&stack, &business, &first).await;
        set_token(&stack, &business, first.id, 1).await;

        stack.clock.advance(Duration::from_hours(1));
        let mut again = invitation(&business, Role::Admin, stack.now());
        again.email = first.email.clone();
        again.invited_by = admin.user_id;
        let expected = Invitation {
            id: first.id,
            created_at: first.created_at,
            ..again.clone()
        };
        assert_eq!(invite(&stack, &business, &again).await, expected);
        let read = stack.store.read(business.id());
        let found = read.invitations().find(first.id).await.unwrap();
        assert_eq!(found, Some(expected));
        assert_eq!(read.invitations().find(again.id).await.unwrap(), None);
        assert_eq!(place(&stack, 1).await, None);
    }
}

#[tokio::test]
async fn of_those_who_invite_an_address_at_once_all_get_the_same_invitation() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let first = invitation(&business, Role::Agent, stack.now());
        let invited = join_all((0..8).map(async |_| {
            let mut same = invitation(&business, Role::Agent, stack.now());
            same.email = first.email.clone();
            invite(&stack, &business, &same).await.id
        }))
        .await;
        assert!(invited.iter().all(|id| *id == invited[0]), "{invited:?}");
    }
}

#[tokio::test]
async fn the_newest_token_leads_to_the_invitation_even_after_it_has_expired() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let new = invitation(&ours, Role::Agent, stack.now());
        let mut same_address = invitation(&theirs, Role::Admin, stack.now());
        same_address.email = new.email.clone();
        invite(&stack, &ours, &new).await;
        invite(&stack, &theirs, &same_address).await;
        assert_eq!(place(&stack, 1).await, None);
        set_token(&stack, &ours, new.id, 1).await;
        set_token(&stack, &theirs, same_address.id, 3).await;
        set_token(&stack, &ours, new.id, 2).await;
        // One that was revoked before its mail was sent.
        set_token(&stack, &ours, InvitationId::generate(), 4).await;

        stack.clock.advance(Duration::from_hours(24 * 30));
        assert_eq!(place(&stack, 1).await, None);
        assert_eq!(place(&stack, 2).await, Some((ours.id(), new)));
        assert_eq!(place(&stack, 3).await, Some((theirs.id(), same_address)));
        assert_eq!(place(&stack, 4).await, None);
    }
}

#[tokio::test]
async fn an_invitation_that_many_accept_at_once_lets_one_in() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let new = invitation(&business, Role::Agent, stack.now());
        invite(&stack, &business, &new).await;
        set_token(&stack, &business, new.id, 1).await;
        let accept = async || {
            let system = stack.store.begin_system().await.unwrap();
            let hash = TokenHash([1; 32]);
            let found = system.invitations().find_by_token(&hash).await.unwrap();
            let Some((organization, invitation)) = found else {
                return false;
            };
            let uow = system.narrow(organization);
            let accepted = uow.invitations().remove(invitation.id).await.unwrap();
            uow.commit().await.unwrap();
            accepted
        };
        let accepted = join_all((0..8).map(|_| accept())).await;
        assert_eq!(accepted.iter().filter(|accepted| **accepted).count(), 1);
    }
}

#[tokio::test]
async fn invitations_are_walked_in_both_directions() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut expected = Vec::new();
        for number in 0..8 {
            let anothers = invitation(&theirs, Role::Agent, stack.now());
            invite(&stack, &theirs, &anothers).await;
            let new = invitation(&ours, Role::Agent, stack.now());
            expected.push(invite(&stack, &ours, &new).await);
            if number % 4 == 3 {
                stack.clock.advance(Duration::from_secs(1));
            }
        }
        expected
            .sort_by_key(|invitation| std::cmp::Reverse((invitation.created_at, invitation.id)));
        let read = stack.store.read(ours.id());
        let walked = walk(async |page| read.invitations().list(page).await.unwrap()).await;
        assert_eq!(walked, expected);
        assert_eq!(read.invitations().count().await.unwrap(), 8);
    }
}

#[tokio::test]
async fn an_address_is_uninvited_in_its_organization_alone() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let gone = invitation(&ours, Role::Agent, stack.now());
        let kept = invitation(&ours, Role::Agent, stack.now());
        let mut anothers = invitation(&theirs, Role::Agent, stack.now());
        anothers.email = gone.email.clone();
        for invitation in [&gone, &kept] {
            invite(&stack, &ours, invitation).await;
        }
        invite(&stack, &theirs, &anothers).await;
        let uow = stack.store.begin(ours.id()).await.unwrap();
        let invitations = uow.invitations();
        invitations.remove_by_email(&gone.email).await.unwrap();
        let nobody = EmailAddress::parse("nobody@example.com").unwrap();
        invitations.remove_by_email(&nobody).await.unwrap();
        uow.commit().await.unwrap();
        let read = stack.store.read(ours.id());
        assert_eq!(read.invitations().find(gone.id).await.unwrap(), None);
        let found = read.invitations().find(kept.id).await.unwrap();
        assert_eq!(found, Some(kept));
        let read = stack.store.read(theirs.id());
        let found = read.invitations().find(anothers.id).await.unwrap();
        assert_eq!(found, Some(anothers));
    }
}

#[tokio::test]
async fn old_invitations_are_swept_in_all_organizations() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        for business in [&ours, &theirs] {
            let old = invitation(business, Role::Agent, stack.now());
            invite(&stack, business, &old).await;
        }
        stack.clock.advance(Duration::from_hours(24));
        let young = invitation(&ours, Role::Agent, stack.now());
        invite(&stack, &ours, &young).await;
        let before = young.expires_at;
        let system = stack.store.begin_system().await.unwrap();
        let invitations = system.invitations();
        assert_eq!(invitations.sweep_expired(before, 1).await.unwrap(), 1);
        assert_eq!(invitations.sweep_expired(before, 10).await.unwrap(), 1);
        assert_eq!(invitations.sweep_expired(before, 10).await.unwrap(), 0);
        system.commit().await.unwrap();
        let read = stack.store.read(ours.id());
        let found = read.invitations().find(young.id).await.unwrap();
        assert_eq!(found, Some(young));
    }
}
