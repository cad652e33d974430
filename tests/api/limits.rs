//! How often, how much and how slowly clients may ask.

mod rates;
mod sizes;
mod slow_clients;
