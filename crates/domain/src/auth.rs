//! People who sign in, and their sessions.

mod email;
mod one_time_token;
mod password;
mod repository;
mod session;
mod user;

pub use email::{EmailAddress, EmailAddressError};
pub use one_time_token::{OneTimeToken, TokenPurpose};
pub use password::{Password, PasswordError, PasswordHash};
pub use repository::{
    Membership, OneTimeTokenRepository, SessionRepository, SignedIn, UserRepository,
};
pub use session::{RefreshToken, Session, SessionId, TokenHash};
pub use user::{TwoFactor, User, UserId};
