use std::{
    mem,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use domain::mail::{Mail, MailError, Mailer};

/// Keeps the mails that it is asked to send.
#[derive(Debug, Default)]
pub struct RecordedMailer {
    mails: Mutex<Vec<Mail>>,
    down: AtomicBool,
}

impl RecordedMailer {
    /// The mails sent so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The same, and forgets them.
    pub fn take_mails(&self) -> Vec<Mail> {
        mem::take(&mut self.mails.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on nothing can be sent, or everything again.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }
}

#[async_trait]
impl Mailer for RecordedMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if self.down.load(Ordering::Relaxed) {
            return Err(MailError::Unavailable("told to be down".into()));
        }
        self.mails
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(mail.clone());
        Ok(())
    }
}
