use chrono::TimeDelta;
use meta_simulator::Health;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Business, NUMBER, SECRET, TOKEN, answer, sheena};

async fn debug(business: &Business, input: &str, token: &str) -> Value {
    let mut url = business.url("/v23.0/debug_token");
    url.query_pairs_mut().append_pair("input_token", input);
    let answer = answer(business.http.get(url).bearer_auth(token)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"].clone()
}

#[tokio::test]
async fn a_number_reads_as_it_was_set() {
    let business = Business::start().await;
    let health = json!({"quality_rating": "YELLOW", "name_status": "PENDING_REVIEW", "code_verification_status": "EXPIRED"});
    let url = business.url(&format!("/api/numbers/{NUMBER}/health"));
    assert_eq!(
        answer(business.http.put(url).json(&health)).await.status,
        204
    );
    let fields = "quality_rating,name_status,code_verification_status,status";
    let path = format!("/v23.0/{NUMBER}?fields={fields}");
    assert_eq!(
        business.get(&path, TOKEN).await.body,
        json!({
            "id": NUMBER, "quality_rating": "YELLOW", "name_status": "PENDING_REVIEW",
            "code_verification_status": "EXPIRED", "status": "CONNECTED",
        })
    );
    business.simulator().set_health(NUMBER, Health::default());
    assert_eq!(
        business.get(&path, TOKEN).await.body["quality_rating"],
        "GREEN"
    );
    business.stop().await;
}

#[tokio::test]
async fn an_account_tells_how_it_is() {
    let business = Business::start().await;
    let fields = "account_review_status,business_verification_status,health_status";
    let path = format!("/v23.0/{ACCOUNT}?fields={fields}");
    let account = business.get(&path, TOKEN).await.body;
    assert_eq!(account["account_review_status"], "APPROVED");
    assert_eq!(account["business_verification_status"], "verified");
    assert_eq!(account["health_status"]["can_send_message"], "AVAILABLE");
    business.stop().await;
}

#[tokio::test]
async fn a_token_tells_what_it_is_good_for_and_until_when() {
    let business = Business::start().await;
    let lasting = debug(&business, TOKEN, TOKEN).await;
    assert_eq!(lasting["is_valid"], true);
    assert_eq!(lasting["expires_at"], 0);
    let scope = &lasting["granular_scopes"][0];
    assert_eq!(scope["scope"], "whatsapp_business_management");
    assert_eq!(scope["target_ids"], json!([ACCOUNT]));

    let end = business.clock.now() + TimeDelta::days(60);
    business.simulator().set_token_expiry(TOKEN, Some(end));
    let app_token = format!("670843887433847|{SECRET}");
    let ending = debug(&business, TOKEN, &app_token).await;
    assert_eq!(ending["expires_at"], end.timestamp());
    assert_eq!(debug(&business, "EAA-odd", TOKEN).await["is_valid"], false);
    let refused = business
        .get(
            &format!("/v23.0/debug_token?input_token={TOKEN}"),
            "EAA-odd",
        )
        .await;
    assert_eq!(refused.code(), 190);
    business.stop().await;
}

#[tokio::test]
async fn an_expired_token_is_refused_everywhere() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    let end = business.clock.now() + TimeDelta::hours(1);
    let expiry = json!({"access_token": TOKEN, "expires_at": end});
    assert_eq!(business.post("/api/tokens", "", &expiry).await.status, 204);
    assert_eq!(business.send_text("+16505551234", "Hi").await.status, 200);

    business.clock.advance(TimeDelta::hours(1));
    for refused in [
        business.send_text("+16505551234", "Hi").await,
        business.get(&format!("/v23.0/{NUMBER}"), TOKEN).await,
        business
            .get(&format!("/v23.0/{ACCOUNT}/subscribed_apps"), TOKEN)
            .await,
    ] {
        assert_eq!((refused.status, refused.code()), (401, 190));
        assert_eq!(refused.body["error"]["error_subcode"], 463);
    }
    let app_token = format!("670843887433847|{SECRET}");
    let dead = debug(&business, TOKEN, &app_token).await;
    assert_eq!(
        (&dead["is_valid"], &dead["error"]["subcode"]),
        (&json!(false), &json!(463))
    );
    business.simulator().set_token_expiry(TOKEN, None);
    assert_eq!(business.send_text("+16505551234", "Hi").await.status, 200);
    business.stop().await;
}
