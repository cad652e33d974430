use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use garde::Validate;
use serde::de::DeserializeOwned;

use super::{FILE_LIMIT, Form, UploadedFile, is_form, limit_with_json};
use crate::{
    extract::{Validated, body::parse, faults::member},
    problem::{Fault, Problem},
};

/// JSON, or a form that has it in a part and up to `FILES` files beside it.
pub(crate) enum JsonOrForm<T, const FILES: usize> {
    Json(T),
    Form(Form),
}

impl<T, const FILES: usize> JsonOrForm<T, FILES>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    /// What the JSON says, and the files in their order. A form has them in parts of these
    /// names; faults of the JSON are told as if it came alone, those of a file by its place.
    pub(crate) fn read(self, json: &str, files: &str) -> Result<(T, Vec<UploadedFile>), Problem> {
        let parts = match self {
            Self::Json(value) => return Ok((value, Vec::new())),
            Self::Form(Form(parts)) => parts,
        };
        let mut faults = Vec::new();
        let mut values = Vec::new();
        let mut uploaded = Vec::new();
        for part in parts {
            if part.name == json {
                values.push(part.file.content);
            } else if part.name == files {
                uploaded.push(part.file);
            } else {
                let pointer = member(&part.name);
                faults.push(Fault::new(pointer, "unknown_field", "is not known here"));
            }
        }
        let pointer = member(files);
        if uploaded.len() > FILES {
            let detail = format!("must be at most {FILES}");
            faults.push(Fault::new(pointer.clone(), "too_many", detail));
        }
        for (index, file) in uploaded.iter().enumerate() {
            if file.content.is_empty() {
                let pointer = format!("{pointer}/{index}");
                faults.push(Fault::new(pointer, "required", "is empty"));
            } else if file.content.len() > FILE_LIMIT {
                let detail = format!("must have at most {FILE_LIMIT} bytes");
                faults.push(Fault::new(
                    format!("{pointer}/{index}"),
                    "too_large",
                    detail,
                ));
            }
        }
        let value = match values.as_slice() {
            [value] => parse(value),
            [] => Err(fault(json, "required", "is required")),
            _ => Err(fault(json, "duplicate_field", "is there twice")),
        };
        match value {
            Ok(value) if faults.is_empty() => Ok((value, uploaded)),
            Ok(_) => Err(Problem::invalid(faults)),
            Err(problem) if faults.is_empty() => Err(problem),
            Err(problem) => Err(problem.and(Problem::invalid(faults))),
        }
    }
}

fn fault(name: &str, code: &'static str, detail: &str) -> Problem {
    Problem::invalid(vec![Fault::new(member(name), code, detail)])
}

impl<T, const FILES: usize> FromRequest for JsonOrForm<T, FILES>
where
    T: DeserializeOwned + Validate<Context = ()> + 'static,
{
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if is_form(request) {
            let form = Form::receive(request.clone(), payload.take(), limit_with_json(FILES));
            return Box::pin(async move { form.await.map(Self::Form) });
        }
        let json = Validated::from_request(request, payload);
        Box::pin(async move { json.await.map(|Validated(value)| Self::Json(value)) })
    }
}
