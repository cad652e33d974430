use std::time::Duration;

use domain::{
    auth::PasswordError,
    chats::{ChatError, RetryError},
    imports::ImportError,
    organizations::{MemberError, Role},
    storage::StorageError,
    store::StoreError,
    whatsapp::{AccountError, ContactError},
};
use thiserror::Error;
use uuid::Uuid;

/// Why a use case did not do what was asked. Codes are stable and part of the API.
#[derive(Debug, Error)]
pub enum Error {
    #[error("sign in first")]
    Unauthenticated {
        code: &'static str,
        detail: &'static str,
    },
    #[error("this needs the role {}", needs.as_str())]
    Forbidden { needs: Role },
    #[error("you belong to no organization any more: ask for an invitation")]
    NoOrganization,
    #[error("only its author may change a {0}")]
    NotAuthor(&'static str),
    /// Not there, or another organization's: never told apart.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What was sent makes no sense; all faults at once.
    #[error("the input is invalid")]
    Invalid(Vec<FieldError>),
    /// A rule or a duplicate stands against it.
    #[error("{detail}")]
    Conflict { code: &'static str, detail: String },
    /// Another one has what must be unique.
    #[error("{detail}")]
    Taken {
        code: &'static str,
        detail: String,
        existing_id: Uuid,
    },
    /// It was changed by somebody else meanwhile.
    #[error("somebody else has changed it: read it again")]
    VersionMismatch,
    #[error("the file may have at most {limit} bytes")]
    TooLarge { limit: u64 },
    /// A file of a type that cannot be used.
    #[error("{detail}")]
    UnsupportedMedia { detail: String },
    #[error("too many requests")]
    RateLimited { retry_after: Duration },
    /// Something outside is down: the same may succeed later.
    #[error("{what} is unavailable")]
    Unavailable {
        /// Such as `storage`; the code is `storage_unavailable`.
        what: &'static str,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A mistake of ours. The cause is for the log alone.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with one field of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON pointer, such as `/phoneNumber`.
    pub pointer: String,
    pub code: &'static str,
    pub detail: String,
}

impl Error {
    pub fn invalid(pointer: &str, code: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    pub fn conflict(code: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::Conflict {
            code,
            detail: detail.to_string(),
        }
    }

    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

impl FieldError {
    pub fn new(pointer: &str, code: &'static str, detail: impl std::fmt::Display) -> Self {
        Self {
            pointer: pointer.to_owned(),
            code,
            detail: detail.to_string(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => Self::Unavailable {
                what: "database",
                cause,
            },
            StoreError::Broken(cause) => Self::Internal(cause),
        }
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NotFound => Self::NotFound("file"),
            StorageError::TooLarge { limit } => Self::TooLarge { limit },
            error => Self::Unavailable {
                what: "storage",
                cause: Box::new(error),
            },
        }
    }
}

impl From<ChatError> for Error {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::ServiceWindowClosed => Self::conflict("service_window_closed", error),
        }
    }
}

impl From<ImportError> for Error {
    fn from(error: ImportError) -> Self {
        let code = match error {
            ImportError::NotRunning => "import_not_running",
            ImportError::NotUndoable => "import_not_undoable",
        };
        Self::conflict(code, error)
    }
}

impl From<AccountError> for Error {
    fn from(error: AccountError) -> Self {
        let code = match error {
            AccountError::NeedsReauth => "account_needs_reauth",
            AccountError::Restricted => "account_restricted",
        };
        Self::conflict(code, error)
    }
}

impl From<ContactError> for Error {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::Blocked => Self::conflict("contact_blocked", error),
        }
    }
}

impl From<RetryError> for Error {
    fn from(error: RetryError) -> Self {
        let code = match error {
            RetryError::NotFailed => "message_not_failed",
            RetryError::Expired => "message_expired",
            RetryError::WouldFailAgain => "message_not_retryable",
            RetryError::MayHaveBeenSent => "message_uncertain",
        };
        Self::conflict(code, error)
    }
}

impl From<MemberError> for Error {
    fn from(error: MemberError) -> Self {
        let code = match error {
            MemberError::OwnersOnly => return Self::Forbidden { needs: Role::Owner },
            MemberError::LastOwner => "last_owner",
            MemberError::Yourself => "cannot_deactivate_yourself",
            MemberError::NotActive => "member_not_active",
            MemberError::AlreadyOwner => "already_owner",
        };
        Self::conflict(code, error)
    }
}

impl From<PasswordError> for FieldError {
    fn from(error: PasswordError) -> Self {
        Self::new("/password", error.code(), error)
    }
}
