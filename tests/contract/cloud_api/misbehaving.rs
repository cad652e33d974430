//! The adapter against servers that answer as Meta never should.

use std::sync::{Arc, Mutex};

use domain::whatsapp::{CloudApi, CloudApiError};
use futures_util::TryStreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

use super::{TOKEN, adapter, credentials, text};

#[tokio::test]
async fn nobody_listening_was_not_reached() {
    let url = Url::parse("http://127.0.0.1:1").unwrap();
    let error = adapter(&url)
        .send(&credentials(), &text())
        .await
        .unwrap_err();
    assert!(matches!(error, CloudApiError::NotReached(_)), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_none_of_metas_is_no_answer() {
    let huge = format!(
        "{{\"messages\":[{{\"id\":\"{}\"}}]}}",
        "x".repeat(2 * 1024 * 1024)
    );
    for (status, body) in [
        ("200 OK", "<html>"),
        ("200 OK", "{\"messages\":[]}"),
        ("200 OK", huge.as_str()),
        ("302 Found", "{}"),
        ("502 Bad Gateway", "<html>502</html>"),
        ("503 Service Unavailable", "{\"error\":\"overloaded\"}"),
        ("400 Bad Request", "{\"message\":\"proxy\"}"),
    ] {
        let server = Stub::start(status, "", body).await;
        let error = adapter(&server.url)
            .send(&credentials(), &text())
            .await
            .unwrap_err();
        assert!(
            matches!(error, CloudApiError::NoAnswer(_)),
            "{status} {error}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let error = adapter(&url)
        .send(&credentials(), &text())
        .await
        .unwrap_err();
    assert!(matches!(error, CloudApiError::NoAnswer(_)), "{error}");
}

#[tokio::test]
async fn the_token_is_in_no_error() {
    let server = Stub::start("400 Bad Request", "", "no").await;
    let apis = [
        adapter(&server.url),
        adapter(&Url::parse("http://127.0.0.1:1").unwrap()),
    ];
    for api in apis {
        let error = api.send(&credentials(), &text()).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(TOKEN));
    }
    assert!(server.heads()[0].contains(&format!("authorization: Bearer {TOKEN}")));
    assert!(server.heads()[0].contains("user-agent: luminous/"));
}

#[tokio::test]
async fn a_foreign_host_gets_no_request() {
    let (graph, foreign) = (
        Stub::start("200 OK", "", "").await,
        Stub::start("200 OK", "", "x").await,
    );
    let api = adapter(&graph.url);
    for url in [
        foreign.url.as_str(),
        "http://lookaside.fbsbx.com/1",
        "nonsense",
    ] {
        let error = api.download(&credentials(), url).await.err().unwrap();
        assert!(
            matches!(error, CloudApiError::ForeignHost(_)),
            "{url}: {error}"
        );
    }
    assert_eq!(foreign.heads().len(), 0);
}

#[tokio::test]
async fn a_redirect_is_followed_within_meta_alone() {
    let foreign = Stub::start("200 OK", "", "x").await;
    let outwards = Stub::start("302 Found", &format!("location: {}\r\n", foreign.url), "").await;
    let api = adapter(&outwards.url);
    let error = api
        .download(&credentials(), outwards.url.as_str())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, CloudApiError::ForeignHost(_)), "{error}");
    assert_eq!(foreign.heads().len(), 0);

    let round = Stub::start("302 Found", "location: /again\r\n", "").await;
    let api = adapter(&round.url);
    let error = api
        .download(&credentials(), round.url.as_str())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, CloudApiError::NoAnswer(_)), "{error}");
    assert_eq!(
        round.heads().len(),
        4,
        "the first request and three redirects"
    );
}

#[tokio::test]
async fn a_download_that_stops_breaks_off() {
    let server = Stub::start("200 OK", "transfer-encoding: chunked\r\n", "4\r\ntest\r\n").await;
    let content = adapter(&server.url)
        .download(&credentials(), server.url.as_str())
        .await
        .unwrap();
    let read: Result<Vec<_>, _> = content.try_collect().await;
    assert!(read.is_err());
}

/// A server with one answer to everything, that keeps the heads of its requests.
struct Stub {
    url: Url,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// `headers` are lines that end in CRLF. A body sent in chunks is never ended.
    async fn start(status: &str, headers: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let is_chunked = headers.contains("chunked");
        let length = if is_chunked {
            String::new()
        } else {
            format!("content-length: {}\r\nconnection: close\r\n", body.len())
        };
        let answer = format!("HTTP/1.1 {status}\r\n{headers}{length}\r\n{body}");
        let kept = heads.clone();
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let length = stream.read(&mut request).await.unwrap();
                kept.lock()
                    .unwrap()
                    .push(String::from_utf8_lossy(&request[..length]).into_owned());
                // The client may have hung up before it had read everything.
                let _ = stream.write_all(answer.as_bytes()).await;
                if is_chunked {
                    open.push(stream);
                }
            }
        });
        Self { url, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}
