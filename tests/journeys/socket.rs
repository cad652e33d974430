//! What a shop's owner sees as it happens.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::given::Shop;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A WebSocket of the shop's owner.
pub(crate) async fn watch(shop: &Shop) -> Socket {
    let ticket = shop
        .owner
        .client
        .post("/api/realtime/tickets", json!({}))
        .await
        .json();
    let url = format!(
        "{}/api/realtime?ticket={}",
        shop.owner.client.url().replace("http", "ws"),
        ticket["ticket"].as_str().unwrap()
    );
    connect_async(url).await.unwrap().0
}

pub(crate) async fn frame_of(socket: &mut Socket, kind: &str) -> Value {
    frame_where(socket, |frame| frame["type"] == kind).await
}

pub(crate) async fn frame_where(socket: &mut Socket, fits: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let message = socket.next().await.unwrap().unwrap();
            if let Ok(text) = message.to_text()
                && let Ok(frame) = serde_json::from_str::<Value>(text)
                && fits(&frame)
            {
                return frame;
            }
        }
    };
    timeout(Duration::from_secs(30), wait)
        .await
        .expect("the frame comes")
}
