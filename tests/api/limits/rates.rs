//! How often clients may ask, and how they are told.

use std::time::Duration;

use api::ApiSettings;
use application::{Error, auth};
use domain::auth::EmailAddress;
use reqwest::Method;
use serde_json::json;
use tests::{
    app::TestApp,
    client::{Answer, Client, PASSWORD, registration},
    stores::Backend,
};

async fn limited(per_address: u32, per_organization: u32) -> TestApp {
    let settings = ApiSettings {
        requests_per_address: per_address,
        requests_per_organization: per_organization,
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..ApiSettings::default()
    };
    TestApp::with_settings(Backend::Sqlite, settings).await
}

/// Through the proxy, which tells whom it serves.
async fn from(address: &str, client: &Client, path: &str) -> Answer {
    let request = client.request(Method::GET, path);
    request.header("x-forwarded-for", address).send().await
}

async fn login(client: &Client, email: &str) -> Answer {
    let body = json!({"email": email, "password": PASSWORD});
    client.post("/api/auth/login", body).await
}

#[actix_web::test]
async fn each_address_has_its_share() {
    let app = limited(3, 0).await;
    let anybody = app.anybody();
    for left in (0..3).rev() {
        let answer = from("203.0.113.7", &anybody, "/api/auth/me").await;
        answer.assert_problem(401, "unauthenticated");
        assert_eq!(
            answer.header("ratelimit-policy"),
            Some("\"address\";q=3;w=60")
        );
        let reset = 20 * (3 - left);
        let standing = format!("\"address\";r={left};t={reset}");
        assert_eq!(answer.header("ratelimit"), Some(standing.as_str()));
    }
    let refused = from("203.0.113.7", &anybody, "/api/auth/me").await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("20"));
    assert_eq!(refused.header("ratelimit"), Some("\"address\";r=0;t=20"));
    assert!(refused.header("ratelimit-policy").is_some());
    // What is not there counts, too.
    let refused = from("203.0.113.7", &anybody, "/api/nothing").await;
    refused.assert_problem(429, "rate_limited");

    let another = from("203.0.113.8", &anybody, "/api/auth/me").await;
    another.assert_problem(401, "unauthenticated");
    app.clock.advance(Duration::from_secs(20));
    let again = from("203.0.113.7", &anybody, "/api/auth/me").await;
    again.assert_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn an_ipv6_network_is_one_address() {
    let app = limited(2, 0).await;
    for address in ["2001:db8::1", "2001:db8::2:3:4:5"] {
        let answer = from(address, &app.anybody(), "/api/auth/me").await;
        answer.assert_problem(401, "unauthenticated");
    }
    let refused = from("2001:db8::3", &app.anybody(), "/api/auth/me").await;
    refused.assert_problem(429, "rate_limited");
    let another = from("2001:db8:0:1::1", &app.anybody(), "/api/auth/me").await;
    another.assert_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn a_stranger_cannot_pretend_to_be_many() {
    let settings = ApiSettings {
        requests_per_address: 2,
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        ..ApiSettings::default()
    };
    let app = TestApp::with_settings(Backend::Sqlite, settings).await;
    for address in ["198.51.100.1", "10.0.0.1"] {
        let answer = from(address, &app.anybody(), "/api/auth/me").await;
        answer.assert_problem(401, "unauthenticated");
    }
    let refused = from("198.51.100.2", &app.anybody(), "/api/auth/me").await;
    refused.assert_problem(429, "rate_limited");
}

#[actix_web::test]
async fn behind_a_trusted_proxy_what_a_client_claims_before_it_does_not_count() {
    let app = limited(1, 0).await;
    let answer = from("198.51.100.1, 203.0.113.7", &app.anybody(), "/api/auth/me").await;
    answer.assert_problem(401, "unauthenticated");
    let refused = from("198.51.100.2, 203.0.113.7", &app.anybody(), "/api/auth/me").await;
    refused.assert_problem(429, "rate_limited");
    // Nor if the proxy tells it in a header of its own.
    let request = app.anybody().request(Method::GET, "/api/auth/me");
    let request = request.header("x-forwarded-for", "198.51.100.3");
    let request = request.header("x-forwarded-for", "203.0.113.7");
    let refused = request.send().await;
    refused.assert_problem(429, "rate_limited");
}

#[actix_web::test]
async fn the_people_of_an_organization_share_its_limit_wherever_they_are() {
    let app = limited(0, 2).await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    for address in ["203.0.113.7", "203.0.113.8"] {
        let answer = from(address, &luna.client, "/api/auth/me").await;
        answer.assert_status(200);
        assert_eq!(
            answer.header("ratelimit-policy"),
            Some("\"organization\";q=2;w=60")
        );
    }
    let refused = from("203.0.113.9", &luna.client, "/api/chats").await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("30"));
    sol.client.get("/api/auth/me").await.assert_status(200);
    // Nobody can use up the limit of an organization without its tokens.
    for _ in 0..3 {
        let stranger = sol.client.with_token("nonsense");
        let answer = stranger.get("/api/auth/me").await;
        answer.assert_problem(401, "invalid_token");
        assert_eq!(answer.header("ratelimit"), None);
    }
}

