//! The chat list and a chat's history, at ten thousand messages and at a million.

use std::time::Instant;

use tests::client::Owner;

use crate::{
    figures::Times,
    filling::{SIZES, fill},
    world::World,
};

const READS: usize = 2_000;

pub(crate) async fn report(world: &World) {
    let running = world.program.serve().await;
    for size in SIZES {
        let owner = fill(world, &running, "Reading", size).await;
        read_lists(&owner)
            .await
            .print(&format!("{size}: first page of the list"));
        read_deep_lists(&owner)
            .await
            .print(&format!("{size}: any page of the list"));
        read_histories(&owner)
            .await
            .print(&format!("{size}: newest page of a history"));
        read_around(&owner)
            .await
            .print(&format!("{size}: around an older message"));
    }
    running.kill().await;
}

async fn read_lists(owner: &Owner) -> Times {
    let mut times = Times::new();
    for _ in 0..READS {
        timed(owner, "/api/chats", &mut times).await;
    }
    times
}

/// Goes on from page to page, and begins again at the end.
async fn read_deep_lists(owner: &Owner) -> Times {
    let mut times = Times::new();
    let mut path = "/api/chats".to_owned();
    for _ in 0..READS {
        let page = timed(owner, &path, &mut times).await;
        path = match page["nextCursor"].as_str() {
            Some(cursor) => format!("/api/chats?cursor={cursor}"),
            None => "/api/chats".to_owned(),
        };
    }
    times
}

async fn read_histories(owner: &Owner) -> Times {
    let mut times = Times::new();
    let chats = some_chats(owner).await;
    for chat in chats.iter().cycle().take(READS) {
        timed(owner, &format!("/api/chats/{chat}/messages"), &mut times).await;
    }
    times
}

async fn read_around(owner: &Owner) -> Times {
    let mut times = Times::new();
    let mut paths = Vec::new();
    for chat in some_chats(owner).await {
        let messages = owner.messages(&chat).await;
        let middle = messages[messages.len() / 2]["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        paths.push(format!("/api/chats/{chat}/messages?around={middle}"));
    }
    for path in paths.iter().cycle().take(READS) {
        timed(owner, path, &mut times).await;
    }
    times
}

async fn some_chats(owner: &Owner) -> Vec<String> {
    let chats = owner.client.get("/api/chats?limit=100").await.data();
    chats
        .iter()
        .map(|chat| chat["id"].as_str().expect("an id").to_owned())
        .collect()
}

pub(crate) async fn timed(owner: &Owner, path: &str, times: &mut Times) -> serde_json::Value {
    let begin = Instant::now();
    let answer = owner.client.get(path).await;
    times.add(begin.elapsed());
    answer.assert_status(200);
    answer.json()
}
