//! Sending a queued message: claimed first, then Meta is asked, then the answer is stored.
//! What was claimed and has no stored answer is never sent again by itself.

mod outgoing;
mod preparation;

use std::time::Duration;

use domain::{
    chats::{Message, MessageError, MessageId, MessageStatus},
    job::{Job, Outcome},
    organizations::OrganizationId,
    whatsapp::{Accepted, Account, CloudApiError, Duty, MetaError, Pause, UploadedMedia},
};

use self::preparation::{Parcel, Preparation};
use super::{Chats, settling::Verdict};
use crate::{
    Error,
    whatsapp::ACCOUNT_POLL,
    worker::{backoff, jitter},
};

/// How often Meta is tried while it is out of reach, and over which time more the messages
/// spread.
const OUTAGE_POLL: Duration = Duration::from_secs(15);
const OUTAGE_SPREAD: Duration = Duration::from_secs(5);
/// For so long a status may prove that what Meta answered with a fault of its own was sent.
const SETTLING: Duration = Duration::from_secs(30);

/// Which run of which message's job this is.
struct Run {
    organization_id: OrganizationId,
    message_id: MessageId,
    attempt: u32,
    max_attempts: u32,
}

impl Run {
    fn is_last(&self) -> bool {
        self.attempt >= self.max_attempts
    }
}

impl Chats {
    /// The job of a queued message. `attempt` counts from 1.
    pub(crate) async fn deliver_message(
        &self,
        organization_id: OrganizationId,
        message_id: MessageId,
        attempt: u32,
    ) -> Result<Outcome, Error> {
        let data = self.ports.store.read(organization_id);
        let Some(message) = data.messages().find(message_id).await? else {
            return Ok(Outcome::Done);
        };
        let job = Job::SendMessage {
            message_id,
            chat_id: message.chat_id,
        };
        let run = Run {
            organization_id,
            message_id,
            attempt,
            max_attempts: job.max_attempts(),
        };
        match message.status {
            MessageStatus::Queued => {
                let result = self.send(&run, &message).await;
                if matches!(result, Err(Error::Internal(_))) && run.is_last() {
                    self.give_up(&run).await?;
                }
                result
            }
            MessageStatus::Sending => {
                // Whoever claimed it never came back from asking Meta, or does so right now
                // and puts it back: that run's own job is this one.
                let status = self.conclude(&run, Verdict::Unknown).await?;
                if status == Some(MessageStatus::Queued) {
                    return Ok(self.look_again(&run));
                }
                Ok(Outcome::Done)
            }
            _ => Ok(Outcome::Done),
        }
    }

    async fn send(&self, run: &Run, message: &Message) -> Result<Outcome, Error> {
        let parcel = match self.prepare(run.organization_id, message).await? {
            Preparation::Ready(parcel) => parcel,
            Preparation::NotBefore(until) => return Ok(Outcome::Postpone { until }),
            Preparation::Impossible(error) => {
                self.conclude(run, Verdict::Impossible(error)).await?;
                return Ok(Outcome::Done);
            }
            Preparation::Unprepared(account, error, title) => {
                return self.take_no_preparation(run, &account, error, title).await;
            }
        };
        let uow = self.ports.store.begin(run.organization_id).await?;
        if !uow.messages().claim(message.id).await? {
            return Ok(self.look_again(run));
        }
        uow.commit().await?;
        let answer = self
            .ports
            .cloud_api
            .send(&parcel.credentials, &parcel.outgoing)
            .await;
        self.take_answer(run, &parcel, answer).await
    }

    async fn take_answer(
        &self,
        run: &Run,
        parcel: &Parcel,
        answer: Result<Accepted, CloudApiError>,
    ) -> Result<Outcome, Error> {
        match answer {
            Ok(accepted) => {
                let verdict = Verdict::accepted(accepted, &parcel.contact);
                self.conclude(run, verdict).await?;
                Ok(Outcome::Done)
            }
            Err(CloudApiError::Refused(error)) => match &parcel.known_file {
                Some(file) if error.may_be_about_a_file() => {
                    self.hand_over_again(run, file, &error).await
                }
                _ => self.take_refusal(run, &parcel.account, error).await,
            },
            Err(CloudApiError::NotReached(reason)) => {
                tracing::warn!(reason, "WhatsApp cannot be reached");
                self.conclude(run, Verdict::NotTaken).await?;
                // However long it takes: the service window ends it in time.
                Ok(Outcome::Postpone {
                    until: self.ports.clock.now() + OUTAGE_POLL + jitter(OUTAGE_SPREAD),
                })
            }
            Err(error) => {
                tracing::warn!(%error, "Whether the message was sent is not known");
                self.conclude(run, Verdict::Unknown).await?;
                Ok(Outcome::Done)
            }
        }
    }

