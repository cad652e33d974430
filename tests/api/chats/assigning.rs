//! Chats that the program gives to members, in turn.

use domain::organizations::Role;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use super::{NUMBER, id_of};
use crate::{given, invitations::joins, realtime::Socket};

const PATH: &str = "/api/chats/assignment-settings";

/// A business with two agents who take chats, and an owner who does not.
struct Team {
    app: TestApp,
    owner: Owner,
    ben: Owner,
    eva: Owner,
}

impl Team {
    async fn open(app: TestApp) -> Self {
        let owner = app.register("Luna").await;
        owner.connects(NUMBER).await;
        let ben = joins(&app, &owner, "ben@example.com", "agent").await;
        let eva = joins(&app, &owner, "eva@example.com", "agent").await;
        let team = Self {
            app,
            owner,
            ben,
            eva,
        };
        team.is(&team.owner, "away").await;
        team
    }

    async fn sets(&self, settings: Value) {
        let answer = self.owner.client.put(PATH, settings).await;
        answer.assert_status(200);
        self.app.run_jobs().await;
    }

    async fn is(&self, member: &Owner, availability: &str) -> Value {
        let body = json!({ "availability": availability });
        let answer = member.client.put("/api/members/me/availability", body);
        let me = answer.await.assert_status(200).json();
        self.app.run_jobs().await;
        me
    }

    /// A customer of this number writes; answers the chat as it then is.
    async fn receives(&self, customer: usize) -> Value {
        let phone = format!("1650555{customer:04}");
        self.app.customer_writes(NUMBER, &phone, "Hola").await;
        let found = format!("/api/chats?search={phone}");
        self.owner.client.get(&found).await.data().remove(0)
    }

    async fn changes(&self, by: &Owner, chat: &Value, change: Value) {
        let path = format!("/api/chats/{}", id_of(chat));
        by.client.put(&path, change).await.assert_status(200);
        self.app.run_jobs().await;
    }

    async fn assignee_of(&self, chat: &Value) -> Value {
        let path = format!("/api/chats/{}", id_of(chat));
        let answer = self.owner.client.get(&path).await;
        answer.assert_status(200).json()["assignee"]["id"].clone()
    }
}

async fn open_chats(owner: &Owner, assignee: &str) -> u64 {
    let path = format!("/api/chats?status=open&include=total&assignee={assignee}");
    let list = owner.client.get(&path).await.assert_status(200).json();
    list["total"].as_u64().unwrap()
}

#[tokio::test]
async fn it_is_off_until_an_admin_turns_it_on() {
    let team = Team::open(TestApp::start().await).await;
    let off = team.owner.client.get(PATH).await;
    assert_eq!(off.header("etag"), Some("\"0\""));
    let expected = json!({
        "enabled": false, "capacity": 20, "agentsSee": "all", "updatedAt": null, "version": 0,
    });
    assert_eq!(off.json(), expected);
    let chat = team.receives(1).await;
    assert_eq!(chat["assignee"], Value::Null);

    let refused = team.ben.client.put(PATH, json!({"enabled": true})).await;
    refused.assert_problem(403, "forbidden");
    for capacity in [0, 501] {
        let refused = team.owner.client.put(PATH, json!({ "capacity": capacity }));
        refused.await.assert_invalid("/capacity");
    }
    let on = team.owner.client.put(PATH, json!({"enabled": true})).await;
    let on = on.assert_status(200).json();
    assert_eq!((&on["version"], &on["capacity"]), (&json!(1), &json!(20)));
    assert_eq!(team.ben.client.get(PATH).await.json(), on);
    let request = team.owner.client.request(Method::PUT, PATH);
    let stale = request.header("if-match", "\"0\"");
    let stale = stale.json(&json!({"capacity": 5})).send().await;
    stale.assert_problem(412, "version_mismatch");
    // What is so already is no change.
    let same = team.owner.client.put(PATH, json!({"enabled": true})).await;
    assert_eq!(same.json(), on);
    let log = "/api/audit-log?action=assignment_settings_updated";
    let [entry] = team.owner.client.get(log).await.data().try_into().unwrap();
    assert_eq!(entry["before"], json!({"enabled": false}));
    assert_eq!(entry["after"], json!({"enabled": true}));

    // Who waits already is no exception.
    team.app.run_jobs().await;
    assert_ne!(team.assignee_of(&chat).await, Value::Null);
}

