//! What is told of a token. Source: cloud API 1.

use chrono::DateTime;
use domain::whatsapp::{CloudApiError, MetaError, TokenInfo};
use serde::Deserialize;

#[derive(Deserialize)]
pub(in crate::cloud_api) struct Token {
    is_valid: bool,
    error: Option<TokenError>,
    app_id: Option<String>,
    expires_at: Option<i64>,
    scopes: Option<Vec<String>>,
}

/// Shaped unlike every other error.
#[derive(Deserialize)]
struct TokenError {
    code: i64,
    subcode: Option<i64>,
    #[serde(default)]
    message: String,
}

impl TryFrom<Token> for TokenInfo {
    type Error = CloudApiError;

    fn try_from(token: Token) -> Result<Self, Self::Error> {
        if !token.is_valid {
            return Err(CloudApiError::Refused(bad_token(token.error)));
        }
        // Zero is never.
        let expires_at = token.expires_at.filter(|seconds| *seconds > 0);
        Ok(Self {
            app_id: token.app_id,
            expires_at: expires_at.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
            scopes: token.scopes,
        })
    }
}

fn bad_token(error: Option<TokenError>) -> MetaError {
    const BAD_TOKEN: i64 = 190;
    let error = error.unwrap_or_else(|| TokenError {
        code: BAD_TOKEN,
        subcode: None,
        message: "The token is not valid".into(),
    });
    MetaError {
        code: error.code,
        subcode: error.subcode,
        title: error.message,
        ..MetaError::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_token_that_is_not_valid_is_refused_and_zero_is_never() {
        let token = |data: Value| TokenInfo::try_from(Token::deserialize(data).unwrap());
        let good = token(json!({ "is_valid": true, "expires_at": 0, "app_id": "1" })).unwrap();
        assert_eq!((good.expires_at, good.scopes), (None, None));
        let ends = token(json!({ "is_valid": true, "expires_at": 1_790_000_000 })).unwrap();
        assert_eq!(ends.expires_at.unwrap().timestamp(), 1_790_000_000);
        let expired = json!({ "code": 190, "message": "Session has expired", "subcode": 463 });
        for error in [expired, Value::Null] {
            let refused = token(json!({ "is_valid": false, "error": error })).unwrap_err();
            assert!(
                matches!(&refused, CloudApiError::Refused(e) if e.code == 190),
                "{refused}"
            );
        }
    }
}
