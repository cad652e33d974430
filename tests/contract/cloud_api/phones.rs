use domain::whatsapp::{CloudApi, CloudApiError, PhoneSync};
use in_memory::{Call, ScriptedCloudApi};
use meta_simulator::Health;

use super::{Meta, credentials};

#[tokio::test]
async fn what_a_phone_knows_is_asked_for() {
    let meta = Meta::start().await;
    let scripted = ScriptedCloudApi::default();
    let apis: [&dyn CloudApi; 2] = [&meta.api, &scripted];
    for what in [PhoneSync::AddressBook, PhoneSync::History] {
        for api in apis {
            api.request_sync(&credentials(), what).await.unwrap();
        }
        assert!(scripted.calls().contains(&Call::RequestSync(what)));
    }
}

#[tokio::test]
async fn history_that_was_asked_for_before_is_refused_in_meta_s_words() {
    let meta = Meta::start().await;
    let ask = || async {
        let credentials = credentials();
        meta.api
            .request_sync(&credentials, PhoneSync::History)
            .await
    };
    ask().await.unwrap();
    match ask().await {
        Err(CloudApiError::Refused(error)) => assert_eq!(error.code, 2_593_107),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whether_a_number_lives_on_a_phone_too_is_told() {
    let meta = Meta::start().await;
    let on_phone = || async {
        let number = meta.api.phone_number(&credentials()).await.unwrap();
        number.on_phone
    };
    assert_eq!(on_phone().await, Some(false));
    let health = Health {
        is_on_biz_app: true,
        ..Health::default()
    };
    let number = credentials().phone_number_id.0;
    meta.simulator().set_health(&number, health);
    assert_eq!(on_phone().await, Some(true));
}
