//! Stopping on purpose.

use std::time::Duration;

use tests::stores::Backend;

use crate::given::{NUMBER, World};

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_program_ends_well_within_ten_seconds_and_loses_nothing() {
    let world = World::new(Backend::Sqlite).await;
    let running = world.program.serve().await;
    let owner = running.client.register("Café Luna").await;
    owner.connects(NUMBER).await;
    let body = world.text_from(1, "One more thing");
    assert!(world.deliver(&running.client, &body).await);
    let status = running.interrupt(Duration::from_secs(10)).await;
    assert!(status.success(), "{status}: {}", world.program.read_log());

    let _again = world.program.serve().await;
    crate::given::eventually(|| async {
        let count = owner.chats().await.len();
        (count == 1).then_some(()).ok_or(format!("{count} chats"))
    })
    .await;
}
