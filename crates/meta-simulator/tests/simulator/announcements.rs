use meta_simulator::{Announcement, Customer, InboundContent, TemplateDefinition};
use serde_json::{Value, json};

use crate::{
    fixtures::{assert_like, fixture, value_of},
    support::{ACCOUNT, Business, NUMBER, TOKEN, sheena, text_message},
};

/// Announces what the JSON says, over HTTP, and answers the webhook.
async fn announce(business: &Business, mut announcement: Value) -> Value {
    // Statuses under way come first.
    business.webhooks().await;
    announcement["phone_number_id"] = json!(NUMBER);
    let answer = business.post("/api/announcements", "", &announcement).await;
    assert_eq!(answer.status, 204, "{announcement}: {}", answer.body);
    business.latest_webhook().await
}

async fn field(business: &Business, name: &str) -> Value {
    let path = format!("/v23.0/{NUMBER}?fields={name}");
    business.get(&path, TOKEN).await.body[name].take()
}

fn user(user_id: &str) -> Customer {
    Customer {
        parent_user_id: Some(format!("{user_id}.ENT")),
        ..Customer::with_user_id(user_id, "Sheena Nelson", "realsheenanelson")
    }
}

#[tokio::test]
async fn limits_and_throughput_are_announced_and_read_as_announced() {
    let business = Business::start().await;
    let webhook = announce(
        &business,
        json!({
            "kind": "phone_number_quality_update", "event": "THROUGHPUT_UPGRADE",
            "current_limit": "TIER_UNLIMITED",
        }),
    )
    .await;
    assert_like(&webhook, "phone_quality_throughput_upgrade");
    assert_eq!(field(&business, "throughput").await["level"], "HIGH");
    let limit = "whatsapp_business_manager_messaging_limit";
    assert_eq!(field(&business, limit).await, "TIER_UNLIMITED");

    announce(
        &business,
        json!({"kind": "phone_number_quality_update", "event": "FLAGGED", "current_limit": "TIER_250"}),
    )
    .await;
    assert_eq!(field(&business, "quality_rating").await, "RED");
    let webhook = announce(
        &business,
        json!({
            "kind": "business_capability_update",
            "max_daily_conversations_per_business": 2000, "max_phone_numbers_per_waba": 25,
        }),
    )
    .await;
    assert_like(&webhook, "business_capability_update");
    business.stop().await;
}

#[tokio::test]
async fn a_display_name_is_decided_on() {
    let business = Business::start().await;
    let decide = |decision: &str| {
        json!({
            "kind": "phone_number_name_update", "decision": decision,
            "requested_verified_name": "Lucky Shrub & Co",
        })
    };
    assert_like(
        &announce(&business, decide("DECLINED")).await,
        "phone_name_update",
    );
    assert_eq!(field(&business, "name_status").await, "DECLINED");
    assert_eq!(field(&business, "verified_name").await, "Lucky Shrub");
    announce(&business, decide("APPROVED")).await;
    assert_eq!(field(&business, "verified_name").await, "Lucky Shrub & Co");
    business.stop().await;
}

#[tokio::test]
async fn accounts_are_restricted_warned_and_deleted() {
    let business = Business::start().await;
    for name in [
        "account_restriction",
        "account_violation",
        "account_deleted",
    ] {
        let mut details = value_of(&fixture(name)).clone();
        let event = details["event"].take();
        details.as_object_mut().unwrap().remove("event");
        let webhook = announce(
            &business,
            json!({"kind": "account_update", "event": event, "details": details}),
        )
        .await;
        assert_like(&webhook, name);
    }
    let mut alert = value_of(&fixture("account_alert_nested"))["alert_info"].clone();
    alert["kind"] = json!("account_alerts");
    assert_like(&announce(&business, alert).await, "account_alert_nested");
    business.stop().await;
}

