//! Announcements as Meta writes them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::Announcement;
use crate::{
    Customer,
    accounts::Number,
    codes,
    envelope::{contact_object, drop_nulls, sender, value},
    ids,
    simulator::State,
};

impl State {
    /// The field that changes, and its `value`.
    pub(super) fn announced(
        &self,
        number: &Number,
        announcement: &Announcement,
        now: DateTime<Utc>,
    ) -> (String, Value) {
        let (field, value) = match announcement {
            Announcement::PhoneNumberQualityUpdate {
                event,
                old_limit,
                current_limit,
            } => (
                "phone_number_quality_update",
                known(json!({
                    "display_phone_number": number.wa_id(),
                    "event": event,
                    "old_limit": old_limit,
                    "current_limit": current_limit,
                })),
            ),
            Announcement::PhoneNumberNameUpdate {
                decision,
                requested_verified_name,
                rejection_reason,
            } => (
                "phone_number_name_update",
                // Here Meta writes the reason even if there is none.
                json!({
                    "display_phone_number": number.wa_id(),
                    "decision": decision,
                    "requested_verified_name": requested_verified_name,
                    "rejection_reason": rejection_reason,
                }),
            ),
            Announcement::BusinessCapabilityUpdate {
                max_daily_conversations_per_business,
                max_phone_numbers_per_waba,
            } => (
                "business_capability_update",
                json!({
                    "max_daily_conversations_per_business": max_daily_conversations_per_business,
                    "max_phone_numbers_per_waba": max_phone_numbers_per_waba,
                }),
            ),
            Announcement::AccountUpdate { event, details } => (
                "account_update",
                with_details(json!({"event": event}), details),
            ),
            Announcement::AccountAlerts {
                alert_severity,
                alert_status,
                alert_type,
                alert_description,
            } => (
                "account_alerts",
                json!({
                    "entity_type": "BUSINESS",
                    "entity_id": number.business_account_id,
                    "alert_info": {
                        "alert_severity": alert_severity,
                        "alert_status": alert_status,
                        "alert_type": alert_type,
                        "alert_description": alert_description,
                    },
                }),
            ),
            Announcement::AccountReviewUpdate { decision } => {
                ("account_review_update", json!({"decision": decision}))
            }
            Announcement::Errors { code } => (
                "messages",
                value(number, json!({"errors": [codes::webhook_error(*code)]})),
            ),
            Announcement::Other { field, value } => (field.as_str(), value.clone()),
            announcement => self
                .announced_of_template(number, announcement, now)
                .unwrap_or_else(|| announced_of_customer(number, announcement, now)),
        };
        (field.to_owned(), value)
    }

    fn announced_of_template(
        &self,
        number: &Number,
        announcement: &Announcement,
        now: DateTime<Utc>,
    ) -> Option<(&'static str, Value)> {
        let account = &number.business_account_id;
        let announced = match announcement {
            Announcement::MessageTemplateStatusUpdate {
                name,
                language,
                event,
                reason,
                details,
            } => {
                let mut value = self.template(account, name, language);
                value["event"] = json!(event);
                value["reason"] = json!(reason);
                if let Some(template) = self.accounts.templates.find(account, name, language) {
                    value["message_template_category"] = json!(template.1.category);
                }
                (
                    "message_template_status_update",
                    with_details(value, details),
                )
            }
            Announcement::MessageTemplateQualityUpdate {
                name,
                language,
                previous_quality_score,
                new_quality_score,
            } => {
                let mut value = self.template(account, name, language);
                value["previous_quality_score"] = json!(previous_quality_score);
                value["new_quality_score"] = json!(new_quality_score);
                ("message_template_quality_update", value)
            }
            Announcement::TemplateCategoryUpdate {
                name,
                language,
                previous_category,
                new_category,
                correct_category,
            } => {
                let mut value = self.template(account, name, language);
                value["previous_category"] = json!(previous_category);
                value["new_category"] = json!(new_category);
                value["correct_category"] = json!(correct_category);
                if correct_category.is_some() {
                    let at = now + TimeDelta::days(1);
                    value["category_update_timestamp"] = json!(at.timestamp());
                }
                ("template_category_update", known(value))
            }
            Announcement::MessageTemplateComponentsUpdate { name, language } => {
                let mut value = self.template(account, name, language);
                if let Some((_, template)) = self.accounts.templates.find(account, name, language) {
                    describe(&template.components, &mut value);
                }
                ("message_template_components_update", value)
            }
            _ => return None,
        };
        Some(announced)
    }

