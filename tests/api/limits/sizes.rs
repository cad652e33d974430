//! How much clients may ask and say at once.

use actix_web::web::Bytes;
use futures_util::stream;
use reqwest::Method;
use serde_json::json;
use tests::{
    app::{APP_SECRET, TestApp, sign},
    client::Answer,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const LOGIN: &str = "/api/auth/login";
const WEBHOOK: &str = "/api/whatsapp/webhook";

async fn post(app: &TestApp, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = app.anybody().request(Method::POST, path);
    let request = request.header("content-type", "application/json");
    request.body(body).send().await
}

/// Sends these bytes and answers the first line of what comes back.
async fn status_line(app: &TestApp, request: &str) -> String {
    let address = app.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 64];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn a_body_that_says_it_is_too_large_is_refused_unread() {
    let app = TestApp::start().await;
    for (path, limit) in [(LOGIN, 256 << 10), (WEBHOOK, 3 << 20)] {
        // Nothing follows: who waited for the body would wait for ever.
        let head = |length: usize| {
            format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n"
            )
        };
        let refused = status_line(&app, &head(limit + 1)).await;
        assert_eq!(refused, "HTTP/1.1 413 Payload Too Large", "{path}");
    }
}

#[actix_web::test]
async fn a_body_without_a_length_is_read_up_to_the_limit() {
    let app = TestApp::start().await;
    for (path, limit) in [(LOGIN, 256 << 10), (WEBHOOK, 3 << 20)] {
        let chunk = Bytes::from(vec![b' '; 32 << 10]);
        let chunks = std::iter::repeat_n(chunk, limit / (32 << 10) + 1);
        let chunks = stream::iter(chunks.map(Ok::<_, std::io::Error>));
        let refused = post(&app, path, reqwest::Body::wrap_stream(chunks)).await;
        refused.assert_problem(413, "payload_too_large");
    }
}

#[actix_web::test]
async fn a_delivery_may_be_larger_than_other_bodies() {
    let app = TestApp::start().await;
    let body = json!({"object": "page", "entry": [], "more": "x".repeat(2 << 20)});
    app.deliver(body.to_string().as_bytes())
        .await
        .assert_status(200);
    let body = json!({"email": "ana@example.com", "password": "x".repeat(2 << 20)});
    let refused = post(&app, LOGIN, body.to_string()).await;
    refused.assert_problem(413, "payload_too_large");
}

#[actix_web::test]
async fn json_that_is_too_deep_is_unreadable_and_the_process_lives() {
    let app = TestApp::start().await;
    for (open, close, depth) in [("[", "]", 100_000), ("{\"a\":", "}", 40_000)] {
        let deep = format!("{}0{}", open.repeat(depth), close.repeat(depth));
        let refused = post(&app, LOGIN, deep.clone()).await;
        refused.assert_problem(400, "unreadable_json");

        let signature = sign(APP_SECRET, deep.as_bytes());
        let delivered = app.deliver_signed(deep.as_bytes(), &signature).await;
        // Meta's word is kept, even where it makes no sense.
        delivered.assert_status(200);
        app.run_jobs().await;
    }
    app.anybody().get("/health/live").await.assert_status(200);
}

#[actix_web::test]
async fn a_compressed_body_is_refused_before_it_unfolds() {
    let app = TestApp::start().await;
    for path in [LOGIN, WEBHOOK] {
        for encoding in ["gzip", "br", "deflate", "identity, gzip"] {
            let request = app.anybody().request(Method::POST, path);
            let request = request
                .header("content-type", "application/json")
                .header("content-encoding", encoding);
            let refused = request.body("{}").send().await;
            refused.assert_problem(415, "unsupported_media_type");
        }
    }
    let request = app.anybody().request(Method::POST, LOGIN);
    let request = request
        .header("content-type", "application/json")
        .header("content-encoding", "identity");
    request
        .body("{}")
        .send()
        .await
        .assert_problem(422, "invalid");
}

#[actix_web::test]
async fn a_query_and_a_head_may_be_only_so_long() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let long = format!("/api/chats?search={}", "x".repeat(8 << 10));
    let refused = owner.client.get(&long).await;
    refused.assert_problem(414, "uri_too_long");
    // As many parameters as fit are refused without ado.
    let many: Vec<_> = (0..1500).map(|number| format!("{number:x}")).collect();
    let path = format!("/api/chats?{}", many.join("&"));
    let many = owner.client.get(&path);
    many.await.assert_problem(422, "invalid");

    let head =
        |headers: &str| format!("GET /health/live HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    let large = format!("X-Large: {}\r\n", "x".repeat(200 << 10));
    let refused = status_line(&app, &head(&large)).await;
    assert_eq!(refused, "HTTP/1.1 431 Request Header Fields Too Large");
    let refused = status_line(&app, &head(&"X-Many: 1\r\n".repeat(120))).await;
    assert_eq!(refused, "HTTP/1.1 431 Request Header Fields Too Large");
    app.anybody().get("/health/live").await.assert_status(200);
}

#[actix_web::test]
async fn only_json_is_read_as_json() {
    let app = TestApp::start().await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
    ] {
        let request = app.anybody().request(Method::POST, LOGIN);
        let request = request.header("content-type", content_type);
        let refused = request.body("{}").send().await;
        refused.assert_problem(415, "unsupported_media_type");
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let request = app.anybody().request(Method::POST, LOGIN);
        let request = request.header("content-type", content_type);
        request
            .body("{}")
            .send()
            .await
            .assert_problem(422, "invalid");
    }
}