#[tokio::test]
async fn chats_go_round_among_those_who_are_there() {
    let team = Team::open(TestApp::start().await).await;
    team.sets(json!({"enabled": true})).await;
    let mut socket = Socket::open(&team.owner, None).await;
    let mut order = Vec::new();
    for customer in 0..6 {
        let chat = team.receives(customer).await;
        assert_eq!(chat["version"], 2);
        order.push(chat["assignee"]["id"].as_str().unwrap().to_owned());
    }
    let told = socket.next_of("chat.updated").await;
    assert_eq!(told["data"]["chat"]["assignee"]["id"], order[0]);
    assert_ne!(order[0], order[1]);
    assert_eq!(order, [&order[..2]; 3].concat());
    for agent in [&team.ben, &team.eva] {
        assert!(order.contains(&agent.user_id));
    }
    // Who writes again stays where they are.
    assert_eq!(team.receives(0).await["assignee"]["id"], order[0]);
    team.is(&team.ben, "away").await;
    for customer in 10..13 {
        let chat = team.receives(customer).await;
        assert_eq!(chat["assignee"]["id"], team.eva.user_id);
    }
}

#[tokio::test]
async fn who_frees_up_gets_what_has_waited_longest() {
    let mut team = Team::open(TestApp::start().await).await;
    team.sets(json!({"enabled": true, "capacity": 1})).await;
    let mut chats = Vec::new();
    for customer in 0..8 {
        chats.push(team.receives(customer).await);
    }
    let (ben, eva) = (json!(team.ben.user_id), json!(team.eva.user_id));
    let his = usize::from(chats[0]["assignee"]["id"] != ben);
    assert_eq!(chats[1 - his]["assignee"]["id"], eva);
    for waits in &chats[2..] {
        assert_eq!(waits["assignee"], Value::Null);
    }
    let resolved = json!({"status": "resolved"});
    team.changes(&team.ben, &chats[his], resolved).await;
    assert_eq!(team.assignee_of(&chats[2]).await, ben);
    let later = json!({"status": "snoozed", "snoozedUntil": "2026-09-02T09:00:00Z"});
    team.changes(&team.eva, &chats[1 - his], later).await;
    assert_eq!(team.assignee_of(&chats[3]).await, eva);
    // By hand there is no capacity: now she has two, and he has none.
    team.changes(&team.ben, &chats[2], json!({"assigneeId": eva}))
        .await;
    assert_eq!(team.assignee_of(&chats[4]).await, ben);
    assert_eq!(open_chats(&team.owner, &team.eva.user_id).await, 2);
    team.is(&team.owner, "available").await;
    assert_eq!(team.assignee_of(&chats[5]).await, team.owner.user_id);
    let ina = joins(&team.app, &team.owner, "ina@example.com", "agent").await;
    team.app.run_jobs().await;
    assert_eq!(team.assignee_of(&chats[6]).await, ina.user_id);
    assert_eq!(team.assignee_of(&chats[7]).await, Value::Null);
    // Who leaves has nothing any more: it waits again, as the oldest.
    let path = format!("/api/members/{}", team.ben.user_id);
    let idle = json!({"active": false});
    team.owner.client.put(&path, idle).await.assert_status(200);
    team.app.run_jobs().await;
    assert_eq!(team.assignee_of(&chats[4]).await, Value::Null);
    let back = json!({"active": true});
    team.owner.client.put(&path, back).await.assert_status(200);
    team.app.run_jobs().await;
    assert_eq!(team.assignee_of(&chats[4]).await, ben);
    team.sets(json!({"capacity": 2})).await;
    assert_ne!(team.assignee_of(&chats[7]).await, Value::Null);
    team.owner = given::again(&team.app, &team.owner).await;
    assert_eq!(open_chats(&team.owner, "none").await, 0);
}

#[tokio::test]
async fn a_chat_waits_again_when_it_opens_with_nobody() {
    let team = Team::open(TestApp::start().await).await;
    let chat = team.receives(1).await;
    let later = json!({"status": "snoozed", "snoozedUntil": "2026-09-01T09:10:00Z"});
    team.changes(&team.owner, &chat, later).await;
    let other = team.receives(2).await;
    let resolved = json!({"status": "resolved"});
    team.changes(&team.owner, &other, resolved).await;
    team.sets(json!({"enabled": true})).await;
    for chat in [&chat, &other] {
        assert_eq!(team.assignee_of(chat).await, Value::Null);
    }
    let opened = team.receives(2).await;
    assert_ne!(opened["assignee"], Value::Null);
    team.app.after(std::time::Duration::from_mins(10)).await;
    assert_ne!(team.assignee_of(&chat).await, Value::Null);
}