    /// How a template is named, whose id is a number here.
    fn template(&self, account: &str, name: &str, language: &str) -> Value {
        let known = self.accounts.templates.find(account, name, language);
        let id = known.map_or_else(ids::number, |(id, _)| *id);
        json!({
            "message_template_id": id,
            "message_template_name": name,
            "message_template_language": language,
        })
    }
}

fn announced_of_customer(
    number: &Number,
    announcement: &Announcement,
    now: DateTime<Utc>,
) -> (&'static str, Value) {
    match announcement {
        Announcement::UserPreferences {
            customer,
            value: preference,
        } => {
            let item = known(json!({
                "wa_id": customer.phone,
                "user_id": customer.user_id,
                "parent_user_id": customer.parent_user_id,
                "detail": format!("User requested to {preference} marketing messages"),
                "category": "marketing_messages",
                "value": preference,
                "timestamp": now.timestamp(),
            }));
            let contacts = json!([contact_object(customer)]);
            let content = json!({"contacts": contacts, "user_preferences": [item]});
            ("user_preferences", value(number, content))
        }
        Announcement::UserIdUpdate {
            customer,
            user_id,
            parent_user_id,
        } => {
            let parent = parent_user_id
                .as_ref()
                .map(|current| json!({"previous": customer.parent_user_id, "current": current}));
            let item = known(json!({
                "wa_id": customer.phone,
                "detail": format!("User id for {} has been updated.", customer.name),
                "user_id": {"previous": customer.user_id, "current": user_id},
                "parent_user_id": parent,
                "timestamp": now.timestamp().to_string(),
            }));
            let contacts = json!([contact_object(customer)]);
            let content = json!({"contacts": contacts, "user_id_update": [item]});
            ("user_id_update", value(number, content))
        }
        Announcement::UserChangedNumber { customer, phone } => {
            let old = customer.key();
            let system = json!({
                "body": format!("User {} changed from {old} to {phone}", customer.name),
                "wa_id": phone,
                "type": "user_changed_number",
            });
            system_message(number, customer, &[("system", system)], now)
        }
        Announcement::UserChangedUserId {
            customer,
            user_id,
            parent_user_id,
        } => {
            let old = customer.user_id.as_deref().unwrap_or_default();
            let system = known(json!({
                "body": format!("User {} changed from {old} to {user_id}", customer.name),
                "user_id": user_id,
                "parent_user_id": parent_user_id,
                "type": "user_changed_user_id",
            }));
            system_message(number, customer, &[("system", system)], now)
        }
        Announcement::CustomerIdentityChanged { customer, hash } => {
            let timestamp = now.timestamp().to_string();
            let identity =
                json!({"acknowledged": true, "created_timestamp": timestamp, "hash": hash});
            let system =
                json!({"body": "User identity changed", "type": "customer_identity_changed"});
            let keys = [("identity", identity), ("system", system)];
            system_message(number, customer, &keys, now)
        }
        _ => ("messages", value(number, json!({}))),
    }
}

/// A message that nobody wrote. It comes without contacts.
fn system_message(
    number: &Number,
    customer: &Customer,
    keys: &[(&str, Value)],
    now: DateTime<Utc>,
) -> (&'static str, Value) {
    let mut message = sender(customer);
    message.insert("id".to_owned(), ids::wamid(&customer.key()).into());
    message.insert("timestamp".to_owned(), now.timestamp().to_string().into());
    message.insert("type".to_owned(), "system".into());
    let keys = keys.iter().cloned();
    message.extend(keys.map(|(key, value)| (key.to_owned(), value)));
    let content = json!({"messages": [message]});
    ("messages", value(number, content))
}

/// Tells the components of a template one by one.
fn describe(components: &[Value], value: &mut Value) {
    for component in components {
        let key = match component["type"].as_str() {
            Some("HEADER") => "message_template_title",
            Some("BODY") => "message_template_element",
            Some("FOOTER") => "message_template_footer",
            Some("BUTTONS") => {
                let buttons = component["buttons"].as_array().into_iter().flatten();
                let buttons = buttons.map(|button| {
                    known(json!({
                        "message_template_button_type": button["type"],
                        "message_template_button_text": button["text"],
                        "message_template_button_url": button["url"],
                        "message_template_button_phone_number": button["phone_number"],
                    }))
                });
                value["message_template_buttons"] = buttons.collect();
                continue;
            }
            _ => continue,
        };
        if component["text"].is_string() {
            value[key] = component["text"].clone();
        }
    }
}

fn with_details(mut value: Value, details: &Map<String, Value>) -> Value {
    for (key, detail) in details {
        value[key] = detail.clone();
    }
    value
}

fn known(mut value: Value) -> Value {
    drop_nulls(&mut value);
    value
}
