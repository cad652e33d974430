use domain::{
    auth::{Membership, TokenHash, TwoFactor, UserId},
    id::Id,
    organizations::{Member, OrganizationId, Role},
    sealed::Sealed,
    store::Store,
    text::PhoneNumber,
};
use futures_util::future::join_all;

use crate::given::{Business, Stack, assert_broken, concurrent_stacks, stacks, user};

#[tokio::test]
async fn a_user_is_found_by_id_and_by_email() {
    for stack in stacks().await {
        let business = stack.business().await;
        let read = stack.store.read_system();
        let user = Some(business.user.clone());
        assert_eq!(read.users().find(business.user.id).await.unwrap(), user);
        let by_email = read.users().find_by_email(&business.user.email).await;
        assert_eq!(by_email.unwrap(), user);
        assert_eq!(read.users().find(Id::generate()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_taken_email_is_told_and_the_unit_of_work_goes_on() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut second = user(stack.now());
        let free = std::mem::replace(&mut second.email, business.user.email.clone());
        let system = stack.store.begin_system().await.unwrap();
        assert!(!system.users().insert(&second).await.unwrap());
        second.email = free;
        assert!(system.users().insert(&second).await.unwrap());
        system.commit().await.unwrap();
    }
}

#[tokio::test]
async fn the_first_organization_is_the_one_that_registered_first() {
    for stack in stacks().await {
        let read = stack.store.read_system();
        assert_eq!(read.users().first_organization().await.unwrap(), None);
        let first = stack.business().await;
        stack.clock.advance(std::time::Duration::from_secs(1));
        stack.business().await;
        let found = read.users().first_organization().await.unwrap();
        assert_eq!(found, Some(first.id()));
    }
}

#[tokio::test]
async fn all_of_a_user_changes_but_id_address_and_creation() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut changed = user(stack.now());
        changed.id = business.user.id;
        changed.first_name = "Luz".into();
        changed.last_name = "Sol".into();
        changed.phone_number = PhoneNumber::from_wa_id("34612345678").unwrap();
        changed.email_verified = true;
        changed.created_at += chrono::Duration::days(1);
        changed.updated_at += chrono::Duration::days(2);
        let secret = Sealed("k1.secret".into());
        let factors = [
            TwoFactor::Enrolling {
                secret: secret.clone(),
            },
            TwoFactor::On {
                secret,
                last_step: 56_000_000,
            },
            TwoFactor::Off,
        ];
        for two_factor in factors {
            changed.two_factor = two_factor;
            let system = stack.store.begin_system().await.unwrap();
            system.users().update(&changed).await.unwrap();
            system.commit().await.unwrap();
            let mut expected = changed.clone();
            expected.email = business.user.email.clone();
            expected.created_at = business.user.created_at;
            let read = stack.store.read_system();
            let found = read.users().find(business.user.id).await.unwrap();
            assert_eq!(found, Some(expected));
        }
        let system = stack.store.begin_system().await.unwrap();
        assert_broken(&system.users().update(&user(stack.now())).await);
    }
}

#[tokio::test]
async fn a_locked_user_is_left_alone_by_others() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let id = business.user.id;
        // Each counts on from what it has locked: none may be lost.
        let changes = (0..10).map(async |_| {
            let system = stack.store.begin_system().await.unwrap();
            let mut user = system.users().lock(id).await.unwrap().unwrap();
            user.first_name.push('+');
            system.users().update(&user).await.unwrap();
            system.commit().await.unwrap();
        });
        join_all(changes).await;
        let found = stack.store.read_system().users().find(id).await.unwrap();
        assert_eq!(found.unwrap().first_name, "Ana++++++++++");
        let system = stack.store.begin_system().await.unwrap();
        let nobody = system.users().lock(Id::generate()).await.unwrap();
        assert_eq!(nobody, None);
    }
}

async fn names_of(stack: &Stack, id: UserId) -> Vec<(OrganizationId, Role)> {
    let read = stack.store.read_system();
    let memberships = read.users().memberships(id).await.unwrap();
    let places = memberships.iter();
    places
        .map(|membership| (membership.organization_id, membership.role))
        .collect()
}

