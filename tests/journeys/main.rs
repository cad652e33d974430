//! Stories that run through the whole house, with the simulator as Meta.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "in tests, what cannot go on panics"
)]

mod catalog;
mod coexistence;
mod given;
mod kinds_of_messages;
mod sending_goes_wrong;
mod socket;
mod tour;
mod two_instances;
mod write_and_answer;
