//! `/debug_token`: whether a token is good, and for how long and what.

use super::{Answer, Call, GraphError};
use crate::{Simulator, health};

impl Simulator {
    pub(super) fn debug_token(&self, token: &str, call: &Call) -> Result<Answer, GraphError> {
        let now = self.now();
        let state = self.state();
        // An app asks with its id and secret in the place of a token.
        let app_token = format!("{}|{}", health::APP_ID, self.inner.settings.app_secret);
        if token != app_token {
            state.accounts.check_token(token)?;
        }
        let input = call.query.get("input_token");
        let input = input.ok_or_else(|| {
            GraphError::new(100).with_details("The parameter input_token is required.")
        })?;
        let expiry = state.accounts.expiry(input);
        let is_known = state.accounts.check_token(input).is_ok();
        let answer = match expiry {
            Some(at) if at <= now => health::bad_token(Some(at)),
            _ if !is_known => health::bad_token(None),
            _ => {
                let targets: Vec<_> = state.accounts.accounts_of(input).into_iter().collect();
                health::good_token(&targets, expiry)
            }
        };
        Ok(Answer::ok(answer))
    }
}
