//! Owners who change each other at once: one wins, and an owner stays.

use futures_util::join;
use serde_json::json;
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::{Backend, backends},
};

use super::{ownership::transfer, path_of, put};
use crate::{given, invitations::joins};

/// Enough for both orders to occur.
const ROUNDS: usize = 3;

struct TwoOwners {
    app: TestApp,
    one: Owner,
    other: Owner,
    /// Sees how it came out.
    witness: Owner,
}

impl TwoOwners {
    async fn on(backend: Backend) -> Self {
        let app = TestApp::on(backend).await;
        let one = app.register("Luna").await;
        let other = joins(&app, &one, "other@example.com", "owner").await;
        let witness = joins(&app, &one, "witness@example.com", "agent").await;
        Self {
            app,
            one,
            other,
            witness,
        }
    }

    async fn active_owners(&self) -> usize {
        let members = self.witness.client.get("/api/members").await;
        let members = members.assert_status(200).data();
        let is_active_owner =
            |member: &&serde_json::Value| member["role"] == "owner" && member["active"] == true;
        members.iter().filter(is_active_owner).count()
    }

    /// Exactly one of both went well, and the other was refused as it should be.
    async fn assert_one_won(&self, answers: [Answer; 2], refusals: &[&str]) {
        let texts = answers.each_ref().map(Answer::text);
        let is_success = |answer: &&Answer| answer.status < 300;
        let won = answers.iter().filter(is_success).count();
        assert_eq!(won, 1, "{texts:#?}");
        let lost = answers.iter().find(|answer| answer.status >= 300).unwrap();
        let code = lost.json()["code"].clone();
        assert!(refusals.contains(&code.as_str().unwrap()), "{texts:#?}");
        assert_eq!(self.active_owners().await, 1);
    }
}

#[actix_web::test]
async fn of_two_owners_who_demote_each_other_one_stays() {
    for backend in backends() {
        for _ in 0..ROUNDS {
            let owners = TwoOwners::on(backend).await;
            let (one, other) = (&owners.one, &owners.other);
            let demotion = || json!({"role": "agent"});
            let answers = join!(put(one, other, demotion()), put(other, one, demotion()));
            // The loser is no owner any more, and signed out.
            owners
                .assert_one_won(answers.into(), &["forbidden", "session_ended"])
                .await;
        }
    }
}

#[actix_web::test]
async fn of_two_owners_who_step_down_at_once_one_stays() {
    for backend in backends() {
        for _ in 0..ROUNDS {
            let owners = TwoOwners::on(backend).await;
            let (one, other) = (&owners.one, &owners.other);
            let answers = join!(
                put(one, one, json!({"role": "admin"})),
                put(other, other, json!({"role": "admin"}))
            );
            owners.assert_one_won(answers.into(), &["last_owner"]).await;
        }
    }
}

#[actix_web::test]
async fn of_two_owners_of_whom_one_leaves_and_one_steps_down_one_stays() {
    for backend in backends() {
        for _ in 0..ROUNDS {
            let owners = TwoOwners::on(backend).await;
            let (one, other) = (&owners.one, &owners.other);
            let own_path = path_of(other);
            let answers = join!(
                put(one, one, json!({"role": "admin"})),
                other.client.delete(&own_path)
            );
            owners.assert_one_won(answers.into(), &["last_owner"]).await;
        }
    }
}

#[actix_web::test]
async fn of_two_owners_who_demote_and_remove_each_other_one_stays() {
    for backend in backends() {
        for _ in 0..ROUNDS {
            let owners = TwoOwners::on(backend).await;
            let (one, other) = (&owners.one, &owners.other);
            let path = path_of(one);
            let answers = join!(
                put(one, other, json!({"role": "admin"})),
                other.client.delete(&path)
            );
            owners
                .assert_one_won(answers.into(), &["forbidden", "session_ended"])
                .await;
        }
    }
}

#[actix_web::test]
async fn of_two_transfers_by_one_owner_one_happens() {
    for backend in backends() {
        for _ in 0..ROUNDS {
            let app = TestApp::on(backend).await;
            let one = app.register("Luna").await;
            let ben = joins(&app, &one, "ben@example.com", "agent").await;
            let eva = joins(&app, &one, "eva@example.com", "admin").await;
            let witness = joins(&app, &one, "witness@example.com", "agent").await;
            let owners = TwoOwners {
                app,
                other: one.clone(),
                one,
                witness,
            };
            let answers = join!(transfer(&owners.one, &ben), transfer(&owners.one, &eva));
            owners
                .assert_one_won(answers.into(), &["forbidden", "session_ended"])
                .await;
            let giver = given::again(&owners.app, &owners.one).await;
            let me = giver.client.get("/api/auth/me").await.json();
            assert_eq!(me["role"], "admin");
        }
    }
}

#[actix_web::test]
async fn of_two_who_change_the_same_member_at_once_both_or_one_succeed() {
    for backend in backends() {
        for _ in 0..ROUNDS {
            let owners = TwoOwners::on(backend).await;
            let (one, other, member) = (&owners.one, &owners.other, &owners.witness);
            let path = path_of(member);
            let (removed, changed) = join!(
                one.client.delete(&path),
                put(other, member, json!({"role": "admin"}))
            );
            removed.assert_status(204);
            assert!([200, 404].contains(&changed.status), "{}", changed.text());
            let gone = one.client.get(&path).await;
            gone.assert_problem(404, "not_found");
        }
    }
}
