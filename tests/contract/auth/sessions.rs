use chrono::Duration;
use domain::{
    auth::{RefreshToken, Session, SessionId, SignedIn, TokenHash, UserId},
    organizations::{Member, OrganizationId, Role},
    store::Store,
};
use futures_util::future::join_all;

use crate::{
    given::{Business, Stack, concurrent_stacks, newest, session, stacks},
    pages::walk,
};

#[tokio::test]
async fn a_session_signs_in_until_it_expires_or_ends() {
    for stack in stacks().await {
        let business = stack.business().await;
        let session = session(&business, stack.now());
        let system = stack.store.begin_system().await.unwrap();
        system.sessions().insert(&session).await.unwrap();
        system.commit().await.unwrap();

        let read = stack.store.read_system();
        let found = read.sessions().find(session.id).await.unwrap();
        assert_eq!(found, Some(session.clone()));
        let signed_in = Some(SignedIn {
            session_id: session.id,
            user_id: business.user.id,
            organization_id: business.id(),
            role: Role::Owner,
        });
        let sessions = read.sessions();
        let now = stack.now();
        assert_eq!(
            sessions.signed_in(session.id, now).await.unwrap(),
            signed_in
        );
        let expiry = session.expires_at;
        assert_eq!(sessions.signed_in(session.id, expiry).await.unwrap(), None);

        let system = stack.store.begin_system().await.unwrap();
        let later = expiry + Duration::days(1);
        system
            .sessions()
            .prolong(session.id, now, later)
            .await
            .unwrap();
        system.commit().await.unwrap();
        assert_eq!(
            sessions.signed_in(session.id, expiry).await.unwrap(),
            signed_in
        );

        let system = stack.store.begin_system().await.unwrap();
        assert!(system.sessions().end(session.id).await.unwrap());
        assert!(!system.sessions().end(session.id).await.unwrap());
        system.commit().await.unwrap();
        assert_eq!(sessions.signed_in(session.id, now).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_refresh_token_is_spent_once_and_goes_with_its_session() {
    for stack in stacks().await {
        let business = stack.business().await;
        let session = session(&business, stack.now());
        let mut token = RefreshToken {
            hash: TokenHash([7; 32]),
            session_id: session.id,
            created_at: stack.now(),
            spent_at: None,
        };
        let system = stack.store.begin_system().await.unwrap();
        system.sessions().insert(&session).await.unwrap();
        system
            .sessions()
            .insert_refresh_token(&token)
            .await
            .unwrap();
        let now = stack.now();
        let spend = |hash| system.sessions().spend_refresh_token(hash, now);
        assert!(spend(&token.hash).await.unwrap());
        assert!(!spend(&token.hash).await.unwrap());
        assert!(!spend(&TokenHash([8; 32])).await.unwrap());
        system.commit().await.unwrap();

        token.spent_at = Some(now);
        let read = stack.store.read_system();
        let found = read
            .sessions()
            .find_refresh_token(&token.hash)
            .await
            .unwrap();
        assert_eq!(found, Some(token.clone()));

        let system = stack.store.begin_system().await.unwrap();
        system.sessions().end(session.id).await.unwrap();
        system.commit().await.unwrap();
        let found = read
            .sessions()
            .find_refresh_token(&token.hash)
            .await
            .unwrap();
        assert_eq!(found, None);
    }
}

#[tokio::test]
async fn a_ticket_is_good_once_and_for_a_time() {
    for stack in stacks().await {
        let business = stack.business().await;
        let session = session(&business, stack.now());
        let expiry = stack.now() + Duration::seconds(30);
        let (used, late) = (TokenHash([1; 32]), TokenHash([2; 32]));
        let system = stack.store.begin_system().await.unwrap();
        let sessions = system.sessions();
        sessions.insert(&session).await.unwrap();
        sessions
            .insert_ticket(&used, session.id, expiry)
            .await
            .unwrap();
        sessions
            .insert_ticket(&late, session.id, expiry)
            .await
            .unwrap();
        let now = stack.now();
        assert_eq!(
            sessions.redeem_ticket(&used, now).await.unwrap(),
            Some(session.id)
        );
        assert_eq!(sessions.redeem_ticket(&used, now).await.unwrap(), None);
        assert_eq!(sessions.redeem_ticket(&late, expiry).await.unwrap(), None);
        system.commit().await.unwrap();
    }
}

#[tokio::test]
async fn what_expired_is_swept_and_the_rest_stays() {
    for stack in stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        let living = session(&business, now);
        let mut expired = session(&business, now);
        expired.expires_at = now - Duration::seconds(1);
        let system = stack.store.begin_system().await.unwrap();
        let sessions = system.sessions();
        for session in [&living, &expired] {
            sessions.insert(session).await.unwrap();
        }
        let (old, young) = (TokenHash([1; 32]), TokenHash([2; 32]));
        let past = now - Duration::seconds(1);
        sessions.insert_ticket(&old, living.id, past).await.unwrap();
        sessions
            .insert_ticket(&young, living.id, living.expires_at)
            .await
            .unwrap();

        assert_eq!(sessions.sweep_expired(now, 1).await.unwrap(), 1);
        assert_eq!(sessions.sweep_expired(now, 10).await.unwrap(), 1);
        assert_eq!(sessions.sweep_expired(now, 10).await.unwrap(), 0);
        assert_eq!(sessions.find(expired.id).await.unwrap(), None);
        assert_eq!(
            sessions.redeem_ticket(&young, now).await.unwrap(),
            Some(living.id)
        );
        system.commit().await.unwrap();
    }
}

async fn store(stack: &Stack, sessions: &[Session]) {
    let system = stack.store.begin_system().await.unwrap();
    for session in sessions {
        system.sessions().insert(session).await.unwrap();
    }
    system.commit().await.unwrap();
}

/// The user of one business, who works in another as well.
async fn of_two_businesses(stack: &Stack) -> (Business, Business) {
    let (ours, theirs) = (stack.business().await, stack.business().await);
    let uow = stack.store.begin(theirs.id()).await.unwrap();
    let member = Member::join(ours.user.id, Role::Agent, stack.now());
    assert!(uow.members().insert(&member).await.unwrap());
    uow.commit().await.unwrap();
    (ours, theirs)
}

fn session_in(organization: OrganizationId, user_id: UserId, stack: &Stack) -> Session {
    Session {
        id: SessionId::generate(),
        user_id,
        organization_id: organization,
        user_agent: Some("curl".into()),
        address: Some("203.0.113.7".into()),
        created_at: stack.now(),
        last_used_at: stack.now(),
        expires_at: stack.now() + Duration::days(30),
    }
}

#[tokio::test]
async fn a_user_sees_all_living_sessions_and_nobody_elses() {
    for stack in stacks().await {
        let (ours, theirs) = of_two_businesses(&stack).await;
        let user = ours.user.id;
        let mut expected = Vec::new();
        for number in 0..4 {
            // Two at equal times.
            for business in [&ours, &theirs] {
                expected.push(session_in(business.id(), user, &stack));
            }
            if number % 2 == 1 {
                stack.clock.advance(std::time::Duration::from_secs(1));
            }
        }
        let mut expired = session_in(ours.id(), user, &stack);
        expired.expires_at = stack.now();
        store(&stack, &expected).await;
        store(&stack, &[expired, session(&theirs, stack.now())]).await;
        expected.sort_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));

        let read = stack.store.read_system();
        let now = stack.now();
        let list = async |page| read.sessions().of_user(user, now, page).await.unwrap();
        assert_eq!(walk(list).await, expected);
        let count = read.sessions().count_of_user(user, now).await.unwrap();
        assert_eq!(count, 8);
        let nobody = read.sessions().of_user(UserId::generate(), now, newest(3));
        assert_eq!(nobody.await.unwrap().rows, []);
    }
}

