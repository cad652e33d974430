//! Accounts, contacts and media. Deliveries are the installation's: see `deliveries`.

mod accounts;
mod contacts;
mod media;
