mod json_or_form;
mod streamed;

use std::{fmt::Display, future::Future, pin::Pin};

use actix_multipart::{Field, Multipart};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{StatusCode, header::HeaderMap},
};
use bytes::{Bytes, BytesMut};
use domain::catalog::ProductImage;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};

use super::{
    body::{BODY_LIMIT, announced_length, read_body},
    faults::member,
};
use crate::problem::{Fault, Problem};

pub(crate) use json_or_form::JsonOrForm;
pub(crate) use streamed::{Fields, StreamedForm};

/// Bytes that a file in a form may have.
const FILE_LIMIT: usize = 5 << 20;
/// Bytes that a form may have around its file.
const AROUND: usize = 64 << 10;
const FORM_LIMIT: usize = FILE_LIMIT + AROUND;

/// Parts beyond this number are not read.
const MAX_PARTS: usize = 100;
/// The parser is not made for shorter ones, which nobody sends.
const MIN_BOUNDARY_LENGTH: usize = 4;

/// A form with files (`multipart/form-data`), whole in memory.
pub(crate) struct Form(Vec<Part>);

struct Part {
    name: String,
    file: UploadedFile,
}

pub(crate) struct UploadedFile {
    /// As the client named it: not to be trusted.
    pub(crate) name: Option<String>,
    pub(crate) content: Bytes,
}

/// Bytes that the body of a request may have, before it is known who handles it.
pub(crate) fn body_limit(request: &HttpRequest) -> usize {
    // As the routes see it: an encoded letter leads to the same one.
    match request.match_info().as_str() {
        _ if !is_form(request) => BODY_LIMIT,
        "/api/products" => limit_with_json(ProductImage::MAX_OF_A_PRODUCT),
        _ => FORM_LIMIT,
    }
}

/// Bytes that a form may have with so many files and what is said of them.
const fn limit_with_json(files: usize) -> usize {
    files * FILE_LIMIT + BODY_LIMIT + AROUND
}

impl Form {
    async fn receive(
        request: HttpRequest,
        mut payload: Payload,
        limit: usize,
    ) -> Result<Self, Problem> {
        let boundary = boundary(&request)?;
        let body = read_body(announced_length(&request), &mut payload, limit).await?;
        // The parser knows no form without parts.
        if body.trim_ascii_end() == format!("--{boundary}--").as_bytes() {
            return Ok(Self(Vec::new()));
        }
        Self::parse(request.headers(), body)
    }

    /// The file of a form that has one, of this name, and nothing else.
    pub(crate) fn into_only_file(self, name: &str) -> Result<UploadedFile, Problem> {
        let (ours, others): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|part| part.name == name);
        let unknown =
            |part: &Part| Fault::new(member(&part.name), "unknown_field", "is not known here");
        let mut faults: Vec<_> = others.iter().map(unknown).collect();
        let mut files = ours.into_iter().map(|part| part.file);
        let (file, another) = (files.next(), files.next());
        if another.is_some() {
            faults.push(Fault::new(
                member(name),
                "duplicate_field",
                "is there twice",
            ));
        }
        match file.filter(|file| !file.content.is_empty()) {
            Some(file) if faults.is_empty() && file.content.len() > FILE_LIMIT => {
                Err(Problem::too_large(FILE_LIMIT))
            }
            Some(file) if faults.is_empty() => Ok(file),
            Some(_) => Err(Problem::invalid(faults)),
            None => {
                faults.push(Fault::new(member(name), "required", "is required"));
                Err(Problem::invalid(faults))
            }
        }
    }

    /// The file of a form that has one, of this name, and beside it perhaps a text of that.
    pub(crate) fn into_file_with(
        mut self,
        name: &str,
        text: &str,
    ) -> Result<(UploadedFile, Option<String>), Problem> {
        let given = self.0.iter().position(|part| part.name == text);
        let given = given.map(|index| self.0.remove(index).file.content);
        let given = given.map(|content| String::from_utf8(content.into()));
        let given = given.transpose().ok().filter(|given| {
            let given = given.as_deref().unwrap_or_default();
            !given.contains('\0')
        });
        let file = self.into_only_file(name)?;
        let unreadable = || Fault::new(member(text), "invalid_value", "is no text");
        let given = given.ok_or_else(|| Problem::invalid(vec![unreadable()]))?;
        Ok((file, given))
    }

    fn parse(headers: &HeaderMap, body: Bytes) -> Result<Self, Problem> {
        // The parser waits for more where a body breaks off; there is no more.
        let parsed = Self::read(Multipart::new(headers, stream::once(async { Ok(body) })));
        let broken_off = || Err(unreadable(&"it breaks off"));
        parsed.now_or_never().unwrap_or_else(broken_off)
    }

    async fn read(mut form: Multipart) -> Result<Self, Problem> {
        let mut parts = Vec::new();
        while let Some(field) = form.next().await {
            if parts.len() == MAX_PARTS {
                return Err(unreadable(&format!(
                    "there are more than {MAX_PARTS} parts"
                )));
            }
            parts.push(Part::read(field.map_err(|error| unreadable(&error))?).await?);
        }
        Ok(Self(parts))
    }
}

