//! The people a business sells to.

mod customer;
mod repository;

pub use customer::{Consent, ConsentId, ConsentSource, Customer, CustomerId, MarketingConsent};
pub use repository::CustomerRepository;
