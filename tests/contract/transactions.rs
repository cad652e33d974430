use domain::{
    auth::{TokenHash, TokenPurpose},
    event::Event,
    id::Id,
    job::Job,
    storage::FileKey,
    store::{Repositories, Store},
    whatsapp::DeliveryId,
};

use crate::given::{
    self, Business, assert_broken, concurrent_stacks, contact, customer, stacks, wa_id,
};

#[tokio::test]
async fn dropping_a_unit_of_work_rolls_it_back() {
    for stack in stacks().await {
        let business = stack.business().await;
        let customer = customer("Luz", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.customers().insert(&customer).await.unwrap();
        uow.record(Event::CustomerCreated {
            customer: customer.clone(),
        });
        drop(uow);
        let read = stack.store.read(business.id());
        assert_eq!(read.customers().find(customer.id).await.unwrap(), None);
        assert_eq!(read.events().last_seq().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn an_open_unit_of_work_is_unseen_by_others() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let customer = customer("Luz", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.customers().insert(&customer).await.unwrap();
        let read = stack.store.read(business.id());
        assert_eq!(read.customers().find(customer.id).await.unwrap(), None);
        uow.commit().await.unwrap();
        let found = read.customers().find(customer.id).await.unwrap();
        assert_eq!(found, Some(customer));
    }
}

#[tokio::test]
async fn nothing_can_be_committed_after_an_error() {
    for stack in stacks().await {
        let business = stack.business().await;
        let customer = customer("Luz", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.customers().insert(&customer).await.unwrap());
        let orphan = contact(&given::customer("Nobody", stack.now()), stack.now());
        let identities = [wa_id(&orphan)];
        assert_broken(&uow.contacts().insert(&orphan, &identities).await);
        assert_broken(&uow.commit().await);
        let read = stack.store.read(business.id());
        assert_eq!(read.customers().find(customer.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_read_scope_refuses_to_write() {
    for stack in stacks().await {
        let Business {
            account,
            customer,
            chat,
            user,
            organization,
            ..
        } = stack.business().await;
        let now = stack.now();
        let read = stack.store.read(organization.id);
        assert_broken(&read.customers().update(&customer).await);
        assert_broken(&read.customers().insert(&customer).await);
        assert_broken(&read.accounts().update(&account).await);
        assert_broken(&read.organizations().update(&organization).await);
        assert_broken(&read.chats().mark_read(chat.id, user.id, 1, now).await);
        assert_broken(&read.messages().claim(Id::generate()).await);
        assert_broken(&read.messages().lock(Id::generate()).await);
        assert_broken(&read.idempotency_keys().release("key").await);
        assert_broken(&read.organizations().lock_currency().await);
        assert_broken(&read.members().lock_owners().await);
        assert_broken(&read.members().remove(user.id, now).await);
        assert_broken(&read.invitations().remove(Id::generate()).await);
        let key = FileKey::parse("media/1").unwrap();
        assert_broken(&read.files().remove(&key).await);
        let system = stack.store.read_system();
        assert_broken(&system.users().insert(&user).await);
        assert_broken(&system.users().update(&user).await);
        assert_broken(&system.users().lock(user.id).await);
        assert_broken(&system.sessions().end_all(user.id, None, None).await);
        let hash = TokenHash([1; 32]);
        let purpose = TokenPurpose::PasswordReset;
        let tokens = system.one_time_tokens();
        assert_broken(&tokens.redeem(&hash, purpose, now).await);
        assert_broken(&system.invitations().sweep_expired(now, 1).await);
        assert_broken(&system.sessions().end(Id::generate()).await);
        assert_broken(
            &system
                .deliveries()
                .mark_processed(Id::generate(), now)
                .await,
        );
        assert_broken(&system.maintenance().sweep_events(now, 1).await);
    }
}

#[tokio::test]
async fn a_system_unit_of_work_goes_on_within_an_organization() {
    for stack in stacks().await {
        let business = Business::any(stack.now());
        let system = stack.store.begin_system().await.unwrap();
        assert!(system.users().insert(&business.user).await.unwrap());
        system.enqueue(Job::Sweep);
        let uow = system.narrow(business.id());
        let inserted = uow.organizations().insert(&business.organization).await;
        assert!(inserted.unwrap());
        uow.record(Event::Registered {
            user_id: business.user.id,
        });
        uow.commit().await.unwrap();

        let system = stack.store.read_system();
        assert!(
            system
                .users()
                .find(business.user.id)
                .await
                .unwrap()
                .is_some()
        );
        let lease = std::time::Duration::from_secs(1);
        let jobs = stack.store.jobs().claim(10, lease).await.unwrap();
        let kinds: Vec<_> = jobs
            .iter()
            .map(|job| (job.job.kind(), job.organization_id))
            .collect();
        let welcome = ("send_welcome_mail", Some(business.id()));
        assert_eq!(kinds, [("sweep", None), welcome]);
    }
}

#[tokio::test]
async fn a_system_unit_of_work_that_is_dropped_leaves_nothing() {
    for stack in stacks().await {
        let business = Business::any(stack.now());
        let system = stack.store.begin_system().await.unwrap();
        assert!(system.users().insert(&business.user).await.unwrap());
        let delivery_id = DeliveryId::generate();
        system.enqueue(Job::ProcessDelivery { delivery_id });
        drop(system);
        let system = stack.store.read_system();
        assert_eq!(system.users().find(business.user.id).await.unwrap(), None);
        assert_eq!(stack.store.jobs().next_due().await.unwrap(), None);
    }
}

#[tokio::test]
async fn events_of_an_organization_that_is_not_there_are_refused() {
    for stack in stacks().await {
        let uow = stack.store.begin(Id::generate()).await.unwrap();
        uow.record(Event::SessionEnded {
            session_id: Id::generate(),
        });
        assert_broken(&uow.commit().await);
    }
}

#[tokio::test]
async fn a_commit_reaches_its_end_though_its_caller_goes_away() {
    for stack in stacks().await {
        let business = stack.business().await;
        let customer = customer("Luz", stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.customers().insert(&customer).await.unwrap();
        let mut commit = uow.commit();
        assert!(futures_util::poll!(&mut commit).is_pending());
        drop(commit);
        // Whoever begins next stands behind the commit where there is one writer.
        let mut found = None;
        for _ in 0..100 {
            let read: Box<dyn Repositories> = stack.store.read(business.id());
            found = read.customers().find(customer.id).await.unwrap();
            if found.is_some() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(found, Some(customer));
    }
}
