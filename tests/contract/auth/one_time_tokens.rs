use chrono::Duration;
use domain::{
    auth::{OneTimeToken, TokenHash, TokenPurpose, User},
    store::Store,
};
use futures_util::future::join_all;

use crate::given::{Stack, concurrent_stacks, stacks};

const RESET: TokenPurpose = TokenPurpose::PasswordReset;
const VERIFICATION: TokenPurpose = TokenPurpose::EmailVerification;

fn token(number: u8, purpose: TokenPurpose, user: &User, stack: &Stack) -> OneTimeToken {
    OneTimeToken {
        hash: TokenHash([number; 32]),
        purpose,
        user_id: user.id,
        email: user.email.clone(),
        created_at: stack.now(),
        expires_at: stack.now() + Duration::hours(1),
    }
}

async fn store(stack: &Stack, tokens: &[OneTimeToken]) {
    let system = stack.store.begin_system().await.unwrap();
    for token in tokens {
        system.one_time_tokens().insert(token).await.unwrap();
    }
    system.commit().await.unwrap();
}

async fn redeem(stack: &Stack, number: u8, purpose: TokenPurpose) -> Option<OneTimeToken> {
    let (hash, now) = (TokenHash([number; 32]), stack.now());
    let system = stack.store.begin_system().await.unwrap();
    let tokens = system.one_time_tokens();
    let redeemed = tokens.redeem(&hash, purpose, now).await.unwrap();
    system.commit().await.unwrap();
    redeemed
}

#[tokio::test]
async fn a_token_is_redeemed_once_and_for_its_purpose_alone() {
    for stack in stacks().await {
        let business = stack.business().await;
        let reset = token(1, RESET, &business.user, &stack);
        store(&stack, std::slice::from_ref(&reset)).await;
        assert_eq!(redeem(&stack, 2, RESET).await, None);
        assert_eq!(redeem(&stack, 1, VERIFICATION).await, None);
        assert_eq!(redeem(&stack, 1, RESET).await, Some(reset));
        assert_eq!(redeem(&stack, 1, RESET).await, None);
    }
}

#[tokio::test]
async fn a_token_that_has_expired_is_not_redeemed() {
    for stack in stacks().await {
        let business = stack.business().await;
        store(&stack, &[token(1, RESET, &business.user, &stack)]).await;
        stack.clock.advance(std::time::Duration::from_hours(1));
        assert_eq!(redeem(&stack, 1, RESET).await, None);
    }
}

#[tokio::test]
async fn a_newer_token_voids_the_older_of_its_purpose_and_user() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let old = token(1, RESET, &ours.user, &stack);
        let verification = token(2, VERIFICATION, &ours.user, &stack);
        let anothers = token(3, RESET, &theirs.user, &stack);
        let new = token(4, RESET, &ours.user, &stack);
        store(
            &stack,
            &[old, verification.clone(), anothers.clone(), new.clone()],
        )
        .await;
        assert_eq!(redeem(&stack, 1, RESET).await, None);
        assert_eq!(redeem(&stack, 4, RESET).await, Some(new));
        assert_eq!(redeem(&stack, 2, VERIFICATION).await, Some(verification));
        assert_eq!(redeem(&stack, 3, RESET).await, Some(anothers));
    }
}

#[tokio::test]
async fn a_token_that_many_present_at_once_lets_one_in() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        store(&stack, &[token(1, RESET, &business.user, &stack)]).await;
        let attempts = join_all((0..8).map(|_| redeem(&stack, 1, RESET))).await;
        assert_eq!(attempts.iter().flatten().count(), 1);
    }
}

#[tokio::test]
async fn of_tokens_that_are_made_at_once_one_is_good() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let made = (1..9).map(async |number| {
            store(&stack, &[token(number, RESET, &business.user, &stack)]).await;
        });
        join_all(made).await;
        let mut good = 0;
        for number in 1..9 {
            good += usize::from(redeem(&stack, number, RESET).await.is_some());
        }
        assert_eq!(good, 1);
    }
}

#[tokio::test]
async fn tokens_are_revoked_by_purpose() {
    for stack in stacks().await {
        let business = stack.business().await;
        let user = &business.user;
        let verification = token(2, VERIFICATION, user, &stack);
        store(
            &stack,
            &[token(1, RESET, user, &stack), verification.clone()],
        )
        .await;
        let system = stack.store.begin_system().await.unwrap();
        let tokens = system.one_time_tokens();
        tokens.revoke(user.id, RESET).await.unwrap();
        system.commit().await.unwrap();
        assert_eq!(redeem(&stack, 1, RESET).await, None);
        assert_eq!(redeem(&stack, 2, VERIFICATION).await, Some(verification));
    }
}

#[tokio::test]
async fn expired_tokens_are_swept_and_the_rest_stays() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        store(
            &stack,
            &[
                token(1, RESET, &ours.user, &stack),
                token(2, VERIFICATION, &ours.user, &stack),
            ],
        )
        .await;
        stack.clock.advance(std::time::Duration::from_hours(2));
        let living = token(3, RESET, &theirs.user, &stack);
        store(&stack, std::slice::from_ref(&living)).await;
        let system = stack.store.begin_system().await.unwrap();
        let tokens = system.one_time_tokens();
        let now = stack.now();
        assert_eq!(tokens.sweep_expired(now, 1).await.unwrap(), 1);
        assert_eq!(tokens.sweep_expired(now, 10).await.unwrap(), 1);
        assert_eq!(tokens.sweep_expired(now, 10).await.unwrap(), 0);
        system.commit().await.unwrap();
        assert_eq!(redeem(&stack, 3, RESET).await, Some(living));
    }
}
