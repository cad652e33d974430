use std::time::Duration;

use domain::{
    chats::Message,
    event::Event,
    id::Id,
    job::Job,
    realtime::{Hint, Realtime},
    request_id,
    store::Store,
};
use futures_util::{FutureExt, StreamExt, future::join_all};

use crate::given::{Business, assert_broken, concurrent_stacks, stacks};

fn event(number: usize) -> Event {
    Event::AccountStatusChanged {
        account_id: Id::generate(),
        status: domain::whatsapp::AccountStatus::Connected,
        reason: Some(number.to_string()),
        restricted_until: None,
        may_answer: false,
    }
}

#[tokio::test]
async fn events_are_numbered_from_one_and_read_in_order() {
    for stack in stacks().await {
        let business = stack.business().await;
        let read = stack.store.read(business.id());
        assert_eq!(read.events().last_seq().await.unwrap(), 0);
        assert_eq!(read.events().first_seq().await.unwrap(), None);
        let events = [event(1), event(2), event(3)];
        let uow = stack.store.begin(business.id()).await.unwrap();
        for event in &events {
            uow.record(event.clone());
        }
        uow.commit().await.unwrap();
        assert_eq!(read.events().last_seq().await.unwrap(), 3);
        assert_eq!(read.events().first_seq().await.unwrap(), Some(1));
        let logged = read.events().after(1, 10).await.unwrap();
        assert_eq!(
            logged.iter().map(|event| event.seq).collect::<Vec<_>>(),
            [2, 3]
        );
        assert_eq!(logged[0].event, events[1]);
        assert_eq!(logged[0].occurred_at, stack.now());
        assert_eq!(read.events().after(1, 1).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn concurrent_commits_leave_no_gap() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let commits = (0..20).map(async |number| {
            let uow = stack.store.begin(business.id()).await.unwrap();
            uow.record(event(number));
            uow.record(event(number));
            uow.commit().await.unwrap();
        });
        join_all(commits).await;
        let read = stack.store.read(business.id());
        let seqs: Vec<_> = read.events().after(0, 100).await.unwrap();
        let seqs: Vec<_> = seqs.into_iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=40).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn each_organization_counts_for_itself() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let uow = stack.store.begin(ours.id()).await.unwrap();
        uow.record(event(1));
        uow.commit().await.unwrap();
        let read = stack.store.read(theirs.id());
        assert_eq!(read.events().last_seq().await.unwrap(), 0);
        assert_eq!(read.events().after(0, 10).await.unwrap(), []);
    }
}

#[tokio::test]
async fn readers_are_told_after_a_commit_and_not_after_a_rollback() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut hints = stack.realtime.subscribe().await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.record(event(1));
        drop(uow);
        assert_eq!(hints.next().now_or_never(), None);
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.record(event(1));
        uow.commit().await.unwrap();
        assert_eq!(hints.next().await, Some(Hint::Grown(business.id())));
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(hints.next().now_or_never(), None);
    }
}

fn queued(business: &Business, message: &Message) -> (Event, Job) {
    let job = Job::SendMessage {
        message_id: message.id,
        chat_id: business.chat.id,
    };
    (
        Event::MessageQueued {
            message: message.clone(),
        },
        job,
    )
}

#[tokio::test]
async fn an_event_is_stored_with_the_jobs_that_it_sets_off() {
    for stack in stacks().await {
        let business = stack.business().await;
        let message = business.outbound("Hola", stack.now());
        let (event, job) = queued(&business, &message);
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.record(event.clone());
        drop(uow);
        let lease = Duration::from_mins(1);
        assert_eq!(stack.store.jobs().claim(10, lease).await.unwrap(), []);

        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.record(event);
        request_id::within("request-7".into(), uow.commit())
            .await
            .unwrap();
        let jobs = stack.store.jobs().claim(10, lease).await.unwrap();
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].job, job);
        assert_eq!(jobs[0].organization_id, Some(business.id()));
        assert_eq!(jobs[0].request_id.as_deref(), Some("request-7"));
        assert_eq!(jobs[0].attempt, 1);
    }
}