    /// Meta may have forgotten a file that it was given before: it is given it anew, and asked
    /// once more.
    async fn hand_over_again(
        &self,
        run: &Run,
        file: &UploadedMedia,
        error: &MetaError,
    ) -> Result<Outcome, Error> {
        tracing::warn!(
            code = error.code,
            "Meta may not have the file any more: {error}"
        );
        self.conclude(run, Verdict::NotTaken).await?;
        self.whatsapp
            .forget_handed_over(run.organization_id, file)
            .await?;
        Ok(Outcome::Retry {
            at: self.ports.clock.now(),
            error: error.to_string(),
        })
    }

    /// The message itself is not claimed yet: whatever happened, it can wait.
    async fn take_no_preparation(
        &self,
        run: &Run,
        account: &Account,
        error: CloudApiError,
        title: &str,
    ) -> Result<Outcome, Error> {
        match error {
            CloudApiError::Refused(error) => self.take_refusal(run, account, error).await,
            CloudApiError::NotReached(reason) => {
                tracing::warn!(reason, "WhatsApp cannot be reached");
                Ok(Outcome::Postpone {
                    until: self.ports.clock.now() + OUTAGE_POLL + jitter(OUTAGE_SPREAD),
                })
            }
            error if run.is_last() => {
                let error = MessageError::ours(title, Some(error.to_string()));
                self.conclude(run, Verdict::Impossible(error)).await?;
                Ok(Outcome::Done)
            }
            error => Ok(Outcome::Retry {
                at: self.ports.clock.now() + backoff(run.attempt),
                error: error.to_string(),
            }),
        }
    }

    async fn take_refusal(
        &self,
        run: &Run,
        account: &Account,
        error: MetaError,
    ) -> Result<Outcome, Error> {
        tracing::warn!(
            code = error.code,
            trace_id = error.trace_id,
            "Meta refused: {error}"
        );
        match error.duty() {
            Duty::Retry => {
                let settling = if error.server_error {
                    SETTLING
                } else {
                    Duration::ZERO
                };
                let delay = backoff(run.attempt).max(settling);
                self.again_or_fail(run, delay, error).await
            }
            Duty::SlowNumber => {
                let delay = backoff(run.attempt);
                let outcome = self.again_or_fail(run, delay, error).await?;
                self.slow_down(account).await?;
                Ok(outcome)
            }
            Duty::SlowPair => {
                // The chat's later messages wait behind this one. Source: cloud API 6.2.
                let delay = Duration::from_secs(4_u64.saturating_pow(run.attempt));
                self.again_or_fail(run, delay, error).await
            }
            Duty::Pause(Pause::Account(status)) => {
                let reason = error
                    .hint()
                    .map_or_else(|| error.to_string(), str::to_owned);
                self.conclude(run, Verdict::NotTaken).await?;
                self.whatsapp
                    .pause_account(run.organization_id, account, status, &reason)
                    .await?;
                Ok(Outcome::Postpone {
                    until: self.ports.clock.now() + ACCOUNT_POLL,
                })
            }
            Duty::Pause(Pause::Message) | Duty::Final => {
                self.conclude(run, Verdict::Refused(error)).await?;
                Ok(Outcome::Done)
            }
        }
    }

    /// Puts the message back for another attempt after the delay or, if this was the last
    /// one, stores the failure.
    async fn again_or_fail(
        &self,
        run: &Run,
        delay: Duration,
        error: MetaError,
    ) -> Result<Outcome, Error> {
        if run.is_last() {
            self.conclude(run, Verdict::Refused(error)).await?;
            return Ok(Outcome::Done);
        }
        self.conclude(run, Verdict::NotTaken).await?;
        Ok(Outcome::Retry {
            at: self.ports.clock.now() + delay,
            error: error.to_string(),
        })
    }

    /// Another worker is at this message, under a lease that is over. It may put the message
    /// back, but only this run's job can have it sent again.
    fn look_again(&self, run: &Run) -> Outcome {
        Outcome::Retry {
            at: self.ports.clock.now() + backoff(run.attempt),
            error: "another worker was still at this message".into(),
        }
    }

    /// The job is about to die of a mistake of ours: nobody shall wait for the message.
    async fn give_up(&self, run: &Run) -> Result<(), Error> {
        let data = self.ports.store.read(run.organization_id);
        let message = data.messages().find(run.message_id).await?;
        let claimed = message.is_some_and(|message| message.status == MessageStatus::Sending);
        let verdict = if claimed {
            Verdict::Unknown
        } else {
            let title = "The message could not be sent because of a fault in this program";
            Verdict::Impossible(MessageError::ours(title, None))
        };
        self.conclude(run, verdict).await?;
        Ok(())
    }

    /// Answers what the message's status is then.
    async fn conclude(&self, run: &Run, verdict: Verdict) -> Result<Option<MessageStatus>, Error> {
        self.settle(run.organization_id, run.message_id, &verdict)
            .await
    }
}
