use futures_util::future::join_all;
use serde_json::json;
use tests::{app::TestApp, client::PASSWORD, stores::backends};

use super::{PATH, begins, login, status, turns_on};

#[actix_web::test]
async fn a_recovery_code_signs_in_once_however_it_is_typed() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let (_, codes) = turns_on(&app, &owner).await;
        app.run_jobs().await;
        app.mailer.take_mails();
        let typed = [
            codes[0].clone(),
            codes[1].to_lowercase(),
            codes[2].replace('-', ""),
            format!(" {} ", codes[3].replace('-', " ")),
        ];
        for code in &typed {
            let answer = login(&app.anybody(), &owner, code.as_str()).await;
            answer.assert_status(200);
            let answer = login(&app.anybody(), &owner, code.as_str()).await;
            answer.assert_problem(401, "invalid_two_factor_code");
        }
        assert_eq!(status(&owner).await["recoveryCodesLeft"], 6);
        app.run_jobs().await;
        assert_eq!(app.mailer.take_mails().len(), typed.len());
    }
}

#[actix_web::test]
async fn of_many_who_present_one_recovery_code_at_once_one_wins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let (_, codes) = turns_on(&app, &owner).await;
        let clients: Vec<_> = (0..6).map(|_| app.anybody()).collect();
        let attempts = clients
            .iter()
            .map(|client| login(client, &owner, codes[0].clone()));
        let answers = join_all(attempts).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1);
        let lost = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!(lost, 5);
        assert_eq!(status(&owner).await["recoveryCodesLeft"], 9);
    }
}

#[actix_web::test]
async fn another_users_recovery_code_is_none() {
    let app = TestApp::start().await;
    let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
    let (_, codes) = turns_on(&app, &luna).await;
    turns_on(&app, &sol).await;
    let answer = login(&app.anybody(), &sol, codes[0].clone()).await;
    answer.assert_problem(401, "invalid_two_factor_code");
    let answer = login(&app.anybody(), &luna, codes[0].clone()).await;
    answer.assert_status(200);
}

#[actix_web::test]
async fn new_recovery_codes_void_the_older_ones() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let path = format!("{PATH}/recovery-codes");
    let right = json!({"password": PASSWORD});
    let answer = owner.client.post(&path, right.clone()).await;
    answer.assert_problem(409, "two_factor_not_enabled");
    begins(&owner).await;
    let answer = owner.client.post(&path, right.clone()).await;
    answer.assert_problem(409, "two_factor_not_enabled");

    let (_, old) = turns_on(&app, &owner).await;
    let answer = login(&app.anybody(), &owner, old[0].clone()).await;
    answer.assert_status(200);
    let answer = owner.client.post(&path, right).await;
    let new = answer.assert_status(200).json()["recoveryCodes"].take();
    let new: Vec<String> = serde_json::from_value(new).unwrap();
    assert_eq!(new.len(), 10);
    assert_eq!(status(&owner).await["recoveryCodesLeft"], 10);
    let answer = login(&app.anybody(), &owner, old[1].clone()).await;
    answer.assert_problem(401, "invalid_two_factor_code");
    let answer = login(&app.anybody(), &owner, new[1].clone()).await;
    answer.assert_status(200);
    app.run_jobs().await;
    let mails = app.mailer.take_mails();
    // The greeting, turned on, two codes used, and replaced.
    assert_eq!(mails.len(), 5, "{mails:?}");
}
