//! Kill, outage, duplicates, disorder: what was promised durable stays so.

#![expect(clippy::unwrap_used, reason = "in tests, what cannot go on panics")]

mod given;
mod kill_during_contact_sync;
mod kill_during_import;
mod kill_during_intake;
mod kill_during_sending;
mod mail_outage;
mod shutdown;
mod storage_outage;
