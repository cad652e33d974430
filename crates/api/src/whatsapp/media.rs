use actix_web::{HttpResponse, get, http::header::LOCATION, post, web::Data};
use application::{Application, whatsapp::UploadMedia};
use chrono::{DateTime, Utc};
use domain::whatsapp::{Media, MediaState};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    extract::{Authenticated, PathId, StreamedForm},
    problem::Problem,
};

/// The most bytes that a file may have: Meta takes no larger document.
const FILE_LIMIT: u64 = 100 << 20;

/// A file to be sent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: the form is read part by part")]
struct MediaForm {
    /// JPEG or PNG up to 5 MB; MP4 or 3GP up to 16 MB; AAC, AMR, MP3, M4A or mono Opus up to
    /// 16 MB; a WebP sticker of 512 × 512 pixels up to 100 KB, or 500 KB if it moves; PDF, Office
    /// documents and plain text up to 100 MB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// An uploaded file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MediaResponse {
    id: Uuid,
    /// As what it is sent: `image`, `video`, `audio`, `document` or `sticker`. All but stickers
    /// may be sent as documents too.
    kind: &'static str,
    #[schema(example = "image/jpeg")]
    mime_type: String,
    /// Bytes.
    size: u64,
    /// Lower-case hex.
    sha256: Option<String>,
    file_name: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Media> for MediaResponse {
    fn from(media: Media) -> Self {
        Self {
            id: media.id.uuid(),
            kind: media.kind.as_str(),
            mime_type: media.mime_type,
            size: match media.state {
                MediaState::Stored { size, .. } => size,
                MediaState::Pending | MediaState::Lost { .. } => 0,
            },
            sha256: media.sha256,
            file_name: media.file_name,
            created_at: media.created_at,
        }
    }
}

/// Upload a file to send it
///
/// Its type is told by its content. It can be sent in any number of messages; if none has it
/// within seven days, it is deleted.
#[utoipa::path(tag = "whatsapp",
    request_body(content = MediaForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = MediaResponse,
            headers(("Location" = String, description = "Where it can be read."))),
        (status = 413, description = "It is larger than WhatsApp takes files of its type."),
        (status = 415, description = "WhatsApp takes no files of its type; or the body is not a form.")))]
#[post("/media")]
pub(super) async fn upload_media(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    form: StreamedForm<FILE_LIMIT>,
) -> Result<HttpResponse, Problem> {
    let media = form
        .hand_on("file", async |file_name, content| {
            let command = UploadMedia { file_name, content };
            application.whatsapp.upload_media(&actor, command).await
        })
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/media/{}", media.id)))
        .json(MediaResponse::from(media)))
}

/// A file that came with a message, or was uploaded
///
/// Answers where it can be read for the next five minutes, by whoever has that URL.
#[utoipa::path(tag = "whatsapp", params(("id" = Uuid, Path)), responses(
    (status = 302, description = "The file's place for now.",
        headers(("Location" = String, description = "Good for five minutes."))),
    (status = 404, description = "There is no such file, or it could not be had from WhatsApp."),
    (status = 409, description = "`media_pending`: it is still being fetched.")))]
#[get("/media/{id}")]
pub(super) async fn get_media(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Media>,
) -> Result<HttpResponse, Problem> {
    let url = application.whatsapp.get_media_url(&actor, id).await?;
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, url.as_str()))
        .finish())
}
