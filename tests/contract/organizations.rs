mod invitations;
mod members;

use domain::{
    organizations::OrganizationId,
    storage::{FileKey, Folder},
    store::Store,
};

use crate::given::{Business, concurrent_stacks, organization, stacks};

#[tokio::test]
async fn an_organization_is_kept_as_it_is() {
    for stack in stacks().await {
        let business = stack.business().await;
        let read = stack.store.read(business.id());
        let found = read.organizations().current().await.unwrap();
        assert_eq!(found, Some(business.organization));
        let nobody = stack.store.read(OrganizationId::generate());
        assert_eq!(nobody.organizations().current().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_taken_slug_is_told_and_the_unit_of_work_goes_on() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut other = organization(stack.now());
        other.slug = business.organization.slug.clone();
        let uow = stack.store.begin(other.id).await.unwrap();
        assert!(!uow.organizations().insert(&other).await.unwrap());
        other.slug = format!("{}-2", other.slug);
        assert!(uow.organizations().insert(&other).await.unwrap());
        uow.commit().await.unwrap();
        let read = stack.store.read(other.id);
        assert_eq!(read.organizations().current().await.unwrap(), Some(other));
    }
}

#[tokio::test]
async fn of_two_who_edit_the_same_version_the_second_is_refused() {
    for stack in stacks().await {
        let Business { organization, .. } = stack.business().await;
        let mut edited = organization.clone();
        edited.name = "Café Sol".into();
        edited.country = None;
        edited.logo = Some(FileKey::generate(Folder::Images, organization.id));
        for is_first in [true, false] {
            let uow = stack.store.begin(organization.id).await.unwrap();
            assert_eq!(uow.organizations().update(&edited).await.unwrap(), is_first);
            uow.commit().await.unwrap();
        }
        edited.version = 2;
        let read = stack.store.read(organization.id);
        assert_eq!(read.organizations().current().await.unwrap(), Some(edited));
    }
}

#[tokio::test]
async fn the_currency_is_locked_for_good_and_an_edit_does_not_unlock_it() {
    for stack in stacks().await {
        let Business { organization, .. } = stack.business().await;
        let uow = stack.store.begin(organization.id).await.unwrap();
        let organizations = uow.organizations();
        organizations.lock_currency().await.unwrap();
        organizations.lock_currency().await.unwrap();
        // What was read before does not know of the lock.
        assert!(!organizations.update(&organization).await.unwrap());
        let mut edited = organizations.current().await.unwrap().unwrap();
        assert!(edited.currency_locked);
        assert_eq!(edited.version, 2);
        edited.name = "Café Sol".into();
        edited.currency_locked = false;
        assert!(organizations.update(&edited).await.unwrap());
        uow.commit().await.unwrap();
        edited.currency_locked = true;
        edited.version = 3;
        let read = stack.store.read(organization.id);
        assert_eq!(read.organizations().current().await.unwrap(), Some(edited));
    }
}

#[tokio::test]
async fn a_currency_does_not_change_once_it_is_locked_at_the_same_time() {
    for stack in concurrent_stacks().await {
        for _ in 0..10 {
            let Business { organization, .. } = stack.business().await;
            let id = organization.id;
            let change = async || {
                let uow = stack.store.begin(id).await.unwrap();
                let mut edited = uow.organizations().current().await.unwrap().unwrap();
                if edited.currency_locked {
                    return;
                }
                edited.currency = "EUR".parse().unwrap();
                uow.organizations().update(&edited).await.unwrap();
                uow.commit().await.unwrap();
            };
            // The currency in which the money is recorded.
            let record_money = async {
                let uow = stack.store.begin(id).await.unwrap();
                uow.organizations().lock_currency().await.unwrap();
                let locked = uow.organizations().current().await.unwrap().unwrap();
                uow.commit().await.unwrap();
                locked.currency
            };
            let ((), recorded, ()) = tokio::join!(change(), record_money, change());
            let read = stack.store.read(id);
            let kept = read.organizations().current().await.unwrap().unwrap();
            assert_eq!(kept.currency, recorded);
            assert!(kept.currency_locked);
        }
    }
}