impl Part {
    async fn read(mut field: Field) -> Result<Self, Problem> {
        let mut content = BytesMut::new();
        while let Some(chunk) = field.try_next().await.map_err(|error| unreadable(&error))? {
            content.extend_from_slice(&chunk);
        }
        let file_name = file_name(&field);
        Ok(Self {
            name: field.name().unwrap_or_default().to_owned(),
            file: UploadedFile {
                name: file_name,
                content: content.freeze(),
            },
        })
    }
}

/// As the client named it.
fn file_name(field: &Field) -> Option<String> {
    let disposition = field.content_disposition()?;
    let extended = disposition.get_filename_ext();
    let extended = extended.map(|name| String::from_utf8_lossy(&name.value).into_owned());
    extended.or_else(|| disposition.get_filename().map(str::to_owned))
}

fn is_form(request: &HttpRequest) -> bool {
    let content_type = request.mime_type().ok().flatten();
    content_type.is_some_and(|mime| mime.essence_str() == "multipart/form-data")
}

/// What divides the parts of the form.
fn boundary(request: &HttpRequest) -> Result<String, Problem> {
    if !is_form(request) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send a form, with `Content-Type: multipart/form-data`",
        ));
    }
    let content_type = request.mime_type().ok().flatten();
    let boundary = content_type
        .as_ref()
        .and_then(|mime| mime.get_param("boundary"));
    boundary
        .map(|boundary| boundary.as_str().to_owned())
        .filter(|boundary| boundary.len() >= MIN_BOUNDARY_LENGTH)
        .ok_or_else(|| unreadable(&"its `Content-Type` has no fit `boundary`"))
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(Self::receive(request.clone(), payload.take(), FORM_LIMIT))
    }
}

fn unreadable(reason: &dyn Display) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable_form",
        format!("the form cannot be read: {reason}"),
    )
}

#[cfg(test)]
mod tests {
    use actix_web::{ResponseError, http::header, test::TestRequest};

    use super::*;

    const LOGO: &str = "Content-Disposition: form-data; name=\"logo\"; filename=\"a b.png\"\r\n\
        Content-Type: text/html\r\n\r\n\r\n--PNG--\r\n";
    const OTHER: &str = "Content-Disposition: form-data; name=\"a/b\"\r\n\r\nx";

    fn body_of(parts: &[&str]) -> Vec<u8> {
        let parts = parts.iter().map(|part| format!("--edge\r\n{part}\r\n"));
        let parts: String = parts.collect();
        format!("{parts}--edge--\r\n").into_bytes()
    }

