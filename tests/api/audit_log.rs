//! What was done, by whom, when and from where: told to those who run the organization.

mod accounts;
mod one_commit;
mod security;
mod team;

use std::{collections::BTreeSet, time::Duration};

use domain::organizations::Role;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use crate::given;

const PATH: &str = "/api/audit-log";

/// What happens in an organization's audit log while somebody watches it.
struct Log {
    owner: Owner,
    seen: BTreeSet<String>,
}

impl Log {
    async fn of(owner: &Owner) -> Self {
        let mut log = Self {
            owner: owner.clone(),
            seen: BTreeSet::new(),
        };
        log.news().await;
        log
    }

    /// The entries that came since this was asked last, the oldest first.
    async fn news(&mut self) -> Vec<Value> {
        let mut entries = entries(&self.owner, "?limit=100").await;
        entries.reverse();
        entries.retain(|entry| self.seen.insert(id(entry)));
        entries
    }

    /// The one entry that came since.
    async fn only_news(&mut self) -> Value {
        let mut news = self.news().await;
        assert_eq!(news.len(), 1, "{news:#?}");
        news.remove(0)
    }
}

async fn entries(owner: &Owner, query: &str) -> Vec<Value> {
    let answer = owner.client.get(&format!("{PATH}{query}")).await;
    answer.assert_status(200).data()
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

/// Has the name changed, which the log tells of.
async fn renames(owner: &Owner, name: &str) {
    let answer = owner
        .client
        .put("/api/organizations/current", json!({"name": name}))
        .await;
    answer.assert_status(200);
}

#[actix_web::test]
async fn an_entry_tells_who_did_what_from_where_and_what_it_was_before() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let mut log = Log::of(&owner).await;
    app.clock.advance(Duration::from_secs(60));
    let request = owner
        .client
        .request(reqwest::Method::PUT, "/api/organizations/current")
        .header("user-agent", "Tests/1.0")
        .header("x-request-id", "the-request-0001")
        .json(&json!({"name": "Luna y Sol", "city": "Lima"}));
    request.send().await.assert_status(200);

    let mut entry = log.only_news().await;
    entry.as_object_mut().unwrap().remove("id").unwrap();
    assert_eq!(
        entry,
        json!({
            "action": "organization_updated",
            "actor": {
                "id": owner.user_id, "firstName": "Ana", "lastName": "Paz",
                "email": "luna@example.com",
            },
            "target": {"type": "organization", "id": owner.organization_id},
            "address": "127.0.0.1",
            "userAgent": "Tests/1.0",
            "requestId": "the-request-0001",
            "before": {"name": "Luna", "city": null},
            "after": {"name": "Luna y Sol", "city": "Lima"},
            "createdAt": "2026-09-01T09:01:00Z",
        })
    );
}

#[actix_web::test]
async fn those_who_run_the_organization_read_the_log_and_agents_do_not() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let admin = given::colleague(&app, &owner, Role::Admin).await;
    let agent = given::colleague(&app, &owner, Role::Agent).await;
    owner.client.get(PATH).await.assert_status(200);
    admin.client.get(PATH).await.assert_status(200);
    let answer = agent.client.get(PATH).await;
    answer.assert_problem(403, "forbidden");
    let answer = app.anybody().get(PATH).await;
    answer.assert_problem(401, "unauthenticated");
}

#[actix_web::test]
async fn nobody_reads_another_organizations_log() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        renames(&luna, "Luna y Mar").await;
        renames(&sol, "Sol y Mar").await;
        let actions = "?action=organization_updated&include=total";
        let answer = luna.client.get(&format!("{PATH}{actions}")).await;
        let [ours] = answer.data().try_into().unwrap();
        assert_eq!(answer.json()["total"], 1);
        assert_eq!(ours["after"]["name"], "Luna y Mar");
        let [theirs] = entries(&sol, actions).await.try_into().unwrap();
        assert_eq!(theirs["after"]["name"], "Sol y Mar");
        // Not even by asking for it.
        for foreign in [
            format!("?targetId={}", luna.organization_id),
            format!("?actorId={}", luna.user_id),
        ] {
            assert!(entries(&sol, &foreign).await.is_empty(), "{foreign}");
        }
    }
}

