//! Entries of the audit log, as the use cases write them.

use chrono::{DateTime, Utc};
use domain::{
    audit::{AuditAction, AuditEntry, AuditTarget},
    auth::UserId,
    id::Id,
    request_id,
};
use serde_json::{Map, Value};

use crate::{Actor, auth::Client};

impl Actor {
    /// That the actor did this, now.
    pub(crate) fn entry(
        &self,
        action: AuditAction,
        target: AuditTarget,
        now: DateTime<Utc>,
    ) -> AuditEntry {
        self.client()
            .entry(Some(self.user_id()), action, target, now)
    }
}

impl Client {
    /// That this was done from here, by somebody who need not be signed in.
    pub(crate) fn entry(
        &self,
        actor_id: Option<UserId>,
        action: AuditAction,
        target: AuditTarget,
        now: DateTime<Utc>,
    ) -> AuditEntry {
        AuditEntry {
            id: Id::generate(),
            action,
            actor_id,
            target,
            address: self.address.map(|address| address.to_string()),
            user_agent: self.user_agent.clone(),
            request_id: request_id::current(),
            before: None,
            after: None,
            created_at: now,
        }
    }
}

/// That the actor did this, now; that the program did it by itself, if there is none.
pub(crate) fn entry_by(
    actor: Option<&Actor>,
    action: AuditAction,
    target: AuditTarget,
    now: DateTime<Utc>,
) -> AuditEntry {
    match actor {
        Some(actor) => actor.entry(action, target, now),
        None => Client::default().entry(None, action, target, now),
    }
}

/// Adds to an entry what of a thing has changed; both are JSON objects without secrets.
pub(crate) fn changing(entry: AuditEntry, before: Value, after: Value) -> AuditEntry {
    let (before, after) = differences(before, after);
    AuditEntry {
        before: Some(before),
        after: Some(after),
        ..entry
    }
}

/// The fields in which two objects differ, as each has them.
fn differences(before: Value, after: Value) -> (Value, Value) {
    let (Value::Object(before), Value::Object(after)) = (&before, &after) else {
        return (before, after);
    };
    let differing = |these: &Map<String, Value>, others: &Map<String, Value>| {
        let fields = these
            .iter()
            .filter(|(name, value)| others.get(*name) != Some(value));
        let fields = fields.map(|(name, value)| (name.clone(), value.clone()));
        Value::Object(fields.collect())
    };
    (differing(before, after), differing(after, before))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_kept() {
        let before = json!({"role": "agent", "active": true});
        let after = json!({"role": "admin", "active": true});
        let (before, after) = differences(before, after);
        assert_eq!(before, json!({"role": "agent"}));
        assert_eq!(after, json!({"role": "admin"}));
    }
}
