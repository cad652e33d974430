//! Registration and sign-in.

mod me;
mod passwords;
mod recovery;
mod refusals;
mod switch_organization;
pub(crate) mod two_factor;
mod verification;

use std::time::Duration;

use domain::mail::Mail;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Client, PASSWORD, registration},
    stores::backends,
};

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    client.post("/api/auth/login", body).await
}

/// The one mail that was sent since the last look.
fn only_mail(app: &TestApp) -> Mail {
    let mut mails = app.mailer.take_mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    mails.remove(0)
}

/// What a mail's link brings.
fn token_in(mail: &Mail) -> String {
    let (_, token) = mail.text.split_once("?token=").unwrap();
    token.lines().next().unwrap().to_owned()
}

/// What a problem says, but for the request that it says it to.
fn words(answer: &Answer) -> Value {
    let mut problem = answer.json();
    problem.as_object_mut().unwrap().remove("instance");
    problem
}

#[actix_web::test]
async fn a_registration_creates_the_business_and_signs_its_owner_in() {
    let app = TestApp::start().await;
    let body = json!({
        "firstName": " Ana ", "lastName": "Paz", "businessName": "Café Luna",
        "email": "Ana@Example.com", "phoneNumber": "+1 (415) 555-2671",
        "password": PASSWORD, "confirmPassword": PASSWORD,
    });
    let answer = app.anybody().post("/api/auth/register", body).await;
    let session = answer.assert_status(201).json();

    assert_eq!(answer.header("location"), Some("/api/auth/me"));
    assert_eq!(session["tokenType"], "Bearer");
    assert_eq!(session["expiresIn"], 900);
    let user = &session["user"];
    assert_eq!(user["firstName"], "Ana");
    assert_eq!(user["businessName"], "Café Luna");
    assert_eq!(user["email"], "ana@example.com");
    assert_eq!(user["phoneNumber"], "+14155552671");
    assert_eq!(user["emailVerified"], false);
    assert_eq!(user["role"], "owner");
    assert_eq!(user["createdAt"], "2026-09-01T09:00:00Z");
    let organization = &session["organization"];
    assert_eq!(organization["name"], "Café Luna");
    assert_eq!(organization["slug"], "cafe-luna");
    assert_eq!(organization["currency"], "USD");
    assert_eq!(organization["timezone"], "UTC");
    assert_eq!(organization["country"], Value::Null);
    assert_eq!(organization["version"], 1);
    assert!(!answer.text().contains("assword"));

    let me = app
        .anybody()
        .with_token(session["accessToken"].as_str().unwrap());
    let me = me.get("/api/auth/me").await.assert_status(200).json();
    assert_eq!(me["user"], *user);
    assert_eq!(me["organization"], *organization);
    assert_eq!(me["role"], "owner");
    assert!(
        me["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("organization.write"))
    );
}

#[actix_web::test]
async fn businesses_of_one_name_get_slugs_of_their_own() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let mut slugs = Vec::new();
        for number in 0..11 {
            let body = registration("Luna", &format!("owner{number}@example.com"));
            let answer = app.anybody().post("/api/auth/register", body).await;
            let session = answer.assert_status(201).json();
            slugs.push(session["organization"]["slug"].as_str().unwrap().to_owned());
        }
        assert_eq!(slugs[..3], ["luna", "luna-2", "luna-3"]);
        assert!(
            slugs[10].starts_with("luna-") && slugs[10].len() > "luna-10".len(),
            "{slugs:?}"
        );
        slugs.dedup();
        assert_eq!(slugs.len(), 11);
    }
}

#[actix_web::test]
async fn an_email_address_registers_once_even_at_the_same_moment() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let clients: Vec<_> = (0..12).map(|_| app.anybody()).collect();
        let attempts = clients.iter().enumerate().map(|(number, client)| {
            let email = if number % 2 == 0 {
                "ana@example.com"
            } else {
                "ANA@example.com"
            };
            client.post("/api/auth/register", registration("Luna", email))
        });
        let answers = join_all(attempts).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
        assert_eq!(won.len(), 1);
        for answer in lost {
            answer.assert_problem(409, "email_taken");
        }
        assert_eq!(won[0].json()["organization"]["slug"], "luna");
        app.run_jobs().await;
        only_mail(&app);
        // Of those who lost, no half-made organization is left that would have the slug.
        let body = registration("Luna", "ben@example.com");
        let next = app.anybody().post("/api/auth/register", body).await;
        assert_eq!(
            next.assert_status(201).json()["organization"]["slug"],
            "luna-2"
        );
    }
}

#[actix_web::test]
async fn an_address_may_register_sixty_times_a_minute() {
    let app = TestApp::start().await;
    let register = async |number: u32| {
        let email = format!("owner{number}@example.com");
        let body = registration("Luna", &email);
        app.anybody().post("/api/auth/register", body).await
    };
    for number in 0..60 {
        register(number).await.assert_status(201);
    }
    let refused = register(60).await;
    refused.assert_problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    app.clock.advance(Duration::from_mins(1));
    register(60).await.assert_status(201);
}

