use std::{sync::Arc, time::Duration};

use domain::{
    chats::ChatId,
    id::Id,
    job::{Job, NewJob, Outcome, QueuedJob},
    store::Store,
    whatsapp::DeliveryId,
};
use futures_util::future::join_all;
use infrastructure::database::SeaStore;
use tokio::time::Instant;

use crate::given::{Stack, concurrent_stacks, newest, stacks};

const LEASE: Duration = Duration::from_mins(1);
const ALMOST_A_LEASE: Duration = Duration::from_secs(59);
const SECOND: Duration = Duration::from_secs(1);

fn job(stack: &Stack) -> NewJob {
    NewJob {
        job: Job::ProcessDelivery {
            delivery_id: DeliveryId::generate(),
        },
        organization_id: None,
        ordering_key: None,
        run_at: stack.now(),
        unique_key: None,
        request_id: None,
    }
}

fn keyed(stack: &Stack, key: &str) -> NewJob {
    NewJob {
        ordering_key: Some(key.into()),
        ..job(stack)
    }
}

fn unique(stack: &Stack, key: &str) -> NewJob {
    NewJob {
        job: Job::Sweep,
        unique_key: Some(key.into()),
        ..job(stack)
    }
}

async fn enqueue(stack: &Stack, job: &NewJob) {
    assert!(stack.store.jobs().enqueue(job).await.unwrap());
}

async fn claim(stack: &Stack, limit: u32) -> Vec<QueuedJob> {
    stack.store.jobs().claim(limit, LEASE).await.unwrap()
}

async fn claim_one(stack: &Stack) -> QueuedJob {
    let mut jobs = claim(stack, 1).await;
    jobs.pop().expect("a job is ready")
}

async fn finish(stack: &Stack, job: &QueuedJob, outcome: Outcome) -> bool {
    stack.store.jobs().finish(job, &outcome).await.unwrap()
}

fn jobs_of(claimed: &[QueuedJob]) -> Vec<&Job> {
    claimed.iter().map(|job| &job.job).collect()
}

#[tokio::test]
async fn jobs_are_claimed_oldest_first_when_they_are_due() {
    for stack in stacks().await {
        let (first, second) = (job(&stack), job(&stack));
        let later = NewJob {
            run_at: stack.now() + SECOND,
            ..job(&stack)
        };
        for job in [&first, &later, &second] {
            enqueue(&stack, job).await;
        }
        let claimed = claim(&stack, 1).await;
        assert_eq!(jobs_of(&claimed), [&first.job]);
        let claimed = claim(&stack, 10).await;
        assert_eq!(jobs_of(&claimed), [&second.job]);
        assert_eq!(claim(&stack, 10).await, []);
        stack.clock.advance(SECOND);
        let claimed = claim(&stack, 10).await;
        assert_eq!(jobs_of(&claimed), [&later.job]);
    }
}

#[tokio::test]
async fn no_job_is_claimed_twice_by_workers_that_race() {
    for stack in concurrent_stacks().await {
        for _ in 0..100 {
            enqueue(&stack, &job(&stack)).await;
        }
        let stores: Vec<_> = (0..4).map(|_| stack.another_store()).collect();
        let workers = stores.iter().cloned().map(|store: Arc<SeaStore>| {
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = store.jobs().claim(3, LEASE).await.unwrap();
                    if claimed.is_empty() {
                        return mine;
                    }
                    for job in claimed {
                        assert!(store.jobs().finish(&job, &Outcome::Done).await.unwrap());
                        mine.push(job.id);
                    }
                }
            })
        });
        let mut all = Vec::new();
        for claimed in join_all(workers).await {
            all.extend(claimed.unwrap());
        }
        assert_eq!(all.len(), 100);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 100);
        assert_eq!(stack.store.jobs().next_due().await.unwrap(), None);
    }
}

#[tokio::test]
async fn jobs_with_one_key_run_one_after_the_other() {
    for stack in stacks().await {
        let (first, second) = (keyed(&stack, "a"), keyed(&stack, "a"));
        let (other, free) = (keyed(&stack, "b"), job(&stack));
        for job in [&first, &second, &other, &free] {
            enqueue(&stack, job).await;
        }
        let claimed = claim(&stack, 10).await;
        assert_eq!(jobs_of(&claimed), [&first.job, &other.job, &free.job]);
        assert_eq!(claim(&stack, 10).await, []);

        // It must wait even while the first one waits for its next try.
        let at = stack.now() + SECOND;
        let retry = Outcome::Retry {
            at,
            error: "no".into(),
        };
        assert!(finish(&stack, &claimed[0], retry).await);
        assert_eq!(claim(&stack, 10).await, []);
        stack.clock.advance(SECOND);
        let again = claim_one(&stack).await;
        assert_eq!((&again.job, again.attempt), (&first.job, 2));
        assert!(finish(&stack, &again, Outcome::Done).await);
        assert_eq!(claim_one(&stack).await.job, second.job);
    }
}

