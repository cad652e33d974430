//! A chat as a file, written while it is read, so that no chat is too long.

mod transcript;

use actix_web::{
    HttpResponse, get,
    http::header::CONTENT_DISPOSITION,
    web::{Bytes, Data},
};
use application::{
    Application, Error,
    chats::{ChatExport, ExportEntry},
};
use chrono::{DateTime, Utc};
use domain::chats::Chat;
use futures_util::{Stream, stream};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::transcript::Transcript;
use super::{ChatResponse, MessageResponse, NoteResponse};
use crate::{
    extract::{Authenticated, PathId, ValidatedQuery},
    problem::Problem,
};

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExportParameters {
    /// `text` if not given.
    #[garde(skip)]
    #[param(inline)]
    format: Option<ExportFormat>,
    /// `true`: with the team's notes, which are not meant for the customer's eyes.
    #[garde(skip)]
    include_notes: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum ExportFormat {
    #[default]
    Text,
    Json,
}

/// A chat with all that was said in it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExportResponse {
    chat: ChatResponse,
    exported_at: DateTime<Utc>,
    /// Oldest first.
    entries: Vec<ExportEntryResponse>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum ExportEntryResponse {
    Message(Box<ExportedMessage>),
    Note(Box<NoteResponse>),
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ExportedMessage {
    sender_name: String,
    #[serde(flatten)]
    message: MessageResponse,
}

/// The pieces of the file.
enum Writer {
    Text(Transcript),
    Json {
        /// Who says what nobody here has written.
        names: Transcript,
        is_first: bool,
    },
}

impl Writer {
    fn beginning(&self, export: &ChatExport) -> serde_json::Result<String> {
        match self {
            Self::Text(transcript) => Ok(transcript.heading(export)),
            Self::Json { .. } => {
                let mut json = serde_json::to_string(&ExportResponse {
                    chat: export.overview.clone().into(),
                    exported_at: export.exported_at,
                    entries: Vec::new(),
                })?;
                // The entries follow.
                json.truncate(json.len() - END_OF_JSON.len());
                Ok(json)
            }
        }
    }

    fn entry(&mut self, entry: ExportEntry) -> serde_json::Result<String> {
        match self {
            Self::Text(transcript) => Ok(transcript.entry(&entry)),
            Self::Json { names, is_first } => {
                let comma = if std::mem::take(is_first) { "" } else { "," };
                let entry = match entry {
                    ExportEntry::Message { message, sender } => {
                        ExportEntryResponse::Message(Box::new(ExportedMessage {
                            sender_name: names.sender(&message, sender.as_ref()),
                            message: (*message).into(),
                        }))
                    }
                    ExportEntry::Note(note) => ExportEntryResponse::Note(Box::new(note.into())),
                };
                Ok(format!("{comma}{}", serde_json::to_string(&entry)?))
            }
        }
    }

    fn end(&self) -> &'static str {
        match self {
            Self::Text(_) => "",
            Self::Json { .. } => END_OF_JSON,
        }
    }
}

const END_OF_JSON: &str = "]}";

/// What is still to be written.
enum Step {
    Beginning(ChatExport, Writer),
    Entries(ChatExport, Writer),
    Over,
}

fn pieces(export: ChatExport, writer: Writer) -> impl Stream<Item = Result<Bytes, Error>> {
    stream::try_unfold(Step::Beginning(export, writer), |step| async {
        let written = next(step).await;
        written.inspect_err(|error| {
            let error = error as &dyn std::error::Error;
            tracing::error!(error, "an export broke off");
        })
    })
}

async fn next(step: Step) -> Result<Option<(Bytes, Step)>, Error> {
    match step {
        Step::Beginning(export, writer) => {
            let text = writer.beginning(&export).map_err(Error::internal)?;
            Ok(Some((text.into(), Step::Entries(export, writer))))
        }
        Step::Entries(mut export, mut writer) => match export.next().await? {
            Some(entries) => {
                let written = entries.into_iter().map(|entry| writer.entry(entry));
                let text: String = written.collect::<Result<_, _>>().map_err(Error::internal)?;
                Ok(Some((text.into(), Step::Entries(export, writer))))
            }
            None => Ok(Some((
                Bytes::from_static(writer.end().as_bytes()),
                Step::Over,
            ))),
        },
        Step::Over => Ok(None),
    }
}

/// Export a chat
///
/// All that was said in it, oldest first, as a file: as a text in the organization's time
/// zone, or as JSON. It is kept in the audit log that you did.
#[utoipa::path(tag = "chats", params(("chatId" = Uuid, Path), ExportParameters),
    responses((status = 200,
        content((String = "text/plain"), (ExportResponse = "application/json")),
        headers(("Content-Disposition" = String, description = "The name of the file.")))))]
#[get("/chats/{chatId}/export")]
pub(super) async fn export_chat(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(chat_id): PathId<Chat>,
    ValidatedQuery(query): ValidatedQuery<ExportParameters>,
) -> Result<HttpResponse, Problem> {
    let include_notes = query.include_notes.unwrap_or_default();
    let export = application
        .chats
        .export_chat(&actor, chat_id, include_notes)
        .await?;
    let transcript = Transcript::of(&export);
    let (writer, content_type, extension) = match query.format.unwrap_or_default() {
        ExportFormat::Text => (Writer::Text(transcript), "text/plain; charset=utf-8", "txt"),
        ExportFormat::Json => {
            let writer = Writer::Json {
                names: transcript,
                is_first: true,
            };
            (writer, "application/json", "json")
        }
    };
    let day = export.exported_at.with_timezone(&export.timezone);
    let name = format!("chat-{chat_id}-{}.{extension}", day.format("%Y-%m-%d"));
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(Box::pin(pieces(export, writer))))
}
