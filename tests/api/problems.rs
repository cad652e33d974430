//! Errors of the framework's own, and what surrounds every answer.

use actix_web::{HttpResponse, HttpServer, web};
use api::ApiSettings;
use reqwest::Method;
use serde_json::json;
use tests::{
    app::TestApp,
    client::{Client, Owner, registration},
    stores::backends,
};

async fn start() -> (TestApp, Owner) {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    (app, owner)
}

#[actix_web::test]
async fn an_unknown_route_is_not_found() {
    let (app, owner) = start().await;
    for path in [
        "/",
        "/api",
        "/api/nothing",
        "/api/chats/x/y/z",
        "/nothing/at/all",
    ] {
        app.anybody()
            .get(path)
            .await
            .assert_problem(404, "not_found");
    }
    let malformed = owner.client.get("/api/chats/not-an-id").await;
    malformed.assert_problem(404, "not_found");
}

#[actix_web::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let (app, _) = start().await;
    let answer = app.anybody().delete("/api/organizations/current").await;
    answer.assert_problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, PUT"));
    let answer = app.anybody().get("/api/auth/login").await;
    answer.assert_problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
}

#[actix_web::test]
async fn a_body_must_be_json_and_say_so() {
    let (app, _) = start().await;
    let post = |content_type: &str, body: String| {
        let request = app.anybody().request(Method::POST, "/api/auth/login");
        request
            .header("content-type", content_type)
            .body(body)
            .send()
    };
    let json = "application/json";
    post(json, "{\"email\": ".to_owned())
        .await
        .assert_problem(400, "unreadable_json");
    post(json, String::new())
        .await
        .assert_problem(400, "unreadable_json");
    let answer = post("text/plain", "{}".to_owned()).await;
    answer.assert_problem(415, "unsupported_media_type");
    let answer = post(json, "[]".to_owned()).await;
    answer.assert_problem(422, "invalid");
}

#[actix_web::test]
async fn a_list_refuses_queries_that_it_does_not_understand() {
    let (_app, owner) = start().await;
    let answer = owner
        .client
        .get("/api/chats?limit=0&colour=red&include=all")
        .await;
    answer.assert_problem(422, "invalid");
    answer
        .assert_invalid("/limit")
        .assert_invalid("/colour")
        .assert_invalid("/include");
    let answer = owner.client.get("/api/chats?limit=1&limit=2").await;
    answer.assert_invalid("/limit");
    let answer = owner.client.get("/api/chats?cursor=nonsense").await;
    answer.assert_problem(422, "invalid_cursor");
    let answer = owner.client.get("/api/chats?limit=100&include=total").await;
    assert_eq!(
        answer.assert_status(200).json(),
        json!({"data": [], "nextCursor": null, "total": 0})
    );
}

#[actix_web::test]
async fn a_request_id_is_taken_or_made() {
    let (app, _) = start().await;
    let with_id = |id: &str| {
        let request = app.anybody().request(Method::GET, "/api/nothing");
        request.header("x-request-id", id).send()
    };
    let answer = with_id("order-4711/retry:2").await;
    answer.assert_problem(404, "not_found");
    assert_eq!(answer.header("x-request-id"), Some("order-4711/retry:2"));
    for unfit in ["with space", &"x".repeat(129)] {
        let answer = with_id(unfit).await;
        assert_eq!(answer.header("x-request-id").map(str::len), Some(36));
    }
}

async fn panics() -> HttpResponse {
    panic!("a mistake of ours");
}

#[actix_web::test]
async fn a_panic_is_answered_and_the_process_lives() {
    let app = TestApp::start().await;
    let application = app.application.clone();
    let server = HttpServer::new(move || {
        api::app(application.clone(), ApiSettings::default())
            .route("/panics", web::get().to(panics))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let client = Client::new(&format!("http://{}", server.addrs()[0]));
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    for _ in 0..3 {
        let answer = client.get("/panics").await;
        answer.assert_problem(500, "internal");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(!answer.text().contains("mistake of ours"));
    }
    client.get("/health/live").await.assert_status(200);
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_nul_character_is_refused_wherever_it_stands() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let mut registration = registration("Luna", "luna@example.com");
        registration["firstName"] = json!("A\0na");
        let answer = app.anybody().post("/api/auth/register", registration).await;
        answer.assert_invalid("/firstName");
        let owner = app.register("Luna").await;
        let answer = owner.client.get("/api/chats?search=%00").await;
        answer.assert_invalid("/search");
    }
}
