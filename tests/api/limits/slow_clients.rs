//! Clients that take their time are cut off, so that they keep out nobody else.

use std::time::{Duration, Instant};

use api::{ApiSettings, Patience};
use tests::{app::TestApp, stores::Backend};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// As in the program, but shorter.
const PATIENCE: Patience = Patience {
    head: Duration::from_millis(600),
    body: Duration::from_millis(800),
    upload: Duration::from_millis(2400),
    idle: Duration::from_millis(1000),
    stall: Duration::from_millis(1600),
};

/// No test waits longer for the server to do something.
const LONG: Duration = Duration::from_secs(8);

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

async fn start() -> TestApp {
    let settings = ApiSettings {
        patience: PATIENCE,
        ..ApiSettings::default()
    };
    TestApp::with_settings(Backend::Sqlite, settings).await
}

struct Connection(TcpStream);

impl Connection {
    async fn open(app: &TestApp) -> Self {
        let address = app.url.strip_prefix("http://").unwrap();
        Self(TcpStream::connect(address).await.unwrap())
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Sends a byte at a time until the other side has had enough; answers what it said, and
    /// how long it took until it closed the connection.
    async fn trickle(mut self, byte: &str) -> (String, Duration) {
        let began = Instant::now();
        let (mut reading, mut writing) = self.0.split();
        let mut answer = Vec::new();
        let mut sending = async || {
            while writing.write_all(byte.as_bytes()).await.is_ok() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        let closed = async {
            // A reset is an end, too.
            let _ = reading.read_to_end(&mut answer).await;
        };
        let both = async {
            tokio::select! {
                () = closed => {}
                () = async { sending().await; std::future::pending().await } => {}
            }
        };
        assert!(timeout(LONG, both).await.is_ok(), "it is not cut off");
        (
            String::from_utf8_lossy(&answer).into_owned(),
            began.elapsed(),
        )
    }

    /// Sends nothing more; answers what comes until the connection is closed, and how long that
    /// takes.
    async fn wait(mut self) -> (String, Duration) {
        let began = Instant::now();
        let mut answer = Vec::new();
        let closed = timeout(LONG, self.0.read_to_end(&mut answer)).await;
        // A reset is an end, too.
        assert!(closed.is_ok(), "it is not cut off");
        (
            String::from_utf8_lossy(&answer).into_owned(),
            began.elapsed(),
        )
    }

    /// Reads one answer that is known to be short.
    async fn answer(&mut self) -> String {
        let mut answer = vec![0; 4096];
        let length = timeout(LONG, self.0.read(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer[..length.unwrap()]).into_owned()
    }
}

fn post(content_type: &str, framing: &str) -> String {
    format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: {content_type}\r\n{framing}\r\n\r\n"
    )
}

#[actix_web::test]
async fn a_head_that_comes_byte_by_byte_is_cut_off() {
    let app = start().await;
    let mut connection = Connection::open(&app).await;
    connection
        .send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        .await;
    let (answer, after) = connection.trickle("x").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(after < LONG / 2, "{after:?}");
}

#[actix_web::test]
async fn whoever_connects_and_says_nothing_is_cut_off() {
    let app = start().await;
    let (_, after) = Connection::open(&app).await.wait().await;
    assert!(after < LONG / 2, "{after:?}");
}

#[actix_web::test]
async fn a_body_that_comes_byte_by_byte_is_cut_off() {
    let app = start().await;
    let mut connection = Connection::open(&app).await;
    connection
        .send(&post("application/json", "Content-Length: 200000"))
        .await;
    let (answer, after) = connection.trickle("x").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"code\":\"request_timeout\""), "{answer}");
    assert!(answer.contains("x-request-id"), "{answer}");
    assert!(after >= PATIENCE.body && after < LONG / 2, "{after:?}");

    // Also where nobody knows how long it is to become.
    let mut connection = Connection::open(&app).await;
    connection
        .send(&post("application/json", "Transfer-Encoding: chunked"))
        .await;
    let (answer, after) = connection.trickle("1\r\nx\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(after >= PATIENCE.body && after < LONG / 2, "{after:?}");

    // Meta is no exception.
    let mut connection = Connection::open(&app).await;
    connection
        .send("POST /api/whatsapp/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n")
        .await;
    let (answer, _) = connection.trickle("x").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[actix_web::test]
async fn a_body_that_stops_midway_is_cut_off() {
    let app = start().await;
    let mut connection = Connection::open(&app).await;
    connection
        .send(&post("application/json", "Content-Length: 200"))
        .await;
    connection.send("{\"email\": ").await;
    let (answer, after) = connection.wait().await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(after < LONG / 2, "{after:?}");
}

#[actix_web::test]
async fn a_body_that_is_not_read_to_its_end_does_not_hold_the_connection() {
    let app = start().await;
    for framing in ["Content-Length: 200000", "Transfer-Encoding: chunked"] {
        let mut connection = Connection::open(&app).await;
        connection.send(&post("text/plain", framing)).await;
        let (answer, after) = connection.trickle("1\r\nx\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 415"), "{framing}: {answer}");
        assert!(after < LONG / 2, "{framing}: {after:?}");
    }
}

#[actix_web::test]
async fn a_connection_is_kept_for_a_next_request_but_not_for_long() {
    let app = start().await;
    let mut connection = Connection::open(&app).await;
    for _ in 0..3 {
        connection.send(LIVE).await;
        let answer = connection.answer().await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        sleep(PATIENCE.idle / 4).await;
    }
    let (rest, after) = connection.wait().await;
    assert_eq!(rest, "");
    assert!(after < LONG / 2, "{after:?}");
}

#[actix_web::test]
async fn the_head_of_a_second_request_may_not_take_longer_than_that_of_the_first() {
    let app = start().await;
    let mut connection = Connection::open(&app).await;
    connection.send(LIVE).await;
    connection.answer().await;
    connection
        .send("GET /health/live HTTP/1.1\r\nX-Slow: ")
        .await;
    let (_, after) = connection.trickle("x").await;
    assert!(after < LONG / 2, "{after:?}");
}

#[actix_web::test]
async fn an_answer_that_nobody_fetches_is_given_up() {
    let app = start().await;
    let mut connection = Connection::open(&app).await;
    // More than the buffers between the two of us hold.
    let large = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
    connection.send(&large.repeat(8)).await;
    sleep(PATIENCE.stall * 2).await;
    let (fetched, _) = connection.wait().await;
    let whole = app.anybody().get("/docs/swagger-ui-bundle.js").await;
    assert!(
        fetched.len() < 8 * whole.bytes.len(),
        "{} bytes came",
        fetched.len()
    );
}

#[actix_web::test]
async fn whoever_is_slow_but_gets_on_is_served() {
    let app = start().await;
    let body = "{\"email\": \"nobody@example.com\", \"password\": \"whatever\"}";
    let framing = format!("Content-Length: {}", body.len());
    let mut connection = Connection::open(&app).await;
    connection.send(&post("application/json", &framing)).await;
    let (first, second) = body.split_at(20);
    sleep(PATIENCE.body / 4).await;
    connection.send(first).await;
    sleep(PATIENCE.body / 4).await;
    connection.send(second).await;
    let answer = connection.answer().await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}
