use std::time::Duration;

use domain::{
    store::Store,
    whatsapp::{AccountStatus, PhoneNumberId},
};

use crate::given::{account, newest, stacks};

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
async fn a_changed_status_makes_an_edit_of_the_old_version_stale() {
    for stack in stacks().await {
        let business = stack.business().await;
        let id = business.account.id;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let status = AccountStatus::NeedsReauth;
        let set = || {
            uow.accounts()
                .set_status(id, status, Some("190"), stack.now())
        };
        assert!(set().await.unwrap());
        assert!(!set().await.unwrap());
        assert!(!uow.accounts().update(&business.account).await.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let account = read.accounts().find(id).await.unwrap().unwrap();
        assert_eq!(account.status, status);
        assert_eq!(account.status_reason.as_deref(), Some("190"));
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