#[tokio::test]
async fn what_people_assign_stays_and_what_they_give_back_goes_on() {
    let team = Team::open(TestApp::start().await).await;
    let chat = team.receives(1).await;
    let mine = json!({"assigneeId": team.owner.user_id});
    team.changes(&team.owner, &chat, mine).await;
    team.sets(json!({"enabled": true, "capacity": 1})).await;
    // Although she is away, and also when it is opened again.
    assert_eq!(team.assignee_of(&chat).await, team.owner.user_id);
    let resolved = json!({"status": "resolved"});
    team.changes(&team.owner, &chat, resolved).await;
    let opened = team.receives(1).await;
    assert_eq!(opened["assignee"]["id"], team.owner.user_id);
    let nobody = json!({"assigneeId": null});
    team.changes(&team.owner, &chat, nobody).await;
    let assignee = team.assignee_of(&chat).await;
    assert!(assignee == team.ben.user_id || assignee == team.eva.user_id);
}

#[tokio::test]
async fn another_organization_is_left_alone() {
    let team = Team::open(TestApp::start().await).await;
    let sol = team.app.register("Sol").await;
    sol.connects("206540352242922").await;
    let theirs = "206540352242922";
    team.app
        .customer_writes(theirs, "16505559999", "Hola")
        .await;
    team.sets(json!({"enabled": true})).await;
    team.receives(1).await;
    let chat = sol.chats().await.remove(0);
    assert_eq!(
        (&chat["assignee"], &chat["version"]),
        (&Value::Null, &json!(1))
    );
    assert_eq!(sol.client.get(PATH).await.json()["enabled"], false);
    let me = sol.client.get("/api/auth/me").await.json();
    assert_eq!(me["availability"], "available");
}

#[tokio::test]
async fn availability_is_shown_and_is_everybodys_own() {
    let team = Team::open(TestApp::start().await).await;
    let path = format!("/api/members/{}", team.ben.user_id);
    let before = team.owner.client.get(&path).await.json();
    assert_eq!(before["availability"], "available");
    let me = team.is(&team.ben, "away").await;
    assert_eq!(me["availability"], "away");
    assert_eq!(me["id"], team.ben.user_id);
    // It is no change of the place: versions and sessions stay.
    assert_eq!(me["version"], before["version"]);
    assert_eq!(team.owner.client.get(&path).await.json(), me);
    let shown = team.ben.client.get("/api/auth/me").await.json();
    assert_eq!(shown["availability"], "away");
    let others = team.eva.client.get("/api/auth/me").await.json();
    assert_eq!(others["availability"], "available");
    let mine = "/api/members/me/availability";
    let refused = team.ben.client.put(mine, json!({"availability": "asleep"}));
    refused.await.assert_invalid("/availability");
}

#[tokio::test]
async fn workers_at_once_give_each_chat_once_and_nobody_too_many() {
    for backend in backends() {
        let team = Team::open(TestApp::on(backend).await).await;
        let admin = given::colleague(&team.app, &team.owner, Role::Admin).await;
        let mut chats = Vec::new();
        for customer in 0..24 {
            chats.push(team.receives(customer).await);
        }
        let organization = team.owner.organization_id.parse().unwrap();
        let set = json!({"enabled": true, "capacity": 6});
        team.owner.client.put(PATH, set).await.assert_status(200);
        // Meanwhile somebody takes the same chats by hand.
        let by_hand = chats[..6].iter().map(|chat| {
            let path = format!("/api/chats/{}", id_of(chat));
            let mine = json!({"assigneeId": team.owner.user_id});
            let client = &team.owner.client;
            async move { client.put(&path, mine).await.status }
        });
        let workers = (0..4).map(|_| team.app.application.chats.assign_chats(organization));
        let (by_hand, workers) = tokio::join!(join_all(by_hand), join_all(workers));
        for outcome in workers {
            outcome.unwrap();
        }
        assert!(by_hand.iter().all(|status| [200, 409].contains(status)));
        let won = by_hand.iter().filter(|status| **status == 200).count();
        let mut given = 0;
        for agent in [&team.ben, &team.eva, &admin] {
            assert_eq!(open_chats(&team.owner, &agent.user_id).await, 6);
            given += 6;
        }
        let taken = open_chats(&team.owner, &team.owner.user_id).await;
        assert_eq!(taken, u64::try_from(won).unwrap());
        assert_eq!(open_chats(&team.owner, "none").await, 24 - given - taken);
        for chat in team.owner.client.get("/api/chats?limit=100").await.data() {
            let version = if chat["assignee"].is_null() { 1 } else { 2 };
            assert_eq!(chat["version"], version, "given twice");
        }
    }
}