#[tokio::test]
async fn a_dead_job_does_not_hold_up_its_key() {
    for stack in stacks().await {
        let (first, second) = (keyed(&stack, "a"), keyed(&stack, "a"));
        enqueue(&stack, &first).await;
        enqueue(&stack, &second).await;
        let claimed = claim_one(&stack).await;
        assert!(finish(&stack, &claimed, Outcome::Dead { error: "no".into() }).await);
        assert_eq!(claim_one(&stack).await.job, second.job);
    }
}

#[tokio::test]
async fn a_job_is_taken_over_when_its_lease_is_over() {
    for stack in stacks().await {
        enqueue(&stack, &job(&stack)).await;
        let lost = claim_one(&stack).await;
        stack.clock.advance(ALMOST_A_LEASE);
        assert_eq!(claim(&stack, 1).await, []);
        stack.clock.advance(SECOND);
        let taken_over = claim_one(&stack).await;
        assert_eq!((taken_over.id, taken_over.attempt), (lost.id, 2));
        let jobs = stack.store.jobs();
        assert!(!jobs.renew(&lost, LEASE).await.unwrap());
        let dead = Outcome::Dead {
            error: "late".into(),
        };
        assert!(!finish(&stack, &lost, dead).await);
        assert!(!finish(&stack, &lost, Outcome::Done).await);
        assert!(finish(&stack, &taken_over, Outcome::Done).await);
        assert!(!finish(&stack, &taken_over, Outcome::Done).await);
    }
}

#[tokio::test]
async fn a_lease_that_is_over_may_still_be_ended_if_nobody_took_the_job_over() {
    for stack in stacks().await {
        enqueue(&stack, &job(&stack)).await;
        let late = claim_one(&stack).await;
        stack.clock.advance(LEASE * 2);
        assert!(finish(&stack, &late, Outcome::Done).await);
    }
}

#[tokio::test]
async fn a_renewed_lease_lasts() {
    for stack in stacks().await {
        enqueue(&stack, &job(&stack)).await;
        let running = claim_one(&stack).await;
        stack.clock.advance(ALMOST_A_LEASE);
        assert!(stack.store.jobs().renew(&running, LEASE).await.unwrap());
        stack.clock.advance(ALMOST_A_LEASE);
        assert_eq!(claim(&stack, 1).await, []);
        assert!(finish(&stack, &running, Outcome::Done).await);
    }
}

#[tokio::test]
async fn postponing_does_not_count_and_still_tells_runs_apart() {
    for stack in stacks().await {
        enqueue(&stack, &job(&stack)).await;
        let lost = claim_one(&stack).await;
        stack.clock.advance(LEASE);
        let second = claim_one(&stack).await;
        let until = stack.now() + SECOND;
        assert!(finish(&stack, &second, Outcome::Postpone { until }).await);
        // The number is back where it was when the first worker had it.
        assert!(!finish(&stack, &lost, Outcome::Done).await);
        assert!(!stack.store.jobs().renew(&lost, LEASE).await.unwrap());
        assert_eq!(claim(&stack, 1).await, []);
        stack.clock.advance(SECOND);
        let third = claim_one(&stack).await;
        assert_eq!(third.attempt, second.attempt);
        assert!(!finish(&stack, &lost, Outcome::Done).await);
        assert!(finish(&stack, &third, Outcome::Done).await);
    }
}

#[tokio::test]
async fn dead_jobs_are_listed_and_revived() {
    for stack in stacks().await {
        let new = job(&stack);
        enqueue(&stack, &new).await;
        let claimed = claim_one(&stack).await;
        assert!(
            finish(
                &stack,
                &claimed,
                Outcome::Dead {
                    error: "why".into()
                }
            )
            .await
        );
        let jobs = stack.store.jobs();
        assert_eq!(claim(&stack, 1).await, []);
        assert_eq!(jobs.next_due().await.unwrap(), None);
        let dead = jobs.dead(newest(10)).await.unwrap().rows;
        assert_eq!(dead.len(), 1);
        assert_eq!((&dead[0].job, dead[0].attempts), (&new.job, 1));
        assert_eq!(
            (dead[0].error.as_str(), dead[0].died_at),
            ("why", stack.now())
        );

        assert!(!jobs.revive(Id::generate()).await.unwrap());
        assert!(jobs.revive(claimed.id).await.unwrap());
        assert!(!jobs.revive(claimed.id).await.unwrap());
        assert_eq!(jobs.dead(newest(10)).await.unwrap().rows, []);
        let again = claim_one(&stack).await;
        assert_eq!((again.job, again.attempt), (new.job, 1));
    }
}

