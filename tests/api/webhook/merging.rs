//! People who turn out to be one.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{
    app::{TestApp, change_body},
    client::Owner,
    stores::backends,
};

use super::{CUSTOMER, NUMBER, left_overs, shop, text};

const USER_ID: &str = "US.13491208655302741918";

fn said(from: Option<&str>, user_id: Option<&str>, wamid: &str) -> Vec<u8> {
    let mut message = text(wamid, wamid);
    let ids = message.as_object_mut().unwrap();
    ids.remove("from");
    if let Some(from) = from {
        ids.insert("from".into(), json!(from));
    }
    if let Some(user_id) = user_id {
        ids.insert("from_user_id".into(), json!(user_id));
    }
    change_body(
        "messages",
        &json!({
            "metadata": {"phone_number_id": NUMBER}, "contacts": [], "messages": [message],
        }),
    )
}

async fn contacts(owner: &Owner) -> Vec<Value> {
    let answer = owner.client.get("/api/whatsapp/contacts").await;
    answer.assert_status(200).data()
}

#[actix_web::test]
async fn two_who_write_under_both_ids_at_last_are_one_person() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        app.receive(&said(Some(CUSTOMER), None, "wamid.phone"))
            .await;
        let first = owner.chats().await[0]["id"].clone();
        app.clock.advance(std::time::Duration::from_secs(60));
        app.receive(&said(None, Some(USER_ID), "wamid.user")).await;
        assert_eq!(contacts(&owner).await.len(), 2);
        let both = said(Some(CUSTOMER), Some(USER_ID), "wamid.both");
        app.receive(&both).await;
        app.receive(&both).await;

        let known = contacts(&owner).await;
        assert_eq!(known.len(), 1);
        assert_eq!(known[0]["waId"], CUSTOMER);
        assert_eq!(known[0]["userId"], USER_ID);
        let chats = owner.chats().await;
        assert_eq!(chats.len(), 1);
        assert_eq!(chats[0]["id"], first, "the older one stays");
        assert_eq!(chats[0]["unreadCount"], 3);
        let id = first.as_str().unwrap();
        assert_eq!(owner.messages(id).await.len(), 3);
        app.receive(&said(None, Some(USER_ID), "wamid.later")).await;
        assert_eq!(owner.messages(id).await.len(), 4);
        assert!(left_overs(&app).await.is_empty());
    }
}

#[actix_web::test]
async fn who_has_the_old_number_of_another_is_not_that_other() {
    let app = TestApp::start().await;
    let owner = shop(&app).await;
    app.receive(&said(Some(CUSTOMER), Some("US.other"), "wamid.1"))
        .await;
    app.receive(&said(None, Some(USER_ID), "wamid.2")).await;
    app.receive(&said(Some(CUSTOMER), Some(USER_ID), "wamid.3"))
        .await;
    assert_eq!(contacts(&owner).await.len(), 2);
    assert_eq!(owner.chats().await.len(), 2);
}

#[actix_web::test]
async fn two_who_become_one_in_several_deliveries_at_once_lose_nothing() {
    const PEOPLE: u64 = 10;
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = shop(&app).await;
        for n in 0..PEOPLE {
            let (phone, user_id) = ((14_155_550_100 + n).to_string(), format!("US.{n}"));
            app.receive(&said(Some(&phone), None, &format!("wamid.{n}.a")))
                .await;
            app.receive(&said(None, Some(&user_id), &format!("wamid.{n}.b")))
                .await;
            for (from, user, way) in [
                (Some(&*phone), Some(&*user_id), "c"),
                (None, Some(&*user_id), "d"),
                (Some(&*phone), Some(&*user_id), "e"),
                (Some(&*phone), None, "f"),
            ] {
                let body = said(from, user, &format!("wamid.{n}.{way}"));
                app.deliver(&body).await.assert_status(200);
            }
        }
        join_all((0..8).map(|_| app.run_jobs())).await;
        assert_eq!(contacts(&owner).await.len() as u64, PEOPLE);
        let chats = owner.chats().await;
        assert_eq!(chats.len() as u64, PEOPLE);
        for chat in chats {
            let messages = owner.messages(chat["id"].as_str().unwrap()).await;
            assert_eq!(messages.len(), 6);
            assert_eq!(chat["unreadCount"], 6);
        }
        assert!(left_overs(&app).await.is_empty());
    }
}
