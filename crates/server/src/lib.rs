//! The program: its configuration, its commands, and the one place where adapters are chosen.
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | reads and checks the configuration |
//! | [`wiring`] | chooses the adapters and connects them |
//! | [`serve`], [`worker`] | run the program until it is told to stop |
//! | `migrate`, `doctor`, `dead_jobs`, `left_overs`, `simulator` | the other commands |
//! | `files`, `dev` | what is served beside the API |
//! | `connections` | how many clients the system lets in |

mod cli;
pub mod config;
mod connections;
mod data_dir;
mod dead_jobs;
mod dev;
mod doctor;
mod files;
mod first_number;
mod left_overs;
mod logging;
mod migrate;
pub mod serve;
mod signals;
mod simulator;
mod welcome;
pub mod wiring;
pub mod worker;

pub use cli::{Cli, run};
