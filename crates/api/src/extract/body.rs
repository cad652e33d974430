use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use garde::Validate;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::faults;
use crate::problem::Problem;

/// Bytes that a body may have where nothing else is said.
pub(crate) const BODY_LIMIT: usize = 256 << 10;

/// A JSON body that has the right shape.
///
/// All its faults are reported at once if its fields say `#[serde(default)]`: one that is
/// missing is then a fault of validation (`length(min = 1)` or `required`), not the end of
/// reading. (`default` on the struct would put the defaults into the OpenAPI schema.)
pub(crate) struct Validated<T>(pub(crate) T);

/// As [`Validated`], but the body may be left out.
pub(crate) struct ValidatedOrDefault<T>(pub(crate) T);

/// A body as it came, of at most `LIMIT` bytes.
pub(crate) struct RawBody<const LIMIT: usize>(pub(crate) Bytes);

/// Reads a body to its end, or refuses it once it is longer than `limit` bytes.
pub(crate) async fn read_body(
    announced: Option<usize>,
    payload: &mut Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    if announced.is_some_and(|length| length > limit) {
        return Err(Problem::too_large(limit));
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::of_payload(&error))?;
        if body.len() + chunk.len() > limit {
            return Err(Problem::too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// What the client says the body's length is.
pub(super) fn announced_length(request: &HttpRequest) -> Option<usize> {
    let value = request.headers().get(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}

pub(super) fn parse<T>(body: &[u8]) -> Result<T, Problem>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let json: Value = serde_json::from_slice(body).map_err(|error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "unreadable_json",
            format!("the body is not JSON: {error}"),
        )
    })?;
    faults::refuse_null_characters(&json)?;
    faults::read(
        json,
        |json| serde_path_to_error::deserialize(json).map_err(faults::of_shape),
        remove,
    )
}

/// Takes the member that the pointer leads to out of its object. Elements of arrays stay,
/// as those after them would change their places.
fn remove(json: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return false;
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    match json.pointer_mut(parent) {
        Some(Value::Object(members)) => members.remove(&name).is_some(),
        _ => false,
    }
}

fn check_content_type(request: &HttpRequest) -> Result<(), Problem> {
    let content_type = request.content_type().to_ascii_lowercase();
    if content_type == "application/json" || content_type.ends_with("+json") {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "send JSON, with `Content-Type: application/json`",
    ))
}

impl<T> FromRequest for Validated<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let acceptable = check_content_type(request);
        let announced = announced_length(request);
        let mut payload = payload.take();
        Box::pin(async move {
            acceptable?;
            let body = read_body(announced, &mut payload, BODY_LIMIT).await?;
            parse(&body).map(Self)
        })
    }
}

impl<T> FromRequest for ValidatedOrDefault<T>
where
    T: Default + DeserializeOwned + Validate<Context = ()>,
{
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let acceptable = check_content_type(request);
        let announced = announced_length(request);
        let mut payload = payload.take();
        Box::pin(async move {
            let body = read_body(announced, &mut payload, BODY_LIMIT).await?;
            if body.is_empty() {
                return Ok(Self(T::default()));
            }
            acceptable?;
            parse(&body).map(Self)
        })
    }
}

impl<const LIMIT: usize> FromRequest for RawBody<LIMIT> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let announced = announced_length(request);
        let mut payload = payload.take();
        Box::pin(async move { read_body(announced, &mut payload, LIMIT).await.map(Self) })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use serde::Deserialize;

    use super::*;
    use crate::problem::Fault;

    #[derive(Debug, Default, Deserialize, Validate)]
    #[serde(rename_all = "camelCase", default, deny_unknown_fields)]
    struct Person {
        #[garde(length(chars, min = 1, max = 5))]
        first_name: String,
        #[garde(range(max = 150))]
        age: u8,
        #[garde(dive)]
        home: Home,
    }

    #[derive(Debug, Default, Deserialize, Validate)]
    #[serde(rename_all = "camelCase", default, deny_unknown_fields)]
    struct Home {
        #[garde(length(min = 1))]
        zip_code: String,
    }

    fn faults_of(body: &str) -> Vec<(String, String)> {
        let problem = parse::<Person>(body.as_bytes()).unwrap_err();
        let faults: Vec<Fault> = problem.faults().to_vec();
        let mut faults: Vec<_> = faults
            .into_iter()
            .map(|fault| (fault.pointer, fault.code.into_owned()))
            .collect();
        faults.sort();
        faults
    }

    #[test]
    fn all_faults_come_at_once_whatever_their_kind() {
        let body = r#"{"firstName": "Penelope", "age": "old", "shoe": 1, "home": {"zip/Code": 2}}"#;
        let expected = [
            ("/age", "invalid_type"),
            ("/firstName", "too_long"),
            ("/home/zipCode", "required"),
            ("/home/zip~1Code", "unknown_field"),
            ("/shoe", "unknown_field"),
        ];
        let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
        assert_eq!(faults_of(body), expected);
    }

    #[test]
    fn a_missing_field_is_named() {
        #[derive(Debug, Deserialize, Validate)]
        struct Strict {
            #[garde(skip)]
            #[expect(dead_code, reason = "only its absence is of interest")]
            name: String,
        }
        let problem = parse::<Strict>(b"{}").unwrap_err();
        assert_eq!(
            problem.faults(),
            [Fault::new("/name", "required", "is required")]
        );
    }

    #[test]
    fn what_is_not_json_is_unreadable() {
        let problem = parse::<Person>(b"{\"firstName\": ").unwrap_err();
        assert_eq!(problem.status_code(), StatusCode::BAD_REQUEST);
    }
}
