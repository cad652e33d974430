//! People who sign in, and their sessions.

mod email;
mod password;
mod repository;
mod session;
mod user;

pub use email::{EmailAddress, EmailAddressError};
pub use password::{Password, PasswordError, PasswordHash};
pub use repository::{SessionRepository, SignedIn, UserRepository};
pub use session::{RefreshToken, Session, SessionId, TokenHash};
pub use user::{User, UserId};
