//! The intake of deliveries: whoever comes while a commit is under way shares the next one,
//! so that a burst costs few commits and a single delivery waits for none but its own.

use std::sync::Arc;

use domain::{
    id::Id,
    job::{Job, NewJob},
    store::StoreError,
    whatsapp::{DeliveryId, NewDelivery},
};
use sea_orm::ActiveValue::Set;
use tokio::sync::{mpsc, oneshot};

use super::{
    connection::{Connection, Transaction},
    entities::delivery,
    error::unavailable,
    jobs,
    scope::SystemScope,
    unit_of_work::Shared,
};

/// As many as share one commit.
const BATCH: usize = 256;

pub(super) struct Inbox {
    waiting: mpsc::Sender<Waiting>,
}

struct Waiting {
    delivery: NewDelivery,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

impl Inbox {
    /// Starts the task that stores; it ends, after what it has, once the inbox is dropped.
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let (waiting, arriving) = mpsc::channel(BATCH);
        tokio::spawn(store_all(shared, arriving));
        Self { waiting }
    }

    pub(super) async fn accept(&self, delivery: NewDelivery) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { delivery, answer };
        self.waiting
            .send(waiting)
            .await
            .map_err(|_| unavailable("the inbox is closed"))?;
        answered.await.map_err(unavailable)?
    }
}

async fn store_all(shared: Arc<Shared>, mut arriving: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    while arriving.recv_many(&mut batch, BATCH).await > 0 {
        let (deliveries, answers): (Vec<_>, Vec<_>) = batch
            .drain(..)
            .map(|waiting| (waiting.delivery, waiting.answer))
            .unzip();
        match store(&shared, &deliveries).await {
            // One of them may be what the database refuses: the others shall not suffer.
            Err(StoreError::Broken(_)) if deliveries.len() > 1 => {
                for (delivery, answer) in deliveries.iter().zip(answers) {
                    let result = store(&shared, std::slice::from_ref(delivery)).await;
                    // Whoever no longer waits has hung up.
                    let _unheard = answer.send(result);
                }
            }
            result => {
                let result = result.map_err(Arc::new);
                for answer in answers {
                    let _unheard = answer.send(result.clone().map_err(share));
                }
            }
        }
    }
}

/// The same failure, for one of many.
fn share(error: Arc<StoreError>) -> StoreError {
    match *error {
        StoreError::Unavailable(_) => StoreError::Unavailable(error.into()),
        StoreError::Broken(_) => StoreError::Broken(error.into()),
    }
}

async fn store(shared: &Shared, deliveries: &[NewDelivery]) -> Result<(), StoreError> {
    let transaction = Transaction::new(shared.database.begin().await?);
    let scope = SystemScope::new(Connection::Writing(transaction));
    let (rows, jobs): (Vec<_>, Vec<_>) = deliveries.iter().map(row_and_job).unzip();
    scope.insert_all(rows).await?;
    let transaction = scope.into_connection().into_transaction()?;
    jobs::insert(&transaction, &jobs, shared.clock.now()).await?;
    transaction.commit().await?;
    shared.wake.notify_one();
    Ok(())
}

fn row_and_job(new: &NewDelivery) -> (delivery::ActiveModel, NewJob) {
    let delivery_id = DeliveryId::generate();
    let row = delivery::ActiveModel {
        id: Set(delivery_id.uuid()),
        body: Set(new.body.to_vec()),
        organization_id: Set(new.organization_id.map(Id::uuid)),
        received_at: Set(new.received_at),
        processed_at: Set(None),
    };
    let job = NewJob {
        job: Job::ProcessDelivery { delivery_id },
        // Whose it is shows only when it is processed.
        organization_id: None,
        ordering_key: new.ordering_key.clone(),
        run_at: new.received_at,
        unique_key: None,
        request_id: new.request_id.clone(),
    };
    (row, job)
}
