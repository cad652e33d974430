//! What Meta tells of a number, a token and a subscription.

use super::*;
use domain::whatsapp::{PhoneNumberHealth, TokenInfo};
use meta_simulator::Health;

#[tokio::test]
async fn a_number_tells_of_its_health() {
    let meta = Meta::start().await;
    let scripted = ScriptedCloudApi::default();
    let well = PhoneNumberHealth {
        display_phone_number: Some("+1 555-078-3881".into()),
        verified_name: Some("Lucky Shrub".into()),
        name_status: Some("APPROVED".into()),
        quality_rating: Some("GREEN".into()),
        messaging_limit: Some("TIER_2K".into()),
        throughput_level: Some("STANDARD".into()),
        status: Some("CONNECTED".into()),
        on_phone: Some(false),
    };
    let told = meta.api.phone_number(&credentials()).await.unwrap();
    assert_eq!(told, well);
    let told = scripted.phone_number(&credentials()).await.unwrap();
    assert_eq!(
        told,
        PhoneNumberHealth {
            display_phone_number: told.display_phone_number.clone(),
            ..well
        }
    );

    let unwell = Health {
        quality_rating: "RED".into(),
        status: "FLAGGED".into(),
        name_status: "DECLINED".into(),
        ..Health::default()
    };
    let number = credentials().phone_number_id.0;
    meta.simulator().set_health(&number, unwell);
    scripted.set_number(|number| {
        number.quality_rating = Some("RED".into());
        number.status = Some("FLAGGED".into());
        number.name_status = Some("DECLINED".into());
    });
    let apis: [&dyn CloudApi; 2] = [&meta.api, &scripted];
    for api in apis {
        let told = api.phone_number(&credentials()).await.unwrap();
        assert_eq!(told.quality_rating.as_deref(), Some("RED"));
        assert_eq!(told.status.as_deref(), Some("FLAGGED"));
        assert_eq!(told.name_status.as_deref(), Some("DECLINED"));
    }
}

#[tokio::test]
async fn a_token_tells_until_when_and_for_what_it_is_good() {
    let meta = Meta::start().await;
    let scripted = ScriptedCloudApi::default();
    let apis: [&dyn CloudApi; 2] = [&meta.api, &scripted];
    let mut scopes = vec![
        "whatsapp_business_management".to_owned(),
        "whatsapp_business_messaging".to_owned(),
    ];
    scopes.sort();
    let endless = TokenInfo {
        app_id: Some("670843887433847".into()),
        expires_at: None,
        scopes: Some(scopes),
    };
    for api in apis {
        assert_eq!(api.token(&credentials()).await.unwrap(), endless);
    }
    let end = meta.clock.now() + chrono::Duration::days(3);
    meta.simulator().set_token_expiry(TOKEN, Some(end));
    scripted.set_token(|token| token.expires_at = Some(end));
    for api in apis {
        let token = api.token(&credentials()).await.unwrap();
        assert_eq!(token.expires_at, Some(end));
    }

    meta.clock.advance(Duration::from_hours(3 * 24));
    let refused = meta.api.token(&credentials()).await.unwrap_err();
    assert!(
        matches!(&refused, CloudApiError::Refused(e) if e.code == 190),
        "{refused}"
    );
    assert!(!refused.to_string().contains(TOKEN), "{refused}");
}

#[tokio::test]
async fn whoever_subscribes_is_among_those_to_whom_meta_delivers() {
    let meta = Meta::start().await;
    let none = meta.api.subscribed_apps(&credentials()).await.unwrap();
    assert!(none.is_empty(), "{none:?}");
    let scripted = ScriptedCloudApi::default();
    let apis: [&dyn CloudApi; 2] = [&meta.api, &scripted];
    for api in apis {
        api.subscribe(&credentials()).await.unwrap();
        let token = api.token(&credentials()).await.unwrap();
        let subscribed = api.subscribed_apps(&credentials()).await.unwrap();
        assert_eq!(subscribed, [token.app_id.unwrap()]);
    }
    scripted.set_subscribed_apps([]);
    let none = scripted.subscribed_apps(&credentials()).await.unwrap();
    assert!(none.is_empty(), "{none:?}");
}