#[tokio::test]
async fn a_disabled_account_sends_nothing_until_it_is_reinstated() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    let ban = |state: &str| {
        json!({
            "kind": "account_update", "event": "DISABLED_UPDATE",
            "details": {"ban_info": {"waba_ban_state": state, "waba_ban_date": "April 17, 2025"}},
        })
    };
    assert_like(
        &announce(&business, ban("DISABLE")).await,
        "account_disabled",
    );
    let refused = business.send_text("+16505551234", "Hi").await;
    assert_eq!((refused.status, refused.code()), (403, 131_031));
    announce(&business, ban("REINSTATE")).await;
    assert_eq!(business.send_text("+16505551234", "Hi").await.status, 200);
    business.stop().await;
}

fn summer_sale() -> TemplateDefinition {
    TemplateDefinition {
        business_account_id: ACCOUNT.to_owned(),
        name: "summer_sale".to_owned(),
        language: "en_US".to_owned(),
        category: "MARKETING".to_owned(),
        status: "APPROVED".to_owned(),
        components: vec![
            json!({"type": "HEADER", "format": "TEXT", "text": "Sale!"}),
            json!({"type": "BODY", "text": "All is cheaper."}),
            json!({"type": "FOOTER", "text": "Lucky Shrub"}),
            json!({"type": "BUTTONS", "buttons": [
                {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550783881"},
                {"type": "URL", "text": "Shop", "url": "https://x.com"},
            ]}),
        ],
    }
}

#[tokio::test]
async fn templates_are_paused_rejected_judged_and_moved() {
    let business = Business::start().await;
    let id = business.simulator().define_template(summer_sale());
    let template = |mut announcement: Value| {
        announcement["name"] = json!("summer_sale");
        announcement["language"] = json!("en_US");
        announcement
    };
    let message = json!({
        "messaging_product": "whatsapp", "to": "+16505551234", "type": "template",
        "template": {"name": "summer_sale", "language": {"code": "en_US"}},
    });
    let kind = "message_template_status_update";
    let paused = json!({
        "kind": kind, "event": "PAUSED",
        "details": {"other_info": {"title": "FIRST_PAUSE", "description": "For 3 hours"}},
    });
    let webhook = announce(&business, template(paused)).await;
    assert_like(&webhook, "tpl_status_paused_first");
    assert_eq!(value_of(&webhook)["message_template_id"], id);
    assert_eq!(business.send(&message).await.code(), 132_015);
    let rejected = json!({
        "kind": kind, "event": "REJECTED", "reason": "INVALID_FORMAT",
        "details": {"rejection_info": {"reason": "Odd", "recommendation": "Make it even"}},
    });
    let webhook = announce(&business, template(rejected)).await;
    assert_like(&webhook, "tpl_status_rejected_with_info");
    assert_eq!(business.send(&message).await.code(), 132_001);

    let quality = json!({
        "kind": "message_template_quality_update",
        "previous_quality_score": "GREEN", "new_quality_score": "YELLOW",
    });
    assert_like(
        &announce(&business, template(quality)).await,
        "tpl_quality_yellow",
    );
    let kind = "template_category_update";
    let changed =
        json!({"kind": kind, "previous_category": "MARKETING", "new_category": "UTILITY"});
    assert_like(
        &announce(&business, template(changed)).await,
        "tpl_category_changed",
    );
    let impending =
        json!({"kind": kind, "new_category": "UTILITY", "correct_category": "MARKETING"});
    assert_like(
        &announce(&business, template(impending)).await,
        "tpl_category_impending",
    );
    let components = json!({"kind": "message_template_components_update"});
    assert_like(
        &announce(&business, template(components)).await,
        "tpl_components_update",
    );
    business.stop().await;
}

#[tokio::test]
async fn who_stops_marketing_gets_none_until_they_resume() {
    let business = Business::start().await;
    let mut template = summer_sale();
    template.components.truncate(2);
    business.simulator().define_template(template);
    let mut message = json!({
        "messaging_product": "whatsapp", "recipient": "US.1349", "type": "template",
        "template": {"name": "summer_sale", "language": {"code": "en_US"}},
    });
    let preference = |customer: Customer, value: &str| json!({"kind": "user_preferences", "customer": customer, "value": value});
    let webhook = announce(&business, preference(user("US.1349"), "stop")).await;
    assert_like(&webhook, "user_preferences_stop");
    assert_eq!(business.send(&message).await.code(), 131_050);
    announce(&business, preference(user("US.1349"), "resume")).await;
    assert_eq!(business.send(&message).await.status, 200);

    let unnamed = Customer::with_phone("16505551234", "");
    let webhook = announce(&business, preference(unnamed, "resume")).await;
    assert_like(&webhook, "user_preferences_resume_no_profile");
    message["to"] = json!("+16505551234");
    assert_eq!(business.send(&message).await.status, 200);
    business.stop().await;
}

#[tokio::test]
async fn a_customer_who_changes_their_number_stays_the_same() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    let webhook = announce(
        &business,
        json!({"kind": "user_changed_number", "customer": sheena(), "phone": "12195555358"}),
    )
    .await;
    assert_like(&webhook, "msg_system_user_changed_number");
    // The window that was open with the old number is open with the new one.
    let answer = business.send(&text_message("+12195555358", "Hi")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let path = format!("/api/state?number={NUMBER}&contact=16505551234");
    let shown = business.get(&path, "").await.body;
    assert_eq!(shown["contact"], "12195555358");
    assert_eq!(shown["messages"].as_array().unwrap().len(), 2);
    business.stop().await;
}

#[tokio::test]
async fn a_user_id_is_replaced() {
    let business = Business::start().await;
    let change = |kind: &str, customer: &Customer| {
        json!({
            "kind": kind, "customer": customer,
            "user_id": "US.2984", "parent_user_id": "US.2984.ENT",
        })
    };
    let both = Customer {
        phone: Some("16505551234".to_owned()),
        username: None,
        ..user("US.1349")
    };
    let mut webhook = announce(&business, change("user_id_update", &both)).await;
    // The documented example leaves the ids out of the contact.
    let contact = &mut webhook["entry"][0]["changes"][0]["value"]["contacts"][0];
    for key in ["user_id", "parent_user_id"] {
        contact.as_object_mut().unwrap().remove(key);
    }
    assert_like(&webhook, "user_id_update");

    let hello = InboundContent::text("Hello");
    let simulator = business.simulator();
    let customer = user("US.7");
    simulator.customer_sends(NUMBER, &customer, hello).await;
    let mut webhook = announce(&business, change("user_changed_user_id", &customer)).await;
    let message = &mut webhook["entry"][0]["changes"][0]["value"]["messages"][0];
    message
        .as_object_mut()
        .unwrap()
        .remove("from_parent_user_id");
    assert_like(&webhook, "msg_system_user_changed_user_id");
    let message = json!({
        "messaging_product": "whatsapp", "recipient": "US.2984", "type": "text", "text": {"body": "Hi"},
    });
    assert_eq!(business.send(&message).await.status, 200);
    business.stop().await;
}

#[tokio::test]
async fn identities_change_and_numbers_fail_as_a_whole() {
    let business = Business::start().await;
    let changed = json!({"kind": "customer_identity_changed", "customer": sheena(), "hash": "xyz"});
    let mut webhook = announce(&business, changed).await;
    webhook["entry"][0]["changes"][0]["value"]["contacts"] =
        value_of(&fixture("msg_system_identity_changed"))["contacts"].clone();
    assert_like(&webhook, "msg_system_identity_changed");
    let webhook = announce(&business, json!({"kind": "errors", "code": 130_429})).await;
    assert_like(&webhook, "value_errors_rate_limit");

    let other = Announcement::Other {
        field: "flows".to_owned(),
        value: json!({"event": "FLOW_STATUS_CHANGE"}),
    };
    business.simulator().announce(NUMBER, &other).await;
    let webhook = business.latest_webhook().await;
    assert_eq!(webhook["entry"][0]["changes"][0]["field"], "flows");
    business.stop().await;
}