#[actix_web::test]
async fn an_answer_tells_of_every_limit_that_applied() {
    let app = limited(100, 50).await;
    let owner = app.register("Luna").await;
    let answer = owner.client.get("/api/auth/me").await;
    assert_eq!(
        answer.assert_status(200).header("ratelimit-policy"),
        Some("\"address\";q=100;w=60, \"organization\";q=50;w=60")
    );
    assert_eq!(
        answer.header("ratelimit"),
        Some("\"address\";r=98;t=2, \"organization\";r=49;t=2")
    );
    let answer = login(&app.anybody(), &owner.email).await;
    let policy = answer.assert_status(200).header("ratelimit-policy");
    assert_eq!(
        policy,
        Some("\"address\";q=100;w=60, \"login-address\";q=20;w=60, \"login-account\";q=10;w=900")
    );
    // Also where a repetition may be replayed, which takes a task of its own.
    let request = owner.client.request(Method::POST, "/api/realtime/tickets");
    let request = request.header("idempotency-key", "key-1");
    let answer = request.send().await;
    assert_eq!(
        answer.assert_status(201).header("ratelimit-policy"),
        Some("\"address\";q=100;w=60, \"organization\";q=50;w=60")
    );
}

#[actix_web::test]
async fn what_machines_ask_is_without_limit() {
    let app = limited(1, 1).await;
    app.anybody().get("/api/nothing").await.assert_status(404);
    app.anybody().get("/api/nothing").await.assert_status(429);
    for path in [
        "/health/live",
        "/health/ready",
        "/docs/",
        "/api/openapi.json",
    ] {
        let answer = app.anybody().get(path).await;
        assert_eq!(
            answer.assert_status(200).header("ratelimit"),
            None,
            "{path}"
        );
    }
    for _ in 0..3 {
        let delivery = app.deliver(b"{\"object\": \"page\", \"entry\": []}").await;
        delivery.assert_status(200);
    }
    // Other words for the same path are not let past.
    for path in ["/api/%61uth/me", "/%61pi/auth/me"] {
        app.anybody().get(path).await.assert_status(429);
    }
}

#[actix_web::test]
async fn while_nothing_can_be_counted_the_api_goes_on_but_nobody_signs_in() {
    let app = limited(5, 5).await;
    let owner = app.register("Luna").await;
    app.rate_limiter.set_down(true);
    for _ in 0..10 {
        let answer = owner.client.get("/api/auth/me").await;
        assert_eq!(answer.assert_status(200).header("ratelimit"), None);
    }
    let refused = login(&app.anybody(), &owner.email).await;
    refused.assert_problem(503, "rate_limiter_unavailable");
    assert!(refused.header("retry-after").is_some());
    // Where no address is counted, the mails are.
    let email = EmailAddress::parse(&owner.email).unwrap();
    let auth = &app.application.auth;
    let refused = auth.forgot_password(email, &auth::Client::default()).await;
    let is_limiter =
        matches!(refused, Err(Error::Unavailable { what, .. }) if what == "rate_limiter");
    assert!(is_limiter, "{refused:?}");
    app.rate_limiter.set_down(false);
    login(&app.anybody(), &owner.email).await.assert_status(200);
}

#[actix_web::test]
async fn many_at_once_get_no_more_than_their_share() {
    let app = limited(10, 0).await;
    let requests = (0..30).map(|number| {
        let body = registration("Luna", &format!("luna{number}@example.com"));
        let anybody = app.anybody();
        async move { anybody.post("/api/nothing", body).await.status }
    });
    let statuses = futures_util::future::join_all(requests).await;
    let passed = statuses.iter().filter(|status| **status == 404).count();
    assert_eq!(passed, 10, "{statuses:?}");
    assert!(statuses.iter().all(|status| [404, 429].contains(status)));
}
