use std::{
    cell::Cell,
    collections::BTreeMap,
    future::{Future, poll_fn, ready},
    io,
    pin::Pin,
    rc::Rc,
    task::{Poll, ready},
};

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{FromRequest, HttpRequest, dev::Payload, error::PayloadError};
use application::Error;
use bytes::Bytes;
use domain::storage::ByteStream;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::{boundary, file_name, unreadable};
use crate::{
    extract::{body::announced_length, faults::member},
    problem::{Fault, Problem},
};

/// Bytes that a form may have around its file.
const AROUND: u64 = 64 << 10;
/// Bytes that a field may have.
const FIELD_LIMIT: usize = 32 << 10;
/// Chunks that wait to be taken.
const WAITING: usize = 4;

/// What a form has beside its file, by name.
pub(crate) type Fields = BTreeMap<String, String>;

/// A form with one file, which is handed on while it comes: it may be larger than what should
/// be in memory.
pub(crate) struct StreamedForm<const LIMIT: u64> {
    form: Multipart,
    /// Whether the body has come whole. The parser waits for more where a form breaks off.
    has_come: Rc<Cell<bool>>,
}

impl<const LIMIT: u64> StreamedForm<LIMIT> {
    /// Hands the form's file, which must be its only part and have this name, to `take`. If
    /// anything else comes after it, `take` finds that the content breaks off.
    pub(crate) async fn hand_on<T>(
        self,
        name: &str,
        take: impl AsyncFnOnce(Option<String>, ByteStream) -> Result<T, Error>,
    ) -> Result<T, Problem> {
        let (taken, _) = self.hand_on_with(name, &[], take).await?;
        Ok(taken)
    }

    /// As `hand_on`, for a form that may also have these fields, before the file or after it.
    pub(crate) async fn hand_on_with<T>(
        mut self,
        name: &str,
        known: &[&str],
        take: impl AsyncFnOnce(Option<String>, ByteStream) -> Result<T, Error>,
    ) -> Result<(T, Fields), Problem> {
        let mut fields = Fields::new();
        let file = loop {
            let part = self.next_part().await?;
            let part = part.ok_or_else(|| Problem::invalid(vec![required(name)]))?;
            if part.name() == Some(name) {
                break part;
            }
            if !part.name().is_some_and(|name| known.contains(&name)) {
                let faults = vec![unknown(&part), required(name)];
                return Err(Problem::invalid(faults));
            }
            self.read_field(part, &mut fields).await?;
        };
        let file_name = file_name(&file);
        let (sender, mut receiver) = mpsc::channel(WAITING);
        let content = stream::poll_fn(move |context| receiver.poll_recv(context)).boxed();
        let pump = async {
            let end = self.pump(file, name, known, &mut fields, &sender).await;
            if end.is_err() {
                // If nobody takes it any more, there is a reason to be told already.
                sender
                    .send(Err(io::ErrorKind::UnexpectedEof.into()))
                    .await
                    .ok();
            }
            drop(sender);
            end
        };
        let (end, taken) = tokio::join!(pump, take(file_name, content));
        match (taken, end) {
            (Ok(taken), Ok(())) => Ok((taken, fields)),
            (_, Err(problem)) => Err(problem),
            (Err(error), Ok(())) => Err(error.into()),
        }
    }

    async fn next_part(&mut self) -> Result<Option<Field>, Problem> {
        next(&mut self.form, &self.has_come).await
    }

    /// Reads the form to its end, so that the client hears the answer, whatever it is.
    async fn pump(
        &mut self,
        mut file: Field,
        name: &str,
        known: &[&str],
        fields: &mut Fields,
        sender: &mpsc::Sender<io::Result<Bytes>>,
    ) -> Result<(), Problem> {
        let has_come = self.has_come.clone();
        while let Some(chunk) = next(&mut file, &has_come).await? {
            // Nobody takes it any more if it was refused.
            sender.send(Ok(chunk)).await.ok();
        }
        drop(file);
        while let Some(part) = self.next_part().await? {
            match part.name() {
                Some(again) if again == name => {
                    return Err(Problem::invalid(vec![duplicate(name)]));
                }
                Some(field) if known.contains(&field) => self.read_field(part, fields).await?,
                _ => return Err(Problem::invalid(vec![unknown(&part)])),
            }
        }
        Ok(())
    }

    async fn read_field(&mut self, mut part: Field, fields: &mut Fields) -> Result<(), Problem> {
        let name = part.name().unwrap_or_default().to_owned();
        let mut content = Vec::new();
        while let Some(chunk) = next(&mut part, &self.has_come).await? {
            content.extend_from_slice(&chunk);
            if content.len() > FIELD_LIMIT {
                return Err(Problem::too_large(FIELD_LIMIT));
            }
        }
        let text = String::from_utf8(content);
        let text = text.map_err(|_| unreadable(&format!("{name} is not UTF-8")))?;
        match fields.insert(name.clone(), text) {
            None => Ok(()),
            Some(_) => Err(Problem::invalid(vec![duplicate(&name)])),
        }
    }
}

impl<const LIMIT: u64> FromRequest for StreamedForm<LIMIT> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = LIMIT + AROUND;
        let announced = announced_length(request).unwrap_or_default() as u64;
        let form = boundary(request).and_then(|_| {
            if announced > limit {
                return Err(Problem::too_large(
                    usize::try_from(limit).unwrap_or_default(),
                ));
            }
            let has_come = Rc::default();
            let body = bounded(payload.take(), limit, Rc::clone(&has_come));
            let form = Multipart::new(request.headers(), body);
            Ok(Self { form, has_come })
        });
        Box::pin(ready(form))
    }
}

/// What comes next from the parser, which must not wait any more once the body has come.
async fn next<T>(
    parser: &mut (impl Stream<Item = Result<T, MultipartError>> + Unpin),
    has_come: &Cell<bool>,
) -> Result<Option<T>, Problem> {
    let next = poll_fn(|context| match parser.poll_next_unpin(context) {
        Poll::Pending if has_come.get() => Poll::Ready(Some(Err(MultipartError::Incomplete))),
        other => other,
    });
    next.await.transpose().map_err(broken)
}

/// The same body, which ends with an error once it is longer than `limit` bytes.
fn bounded(
    payload: Payload,
    limit: u64,
    has_come: Rc<Cell<bool>>,
) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    let mut length = 0;
    let mut payload = payload.fuse();
    stream::poll_fn(move |context| {
        let chunk = match ready!(payload.poll_next_unpin(context)).transpose() {
            Ok(chunk) => chunk,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        has_come.set(chunk.is_none());
        length += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if length > limit {
            return Poll::Ready(Some(Err(PayloadError::Overflow)));
        }
        Poll::Ready(chunk.map(Ok))
    })
}

fn broken(error: MultipartError) -> Problem {
    match error {
        MultipartError::Payload(error @ PayloadError::Io(_)) => Problem::of_payload(&error),
        MultipartError::Payload(PayloadError::Overflow) => Problem::new(
            actix_web::http::StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            "the body is too large",
        ),
        error => unreadable(&error),
    }
}

fn required(name: &str) -> Fault {
    Fault::new(member(name), "required", "is required")
}

fn duplicate(name: &str) -> Fault {
    Fault::new(member(name), "duplicate_field", "is there twice")
}

fn unknown(part: &Field) -> Fault {
    let name = part.name().unwrap_or_default();
    Fault::new(member(name), "unknown_field", "is not known here")
}
