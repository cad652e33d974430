//! How fast the main job is: intake of deliveries beside the bare rate of commits on the same
//! machine, reading chats and searching them at a million messages beside ten thousand,
//! finding customers and products among as many, a large import, and thousands of sockets at
//! once.
//!
//! `cargo bench --bench main_job [-- sqlite|postgres] [PART]`.
//! See `docs/performance.md`.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on panics")]

#[path = "main_job/customers.rs"]
mod customers;
#[path = "main_job/figures.rs"]
mod figures;
#[path = "main_job/filling.rs"]
mod filling;
#[path = "main_job/importing.rs"]
mod importing;
#[path = "main_job/intake.rs"]
mod intake;
#[path = "main_job/products.rs"]
mod products;
#[path = "main_job/reading.rs"]
mod reading;
#[path = "main_job/searching.rs"]
mod searching;
#[path = "main_job/sockets.rs"]
mod sockets;
#[path = "main_job/world.rs"]
mod world;

use world::{Engine, World};

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    // Without a word of its kind, all of it.
    let is_asked_for = |name: &str, kind: &[&str]| {
        let mut named = arguments
            .iter()
            .filter(|word| kind.contains(&word.as_str()));
        named.clone().next().is_none() || named.any(|word| word == name)
    };
    let engines = [Engine::Sqlite, Engine::Postgres];
    for engine in engines {
        if !is_asked_for(engine.name(), &engines.map(Engine::name)) {
            continue;
        }
        println!("\n## {}\n", engine.name());
        let world = World::new(engine).await;
        for part in PARTS {
            if is_asked_for(part, &PARTS) {
                report(part, &world).await;
            }
        }
        world.tear_down().await;
    }
}

const PARTS: [&str; 8] = [
    "start",
    "intake",
    "reading",
    "searching",
    "customers",
    "importing",
    "products",
    "sockets",
];

async fn report(part: &str, world: &World) {
    match part {
        "start" => world.report_start().await,
        "intake" => intake::report(world).await,
        "reading" => reading::report(world).await,
        "searching" => searching::report(world).await,
        "customers" => customers::report(world).await,
        "importing" => importing::report(world).await,
        "products" => products::report(world).await,
        _ => sockets::report(world).await,
    }
}
