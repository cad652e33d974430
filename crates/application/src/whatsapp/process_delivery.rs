//! Reading a delivery that was stored, part by part.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    id::Id,
    job::Outcome,
    organizations::OrganizationId,
    store::StoreError,
    whatsapp::{
        AccountId, Delivery, DeliveryId, LeftOver, LeftOverReason, PhoneNumberId,
        webhook::{self, Part, Party, Update},
    },
};
use serde_json::Value;

use super::{
    WhatsApp,
    intake::{Intake, Made, Past},
};
use crate::Error;

/// So many parts are stored in one unit of work.
const CHUNK: usize = 50;

/// The same of messages of the past, which are stored many at a time.
const CHUNK_OF_THE_PAST: usize = 250;

type Owner = (OrganizationId, AccountId);

/// A part, and one of the accounts that it concerns.
struct Task<'a> {
    part: &'a Part,
    account_id: AccountId,
}

impl Task<'_> {
    fn past(&self) -> Option<Past<'_>> {
        match &self.part.update {
            Update::Past(message) => Some((message.as_ref(), &self.part.original)),
            _ => None,
        }
    }

    fn is_of_the_past(&self) -> bool {
        self.past().is_some()
    }
}

/// What is to be kept of a delivery, and what is not.
#[derive(Default)]
struct Rest<'a> {
    left_overs: Vec<LeftOver>,
    /// What speaks of people who were erased.
    forgotten: Vec<&'a Part>,
}

impl WhatsApp {
    /// The job of a delivery. May run again, and again after a number was connected: what
    /// was taken in before changes nothing.
    #[tracing::instrument(skip_all, fields(delivery.id = %id))]
    pub(crate) async fn process_delivery(&self, id: DeliveryId) -> Result<Outcome, Error> {
        let system = self.ports.store.read_system();
        let Some(delivery) = system.deliveries().find(id).await? else {
            return Ok(Outcome::Done);
        };
        let parts = webhook::parse(&delivery.body, delivery.received_at);
        let Rest {
            left_overs,
            forgotten,
        } = match &parts {
            Ok(parts) => self.process_parts(&delivery, parts).await?,
            Err(unreadable) => {
                tracing::warn!(error = %unreadable, "A delivery cannot be read and is kept");
                Rest {
                    left_overs: vec![self.unreadable(&delivery)],
                    ..Rest::default()
                }
            }
        };
        let uow = self.ports.store.begin_system().await?;
        uow.deliveries().keep_left_overs(&left_overs).await?;
        if let Some(body) = without(&delivery, &forgotten) {
            uow.deliveries().replace_body(id, &body).await?;
        }
        uow.deliveries()
            .mark_processed(id, self.ports.clock.now())
            .await?;
        uow.commit().await?;
        self.report_unknown(&delivery, &left_overs).await?;
        Ok(Outcome::Done)
    }

