use domain::{
    organizations::OrganizationId,
    storage::{File, FileKey, Folder},
    store::Store,
};

use crate::given::{Stack, assert_broken, file, stacks};

fn key_of(organization: OrganizationId) -> FileKey {
    FileKey::generate(Folder::Images, organization)
}

async fn store(stack: &Stack, files: &[&File]) {
    for file in files {
        let organization = file.metadata.organization_id;
        let uow = stack.store.begin(organization).await.unwrap();
        uow.files().insert(file).await.unwrap();
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_is_kept_as_it_is_until_it_is_removed() {
    for stack in stacks().await {
        let business = stack.business().await;
        let (logo, mut document) = (file(&business, stack.now()), file(&business, stack.now()));
        document.metadata.original_name = None;
        document.metadata.uploaded_by = None;
        store(&stack, &[&logo, &document]).await;
        let read = stack.store.read(business.id());
        let found = read.files().find(&logo.key).await.unwrap();
        assert_eq!(found, Some(logo.clone()));

        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.files().remove(&logo.key).await.unwrap());
        assert!(!uow.files().remove(&logo.key).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(read.files().find(&logo.key).await.unwrap(), None);
        let found = read.files().find(&document.key).await.unwrap();
        assert_eq!(found, Some(document));
    }
}

#[tokio::test]
async fn a_key_is_taken_once_in_the_installation() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let first = file(&ours, stack.now());
        store(&stack, &[&first]).await;
        let mut copy = file(&theirs, stack.now());
        copy.key = first.key.clone();
        for file in [first, copy] {
            let uow = stack.store.begin(file.metadata.organization_id).await;
            assert_broken(&uow.unwrap().files().insert(&file).await);
        }
    }
}

#[tokio::test]
async fn what_no_organization_knows_is_an_orphan() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let (our_file, their_file) = (file(&ours, stack.now()), file(&theirs, stack.now()));
        store(&stack, &[&our_file, &their_file]).await;
        let orphans = [key_of(ours.id()), key_of(theirs.id())];
        let keys = [&orphans[0], &our_file.key, &orphans[1], &their_file.key];
        let system = stack.store.read_system();
        let directory = system.files();
        let found = directory.orphans_among(&keys.map(FileKey::clone)).await;
        assert_eq!(found.unwrap(), orphans);
        assert_eq!(directory.orphans_among(&[]).await.unwrap(), []);

        // A logo in use, whose file is not known any more.
        let mut organization = ours.organization.clone();
        let logo = key_of(ours.id());
        organization.logo = Some(logo.clone());
        let uow = stack.store.begin(ours.id()).await.unwrap();
        assert!(uow.organizations().update(&organization).await.unwrap());
        uow.commit().await.unwrap();
        let found = directory.orphans_among(&[logo, orphans[0].clone()]).await;
        assert_eq!(found.unwrap(), orphans[..1]);

        // More than one statement takes.
        let mut many: Vec<_> = (0..2_500).map(|_| key_of(ours.id())).collect();
        let all_orphans = many.clone();
        many.insert(1_200, our_file.key.clone());
        many.push(their_file.key.clone());
        let found = directory.orphans_among(&many).await.unwrap();
        assert_eq!(found, all_orphans);
    }
}