#[tokio::test]
async fn ending_all_sessions_spares_the_one_that_stays_and_other_peoples() {
    for stack in stacks().await {
        let (ours, theirs) = of_two_businesses(&stack).await;
        let user = ours.user.id;
        let [stays, here] = [(); 2].map(|()| session_in(ours.id(), user, &stack));
        let [there, also_there] = [(); 2].map(|()| session_in(theirs.id(), user, &stack));
        let anothers = session(&theirs, stack.now());
        let sessions = [&stays, &here, &there, &also_there, &anothers].map(Session::clone);
        store(&stack, &sessions).await;

        let end_all = async |organization, stays| {
            let system = stack.store.begin_system().await.unwrap();
            let ended = system.sessions().end_all(user, organization, stays).await;
            system.commit().await.unwrap();
            let mut ended: Vec<_> = ended.unwrap().into_iter().map(|(_, id)| id).collect();
            ended.sort();
            ended
        };
        // In one organization, in all but one, and in all.
        let in_theirs = end_all(Some(theirs.id()), None).await;
        assert_eq!(in_theirs, [there.id, also_there.id]);
        let others = end_all(None, Some(stays.id)).await;
        assert_eq!(others, [here.id]);
        let again = stack.store.begin_system().await.unwrap();
        let ended = again.sessions().end_all(user, None, None).await.unwrap();
        assert_eq!(ended, [(ours.id(), stays.id)]);
        again.commit().await.unwrap();
        assert_eq!(end_all(None, None).await, []);

        let read = stack.store.read_system();
        for session in [stays, here, there, also_there] {
            assert_eq!(read.sessions().find(session.id).await.unwrap(), None);
        }
        let found = read.sessions().find(anothers.id).await.unwrap();
        assert_eq!(found, Some(anothers));
    }
}