#[actix_web::test]
async fn entries_are_found_by_action_actor_target_and_time() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let admin = given::colleague(&app, &owner, Role::Admin).await;
        app.clock.advance(Duration::from_secs(60));
        renames(&owner, "First").await;
        app.clock.advance(Duration::from_secs(60));
        renames(&admin, "Second").await;
        app.clock.advance(Duration::from_secs(60));
        let account = owner.connects("106540352242922").await;

        let names = async |query: &str| {
            let found = entries(&owner, &format!("?{query}")).await;
            let changes = found.into_iter().filter(|entry| {
                ["organization_updated", "account_connected"]
                    .contains(&entry["action"].as_str().unwrap())
            });
            changes
                .map(|entry| {
                    let after = &entry["after"];
                    let name = after.get("name").unwrap_or(&after["displayName"]);
                    name.as_str().unwrap().to_owned()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(names("").await, ["Main number", "Second", "First"]);
        assert_eq!(
            names("action=organization_updated").await,
            ["Second", "First"]
        );
        assert_eq!(names("action=member_removed").await, [""; 0]);
        assert_eq!(
            names(&format!("actorId={}", admin.user_id)).await,
            ["Second"]
        );
        assert_eq!(names(&format!("targetId={account}")).await, ["Main number"]);
        assert_eq!(
            names("from=2026-09-01T09:02:00Z").await,
            ["Main number", "Second"]
        );
        assert_eq!(names("to=2026-09-01T09:02:00Z").await, ["First"]);
        let all = format!(
            "action=organization_updated&actorId={}&targetId={}&from=2026-09-01T09:00:30Z\
             &to=2026-09-01T12:00:00%2B02:00",
            owner.user_id, owner.organization_id
        );
        assert_eq!(names(&all).await, ["First"]);
    }
}

#[actix_web::test]
async fn what_cannot_be_asked_for_is_refused() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let refused = "?action=everything&actorId=me&targetId=1&from=yesterday&to=&who=me&limit=0";
    let answer = owner.client.get(&format!("{PATH}{refused}")).await;
    answer.assert_problem(422, "invalid");
    for name in [
        "action", "actorId", "targetId", "from", "to", "who", "limit",
    ] {
        answer.assert_invalid(&format!("/{name}"));
    }
    let answer = owner.client.get(&format!("{PATH}?cursor=x")).await;
    answer.assert_problem(422, "invalid_cursor");
}

#[actix_web::test]
async fn pages_tell_of_everything_once_even_of_what_happened_at_the_same_moment() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        for number in 1..=5 {
            renames(&owner, &format!("Name {number}")).await;
        }
        let filter = "action=organization_updated&limit=2";
        let mut names = Vec::new();
        let mut next = format!("{PATH}?{filter}");
        loop {
            let page = owner.client.get(&next).await.assert_status(200).json();
            let rows = page["data"].as_array().unwrap();
            names.extend(rows.iter().map(|row| row["after"]["name"].clone()));
            // What happens meanwhile moves no page.
            renames(&owner, "Luna").await;
            renames(&owner, "Sol").await;
            let Some(cursor) = page["nextCursor"].as_str() else {
                break;
            };
            next = format!("{PATH}?{filter}&cursor={cursor}");
        }
        let expected: Vec<_> = (1..=5).rev().map(|n| json!(format!("Name {n}"))).collect();
        assert_eq!(names, expected);
    }
}

#[actix_web::test]
async fn times_beyond_all_calendars_are_refused_or_find_what_they_name() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let (past, future) = ("-262143-01-01T00:00:00Z", "%2B262142-12-31T23:59:59Z");
        let found = owner
            .client
            .get(&format!("{PATH}?from={past}&to={future}"))
            .await;
        assert!(!found.assert_status(200).data().is_empty());
        let none = owner
            .client
            .get(&format!("{PATH}?from={future}&to={past}"))
            .await;
        assert!(none.assert_status(200).data().is_empty());
    }
}
