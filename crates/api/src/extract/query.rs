use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use garde::Validate;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::{body, faults};
use crate::problem::{Fault, Problem};

/// Query parameters that are known, given once at most, and of the right shape.
pub(crate) struct ValidatedQuery<T>(pub(crate) T);

pub(crate) type Parameters = Vec<(String, String)>;

/// The parameters of a query string, in their order.
pub(crate) fn parameters(query: &str) -> Result<Parameters, Problem> {
    let parameters: Parameters = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    if let Some((name, _)) = parameters.iter().find(|(_, value)| value.contains('\0')) {
        return Err(Problem::invalid(vec![faults::null_character(name)]));
    }
    let repeated = parameters
        .iter()
        .enumerate()
        .find(|(index, (name, _))| parameters[..*index].iter().any(|(other, _)| other == name));
    match repeated {
        Some((_, (name, _))) => Err(Problem::invalid(vec![Fault::new(
            format!("/{name}"),
            "repeated",
            "may be given only once",
        )])),
        None => Ok(parameters),
    }
}

pub(crate) fn read_query<T>(parameters: Parameters) -> Result<T, Problem>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    faults::read(
        parameters,
        |parameters| {
            let encoded = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(parameters)
                .finish();
            let pairs = form_urlencoded::parse(encoded.as_bytes());
            serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs))
                .map_err(faults::of_shape)
        },
        |parameters, pointer| {
            let before = parameters.len();
            parameters.retain(|(name, _)| Some(name.as_str()) != pointer.strip_prefix('/'));
            parameters.len() < before
        },
    )
}

/// A parameter that holds JSON.
pub(crate) fn read_json_parameter<T>(name: &str, text: &str) -> Result<T, Problem>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    body::parse(text.as_bytes()).map_err(|problem| {
        if problem.faults().is_empty() {
            let detail = "is not JSON";
            return Problem::invalid(vec![Fault::new(format!("/{name}"), "invalid_json", detail)]);
        }
        let within = |fault: &Fault| Fault {
            pointer: format!("/{name}{}", fault.pointer),
            ..fault.clone()
        };
        Problem::invalid(problem.faults().iter().map(within).collect())
    })
}

impl<T> FromRequest for ValidatedQuery<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            parameters(request.query_string())
                .and_then(read_query)
                .map(Self),
        )
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Search {
        #[garde(length(max = 3))]
        text: Option<String>,
        #[garde(skip)]
        max_age: Option<u8>,
    }

    fn faults_of(query: &str) -> Vec<(String, String)> {
        let problem = parameters(query)
            .and_then(read_query::<Search>)
            .unwrap_err();
        let faults = problem.faults().iter();
        faults
            .map(|fault| (fault.pointer.clone(), fault.code.to_string()))
            .collect()
    }

    #[test]
    fn numbers_and_text_are_read() {
        let search: Search = read_query(parameters("text=%C3%A9&maxAge=25").unwrap()).unwrap();
        assert_eq!(
            (search.text.as_deref(), search.max_age),
            (Some("é"), Some(25))
        );
    }

    #[test]
    fn all_faults_come_at_once() {
        let expected = [
            ("/maxAge", "invalid_value"),
            ("/colour", "unknown_field"),
            ("/text", "too_long"),
        ];
        let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
        assert_eq!(faults_of("text=long&maxAge=old&colour=red"), expected);
        assert_eq!(
            faults_of("text=a&text=b"),
            [("/text".to_owned(), "repeated".to_owned())]
        );
    }
}
