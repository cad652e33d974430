//! How fast the main job is: intake of deliveries beside the bare rate of commits on the same
//! machine, and reading chats at a million messages beside ten thousand.
//!
//! `cargo bench --bench main_job [-- sqlite|postgres]`. See `docs/performance.md`.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on panics")]

#[path = "main_job/figures.rs"]
mod figures;
#[path = "main_job/intake.rs"]
mod intake;
#[path = "main_job/reading.rs"]
mod reading;
#[path = "main_job/world.rs"]
mod world;

use world::{Engine, World};

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if arguments.is_empty() || arguments.iter().any(|word| word == engine.name()) {
            println!("\n## {}\n", engine.name());
            let world = World::new(engine).await;
            world.report_start().await;
            let running = intake::report(&world).await;
            reading::report(&world, &running).await;
            drop(running);
            world.tear_down().await;
        }
    }
}
