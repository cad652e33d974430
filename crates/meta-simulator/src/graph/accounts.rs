//! Numbers and business accounts, read and subscribed to.

use serde_json::{Map, Value, json};

use super::{Answer, Call, GraphError};
use crate::{Simulator, accounts::Number};

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
            return Ok(self.describe_media(&media));
        }
        let fields = call.query.get("fields").map(String::as_str);
        let mut state = self.state();
        if state.accounts.is_account(id) {
            state.accounts.use_account(id, token)?;
            let account = json!({"id": id, "name": "Business account", "currency": "USD", "timezone_id": "1"});
            return Ok(Answer::ok(select(account, fields)));
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
        Ok(Answer::ok(select(number_object(&number), fields)))
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
            .map(|number| select(number_object(number), fields))
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
            "id": "670843887433847",
            "name": "The app",
            "link": "https://www.facebook.com/games/?app_id=670843887433847",
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

    /// Registering a number and taking it back change nothing here: every number is registered.
    pub(super) fn register(&self, number: &str, token: &str) -> Result<Answer, GraphError> {
        self.state().accounts.use_number(number, token)?;
        Ok(Answer::success())
    }
}

fn number_object(number: &Number) -> Value {
    json!({
        "id": number.phone_number_id,
        "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name,
        "quality_rating": "GREEN",
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "code_verification_status": "VERIFIED",
        "throughput": {"level": "STANDARD"},
        "platform_type": "CLOUD_API",
        "account_mode": "LIVE",
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "is_official_business_account": false,
    })
}

/// The fields asked for, by comma, and always the id; all if none were asked for.
fn select(object: Value, fields: Option<&str>) -> Value {
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
