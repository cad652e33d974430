use std::time::Duration;

use domain::{
    store::Store,
    whatsapp::{AccountHealth, AccountStatus, DueCheck, PhoneNumberId},
};
use futures_util::future::join_all;

use crate::given::{Business, account, concurrent_stacks, newest, stacks};

#[tokio::test]
async fn an_account_is_kept_as_it_is_and_listed_newest_first() {
    for stack in stacks().await {
        let business = stack.business().await;
        stack.clock.advance(Duration::from_secs(1));
        let second = account(stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.accounts().insert(&second).await.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let found = read.accounts().find(second.id).await.unwrap();
        assert_eq!(found, Some(second.clone()));
        let page = read.accounts().list(newest(10)).await.unwrap();
        assert_eq!(page.rows, [second, business.account]);
        assert_eq!(read.accounts().count().await.unwrap(), 2);
    }
}

#[tokio::test]
async fn a_number_is_connected_once_in_the_installation() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut copy = account(stack.now());
        copy.phone_number_id = ours.account.phone_number_id.clone();
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert!(!uow.accounts().insert(&copy).await.unwrap());
        let mut moved = theirs.account.clone();
        moved.phone_number_id = ours.account.phone_number_id.clone();
        assert!(!uow.accounts().update(&moved).await.unwrap());
        // The unit of work still works.
        moved.phone_number_id = PhoneNumberId("another".into());
        assert!(uow.accounts().update(&moved).await.unwrap());
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_removed_account_is_out_of_sight_and_its_number_free() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut removed = ours.account.clone();
        removed.removed_at = Some(stack.now());
        let uow = stack.store.begin(ours.id()).await.unwrap();
        assert!(uow.accounts().update(&removed).await.unwrap());
        uow.commit().await.unwrap();
        removed.version = 2;

        let read = stack.store.read(ours.id());
        assert_eq!(read.accounts().find(removed.id).await.unwrap(), None);
        assert_eq!(read.accounts().count().await.unwrap(), 0);
        let kept = Some(removed.clone());
        assert_eq!(
            read.accounts().find_even_removed(removed.id).await.unwrap(),
            kept
        );
        let number = &removed.phone_number_id;
        assert_eq!(read.accounts().find_removed(number).await.unwrap(), kept);
        let system = stack.store.read_system();
        assert_eq!(
            system.accounts().by_phone_number_id(number).await.unwrap(),
            None
        );

        let mut taken_over = account(stack.now());
        taken_over.phone_number_id = number.clone();
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert!(uow.accounts().insert(&taken_over).await.unwrap());
        uow.commit().await.unwrap();
        let mut back = removed.clone();
        back.removed_at = None;
        let uow = stack.store.begin(ours.id()).await.unwrap();
        assert!(!uow.accounts().update(&back).await.unwrap());
    }
}

#[tokio::test]
async fn whatever_meta_tells_and_what_was_told_of_it_is_kept() {
    for stack in stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        let uow = stack.store.begin(business.id()).await.unwrap();
        let locked = uow.accounts().lock(business.account.id).await.unwrap();
        let mut account = locked.unwrap();
        account.restrict("Spam".into(), Some(now + Duration::from_hours(1)), true);
        account.health = AccountHealth {
            quality_rating: Some("RED".into()),
            messaging_limit: Some("TIER_2K".into()),
            throughput_per_second: 1_000,
            on_phone: true,
            phone_number_status: Some("FLAGGED".into()),
            verified_name: Some("Café Luna 🌙".into()),
            name_status: Some("DECLINED".into()),
            webhook_subscribed: Some(false),
            webhook_error: Some("No permission".into()),
            token_expires_at: Some(now + Duration::from_hours(30)),
            missing_scopes: vec!["whatsapp_business_management".into()],
            warning: Some("Meta warns".into()),
        };
        account.health_checked_at = Some(now);
        assert_eq!(account.take_alerts(now).len(), 6);
        assert!(uow.accounts().update(&account).await.unwrap());
        uow.commit().await.unwrap();
        account.version = 2;

        let read = stack.store.read(business.id());
        let kept = read.accounts().find(account.id).await.unwrap();
        assert_eq!(kept, Some(account.clone()));
        let mut kept = kept.unwrap();
        assert_eq!(kept.take_alerts(now), [], "it has been told");
    }
}

