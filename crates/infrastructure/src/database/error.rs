//! Telling what may pass by itself from what is a mistake.

use std::error::Error;

use domain::store::StoreError;
use sea_orm::{DbErr, RuntimeErr};
use sqlx::{error::DatabaseError, postgres::PgDatabaseError, sqlite::SqliteError};

pub(super) fn store_error(error: DbErr) -> StoreError {
    if may_pass(&error) {
        StoreError::Unavailable(error.into())
    } else {
        StoreError::Broken(error.into())
    }
}

pub(super) fn broken(reason: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::Broken(reason.into())
}

pub(super) fn unavailable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::Unavailable(reason.into())
}

fn may_pass(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Conn(error) | DbErr::Exec(error) | DbErr::Query(error) => match error {
            RuntimeErr::SqlxError(error) => match &**error {
                sqlx::Error::Database(error) => database_may_recover(&**error),
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => true,
                _ => false,
            },
            RuntimeErr::Internal(_) => false,
        },
        _ => false,
    }
}

fn database_may_recover(error: &dyn DatabaseError) -> bool {
    let Some(code) = error.code() else {
        return false;
    };
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        // A class of SQLSTATEs is its first two characters.
        matches!(&code[..2], "08" | "40" | "53" | "57" | "58") || code == "55P03"
    } else if error.try_downcast_ref::<SqliteError>().is_some() {
        const BUSY: u32 = 5;
        const LOCKED: u32 = 6;
        const INPUT_OUTPUT: u32 = 10;
        const FULL: u32 = 13;
        const CANNOT_OPEN: u32 = 14;
        // The lowest byte of an extended code is the primary one.
        let primary = code.parse::<u32>().map(|code| code & 0xff);
        matches!(
            primary,
            Ok(BUSY | LOCKED | INPUT_OUTPUT | FULL | CANNOT_OPEN)
        )
    } else {
        false
    }
}