#[tokio::test]
async fn a_session_of_somebody_who_may_not_sign_in_stands_for_nobody() {
    for stack in stacks().await {
        let (ours, theirs) = of_two_businesses(&stack).await;
        let user = ours.user.id;
        let (here, there) = (
            session_in(ours.id(), user, &stack),
            session_in(theirs.id(), user, &stack),
        );
        store(&stack, &[here.clone(), there.clone()]).await;
        let role = async |id| {
            let read = stack.store.read_system();
            let signed_in = read.sessions().signed_in(id, stack.now()).await.unwrap();
            signed_in.map(|signed_in| signed_in.role)
        };
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        let mut member = uow.members().find(user).await.unwrap().unwrap().member;
        member.active = false;
        assert!(uow.members().update(&member).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(role(there.id).await, None);
        assert_eq!(role(here.id).await, Some(Role::Owner));

        let uow = stack.store.begin(ours.id()).await.unwrap();
        assert!(uow.members().remove(user, stack.now()).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(role(here.id).await, None);
    }
}

/// Refreshing changes a token and its session, and ending does so in the same order: in
/// different orders, the two would wait for each other until the database gave one up.
#[tokio::test]
async fn sessions_that_end_while_they_are_refreshed_fail_nobody() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let user = business.user.id;
        for round in 0..20 {
            let sessions = [(); 4].map(|()| session_in(business.id(), user, &stack));
            store(&stack, &sessions).await;
            let token = |session: &Session| {
                let mut hash = [round; 32];
                hash[..16].copy_from_slice(session.id.uuid().as_bytes());
                TokenHash(hash)
            };
            let system = stack.store.begin_system().await.unwrap();
            for session in &sessions {
                let token = RefreshToken {
                    hash: token(session),
                    session_id: session.id,
                    created_at: stack.now(),
                    spent_at: None,
                };
                let inserted = system.sessions().insert_refresh_token(&token).await;
                inserted.unwrap();
            }
            system.commit().await.unwrap();

            let now = stack.now();
            let refresh = async |session: &Session| {
                let system = stack.store.begin_system().await.unwrap();
                let its = system.sessions();
                its.spend_refresh_token(&token(session), now).await.unwrap();
                its.prolong(session.id, now, session.expires_at)
                    .await
                    .unwrap();
                system.commit().await.unwrap();
            };
            let end_all = async || {
                let system = stack.store.begin_system().await.unwrap();
                let ended = system.sessions().end_all(user, None, None).await;
                system.commit().await.unwrap();
                ended.unwrap().len()
            };
            let (_, one, other) =
                tokio::join!(join_all(sessions.iter().map(refresh)), end_all(), end_all());
            assert_eq!(one + other, sessions.len());
        }
    }
}
