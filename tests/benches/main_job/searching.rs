//! Searching an organization's messages, at ten thousand and at a million.

use std::time::Instant;

use tests::client::Owner;

use crate::{
    figures::{Times, rate},
    filling::{SIZES, fill},
    reading::timed,
    world::{World, settle, sign_in_again},
};

const SEARCHES: usize = 500;

const QUERIES: [(&str, &str); 6] = [
    ("a word of every message", "have"),
    ("a word of every tenth", "blue"),
    ("two words of every hundredth", "blue mug"),
    ("two words of every tenth that never meet", "blue red"),
    ("a word of a few", "r4711"),
    ("the beginning of such words", "r47"),
];

pub(crate) async fn report(world: &World) {
    let running = world.program.serve().await;
    let mut filled = Vec::new();
    for size in SIZES {
        filled.push((size, fill(world, &running, "Searching", size).await));
    }
    running.kill().await;
    index(world).await;
    let running = world.program.serve().await;
    for (size, owner) in filled {
        let owner = sign_in_again(&running.client, owner).await;
        for (what, query) in QUERIES {
            let path = format!("/api/messages/search?q={}", query.replace(' ', "%20"));
            search(&owner, &path)
                .await
                .print(&format!("{size}: {what}"));
        }
        let chat = owner.chats().await.swap_remove(0);
        let path = format!(
            "/api/messages/search?q=blue&chatId={}",
            chat["id"].as_str().expect("an id")
        );
        search(&owner, &path)
            .await
            .print(&format!("{size}: within a chat"));
    }
    running.kill().await;
}

/// As a program does that is started on the data of one that had no search.
async fn index(world: &World) {
    let begin = Instant::now();
    let migrated = world.program.command(&["migrate", "up"]).output().await;
    assert!(migrated.expect("it runs").status.success());
    let count = SIZES.iter().map(|size| size.total()).sum();
    println!("indexed: {:.0} messages/s", rate(count, begin.elapsed()));
    settle(world).await;
}

async fn search(owner: &Owner, path: &str) -> Times {
    let mut times = Times::new();
    for _ in 0..SEARCHES {
        timed(owner, path, &mut times).await;
    }
    times
}
