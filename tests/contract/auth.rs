use chrono::Duration;
use domain::{
    auth::{RefreshToken, SignedIn, TokenHash},
    id::Id,
    organizations::Role,
    store::Store,
};

use crate::given::{session, stacks, user};

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
        assert_eq!(
            read.users().membership(business.user.id).await.unwrap(),
            Some((business.id(), Role::Owner))
        );
        assert_eq!(read.users().membership(Id::generate()).await.unwrap(), None);
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