    async fn process_parts<'a>(
        &self,
        delivery: &Delivery,
        parts: &'a [Part],
    ) -> Result<Rest<'a>, Error> {
        let mut rest = Rest::default();
        let mut tasks: BTreeMap<OrganizationId, Vec<Task>> = BTreeMap::new();
        let mut owners_by_number = HashMap::new();
        report_malformed(parts);
        for part in parts {
            if let Some(reason) = useless(part) {
                rest.left_overs.push(self.left_over(delivery, part, reason));
                continue;
            }
            let owners = self.owners(delivery, part, &mut owners_by_number).await?;
            if owners.is_empty() {
                let reason = LeftOverReason::UnknownAccount;
                rest.left_overs.push(self.left_over(delivery, part, reason));
            }
            for (organization_id, account_id) in owners {
                let tasks = tasks.entry(organization_id).or_default();
                tasks.push(Task { part, account_id });
            }
        }
        for (organization_id, tasks) in &tasks {
            for chunk in chunks(tasks) {
                let made = self.take_in(delivery, *organization_id, chunk).await?;
                for (task, made) in chunk.iter().zip(made) {
                    let reason = match made {
                        Made::Use => continue,
                        Made::Forgotten => {
                            rest.forgotten.push(task.part);
                            continue;
                        }
                        Made::NoUse => LeftOverReason::Unused,
                        Made::Failure => LeftOverReason::Failed,
                    };
                    let left_over = self.left_over(delivery, task.part, reason);
                    rest.left_overs.push(left_over);
                }
            }
        }
        Ok(rest)
    }

    /// The accounts that a part concerns, as far as its signer may speak of them.
    async fn owners(
        &self,
        delivery: &Delivery,
        part: &Part,
        by_number: &mut HashMap<PhoneNumberId, Option<Owner>>,
    ) -> Result<Vec<Owner>, Error> {
        let owners = match (&part.update, &part.phone_number_id) {
            (Update::Account(_), _) => self.owners_of_business_account(part).await?,
            (_, None) => Vec::new(),
            (_, Some(number)) => {
                let owner = if let Some(known) = by_number.get(number) {
                    *known
                } else {
                    let system = self.ports.store.read_system();
                    let owner = system.accounts().by_phone_number_id(number).await?;
                    by_number.insert(number.clone(), owner);
                    owner
                };
                owner.into_iter().collect()
            }
        };
        Ok(owners
            .into_iter()
            .filter(|(organization_id, _)| may_speak_of(delivery, *organization_id))
            .collect())
    }

    /// All accounts of the business account or, if the part names a number, those that have
    /// it. An account's number may not be known yet: then it is meant if it is the only one.
    async fn owners_of_business_account(&self, part: &Part) -> Result<Vec<Owner>, Error> {
        let Some(business_account_id) = &part.business_account_id else {
            return Ok(Vec::new());
        };
        let system = self.ports.store.read_system();
        let owners = system
            .accounts()
            .by_business_account_id(business_account_id)
            .await?;
        let Some(number) = part.display_phone_number.as_deref().map(digits) else {
            return Ok(owners);
        };
        let is_only_one = owners.len() == 1;
        let mut concerned = Vec::new();
        for (organization_id, account_id) in owners {
            let data = self.ports.store.read(organization_id);
            let account = data.accounts().find(account_id).await?;
            let known = account.map(|account| account.display_phone_number.as_deref().map(digits));
            let is_concerned = match known {
                Some(Some(known)) => known == number,
                Some(None) => is_only_one,
                None => false,
            };
            if is_concerned {
                concerned.push((organization_id, account_id));
            }
        }
        Ok(concerned)
    }

    /// Stores a chunk in one unit of work or, if that fails, each task in its own, so that a
    /// bad one spoils only itself.
    async fn take_in(
        &self,
        delivery: &Delivery,
        organization_id: OrganizationId,
        chunk: &[Task<'_>],
    ) -> Result<Vec<Made>, Error> {
        match self.try_take_in(delivery, organization_id, chunk).await {
            Ok(made) => return Ok(made),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "A chunk of a delivery cannot be stored and is tried part by part"
            ),
        }
        let mut made = Vec::with_capacity(chunk.len());
        for task in chunk {
            let alone = std::slice::from_ref(task);
            match self.try_take_in(delivery, organization_id, alone).await {
                Ok(stored) => made.extend(stored),
                Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
                Err(error @ StoreError::Broken(_)) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        position = task.part.position,
                        "A part of a delivery cannot be stored; it is kept"
                    );
                    made.push(Made::Failure);
                }
            }
        }
        Ok(made)
    }

    async fn try_take_in(
        &self,
        delivery: &Delivery,
        organization_id: OrganizationId,
        tasks: &[Task<'_>],
    ) -> Result<Vec<Made>, StoreError> {
        let uow = self.ports.store.begin(organization_id).await?;
        let mut made = Vec::with_capacity(tasks.len());
        let of_one_past = |one: &Task<'_>, other: &Task<'_>| {
            one.account_id == other.account_id && one.is_of_the_past() && other.is_of_the_past()
        };
        for run in tasks.chunk_by(of_one_past) {
            let Some(task) = run.first() else { continue };
            let intake = Intake {
                uow: uow.as_ref(),
                organization_id,
                account_id: task.account_id,
                received_at: delivery.received_at,
                now: self.ports.clock.now(),
                storage: self.ports.storage.as_ref(),
            };
            let past: Vec<_> = run.iter().filter_map(Task::past).collect();
            if past.is_empty() {
                made.push(intake.take_in(task.part).await?);
            } else {
                intake.take_history(&past).await?;
                made.extend(past.iter().map(|_| Made::Use));
            }
        }
        uow.commit().await?;
        Ok(made)
    }

    /// Reports what concerned no account that is known. A number may have been connected
    /// while its delivery was processed, too early to be found and too late to find what was
    /// left over.
    async fn report_unknown(
        &self,
        delivery: &Delivery,
        left_overs: &[LeftOver],
    ) -> Result<(), Error> {
        let unknown: BTreeSet<_> = left_overs
            .iter()
            .filter(|left_over| left_over.reason == LeftOverReason::UnknownAccount)
            .map(|left_over| (&left_over.phone_number_id, &left_over.business_account_id))
            .collect();
        for (number, business_account_id) in unknown {
            tracing::warn!(
                phone_number.id = number.as_ref().map(|number| number.0.as_str()),
                business_account.id = business_account_id,
                "A delivery concerns an account that is not known; it is kept"
            );
            let Some(number) = number else { continue };
            let system = self.ports.store.read_system();
            let owner = system.accounts().by_phone_number_id(number).await?;
            if let Some((organization_id, _)) = owner
                && may_speak_of(delivery, organization_id)
            {
                self.take_up_left_overs(organization_id, number).await?;
            }
        }
        Ok(())
    }

    fn left_over(&self, delivery: &Delivery, part: &Part, reason: LeftOverReason) -> LeftOver {
        LeftOver {
            id: Id::generate(),
            delivery_id: delivery.id,
            position: part.position.clone(),
            reason,
            phone_number_id: part.phone_number_id.clone(),
            business_account_id: part.business_account_id.clone(),
            field: part.field.clone(),
            content: part.original.clone(),
            created_at: self.ports.clock.now(),
        }
    }

    fn unreadable(&self, delivery: &Delivery) -> LeftOver {
        let text = String::from_utf8_lossy(&delivery.body).replace('\0', "\u{fffd}");
        LeftOver {
            id: Id::generate(),
            delivery_id: delivery.id,
            position: String::new(),
            reason: LeftOverReason::Malformed,
            phone_number_id: None,
            business_account_id: None,
            field: None,
            content: Value::String(text),
            created_at: self.ports.clock.now(),
        }
    }
}

