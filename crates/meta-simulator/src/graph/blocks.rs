//! `/{phone-number-id}/block_users`: customers that a business wants to hear no more of.

use serde_json::{Value, json};

use super::{Answer, GraphError};
use crate::{Simulator, limits, simulator::digits_or_id, validation};

impl Simulator {
    pub(super) fn list_blocked(&self, number: &str, token: &str) -> Result<Answer, GraphError> {
        let mut state = self.state();
        let number = state.accounts.use_number(number, token)?;
        let contacts = &state.contacts;
        let keys = contacts.of_number(&number.phone_number_id).filter(|key| {
            let chat = contacts.chat(&number.phone_number_id, key);
            chat.is_some_and(|chat| chat.blocked)
        });
        let blocked: Vec<Value> = keys
            .map(|key| {
                let mut item = identity(key);
                item["messaging_product"] = "whatsapp".into();
                item
            })
            .collect();
        Ok(Answer::ok(
            json!({"data": blocked, "paging": {"cursors": {}}}),
        ))
    }

    /// Blocks, or lets be heard again, each of the users. Only who wrote within the last day can
    /// be blocked.
    pub(super) fn change_blocked(
        &self,
        number: &str,
        token: &str,
        body: &Value,
        block: bool,
    ) -> Result<Answer, GraphError> {
        let now = self.now();
        let mut state = self.state();
        let number = state.accounts.use_number(number, token)?;
        let users = validation::block_users(body)?;
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for input in users {
            let key = state.contacts.key_of(&digits_or_id(&input));
            let chat = state.contacts.chat_mut(&number.phone_number_id, &key);
            let heard = chat.last_inbound;
            let is_recent = heard.is_some_and(|at| limits::window_is_open(at, now));
            let mut item = identity(&key);
            item["input"] = input.into();
            if block && !is_recent {
                item["errors"] = json!([{
                    "message": "Re-engagement required",
                    "code": 131_047,
                    "error_data": {"details": "Only users who wrote within the last 24 hours can be blocked."},
                }]);
                failed.push(item);
            } else {
                chat.blocked = block;
                done.push(item);
            }
        }
        let key = if block {
            "added_users"
        } else {
            "removed_users"
        };
        let mut answer = json!({"messaging_product": "whatsapp", "block_users": {key: done}});
        if failed.is_empty() {
            return Ok(Answer::ok(answer));
        }
        answer["block_users"]["failed_users"] = json!(failed);
        let error = GraphError::new(139_100);
        answer["error"] = error.body()["error"].clone();
        Ok(Answer::Json(400, answer))
    }
}

/// A user, by phone number or user id.
fn identity(key: &str) -> Value {
    let kind = if key.contains('.') {
        "user_id"
    } else {
        "wa_id"
    };
    json!({kind: key})
}