    async fn form(content_type: &str, body: Vec<u8>) -> Result<Form, Problem> {
        let request = TestRequest::post().insert_header((header::CONTENT_TYPE, content_type));
        let (request, mut payload) = request.set_payload(body).to_http_parts();
        Form::from_request(&request, &mut payload).await
    }

    async fn logo_of(body: Vec<u8>) -> Result<UploadedFile, Problem> {
        form("multipart/form-data; boundary=edge", body)
            .await?
            .into_only_file("logo")
    }

    async fn faults_of(parts: &[&str]) -> Vec<(String, String)> {
        let problem = logo_of(body_of(parts)).await.err().unwrap();
        assert_eq!(problem.status_code(), StatusCode::UNPROCESSABLE_ENTITY);
        let faults = problem.faults().iter();
        let named = |fault: &Fault| (fault.pointer.clone(), fault.code.clone().into_owned());
        faults.map(named).collect()
    }

    #[actix_web::test]
    async fn a_file_comes_as_it_is_with_its_name() {
        let file = logo_of(body_of(&[LOGO])).await.ok().unwrap();
        assert_eq!(file.content, "\r\n--PNG--\r\n");
        assert_eq!(file.name.as_deref(), Some("a b.png"));
    }

    #[actix_web::test]
    async fn all_that_is_wrong_with_a_form_is_told_at_once() {
        let pairs = |pairs: &[(&str, &str)]| {
            let owned = |(a, b): &(&str, &str)| (a.to_string(), b.to_string());
            pairs.iter().map(owned).collect::<Vec<_>>()
        };
        let unknown = ("/a~1b", "unknown_field");
        let empty = LOGO.replace("\r\n--PNG--\r\n", "");
        assert_eq!(faults_of(&[]).await, pairs(&[("/logo", "required")]));
        assert_eq!(faults_of(&[&empty]).await, pairs(&[("/logo", "required")]));
        assert_eq!(
            faults_of(&[OTHER]).await,
            pairs(&[unknown, ("/logo", "required")])
        );
        assert_eq!(
            faults_of(&[LOGO, OTHER, LOGO]).await,
            pairs(&[unknown, ("/logo", "duplicate_field")])
        );
    }

    #[actix_web::test]
    async fn what_is_no_form_is_refused() {
        for other in ["", "application/json", "multipart/mixed; boundary=edge"] {
            let problem = form(other, body_of(&[LOGO])).await.err().unwrap();
            let status = problem.status_code();
            assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{other:?}");
        }
        for unfit in ["multipart/form-data", "multipart/form-data; boundary=e"] {
            let problem = form(unfit, body_of(&[LOGO])).await.err().unwrap();
            assert_eq!(problem.status_code(), StatusCode::BAD_REQUEST, "{unfit:?}");
        }
    }

    #[actix_web::test]
    async fn no_broken_form_makes_the_parser_wait_or_panic() {
        let whole = body_of(&[LOGO, OTHER]);
        for length in 0..whole.len() {
            let cut = logo_of(whole[..length].to_vec()).await;
            assert!(cut.is_err(), "{length}");
            for byte in [b'\r', b'\n', b'-', 0, 0xff] {
                let mut changed = whole.clone();
                changed[length] = byte;
                let _ = logo_of(changed).await;
            }
        }
    }

    #[actix_web::test]
    async fn a_form_is_bounded() {
        let large = |length| LOGO.replace("--PNG--", &"x".repeat(length));
        let exactly = logo_of(body_of(&[&large(FILE_LIMIT - 4)])).await;
        assert_eq!(exactly.ok().unwrap().content.len(), FILE_LIMIT);
        for length in [FILE_LIMIT - 3, FORM_LIMIT] {
            let problem = logo_of(body_of(&[&large(length)])).await.err().unwrap();
            assert_eq!(problem.status_code(), StatusCode::PAYLOAD_TOO_LARGE);
        }
        let many = logo_of(body_of(&[OTHER; 101])).await.err().unwrap();
        assert_eq!(many.status_code(), StatusCode::BAD_REQUEST);
    }
}
