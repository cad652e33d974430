use std::time::Duration;

use domain::whatsapp::{CloudApi, CloudApiError, Recipient};
use in_memory::{Call, ScriptedCloudApi};
use meta_simulator::{Customer, InboundContent};

use super::{CUSTOMER, Meta, credentials, text};

const USER_ID: &str = "US.13491208655302741918";

#[tokio::test]
async fn a_user_is_blocked_and_unblocked_as_often_as_one_likes() {
    let meta = Meta::start().await;
    let hidden = Customer::with_user_id(USER_ID, "Zoe", "zoe");
    let content = InboundContent::text("Hello");
    let number = credentials().phone_number_id.0;
    meta.simulator().compose(&number, &[(&hidden, content)]);
    let scripted = ScriptedCloudApi::default();
    let apis: [&dyn CloudApi; 2] = [&meta.api, &scripted];
    for user in [
        Recipient::Phone(CUSTOMER.into()),
        Recipient::UserId(USER_ID.into()),
    ] {
        for api in apis {
            for _ in 0..2 {
                api.block(&credentials(), &user).await.unwrap();
            }
            for _ in 0..2 {
                api.unblock(&credentials(), &user).await.unwrap();
            }
        }
        let asked = scripted.calls();
        assert!(asked.contains(&Call::Block(user.clone())));
        assert!(asked.contains(&Call::Unblock(user)));
    }
}

#[tokio::test]
async fn who_is_blocked_cannot_be_written_to() {
    let meta = Meta::start().await;
    let user = Recipient::Phone(CUSTOMER.into());
    meta.api.block(&credentials(), &user).await.unwrap();
    let asked = meta.simulator().requests().pop().unwrap();
    assert_eq!(
        asked.body["block_users"],
        serde_json::json!([{ "user": format!("+{CUSTOMER}") }])
    );
    assert!(meta.api.send(&credentials(), &text()).await.is_err());
    meta.api.unblock(&credentials(), &user).await.unwrap();
    assert!(meta.api.send(&credentials(), &text()).await.is_ok());
}

#[tokio::test]
async fn of_who_cannot_be_blocked_it_is_said_why() {
    let meta = Meta::start().await;
    meta.clock.advance(Duration::from_hours(25));
    let user = Recipient::Phone(CUSTOMER.into());
    let refused = meta.api.block(&credentials(), &user).await.unwrap_err();
    assert!(
        matches!(&refused, CloudApiError::Refused(e) if e.is_window_closed()),
        "{refused}"
    );
    meta.api.unblock(&credentials(), &user).await.unwrap();
}
