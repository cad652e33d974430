//! What the stories begin with, and no call of the API can bring about yet.

use domain::{
    auth::{EmailAddress, User},
    clock::Clock,
    id::Id,
    organizations::{Member, Role},
};
use serde_json::json;
use tests::{
    app::TestApp,
    client::{Owner, PASSWORD},
};

/// Makes somebody a member of a further organization.
pub(crate) async fn joins(app: &TestApp, person: &Owner, owner: &Owner, role: Role) {
    let organization_id = owner.organization_id.parse().unwrap();
    let store = &app.application.ports.store;
    let uow = store.begin(organization_id).await.unwrap();
    let member = Member::join(person.user_id.parse().unwrap(), role, app.clock.now());
    assert!(uow.members().insert(&member).await.unwrap());
    uow.commit().await.unwrap();
}

/// A colleague of the owner who has this role, signed in.
pub(crate) async fn colleague(app: &TestApp, owner: &Owner, role: Role) -> Owner {
    let email = format!("{}.{}", role.as_str(), owner.email);
    let store = &app.application.ports.store;
    let now = app.clock.now();
    let boss_email = EmailAddress::parse(&owner.email).unwrap();
    let boss = store
        .read_system()
        .users()
        .find_by_email(&boss_email)
        .await
        .unwrap()
        .unwrap();
    let user = User {
        id: Id::generate(),
        email: EmailAddress::parse(&email).unwrap(),
        ..boss
    };
    let system = store.begin_system().await.unwrap();
    assert!(system.users().insert(&user).await.unwrap());
    let uow = system.narrow(owner.organization_id.parse().unwrap());
    let member = Member::join(user.id, role, now);
    assert!(uow.members().insert(&member).await.unwrap());
    uow.commit().await.unwrap();

    let body = json!({"email": email, "password": PASSWORD});
    let answer = app.anybody().post("/api/auth/login", body).await;
    answer.assert_status(200);
    Owner::from_session(&app.anybody(), &answer.json(), email)
}

/// Somebody with a session that has just begun, as access tokens do not live long.
pub(crate) async fn again(app: &TestApp, owner: &Owner) -> Owner {
    let body = json!({"email": owner.email, "password": PASSWORD});
    let answer = app.anybody().post("/api/auth/login", body).await;
    answer.assert_status(200);
    Owner::from_session(&app.anybody(), &answer.json(), owner.email.clone())
}
