//! Many who present one token at once.

use std::time::Duration;

use futures_util::{future::join_all, join};
use serde_json::json;
use tests::{
    app::TestApp,
    client::Answer,
    stores::{Backend, backends},
};

use super::{accept, invite, newcomer, token_for};

const ATTEMPTS: usize = 5;

/// One has joined, and the others were told that the token is good no more.
fn assert_one_won(answers: &[Answer]) {
    let won = answers.iter().filter(|answer| answer.status == 201).count();
    let lost = answers.iter().filter(|answer| answer.status == 422);
    let texts: Vec<_> = answers.iter().map(Answer::text).collect();
    assert_eq!((won, lost.count()), (1, ATTEMPTS - 1), "{texts:#?}");
    for lost in answers.iter().filter(|answer| answer.status == 422) {
        lost.assert_invalid("/token");
    }
}

#[actix_web::test]
async fn of_many_newcomers_with_one_token_one_joins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let token = token_for(&app, &owner, "ben@example.com", "agent").await;
        let attempts = (0..ATTEMPTS).map(|number| {
            let mut body = newcomer(&token);
            body["firstName"] = json!(format!("Ben {number}"));
            accept(&app, body)
        });
        let answers = join_all(attempts).await;
        assert_one_won(&answers);
        let members = owner.client.get("/api/members?include=total").await.json();
        assert_eq!(members["total"], 2);
        let won = answers.iter().find(|answer| answer.status == 201).unwrap();
        assert_eq!(
            members["data"][0]["firstName"],
            won.json()["user"]["firstName"]
        );
    }
}

#[actix_web::test]
async fn of_many_sign_ins_with_one_token_one_joins() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        let token = token_for(&app, &luna, &sol.email, "agent").await;
        // All of them have their passwords checked before the first can go on.
        let system = app.application.ports.store.begin_system().await.unwrap();
        let user_id = sol.user_id.parse().unwrap();
        assert!(system.users().lock(user_id).await.unwrap().is_some());
        let release = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(system);
        };
        let attempts = (0..ATTEMPTS).map(|_| accept(&app, newcomer(&token)));
        let (answers, ()) = join!(join_all(attempts), release);
        assert_one_won(&answers);
        let members = luna.client.get("/api/members?include=total").await.json();
        assert_eq!(members["total"], 2);
    }
}

#[actix_web::test]
async fn who_accepts_while_the_invitation_is_taken_back_joins_or_does_not() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let token = token_for(&app, &owner, "ben@example.com", "agent").await;
        let row = owner.client.get(super::PATH).await.data().remove(0);
        let path = format!("{}/{}", super::PATH, row["id"].as_str().unwrap());
        let (accepted, revoked) = join!(accept(&app, newcomer(&token)), owner.client.delete(&path));
        let members = owner.client.get("/api/members?include=total").await.json();
        match (accepted.status, revoked.status) {
            (201, 404) => assert_eq!(members["total"], 2),
            (422, 204) => assert_eq!(members["total"], 1),
            other => panic!("{other:?}: {} {}", accepted.text(), revoked.text()),
        }
    }
}

#[actix_web::test]
async fn a_link_that_is_replaced_in_the_last_moment_is_void() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        let token = token_for(&app, &luna, &sol.email, "admin").await;
        let system = app.application.ports.store.begin_system().await.unwrap();
        let user_id = sol.user_id.parse().unwrap();
        assert!(system.users().lock(user_id).await.unwrap().is_some());
        let replace = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            // SQLite has one writer at a time: there, who accepts is still at the beginning.
            if backend == Backend::Sqlite {
                drop(system);
                return invite(&luna, &sol.email, "agent").await;
            }
            let answer = invite(&luna, &sol.email, "agent").await;
            drop(system);
            answer
        };
        let (accepted, replaced) = join!(accept(&app, newcomer(&token)), replace);
        match (accepted.status, replaced.status) {
            (422, 201) => {
                accepted.assert_invalid("/token");
            }
            (201, 201 | 409) if backend == Backend::Sqlite => {}
            other => panic!("{other:?}: {} {}", accepted.text(), replaced.text()),
        }
    }
}
