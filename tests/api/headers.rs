//! What answers say besides their bodies: to browsers, and to pages of other origins.

use api::ApiSettings;
use reqwest::Method;
use tests::{
    app::TestApp,
    client::{Answer, Client},
    stores::Backend,
};

async fn with_settings(settings: ApiSettings) -> TestApp {
    TestApp::with_settings(Backend::Sqlite, settings).await
}

fn of_frontends(urls: &[&str]) -> ApiSettings {
    ApiSettings {
        frontend_urls: urls.iter().map(|url| url.parse().unwrap()).collect(),
        ..ApiSettings::default()
    }
}

#[actix_web::test]
async fn every_answer_tells_browsers_to_be_careful() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let too_large = app.anybody().request(Method::POST, "/api/auth/login");
    let answers = [
        app.anybody().get("/api/nothing").await,
        app.anybody().get("/health/live").await,
        app.anybody().get("/docs/").await,
        app.anybody().delete("/api/chats").await,
        app.anybody().get("/api/auth/me").await,
        owner.client.get("/api/auth/me").await,
        too_large.body(vec![b'x'; 1 << 20]).send().await,
    ];
    for answer in answers {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("same-origin")
        );
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(answer.header("x-request-id").is_some());
        assert_eq!(answer.header("server"), None);
        assert_eq!(answer.header("strict-transport-security"), None);
    }
}

#[actix_web::test]
async fn data_load_nothing_and_the_docs_only_what_is_ours() {
    let app = TestApp::start().await;
    let policy = async |path: &str| {
        let answer = app.anybody().get(path).await;
        let policy = answer.assert_status(200).header("content-security-policy");
        policy.unwrap().to_owned()
    };
    let data = "default-src 'none'; frame-ancestors 'none'";
    assert_eq!(policy("/api/openapi.json").await, data);
    let docs = policy("/docs/").await;
    assert!(docs.contains("script-src 'self';"), "{docs}");
    assert!(!docs.contains("http"), "{docs}");
}

#[actix_web::test]
async fn in_production_browsers_come_by_https_alone() {
    let app = with_settings(ApiSettings {
        https_only: true,
        ..ApiSettings::default()
    })
    .await;
    for path in ["/health/live", "/nothing"] {
        let answer = app.anybody().get(path).await;
        let header = answer.header("strict-transport-security").unwrap();
        assert!(header.starts_with("max-age="), "{header}");
    }
}

fn preflight(
    client: &Client,
    origin: &str,
    method: &str,
    headers: &str,
) -> impl Future<Output = Answer> {
    client
        .request(Method::OPTIONS, "/api/auth/login")
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", headers)
        .send()
}

fn words(header: Option<&str>) -> Vec<String> {
    let mut words: Vec<_> = header
        .unwrap_or_default()
        .split(',')
        .map(|word| word.trim().to_lowercase())
        .collect();
    words.sort_unstable();
    words
}

#[actix_web::test]
async fn the_pages_of_each_frontend_may_call_and_read_all_that_they_need() {
    let frontends = ["https://shop.example/inbox", "http://localhost:3000"];
    let app = with_settings(of_frontends(&frontends)).await;
    for origin in ["https://shop.example", "http://localhost:3000"] {
        let headers = "authorization,content-type,idempotency-key,if-match,x-request-id";
        let allowed = preflight(&app.anybody(), origin, "PUT", headers).await;
        allowed.assert_status(200);
        assert_eq!(allowed.header("access-control-allow-origin"), Some(origin));
        assert_eq!(
            words(allowed.header("access-control-allow-methods")),
            ["delete", "get", "head", "post", "put"]
        );
        assert_eq!(
            words(allowed.header("access-control-allow-headers")),
            words(Some(headers))
        );
        assert_eq!(allowed.header("access-control-max-age"), Some("3600"));
        assert_eq!(allowed.header("access-control-allow-credentials"), None);
        assert!(words(allowed.header("vary")).contains(&"origin".to_owned()));
    }
    // A refusal, too, must be readable by the page.
    let request = app
        .anybody()
        .with_token("nonsense")
        .request(Method::POST, "/api/auth/logout");
    let answer = request
        .header("origin", "https://shop.example")
        .header("idempotency-key", "key-1")
        .send()
        .await;
    answer.assert_problem(401, "invalid_token");
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://shop.example")
    );
    assert_eq!(
        words(answer.header("access-control-expose-headers")),
        [
            "etag",
            "idempotent-replayed",
            "location",
            "ratelimit",
            "ratelimit-policy",
            "retry-after",
            "x-request-id"
        ]
    );
    assert!(words(answer.header("vary")).contains(&"origin".to_owned()));
}

#[actix_web::test]
async fn the_pages_of_strangers_are_told_nothing() {
    let app = with_settings(of_frontends(&["https://shop.example"])).await;
    let strangers = [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "null",
    ];
    for origin in strangers {
        let refused = preflight(&app.anybody(), origin, "POST", "content-type").await;
        assert_eq!(refused.status, 400, "{origin}");
        let request = app.anybody().request(Method::GET, "/health/live");
        let answer = request.header("origin", origin).send().await;
        // That a page may not read it is for the browser to see to.
        answer.assert_status(200);
        for answer in [refused, answer] {
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, None, "{origin}");
        }
    }
    let own = preflight(
        &app.anybody(),
        "https://shop.example",
        "PATCH",
        "content-type",
    )
    .await;
    assert_eq!(own.header("access-control-allow-origin"), None);
    let own = preflight(&app.anybody(), "https://shop.example", "POST", "x-secret").await;
    assert_eq!(own.header("access-control-allow-origin"), None);
}

#[actix_web::test]
async fn head_is_answered_as_get_without_the_body() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for path in ["/health/live", "/api/auth/me", "/api/nothing", "/docs/"] {
        let get = owner.client.get(path).await;
        let head = owner.client.request(Method::HEAD, path).send().await;
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.bytes.is_empty(), "{path}");
        for header in ["content-type", "content-length", "etag", "cache-control"] {
            assert_eq!(head.header(header), get.header(header), "{path} {header}");
        }
    }
    // It is no way around the method.
    let head = owner.client.request(Method::HEAD, "/api/auth/logout");
    let head = head.send().await;
    assert_eq!((head.status, head.header("allow")), (405, Some("POST")));
    owner.client.get("/api/auth/me").await.assert_status(200);
}
