use std::{collections::BTreeSet, slice, time::Duration};

use domain::{
    auth::{TwoFactor, UserId},
    id::Id,
    organizations::{Member, MemberProfile, OrganizationId, Permission, Role},
    sealed::Sealed,
    store::Store,
};
use futures_util::future::join_all;

use crate::{
    given::{Stack, colleague, concurrent_stacks, stacks, user},
    pages::walk,
};

#[tokio::test]
async fn a_member_is_found_with_what_others_see_of_the_person() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut agent = user(stack.now());
        agent.first_name = "Luz".into();
        agent.email_verified = true;
        agent.two_factor = TwoFactor::On {
            secret: Sealed("k1.secret".into()),
            last_step: 1,
        };
        let system = stack.store.begin_system().await.unwrap();
        assert!(system.users().insert(&agent).await.unwrap());
        let uow = system.narrow(business.id());
        let member = Member::join(agent.id, Role::Agent, stack.now());
        assert!(uow.members().insert(&member).await.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let expected = MemberProfile {
            member,
            first_name: agent.first_name,
            last_name: agent.last_name,
            email: agent.email,
            phone_number: agent.phone_number,
            email_verified: true,
            two_factor_enabled: true,
        };
        let found = read.members().find(agent.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&expected));
        let ids = [agent.id, Id::generate()];
        let found = read.members().find_all(&ids).await.unwrap();
        assert_eq!(found, slice::from_ref(&expected));
        assert_eq!(read.members().find_all(&[]).await.unwrap(), []);
        let uow = stack.store.begin(business.id()).await.unwrap();
        let members = uow.members();
        let emails = [expected.email.clone(), user(stack.now()).email];
        let locked = members.lock_by_emails(&emails).await.unwrap();
        assert_eq!(locked, [expected]);
        assert_eq!(members.lock_by_emails(&[]).await.unwrap(), []);
        members.remove(agent.id, stack.now()).await.unwrap();
        assert_eq!(members.lock_by_emails(&emails).await.unwrap(), []);
        assert_eq!(members.find_all(&ids).await.unwrap(), []);
        drop(uow);
        let others = stack.business().await;
        let uow = stack.store.begin(others.id()).await.unwrap();
        let locked = uow.members().lock_by_emails(&emails).await.unwrap();
        assert_eq!(locked, []);
        assert_eq!(uow.members().find_all(&ids).await.unwrap(), []);
        drop(uow);
        assert_eq!(read.members().find(Id::generate()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn members_are_walked_in_both_directions_and_those_removed_are_not_met() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut expected = vec![(stack.now(), ours.user.id)];
        for number in 0..8 {
            colleague(&stack, &theirs, Role::Agent).await;
            let member = colleague(&stack, &ours, Role::Agent).await;
            if number == 3 {
                let uow = stack.store.begin(ours.id()).await.unwrap();
                let removed = uow.members().remove(member.user_id, stack.now()).await;
                assert!(removed.unwrap());
                uow.commit().await.unwrap();
            } else {
                expected.push((member.created_at, member.user_id));
            }
            if number % 4 == 3 {
                stack.clock.advance(Duration::from_secs(1));
            }
        }
        expected.sort_by_key(|place| std::cmp::Reverse(*place));
        let read = stack.store.read(ours.id());
        let walked = walk(async |page| read.members().list(page).await.unwrap()).await;
        let walked: Vec<_> = walked
            .into_iter()
            .map(|profile| (profile.member.created_at, profile.member.user_id))
            .collect();
        assert_eq!(walked, expected);
        assert_eq!(read.members().count().await.unwrap(), 8);
    }
}

#[tokio::test]
async fn those_who_may_do_something_are_the_active_members_whose_role_lets_them() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        colleague(&stack, &theirs, Role::Admin).await;
        colleague(&stack, &ours, Role::Agent).await;
        let admin = colleague(&stack, &ours, Role::Admin).await;
        let resting = colleague(&stack, &ours, Role::Admin).await;
        let gone = colleague(&stack, &ours, Role::Admin).await;
        let uow = stack.store.begin(ours.id()).await.unwrap();
        let resting = Member {
            active: false,
            ..resting
        };
        assert!(uow.members().update(&resting).await.unwrap());
        let removed = uow.members().remove(gone.user_id, stack.now()).await;
        assert!(removed.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(ours.id());
        let who_may = async |permission| {
            let found = read.members().who_may(permission).await.unwrap();
            found.into_iter().collect::<BTreeSet<_>>()
        };
        let (owner, admin) = (ours.user.id, admin.user_id);
        assert_eq!(
            who_may(Permission::AccountsWrite).await,
            BTreeSet::from([owner, admin])
        );
        assert_eq!(
            who_may(Permission::OwnershipTransfer).await,
            BTreeSet::from([owner])
        );
    }
}

#[tokio::test]
async fn who_is_a_member_already_is_told_so_and_who_was_removed_comes_back() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut member = colleague(&stack, &business, Role::Admin).await;
        let find = async || {
            let read = stack.store.read(business.id());
            let found = read.members().find(member.user_id).await.unwrap();
            found.map(|profile| profile.member)
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.members()
            .signed_in(member.user_id, stack.now())
            .await
            .unwrap();
        let again = Member::join(member.user_id, Role::Owner, stack.now());
        assert!(!uow.members().insert(&again).await.unwrap());
        uow.commit().await.unwrap();
        member.last_signed_in_at = Some(stack.now());
        assert_eq!(find().await, Some(member.clone()));

        stack.clock.advance(Duration::from_secs(1));
        let uow = stack.store.begin(business.id()).await.unwrap();
        let members = uow.members();
        assert!(members.remove(member.user_id, stack.now()).await.unwrap());
        assert!(!members.remove(member.user_id, stack.now()).await.unwrap());
        // What was removed is not changed.
        member.version = 2;
        assert!(!members.update(&member).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(find().await, None);

        stack.clock.advance(Duration::from_secs(1));
        let mut back = Member::join(member.user_id, Role::Agent, stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.members().insert(&back).await.unwrap());
        uow.commit().await.unwrap();
        // Not a version that the member had before.
        back.version = 3;
        assert_eq!(find().await, Some(back));
    }
}

