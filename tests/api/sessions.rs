//! Access tokens, refresh tokens and the end of sessions.

mod own;

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tests::{
    app::TestApp,
    client::{Answer, Client, Owner, PASSWORD},
    stores::backends,
};

const DAY: Duration = Duration::from_hours(24);

async fn refresh(client: &Client, token: &str) -> Answer {
    client
        .post("/api/auth/refresh", json!({"refreshToken": token}))
        .await
}

fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap().to_owned()
}

async fn another_session(app: &TestApp, owner: &Owner) -> Owner {
    let body = json!({"email": owner.email, "password": PASSWORD});
    let answer = app.anybody().post("/api/auth/login", body).await;
    answer.assert_status(200);
    Owner::from_session(&app.anybody(), &answer.json(), owner.email.clone())
}

#[actix_web::test]
async fn without_a_token_of_ours_nobody_is_signed_in() {
    let app = TestApp::start().await;
    let anybody = app.anybody();
    let answer = anybody.get("/api/auth/me").await;
    answer.assert_problem(401, "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    anybody
        .with_token("nonsense")
        .get("/api/auth/me")
        .await
        .assert_problem(401, "invalid_token");
    let request = anybody.request(reqwest::Method::GET, "/api/auth/me");
    let answer = request.header("authorization", "Basic YTpi").send().await;
    answer.assert_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn an_access_token_lasts_a_quarter_of_an_hour_and_can_be_renewed() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.clock.advance(Duration::from_secs(899));
    owner.client.get("/api/auth/me").await.assert_status(200);
    app.clock.advance(Duration::from_secs(1));
    owner
        .client
        .get("/api/auth/me")
        .await
        .assert_problem(401, "token_expired");

    let pair = refresh(&app.anybody(), &owner.refresh_token).await;
    assert_eq!(pair.assert_status(200).json()["expiresIn"], 900);
    assert_eq!(pair.json()["tokenType"], "Bearer");
    assert_ne!(text(&pair, "refreshToken"), owner.refresh_token);
    let client = app.anybody().with_token(&text(&pair, "accessToken"));
    client.get("/api/auth/me").await.assert_status(200);
}

#[actix_web::test]
async fn a_refresh_token_that_comes_again_ends_the_session() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let other = another_session(&app, &owner).await;
        let pair = refresh(&app.anybody(), &owner.refresh_token).await;
        pair.assert_status(200);

        let stolen = refresh(&app.anybody(), &owner.refresh_token).await;
        stolen.assert_problem(401, "refresh_token_reused");
        let client = app.anybody().with_token(&text(&pair, "accessToken"));
        client
            .get("/api/auth/me")
            .await
            .assert_problem(401, "session_ended");
        owner
            .client
            .get("/api/auth/me")
            .await
            .assert_problem(401, "session_ended");
        let next = refresh(&app.anybody(), &text(&pair, "refreshToken")).await;
        next.assert_problem(401, "invalid_refresh_token");
        // The user's other sessions have nothing to do with it.
        other.client.get("/api/auth/me").await.assert_status(200);
    }
}

#[actix_web::test]
async fn of_many_who_present_one_refresh_token_at_once_one_wins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let clients: Vec<_> = (0..8).map(|_| app.anybody()).collect();
        let attempts = clients
            .iter()
            .map(|client| refresh(client, &owner.refresh_token));
        let answers = join_all(attempts).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|answer| answer.status == 401));
        assert!(
            lost.iter()
                .any(|answer| answer.json()["code"] == "refresh_token_reused")
        );
        // Nobody can tell whose the new pair is: it is of no use either.
        let client = app.anybody().with_token(&text(won[0], "accessToken"));
        for client in [&owner.client, &client] {
            let answer = client.get("/api/auth/me").await;
            answer.assert_problem(401, "session_ended");
        }
        let next = refresh(&app.anybody(), &text(won[0], "refreshToken")).await;
        next.assert_problem(401, "invalid_refresh_token");
    }
}

#[actix_web::test]
async fn an_unknown_refresh_token_is_refused() {
    let app = TestApp::start().await;
    let answer = refresh(&app.anybody(), "nonsense").await;
    answer.assert_problem(401, "invalid_refresh_token");
    let answer = app.anybody().post("/api/auth/refresh", json!({})).await;
    answer.assert_invalid("/refreshToken");
}

#[actix_web::test]
async fn a_session_lasts_thirty_days_from_its_last_use() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.clock.advance(29 * DAY);
    let pair = refresh(&app.anybody(), &owner.refresh_token).await;
    pair.assert_status(200);
    app.clock.advance(29 * DAY);
    let pair = refresh(&app.anybody(), &text(&pair, "refreshToken")).await;
    pair.assert_status(200);
    app.clock.advance(30 * DAY);
    let pair = refresh(&app.anybody(), &text(&pair, "refreshToken")).await;
    pair.assert_problem(401, "invalid_refresh_token");
}

#[actix_web::test]
async fn signing_out_ends_this_session_and_no_other() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let other = another_session(&app, &owner).await;
    let answer = owner
        .client
        .request(reqwest::Method::POST, "/api/auth/logout")
        .send()
        .await;
    answer.assert_status(204);
    owner
        .client
        .get("/api/auth/me")
        .await
        .assert_problem(401, "session_ended");
    let pair = refresh(&app.anybody(), &owner.refresh_token).await;
    pair.assert_problem(401, "invalid_refresh_token");
    other.client.get("/api/auth/me").await.assert_status(200);
}
