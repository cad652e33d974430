//! The second factor: an authenticator's codes, and recovery codes.

mod enrolment;
mod recovery_codes;

use std::time::Duration;

use domain::{clock::Clock, organizations::Role};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Client, Owner, PASSWORD},
    stores::backends,
};
use totp_rs::{Builder, Secret, Totp};

use crate::given;

const PATH: &str = "/api/auth/two-factor";
/// How long an authenticator shows a code.
pub(crate) const STEP: Duration = Duration::from_secs(30);

/// What the owner's phone shows.
pub(crate) struct Authenticator(Totp);

impl Authenticator {
    fn with(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    pub(crate) fn code(&self, app: &TestApp) -> String {
        let now = app.clock.now().timestamp();
        self.0.generate(now.try_into().unwrap()).to_string()
    }

    /// A code that is not good now, nor was just now, nor will be soon.
    pub(crate) fn wrong_code(&self, app: &TestApp) -> String {
        let now: u64 = app.clock.now().timestamp().try_into().unwrap();
        let near = [now - 30, now, now + 30].map(|time| self.0.generate(time).to_string());
        let mut codes = (0..10).map(|digit| digit.to_string().repeat(6));
        codes.find(|code| !near.contains(code)).unwrap()
    }
}

async fn login(client: &Client, owner: &Owner, code: impl Into<Value>) -> Answer {
    let body = json!({"email": owner.email, "password": PASSWORD, "code": code.into()});
    client.post("/api/auth/login", body).await
}

async fn begins(owner: &Owner) -> Authenticator {
    let answer = owner.client.post(PATH, json!({"password": PASSWORD})).await;
    Authenticator::with(answer.assert_status(200).json()["secret"].as_str().unwrap())
}

async fn confirms(owner: &Owner, code: &str) -> Answer {
    let path = format!("{PATH}/confirm");
    owner.client.post(&path, json!({"code": code})).await
}

/// Turns the second factor on; answers the authenticator, whose code is used up, and the
/// recovery codes.
pub(crate) async fn turns_on(app: &TestApp, owner: &Owner) -> (Authenticator, Vec<String>) {
    let authenticator = begins(owner).await;
    let answer = confirms(owner, &authenticator.code(app)).await;
    let codes = answer.assert_status(200).json()["recoveryCodes"].take();
    (authenticator, serde_json::from_value(codes).unwrap())
}

/// How the second factor stands.
async fn status(owner: &Owner) -> Value {
    owner.client.get(PATH).await.assert_status(200).json()
}

#[actix_web::test]
async fn who_belongs_nowhere_any_more_is_told_so_after_the_code_alone() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    let (authenticator, _) = turns_on(&app, &agent).await;
    let path = format!("/api/members/{}", agent.user_id);
    owner.client.delete(&path).await.assert_status(204);
    app.clock.advance(STEP);
    let anybody = app.anybody();
    let wrong = login(&anybody, &agent, authenticator.wrong_code(&app)).await;
    wrong.assert_problem(401, "invalid_two_factor_code");
    let right = login(&anybody, &agent, authenticator.code(&app)).await;
    right.assert_problem(403, "no_organization");
}

#[actix_web::test]
async fn signing_in_asks_for_a_code_once_the_password_is_right() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let (authenticator, _) = turns_on(&app, &owner).await;
    app.clock.advance(STEP);
    let anybody = app.anybody();

    let body = json!({"email": owner.email, "password": PASSWORD});
    let answer = anybody.post("/api/auth/login", body).await;
    answer.assert_problem(401, "two_factor_required");
    for wrong in [authenticator.wrong_code(&app).as_str(), "12345", "x", "  "] {
        let answer = login(&anybody, &owner, wrong).await;
        answer.assert_problem(401, "invalid_two_factor_code");
    }
    // With a wrong password, nothing is told of codes.
    let body = json!({
        "email": owner.email, "password": "Corriente-72-azul", "code": authenticator.code(&app),
    });
    let answer = anybody.post("/api/auth/login", body).await;
    answer.assert_problem(401, "invalid_credentials");

    let code = authenticator.code(&app);
    let shown = format!("{} {}", &code[..3], &code[3..]);
    let answer = login(&anybody, &owner, shown).await;
    let session = answer.assert_status(200).json();
    assert_eq!(session["user"]["twoFactorEnabled"], true);
    let answer = login(&anybody, &owner, "").await;
    answer.assert_invalid("/code");
}

#[actix_web::test]
async fn who_has_no_second_factor_may_send_a_code_for_nothing() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let answer = login(&app.anybody(), &owner, "123456").await;
    let session = answer.assert_status(200).json();
    assert_eq!(session["user"]["twoFactorEnabled"], false);
}