#[tokio::test]
async fn of_two_who_change_the_same_version_of_a_member_the_second_is_refused() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut member = colleague(&stack, &business, Role::Agent).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let members = uow.members();
        // To sign in is no change.
        let at = stack.now();
        members.signed_in(member.user_id, at).await.unwrap();
        stack.clock.advance(Duration::from_secs(1));
        member.role = Role::Admin;
        member.active = false;
        member.updated_at = stack.now();
        assert!(members.update(&member).await.unwrap());
        assert!(!members.update(&member).await.unwrap());
        uow.commit().await.unwrap();
        member.version = 2;
        member.last_signed_in_at = Some(at);
        let read = stack.store.read(business.id());
        let found = read.members().find(member.user_id).await.unwrap();
        assert_eq!(found.unwrap().member, member);
    }
}

#[tokio::test]
async fn owners_are_those_who_are_active_and_not_removed() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        colleague(&stack, &theirs, Role::Owner).await;
        colleague(&stack, &ours, Role::Admin).await;
        let second = colleague(&stack, &ours, Role::Owner).await;
        let mut inactive = colleague(&stack, &ours, Role::Owner).await;
        let removed = colleague(&stack, &ours, Role::Owner).await;
        let uow = stack.store.begin(ours.id()).await.unwrap();
        inactive.active = false;
        assert!(uow.members().update(&inactive).await.unwrap());
        let remove = uow.members().remove(removed.user_id, stack.now());
        assert!(remove.await.unwrap());
        let owners: BTreeSet<UserId> = uow
            .members()
            .lock_owners()
            .await
            .unwrap()
            .into_iter()
            .collect();
        assert_eq!(owners, BTreeSet::from([ours.user.id, second.user_id]));
    }
}

/// Takes ownership from somebody, unless nobody would be left.
async fn demote(stack: &Stack, id: OrganizationId, user: UserId) -> bool {
    let uow = stack.store.begin(id).await.unwrap();
    let owners = uow.members().lock_owners().await.unwrap();
    if owners == [user] || !owners.contains(&user) {
        return false;
    }
    let mut member = uow.members().find(user).await.unwrap().unwrap().member;
    member.role = Role::Admin;
    assert!(uow.members().update(&member).await.unwrap());
    uow.commit().await.unwrap();
    true
}

#[tokio::test]
async fn of_owners_who_are_demoted_at_once_one_stays() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let mut owners = vec![business.user.id];
        for _ in 0..3 {
            owners.push(colleague(&stack, &business, Role::Owner).await.user_id);
        }
        let demotions = owners
            .iter()
            .map(|owner| demote(&stack, business.id(), *owner));
        let demoted = join_all(demotions).await;
        assert_eq!(demoted.iter().filter(|demoted| !**demoted).count(), 1);
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert_eq!(uow.members().lock_owners().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn locked_owners_are_changed_by_nobody_else() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let read = stack.store.read(business.id());
        let owner = read.members().find(business.user.id).await.unwrap();
        let owner = owner.unwrap().member;
        let locking = stack.store.begin(business.id()).await.unwrap();
        locking.members().lock_owners().await.unwrap();
        let without_a_lock = async {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let changed = uow.members().update(&owner).await.unwrap();
            uow.commit().await.unwrap();
            changed
        };
        let with_the_lock = async {
            // Long enough for the other to come.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let changed = locking.members().update(&owner).await.unwrap();
            locking.commit().await.unwrap();
            changed
        };
        let changed = tokio::join!(without_a_lock, with_the_lock);
        assert_eq!(changed, (false, true));
    }
}

/// Whoever waits for a transfer of ownership sees the new owner, who was none when the wait
/// began.
#[tokio::test]
async fn an_owner_made_meanwhile_is_seen() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let mut heir = colleague(&stack, &business, Role::Admin).await;
        let heir_id = heir.user_id;
        let transfer = stack.store.begin(business.id()).await.unwrap();
        let members = transfer.members();
        assert_eq!(members.lock_owners().await.unwrap(), [business.user.id]);
        let waiting = async {
            let uow = stack.store.begin(business.id()).await.unwrap();
            uow.members().lock_owners().await.unwrap()
        };
        let transferring = async {
            // Long enough for the other to stand at the lock.
            tokio::time::sleep(Duration::from_millis(200)).await;
            heir.role = Role::Owner;
            assert!(members.update(&heir).await.unwrap());
            let former = members.find(business.user.id).await.unwrap();
            let mut former = former.unwrap().member;
            former.role = Role::Admin;
            assert!(members.update(&former).await.unwrap());
        };
        let seen = {
            let mut waiting = std::pin::pin!(waiting);
            tokio::select! {
                biased;
                early = &mut waiting => panic!("did not wait: {early:?}"),
                () = transferring => {}
            }
            transfer.commit().await.unwrap();
            waiting.await
        };
        assert_eq!(seen, [heir_id]);
    }
}
