use domain::{organizations::OrganizationId, store::Store};

use crate::given::{Business, organization, stacks};

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