#[tokio::test]
async fn the_organization_last_signed_in_to_comes_first() {
    for stack in stacks().await {
        let mut businesses = Vec::new();
        for _ in 0..3 {
            businesses.push(stack.business().await);
            stack.clock.advance(std::time::Duration::from_secs(1));
        }
        let [own, second, third] = businesses.try_into().ok().unwrap();
        let Business {
            organization, user, ..
        } = &own;
        for (business, role) in [(&third, Role::Admin), (&second, Role::Agent)] {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let member = Member::join(user.id, role, stack.now());
            assert!(uow.members().insert(&member).await.unwrap());
            uow.commit().await.unwrap();
            stack.clock.advance(std::time::Duration::from_secs(1));
        }
        // Whoever never signed in anywhere has them in the order of joining.
        let owner = (own.id(), Role::Owner);
        let (agent, admin) = ((second.id(), Role::Agent), (third.id(), Role::Admin));
        assert_eq!(names_of(&stack, user.id).await, [owner, admin, agent]);

        let sign_in = async |id| {
            stack.clock.advance(std::time::Duration::from_secs(1));
            let uow = stack.store.begin(id).await.unwrap();
            uow.members().signed_in(user.id, stack.now()).await.unwrap();
            uow.commit().await.unwrap();
        };
        sign_in(second.id()).await;
        assert_eq!(names_of(&stack, user.id).await, [agent, owner, admin]);
        sign_in(third.id()).await;
        assert_eq!(names_of(&stack, user.id).await, [admin, agent, owner]);

        let read = stack.store.read_system();
        let memberships = read.users().memberships(user.id).await.unwrap();
        let own = Membership {
            organization_id: organization.id,
            organization_name: organization.name.clone(),
            role: Role::Owner,
        };
        assert_eq!(memberships[2], own);
        let nobody = read.users().memberships(Id::generate()).await.unwrap();
        assert_eq!(nobody, []);
    }
}

#[tokio::test]
async fn who_is_inactive_or_removed_is_a_member_no_more() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let user = &ours.user;
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        let mut member = Member::join(user.id, Role::Agent, stack.now());
        assert!(uow.members().insert(&member).await.unwrap());
        member.active = false;
        assert!(uow.members().update(&member).await.unwrap());
        uow.commit().await.unwrap();
        let own = (ours.id(), Role::Owner);
        assert_eq!(names_of(&stack, user.id).await, [own]);

        let uow = stack.store.begin(ours.id()).await.unwrap();
        assert!(uow.members().remove(user.id, stack.now()).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(names_of(&stack, user.id).await, []);
    }
}

#[tokio::test]
async fn new_recovery_codes_take_the_place_of_the_older() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let (user, other) = (ours.user.id, theirs.user.id);
        let codes = |numbers: std::ops::Range<u8>| -> Vec<_> {
            numbers.map(|number| TokenHash([number; 32])).collect()
        };
        let system = stack.store.begin_system().await.unwrap();
        let users = system.users();
        users
            .replace_recovery_codes(user, &codes(0..10))
            .await
            .unwrap();
        users
            .replace_recovery_codes(other, &codes(0..3))
            .await
            .unwrap();
        users
            .replace_recovery_codes(user, &codes(10..15))
            .await
            .unwrap();
        assert_eq!(users.count_recovery_codes(user).await.unwrap(), 5);
        assert_eq!(users.count_recovery_codes(other).await.unwrap(), 3);
        let spend = |id, number| {
            let hash = TokenHash([number; 32]);
            async move { users.spend_recovery_code(id, &hash).await.unwrap() }
        };
        // One of the older codes, one of somebody else's, and one that is good, once.
        assert!(!spend(user, 9).await);
        assert!(!spend(other, 12).await);
        assert!(spend(user, 12).await);
        assert!(!spend(user, 12).await);
        assert_eq!(users.count_recovery_codes(user).await.unwrap(), 4);
        users.replace_recovery_codes(user, &[]).await.unwrap();
        assert_eq!(users.count_recovery_codes(user).await.unwrap(), 0);
        assert_eq!(users.count_recovery_codes(other).await.unwrap(), 3);
        system.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_recovery_code_that_two_present_at_once_lets_one_in() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let (id, hash) = (business.user.id, TokenHash([7; 32]));
        let system = stack.store.begin_system().await.unwrap();
        let users = system.users();
        users.replace_recovery_codes(id, &[hash]).await.unwrap();
        system.commit().await.unwrap();
        let attempts = (0..8).map(async |_| {
            let system = stack.store.begin_system().await.unwrap();
            let spent = system.users().spend_recovery_code(id, &hash).await.unwrap();
            system.commit().await.unwrap();
            spent
        });
        let attempts = join_all(attempts).await;
        assert_eq!(attempts.iter().filter(|spent| **spent).count(), 1);
    }
}

#[tokio::test]
async fn of_recovery_codes_that_are_replaced_at_once_one_set_stays() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let id = business.user.id;
        let replacements = (0..8).map(async |number| {
            let codes = [number, number + 100].map(|byte| TokenHash([byte; 32]));
            let system = stack.store.begin_system().await.unwrap();
            let users = system.users();
            users.replace_recovery_codes(id, &codes).await.unwrap();
            system.commit().await.unwrap();
        });
        join_all(replacements).await;
        let read = stack.store.read_system();
        assert_eq!(read.users().count_recovery_codes(id).await.unwrap(), 2);
    }
}
