//! Numbers and business accounts, read and subscribed to.

use serde_json::{Map, Value, json};

use super::{Answer, Call, GraphError};
use crate::{
    Simulator,
    accounts::Number,
    health::{APP_ID, APP_NAME, Health},
    ids, validation,
};

/// Fields that only a phone number has: who asks for one means a number.
const NUMBER_FIELDS: &[&str] = &["display_phone_number", "verified_name", "quality_rating"];

impl Simulator {
    /// `GET /{id}`: a file, a business account or a phone number, whichever has the id.
    pub(super) fn read_object(
        &self,
        id: &str,
        token: &str,
        call: &Call,
    ) -> Result<Answer, GraphError> {
        if let Some(media) = self.use_media(id, token)? {
            return self.describe_media(&media, call);
        }
        let fields = call.query.get("fields").map(String::as_str);
        let mut state = self.state();
        if state.accounts.is_account(id) {
            state.accounts.use_account(id, token)?;
            let disabled = state.accounts.is_disabled(id);
            return Ok(Answer::ok(select(account_object(id, disabled), fields)));
        }
        // An open simulator makes numbers up, but not of ids that may be anything's.
        let means_number = fields.is_some_and(|fields| {
            fields
                .split(',')
                .any(|field| NUMBER_FIELDS.contains(&field))
        });
        if state.accounts.number(id).is_none() && self.inner.settings.open && !means_number {
            return Err(GraphError::unknown_object(id));
        }
        let number = state.accounts.use_number(id, token)?;
        let fields = fields.or(Some(
            "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type,throughput",
        ));
        let health = state.accounts.health(id);
        Ok(Answer::ok(select(number_object(&number, &health), fields)))
    }

    pub(super) fn list_numbers(
        &self,
        account: &str,
        token: &str,
        call: &Call,
    ) -> Result<Answer, GraphError> {
        let mut state = self.state();
        state.accounts.use_account(account, token)?;
        let fields = call.query.get("fields").map(String::as_str);
        let numbers: Vec<Value> = state
            .accounts
            .numbers()
            .iter()
            .filter(|number| number.business_account_id == account)
            .map(|number| {
                let health = state.accounts.health(&number.phone_number_id);
                select(number_object(number, &health), fields)
            })
            .collect();
        Ok(Answer::ok(
            json!({"data": numbers, "paging": {"cursors": {}}}),
        ))
    }

    pub(super) fn list_subscribed_apps(
        &self,
        account: &str,
        token: &str,
    ) -> Result<Answer, GraphError> {
        let mut state = self.state();
        state.accounts.use_account(account, token)?;
        let app = json!({"whatsapp_business_api_data": {
            "id": APP_ID,
            "name": APP_NAME,
            "link": format!("https://www.facebook.com/games/?app_id={APP_ID}"),
        }});
        let apps = state.accounts.is_subscribed(account).then_some(app);
        let apps: Vec<Value> = apps.into_iter().collect();
        Ok(Answer::ok(json!({"data": apps})))
    }

    pub(super) fn subscribe(
        &self,
        account: &str,
        token: &str,
        body: &Value,
    ) -> Result<Answer, GraphError> {
        if body.get("override_callback_uri").is_some() {
            return Err(GraphError::new(100).with_details("override_callback_uri is not simulated"));
        }
        let mut state = self.state();
        state.accounts.use_account(account, token)?;
        state.accounts.subscribe(account);
        Ok(Answer::success())
    }

    pub(super) fn unsubscribe(&self, account: &str, token: &str) -> Result<Answer, GraphError> {
        let mut state = self.state();
        state.accounts.use_account(account, token)?;
        state.accounts.unsubscribe(account);
        Ok(Answer::success())
    }

    pub(super) fn read_profile(&self, number: &str, token: &str) -> Result<Answer, GraphError> {
        let number = self.state().accounts.use_number(number, token)?;
        Ok(Answer::ok(json!({"data": [{
            "about": number.verified_name,
            "messaging_product": "whatsapp",
            "vertical": "RETAIL",
        }]})))
    }

    pub(super) fn read_commerce(&self, number: &str, token: &str) -> Result<Answer, GraphError> {
        let number = self.state().accounts.use_number(number, token)?;
        Ok(Answer::ok(json!({"data": [{
            "id": number.phone_number_id,
            "is_cart_enabled": true,
            "is_catalog_visible": true,
        }]})))
    }

    /// Asks for what is on the owner's phone, which then comes by webhooks, if the owner wants it
    /// to. The history can be asked for once.
    pub(super) fn request_sync(
        &self,
        number: &str,
        token: &str,
        body: &Value,
    ) -> Result<Answer, GraphError> {
        let mut state = self.state();
        let number = state.accounts.use_number(number, token)?;
        let sync_type = validation::sync_type(body)?;
        if sync_type == "history" && !state.accounts.take_history(&number.phone_number_id) {
            return Err(GraphError::new(2_593_107));
        }
        Ok(Answer::ok(
            json!({"messaging_product": "whatsapp", "request_id": ids::object()}),
        ))
    }

    /// Registering a number and taking it back change nothing here: every number is registered.
    pub(super) fn register(&self, number: &str, token: &str) -> Result<Answer, GraphError> {
        self.state().accounts.use_number(number, token)?;
        Ok(Answer::success())
    }
}

fn account_object(id: &str, disabled: bool) -> Value {
    let can_send = if disabled { "BLOCKED" } else { "AVAILABLE" };
    json!({
        "id": id,
        "name": "Business account",
        "currency": "USD",
        "timezone_id": "1",
        "message_template_namespace": "ba30dd89_2ebd_41e4_b805_f2c05ae04cc9",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "country": "US",
        "ownership_type": "SELF",
        "health_status": {
            "can_send_message": can_send,
            "entities": [{"entity_type": "WABA", "id": id, "can_send_message": can_send}],
        },
    })
}

fn number_object(number: &Number, health: &Health) -> Value {
    json!({
        "id": number.phone_number_id,
        "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name,
        "quality_rating": health.quality_rating,
        "status": health.status,
        "name_status": health.name_status,
        "code_verification_status": health.code_verification_status,
        "throughput": {"level": health.throughput_level},
        "platform_type": "CLOUD_API",
        "is_on_biz_app": health.is_on_biz_app,
        "account_mode": "LIVE",
        "whatsapp_business_manager_messaging_limit": health.messaging_limit,
        "is_official_business_account": false,
    })
}

/// The fields asked for, by comma, and always the id; all if none were asked for.
pub(super) fn select(object: Value, fields: Option<&str>) -> Value {
    let (Value::Object(object), Some(fields)) = (&object, fields) else {
        return object;
    };
    let chosen = object.iter().filter(|(key, _)| {
        *key == "id" || fields.split(',').any(|field| field.trim() == key.as_str())
    });
    let chosen: Map<String, Value> = chosen
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Value::Object(chosen)
}