#[tokio::test]
async fn of_unfinished_jobs_with_one_key_the_first_is_stored() {
    for stack in stacks().await {
        let jobs = stack.store.jobs();
        enqueue(&stack, &unique(&stack, "sweep")).await;
        assert!(!jobs.enqueue(&unique(&stack, "sweep")).await.unwrap());
        enqueue(&stack, &unique(&stack, "other")).await;
        let first = claim_one(&stack).await;
        assert!(!jobs.enqueue(&unique(&stack, "sweep")).await.unwrap());
        assert!(finish(&stack, &first, Outcome::Dead { error: "no".into() }).await);
        enqueue(&stack, &unique(&stack, "sweep")).await;
        assert!(!jobs.revive(first.id).await.unwrap());
    }
}

#[tokio::test]
async fn the_next_due_time_is_that_of_a_job_that_can_run() {
    for stack in stacks().await {
        let jobs = stack.store.jobs();
        let later = NewJob {
            run_at: stack.now() + SECOND * 5,
            ..keyed(&stack, "a")
        };
        enqueue(&stack, &later).await;
        // It is due, but has to wait for the other.
        enqueue(&stack, &keyed(&stack, "a")).await;
        assert_eq!(jobs.next_due().await.unwrap(), Some(later.run_at));
        enqueue(&stack, &job(&stack)).await;
        assert_eq!(jobs.next_due().await.unwrap(), Some(stack.now()));
        claim_one(&stack).await;
        assert_eq!(jobs.next_due().await.unwrap(), Some(later.run_at));
        stack.clock.advance(SECOND * 5);
        claim_one(&stack).await;
        // A lease: that of the job without a key.
        let end = stack.now() + LEASE - SECOND * 5;
        assert_eq!(jobs.next_due().await.unwrap(), Some(end));
    }
}

#[tokio::test]
async fn a_waiting_worker_is_woken_by_a_commit_and_by_a_key_that_comes_free() {
    for stack in stacks().await {
        let jobs = stack.store.jobs();
        let business = stack.business().await;
        // What woke before is used up.
        jobs.wait(Duration::from_millis(10)).await;
        let started = Instant::now();
        let wait = jobs.wait(Duration::from_secs(30));
        let commit = async {
            let uow = stack.store.begin(business.id()).await.unwrap();
            for _ in 0..2 {
                uow.enqueue(Job::SendMessage {
                    message_id: Id::generate(),
                    chat_id: business.chat.id,
                });
            }
            uow.commit().await.unwrap();
        };
        tokio::join!(wait, commit);
        let first = claim_one(&stack).await;
        assert_eq!(claim(&stack, 1).await, []);
        jobs.wait(Duration::from_millis(10)).await;
        // Before anybody waits: it is not lost.
        assert!(finish(&stack, &first, Outcome::Done).await);
        jobs.wait(Duration::from_secs(30)).await;
        claim_one(&stack).await;
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn on_postgres_workers_of_other_processes_are_woken() {
    for stack in concurrent_stacks().await {
        if !stack.is_on_postgres() {
            continue;
        }
        let other = stack.another_store();
        // Until it listens.
        other.jobs().wait(Duration::from_secs(5)).await;
        let started = Instant::now();
        let wait = other.jobs().wait(Duration::from_secs(30));
        let enqueue = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            enqueue(&stack, &job(&stack)).await;
        };
        tokio::join!(wait, enqueue);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn waiting_ends_after_its_time() {
    for stack in stacks().await {
        stack.store.jobs().wait(Duration::from_millis(20)).await;
        stack.store.jobs().wait(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn messages_of_one_chat_are_sent_in_order() {
    for stack in stacks().await {
        let business = stack.business().await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let other = ChatId::generate();
        for chat_id in [business.chat.id, business.chat.id, other] {
            uow.enqueue(Job::SendMessage {
                message_id: Id::generate(),
                chat_id,
            });
        }
        uow.commit().await.unwrap();
        assert_eq!(claim(&stack, 10).await.len(), 2);
    }
}
