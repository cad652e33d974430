//! No message reaches Meta twice, and none is forgotten, whenever the program dies.

use std::{collections::HashMap, time::Duration};

use meta_simulator::Behaviour;
use tests::stores::Backend;
use tokio::time::sleep;

use crate::given::{NUMBER, World, all_chats, eventually, phone_of};

const CUSTOMERS: usize = 12;
const TEXTS_EACH: usize = 12;
const KILLS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_sent_twice_or_forgotten_when_the_program_is_killed_on_sqlite() {
    sending_survives_kills(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_sent_twice_or_forgotten_when_the_program_is_killed_on_postgres() {
    if Backend::Postgres.is_asked_for() {
        sending_survives_kills(Backend::Postgres).await;
    }
}

async fn sending_survives_kills(backend: Backend) {
    let world = World::new(backend).await;
    let running = world.program.serve().await;
    let client = running.client.clone();
    let owner = client.register("Café Luna").await;
    owner.connects(NUMBER).await;
    for customer in 0..CUSTOMERS {
        let body = world.text_from(customer, "Are you open?");
        world.deliver_until_accepted(&client, &body).await;
    }
    let owner = &owner;
    eventually(|| async {
        let count = all_chats(owner).await.len();
        (count == CUSTOMERS)
            .then_some(())
            .ok_or(format!("{count} chats"))
    })
    .await;
    let chats: Vec<_> = all_chats(owner)
        .await
        .iter()
        .map(|chat| chat["id"].as_str().unwrap().to_owned())
        .collect();

    // Meta takes the messages to every second customer and does not answer, nor does it tell
    // what became of any: so the program dies with messages of which it knows nothing.
    let meta = world.meta.simulator();
    meta.set_automatic_statuses(None);
    for customer in (0..CUSTOMERS).step_by(2) {
        meta.script(&phone_of(customer), Behaviour::AcceptThenTimeOut);
    }
    let writer = async {
        for n in 0..TEXTS_EACH {
            for chat in &chats {
                let path = format!("/api/chats/{chat}/messages");
                let text =
                    serde_json::json!({"type": "text", "text": {"body": format!("answer {n}")}});
                // While the program is down, the agent gets no answer, and goes on.
                let request = owner
                    .client
                    .request(reqwest::Method::POST, &path)
                    .json(&text);
                if request.try_send().await.is_err() {
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }
    };
    let (running, ()) = tokio::join!(world.kill_repeatedly(running, KILLS), writer);
    for customer in 0..CUSTOMERS {
        meta.clear_scripts(&phone_of(customer));
    }

    eventually(|| async {
        let waiting = outbound(owner, &chats)
            .await
            .into_iter()
            .filter(|(_, status)| status == "queued" || status == "sending")
            .count();
        (waiting == 0)
            .then_some(())
            .ok_or(format!("{waiting} messages wait"))
    })
    .await;

    let mut sent: HashMap<String, usize> = HashMap::new();
    for message in meta.messages() {
        *sent
            .entry(message.biz_opaque_callback_data.unwrap())
            .or_default() += 1;
        meta.set_status(&message.wamid, "delivered", None)
            .await
            .unwrap();
    }
    eventually(|| async {
        let unsettled: Vec<_> = outbound(owner, &chats)
            .await
            .into_iter()
            .filter(|(id, status)| sent.contains_key(id) && status != "delivered")
            .collect();
        unsettled
            .is_empty()
            .then_some(())
            .ok_or(format!("accepted by Meta, but {unsettled:?}"))
    })
    .await;
    let messages = outbound(owner, &chats).await;
    assert!(
        messages.len() > CUSTOMERS,
        "the agent got something through"
    );
    for (id, status) in &messages {
        match sent.remove(id) {
            Some(count) => assert_eq!((count, status.as_str()), (1, "delivered"), "{id}"),
            // Claimed, and then the program died before Meta was asked: a person decides.
            None => assert_eq!(status, "uncertain", "{id} was forgotten"),
        }
    }
    assert!(sent.is_empty(), "Meta got what nobody wrote: {sent:?}");
    drop(running);
}

/// Id and status of every message that was written here.
async fn outbound(owner: &tests::client::Owner, chats: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for chat in chats {
        for message in owner.messages(chat).await {
            if message["direction"] == "outbound" {
                let text = |key: &str| message[key].as_str().unwrap().to_owned();
                found.push((text("id"), text("status")));
            }
        }
    }
    found
}