#[actix_web::test]
async fn all_faults_of_a_registration_come_at_once() {
    let app = TestApp::start().await;
    let register = async |body: Value| app.anybody().post("/api/auth/register", body).await;

    let nothing = register(json!({})).await;
    nothing.assert_problem(422, "invalid");
    for pointer in [
        "/firstName",
        "/lastName",
        "/businessName",
        "/email",
        "/phoneNumber",
        "/password",
    ] {
        nothing.assert_invalid(pointer);
    }

    let wrong = register(json!({
        "firstName": "x".repeat(101), "lastName": 7, "businessName": "  ", "email": "nobody",
        "phoneNumber": "415 555 2671", "password": PASSWORD, "confirmPassword": "Other-71-azul",
        "nickname": "A",
    }))
    .await;
    let errors = wrong.assert_problem(422, "invalid")["errors"]
        .as_array()
        .unwrap()
        .clone();
    let mut found: Vec<_> = errors
        .iter()
        .map(|error| {
            (
                error["pointer"].as_str().unwrap(),
                error["code"].as_str().unwrap(),
            )
        })
        .collect();
    found.sort_unstable();
    let expected = [
        ("/businessName", "required"),
        ("/confirmPassword", "password_mismatch"),
        ("/email", "invalid_email"),
        ("/firstName", "too_long"),
        ("/lastName", "invalid_type"),
        ("/nickname", "unknown_field"),
        ("/phoneNumber", "invalid_phone_number"),
    ];
    assert_eq!(found, expected);

    for (password, code) in [
        ("Short1a", "password_length"),
        ("alllowercase1", "password_too_simple"),
        ("Password123!", "password_too_common"),
        ("Ana.Paz2020@example.com", "password_is_email"),
    ] {
        let mut body = registration("Luna", "ana.paz2020@example.com");
        body["password"] = json!(password);
        body["confirmPassword"] = json!(password);
        let answer = register(body).await;
        let problem = answer.assert_problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/password");
        assert_eq!(problem["errors"][0]["code"], code);
    }
}

#[actix_web::test]
async fn who_registers_is_greeted_by_mail() {
    let app = TestApp::start().await;
    let body = registration("<b>Luna</b> & Co", "ana@example.com");
    app.anybody()
        .post("/api/auth/register", body)
        .await
        .assert_status(201);
    app.run_jobs().await;
    let mails = app.mailer.take_mails();
    let [mail] = mails.as_slice() else {
        panic!("{mails:?}")
    };
    assert_eq!(mail.to.as_str(), "ana@example.com");
    assert!(mail.text.contains("<b>Luna</b> & Co"), "{}", mail.text);
    assert!(!mail.html.contains("<b>Luna</b>"), "{}", mail.html);
    assert!(mail.html.contains("http://shop.example"), "{}", mail.html);
}

#[actix_web::test]
async fn the_greeting_waits_until_mail_works_again() {
    let app = TestApp::start().await;
    app.mailer.set_down(true);
    app.register("Luna").await;
    app.run_jobs().await;
    app.mailer.set_down(false);
    assert!(app.mailer.take_mails().is_empty());
    app.after(Duration::from_mins(15)).await;
    assert_eq!(app.mailer.take_mails().len(), 1);
}

#[actix_web::test]
async fn signing_in_answers_as_registering_does() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let answer = login(&app.anybody(), &owner.email.to_uppercase(), PASSWORD).await;
    let session = answer.assert_status(200).json();
    assert_eq!(session["user"]["id"], owner.user_id);
    assert_eq!(session["organization"]["id"], owner.organization_id);
    assert_eq!(session["tokenType"], "Bearer");
    assert_ne!(session["refreshToken"], owner.refresh_token);
    assert!(answer.header("ratelimit-policy").is_some());
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_address_are_not_told_apart() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let wrong = login(&app.anybody(), &owner.email, "Corriente-72-azul").await;
    wrong.assert_problem(401, "invalid_credentials");
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer"));
    for email in ["nobody@example.com", "not an address"] {
        let unknown = login(&app.anybody(), email, PASSWORD).await;
        assert_eq!(words(&unknown), words(&wrong));
    }
}

#[actix_web::test]
async fn ten_failures_close_an_account_for_a_while() {
    let app = TestApp::start().await;
    let (owner, other) = (app.register("Luna").await, app.register("Sol").await);
    for _ in 0..10 {
        let answer = login(&app.anybody(), &owner.email, "Corriente-72-azul").await;
        answer.assert_problem(401, "invalid_credentials");
    }
    let closed = login(&app.anybody(), &owner.email, PASSWORD).await;
    closed.assert_problem(429, "rate_limited");
    let retry_after: u64 = closed.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=900).contains(&retry_after), "{retry_after}");
    assert!(closed.header("ratelimit").is_some() && closed.header("ratelimit-policy").is_some());
    login(&app.anybody(), &other.email, PASSWORD)
        .await
        .assert_status(200);

    app.clock.advance(Duration::from_secs(retry_after));
    login(&app.anybody(), &owner.email, PASSWORD)
        .await
        .assert_status(200);
    // The success has made the failures forgotten.
    login(&app.anybody(), &owner.email, "Corriente-72-azul")
        .await
        .assert_status(401);
    login(&app.anybody(), &owner.email, PASSWORD)
        .await
        .assert_status(200);
}

#[actix_web::test]
async fn an_address_may_try_twenty_times_a_minute() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    for number in 0..20 {
        let answer = login(
            &app.anybody(),
            &format!("nobody{number}@example.com"),
            PASSWORD,
        )
        .await;
        answer.assert_problem(401, "invalid_credentials");
    }
    let body = json!({"email": owner.email, "password": PASSWORD});
    // Who is nobody's proxy cannot pretend to be somebody else.
    let request = app
        .anybody()
        .request(reqwest::Method::POST, "/api/auth/login");
    let answer = request
        .header("x-forwarded-for", "203.0.113.7")
        .json(&body)
        .send()
        .await;
    answer.assert_problem(429, "rate_limited");
    app.clock.advance(Duration::from_mins(1));
    login(&app.anybody(), &owner.email, PASSWORD)
        .await
        .assert_status(200);
}