#[tokio::test]
async fn of_two_who_change_an_account_under_its_lock_the_second_sees_the_first() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let id = business.account.id;
        let counts = join_all((0..4).map(async |_| {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let mut account = uow.accounts().lock(id).await.unwrap().unwrap();
            account.pause(AccountStatus::NeedsReauth, "190");
            let count = account.take_alerts(stack.now()).len();
            if count > 0 {
                assert!(uow.accounts().update(&account).await.unwrap());
            }
            uow.commit().await.unwrap();
            count
        }))
        .await;
        assert_eq!(counts.iter().sum::<usize>(), 1, "{counts:?}");
    }
}

#[tokio::test]
async fn accounts_are_checked_in_their_turn_and_removed_ones_never() {
    for stack in stacks().await {
        let (first, second, removed) = (
            stack.business().await,
            stack.business().await,
            stack.business().await,
        );
        let mut gone = removed.account.clone();
        gone.removed_at = Some(stack.now());
        let uow = stack.store.begin(removed.id()).await.unwrap();
        assert!(uow.accounts().update(&gone).await.unwrap());
        uow.commit().await.unwrap();
        let due = async |limit| {
            let system = stack.store.read_system();
            let due = system.accounts().due_for_check(stack.now(), limit).await;
            due.unwrap()
        };
        let check = |business: &Business| DueCheck {
            organization_id: business.id(),
            account_id: business.account.id,
        };
        assert_eq!(due(10).await.len(), 2, "never asked for, so due at once");
        assert_eq!(due(1).await.len(), 1);

        for (business, hours) in [(&first, 2), (&second, 1)] {
            let next_at = stack.now() + Duration::from_hours(hours);
            let clear_at = (hours == 2).then(|| stack.now());
            let uow = stack.store.begin(business.id()).await.unwrap();
            let id = business.account.id;
            uow.accounts()
                .note_check(id, clear_at, next_at)
                .await
                .unwrap();
            uow.commit().await.unwrap();
            let read = stack.store.read(business.id());
            let account = read.accounts().find(id).await.unwrap().unwrap();
            assert_eq!(account.health_checked_at, clear_at);
            assert_eq!(account.version, business.account.version, "no edit");
        }
        assert_eq!(due(10).await, []);
        stack.clock.advance(Duration::from_hours(1));
        assert_eq!(due(10).await, [check(&second)]);
        stack.clock.advance(Duration::from_hours(1));
        assert_eq!(due(10).await, [check(&second), check(&first)]);
    }
}

#[tokio::test]
async fn nobody_locks_or_puts_off_anothers_account() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        let accounts = uow.accounts();
        assert_eq!(accounts.lock(ours.account.id).await.unwrap(), None);
        let next_at = stack.now() + Duration::from_hours(1);
        let noted = accounts.note_check(ours.account.id, Some(next_at), next_at);
        noted.await.unwrap();
        uow.commit().await.unwrap();
        let system = stack.store.read_system();
        let due = system.accounts().due_for_check(stack.now(), 10).await;
        assert_eq!(due.unwrap().len(), 2);
        let read = stack.store.read(ours.id());
        let account = read.accounts().find(ours.account.id).await.unwrap();
        assert_eq!(account, Some(ours.account));
    }
}

#[tokio::test]
async fn those_that_stand_still_are_known_whosever_they_are() {
    for stack in stacks().await {
        let business = stack.business().await;
        stack.business().await;
        let mut account = business.account.clone();
        account.pause(AccountStatus::NeedsReauth, "190");
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.accounts().update(&account).await.unwrap());
        uow.commit().await.unwrap();
        let system = stack.store.read_system();
        let still = system.accounts().standing_still(10).await.unwrap();
        account.version = 2;
        assert_eq!(still, [account]);
        assert_eq!(system.accounts().standing_still(0).await.unwrap(), []);
    }
}

#[tokio::test]
async fn the_directory_leads_from_metas_ids_to_the_organization() {
    for stack in stacks().await {
        let business = stack.business().await;
        let account = &business.account;
        let place = (business.id(), account.id);
        let system = stack.store.read_system();
        let directory = system.accounts();
        let number = &account.phone_number_id;
        assert_eq!(
            directory.by_phone_number_id(number).await.unwrap(),
            Some(place)
        );
        let of_business = directory.by_business_account_id(&account.business_account_id);
        assert_eq!(of_business.await.unwrap(), [place]);
        let secret = account.app_secret.clone().unwrap();
        assert_eq!(
            directory.app_secret(number).await.unwrap(),
            Some((place.0, place.1, secret))
        );
        let unknown = PhoneNumberId("unknown".into());
        assert_eq!(directory.app_secret(&unknown).await.unwrap(), None);
    }
}