#[actix_web::test]
async fn a_code_is_good_once_even_at_the_same_moment() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let (authenticator, _) = turns_on(&app, &owner).await;
        // The one that turned it on is used up.
        let code = authenticator.code(&app);
        let answer = login(&app.anybody(), &owner, code).await;
        answer.assert_problem(401, "invalid_two_factor_code");

        app.clock.advance(STEP);
        let code = authenticator.code(&app);
        let clients: Vec<_> = (0..6).map(|_| app.anybody()).collect();
        let attempts = clients
            .iter()
            .map(|client| login(client, &owner, code.clone()));
        let answers = join_all(attempts).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        for answer in lost {
            answer.assert_problem(401, "invalid_two_factor_code");
        }
    }
}

#[actix_web::test]
async fn clocks_may_differ_by_one_step_but_codes_never_go_back() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let (authenticator, _) = turns_on(&app, &owner).await;
    let anybody = app.anybody();
    app.clock.advance(STEP);
    let early = authenticator.code(&app);
    app.clock.advance(STEP);
    let later = authenticator.code(&app);
    app.clock.advance(STEP);
    let answer = login(&anybody, &owner, early.clone()).await;
    answer.assert_problem(401, "invalid_two_factor_code");
    login(&anybody, &owner, later).await.assert_status(200);

    // Once a later code was taken, an earlier one is none any more.
    let earlier = authenticator.code(&app);
    app.clock.advance(STEP);
    let now = authenticator.code(&app);
    login(&anybody, &owner, now).await.assert_status(200);
    let answer = login(&anybody, &owner, earlier).await;
    answer.assert_problem(401, "invalid_two_factor_code");
}

#[actix_web::test]
async fn wrong_codes_close_an_account_and_half_a_success_opens_it_not() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let (authenticator, codes) = turns_on(&app, &owner).await;
    app.clock.advance(Duration::from_mins(15));
    let anybody = app.anybody();
    // A right password without a code is no success.
    for attempt in 0..10 {
        let wrong = authenticator.wrong_code(&app);
        let (code, problem) = match attempt % 2 {
            0 => (json!(wrong), "invalid_two_factor_code"),
            _ => (Value::Null, "two_factor_required"),
        };
        let answer = login(&anybody, &owner, code).await;
        answer.assert_problem(401, problem);
    }
    let answer = login(&anybody, &owner, authenticator.code(&app)).await;
    answer.assert_problem(429, "rate_limited");
    let answer = login(&anybody, &owner, codes[0].clone()).await;
    answer.assert_problem(429, "rate_limited");

    app.clock.advance(Duration::from_mins(15));
    let answer = login(&anybody, &owner, authenticator.code(&app)).await;
    answer.assert_status(200);
}

#[actix_web::test]
async fn a_password_signs_in_again_once_the_second_factor_is_off() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let disable = format!("{PATH}/disable");
    let right = json!({"password": PASSWORD});
    let answer = owner.client.post(&disable, right.clone()).await;
    answer.assert_problem(409, "two_factor_not_enabled");
    begins(&owner).await;
    let answer = owner.client.post(&disable, right.clone()).await;
    answer.assert_problem(409, "two_factor_not_enabled");

    let (_, codes) = turns_on(&app, &owner).await;
    app.run_jobs().await;
    app.mailer.take_mails();
    let wrong = json!({"password": "Corriente-72-azul"});
    let answer = owner.client.post(&disable, wrong).await;
    let problem = answer.assert_problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/password");
    assert_eq!(problem["errors"][0]["code"], "wrong_password");
    let answer = owner.client.post(&disable, json!({})).await;
    answer.assert_invalid("/password");
    assert_eq!(status(&owner).await["enabled"], true);

    let answer = owner.client.post(&disable, right).await;
    answer.assert_status(204);
    let off = json!({"enabled": false, "recoveryCodesLeft": 0});
    assert_eq!(status(&owner).await, off);
    let answer = login(&app.anybody(), &owner, Value::Null).await;
    answer.assert_status(200);
    app.run_jobs().await;
    assert_eq!(app.mailer.take_mails().len(), 1);

    // What was on before is forgotten.
    app.clock.advance(STEP);
    turns_on(&app, &owner).await;
    let answer = login(&app.anybody(), &owner, codes[0].clone()).await;
    answer.assert_problem(401, "invalid_two_factor_code");
}

#[actix_web::test]
async fn guessing_the_password_within_a_session_closes_the_account_too() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let wrong = json!({"password": "Corriente-72-azul"});
    let paths = ["", "/disable", "/recovery-codes"].map(|tail| format!("{PATH}{tail}"));
    for attempt in 0..10 {
        let path = &paths[attempt % paths.len()];
        let answer = owner.client.post(path, wrong.clone()).await;
        answer.assert_invalid("/password");
    }
    for path in &paths {
        let answer = owner.client.post(path, json!({"password": PASSWORD})).await;
        answer.assert_problem(429, "rate_limited");
        assert!(answer.header("retry-after").is_some());
    }
    let answer = login(&app.anybody(), &owner, Value::Null).await;
    answer.assert_problem(429, "rate_limited");
}