/// The tasks in their order, in units of work that are done in about the same time.
fn chunks<'a, 't>(tasks: &'a [Task<'t>]) -> impl Iterator<Item = &'a [Task<'t>]> {
    tasks
        .chunk_by(|one, other| one.is_of_the_past() == other.is_of_the_past())
        .flat_map(|run| {
            let of_the_past = run.first().is_some_and(Task::is_of_the_past);
            run.chunks(if of_the_past {
                CHUNK_OF_THE_PAST
            } else {
                CHUNK
            })
        })
}

/// The delivery without the people of whom these parts speak. None if it names none of them.
fn without(delivery: &Delivery, forgotten: &[&Part]) -> Option<Vec<u8>> {
    forgotten.first()?;
    let ids: Vec<String> = forgotten
        .iter()
        .filter_map(|part| match &part.update {
            Update::Status(status) => status.recipient.as_ref(),
            _ => None,
        })
        .flat_map(Party::identities)
        .map(|identity| identity.value)
        .collect();
    let is_theirs = |number: Option<&PhoneNumberId>, _: Option<&str>| {
        let mut numbers = forgotten.iter().map(|part| part.phone_number_id.as_ref());
        numbers.any(|of_part| of_part == number)
    };
    let left = webhook::without(&delivery.body, &ids, is_theirs);
    left.ok().flatten()
}

fn useless(part: &Part) -> Option<LeftOverReason> {
    match &part.update {
        Update::Unused => Some(LeftOverReason::Unused),
        Update::Malformed(_) => Some(LeftOverReason::Malformed),
        _ => None,
    }
}

/// One line for all of them: whoever signs a delivery may make thousands.
fn report_malformed(parts: &[Part]) {
    let mut malformed = parts.iter().filter_map(|part| match part.update {
        Update::Malformed(reason) => Some((&part.position, reason)),
        _ => None,
    });
    if let Some((position, reason)) = malformed.next() {
        tracing::warn!(
            position,
            reason,
            others = malformed.count(),
            "A part of a delivery makes no sense; it is kept, as are others like it"
        );
    }
}

fn may_speak_of(delivery: &Delivery, organization_id: OrganizationId) -> bool {
    delivery
        .organization_id
        .is_none_or(|signer| signer == organization_id)
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}