#[tokio::test]
async fn old_events_are_swept_and_the_count_goes_on() {
    for stack in stacks().await {
        let business = stack.business().await;
        for number in 0..3 {
            let uow = stack.store.begin(business.id()).await.unwrap();
            uow.record(event(number));
            uow.commit().await.unwrap();
            stack.clock.advance(Duration::from_mins(1));
        }
        let before = stack.now() - Duration::from_mins(1);
        let system = stack.store.begin_system().await.unwrap();
        assert_eq!(
            system.maintenance().sweep_events(before, 1).await.unwrap(),
            1
        );
        assert_eq!(
            system.maintenance().sweep_events(before, 10).await.unwrap(),
            1
        );
        assert_eq!(
            system.maintenance().sweep_events(before, 10).await.unwrap(),
            0
        );
        system.commit().await.unwrap();
        let read = stack.store.read(business.id());
        assert_eq!(read.events().first_seq().await.unwrap(), Some(3));
        assert_eq!(read.events().last_seq().await.unwrap(), 3);
    }
}

#[tokio::test]
async fn a_system_unit_of_work_records_in_each_organization() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut hints = stack.realtime.subscribe().await;
        let registered = Event::Registered {
            user_id: ours.user.id,
        };
        let system = stack.store.begin_system().await.unwrap();
        // The greater id first.
        system.record(theirs.id(), event(1));
        system.record(ours.id(), registered.clone());
        system.record(theirs.id(), event(2));
        drop(system);
        assert_eq!(hints.next().now_or_never(), None);

        let (one, two) = (event(1), event(2));
        let system = stack.store.begin_system().await.unwrap();
        system.record(theirs.id(), one.clone());
        system.record(ours.id(), registered.clone());
        system.record(theirs.id(), two.clone());
        system.commit().await.unwrap();
        let logged = async |business: &Business| {
            let read = stack.store.read(business.id());
            let events = read.events().after(0, 10).await.unwrap().into_iter();
            events
                .map(|logged| (logged.seq, logged.event))
                .collect::<Vec<_>>()
        };
        assert_eq!(logged(&ours).await, [(1, registered)]);
        assert_eq!(logged(&theirs).await, [(1, one), (2, two)]);
        for business in [&ours, &theirs] {
            assert_eq!(hints.next().await, Some(Hint::Grown(business.id())));
        }
        let lease = Duration::from_mins(1);
        let jobs = stack.store.jobs().claim(10, lease).await.unwrap();
        let jobs: Vec<_> = jobs
            .iter()
            .map(|job| (job.job.kind(), job.organization_id))
            .collect();
        let welcome = ("send_welcome_mail", Some(ours.id()));
        let resume = ("resume_account", Some(theirs.id()));
        assert_eq!(jobs, [resume, welcome, resume]);
    }
}

#[tokio::test]
async fn what_was_recorded_before_narrowing_is_kept() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let system = stack.store.begin_system().await.unwrap();
        system.record(ours.id(), event(1));
        system.record(theirs.id(), event(2));
        let uow = system.narrow(ours.id());
        uow.record(event(3));
        uow.commit().await.unwrap();
        for (business, count) in [(&ours, 2), (&theirs, 1)] {
            let read = stack.store.read(business.id());
            assert_eq!(read.events().last_seq().await.unwrap(), count);
        }
    }
}

#[tokio::test]
async fn an_organization_that_is_not_there_spoils_the_whole_commit() {
    for stack in stacks().await {
        let business = stack.business().await;
        let system = stack.store.begin_system().await.unwrap();
        system.record(business.id(), event(1));
        system.record(Id::generate(), event(2));
        assert_broken(&system.commit().await);
        let read = stack.store.read(business.id());
        assert_eq!(read.events().last_seq().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn commits_that_log_in_the_same_organizations_do_not_wait_for_each_other() {
    for stack in concurrent_stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let commits = (0..20).map(async |number| {
            let system = stack.store.begin_system().await.unwrap();
            let mut organizations = [ours.id(), theirs.id()];
            if number % 2 == 0 {
                organizations.reverse();
            }
            for organization in organizations {
                system.record(organization, event(number));
            }
            system.commit().await.unwrap();
        });
        join_all(commits).await;
        for business in [&ours, &theirs] {
            let read = stack.store.read(business.id());
            assert_eq!(read.events().last_seq().await.unwrap(), 20);
        }
    }
}
