//! Media: uploaded, described, downloaded and deleted.

use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Query},
};
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Call, GraphError, MAX_BODY};
use crate::{
    Simulator, graph,
    media::{self, Media},
};

/// The fields of an upload.
#[derive(Default)]
struct Form {
    messaging_product: Option<Bytes>,
    file: Option<(String, Bytes)>,
}

/// The parameters of a download URL.
#[derive(Deserialize)]
pub(crate) struct UrlParameters {
    /// Unix seconds.
    ext: i64,
    hash: String,
}

impl Simulator {
    pub(super) async fn upload(
        &self,
        number: &str,
        token: &str,
        call: &Call,
    ) -> Result<Answer, GraphError> {
        let number = self.state().accounts.use_number(number, token)?;
        let form = read_form(call).await?;
        if form
            .messaging_product
            .is_none_or(|product| product != "whatsapp")
        {
            return Err(
                GraphError::new(100).with_details("The parameter messaging_product is required.")
            );
        }
        let Some((mime_type, bytes)) = form.file else {
            return Err(GraphError::new(100).with_details("The parameter file is required."));
        };
        media::check_upload(&mime_type, &bytes)
            .map_err(|why| GraphError::new(100).with_details(why))?;
        let media = Media::uploaded(&number.phone_number_id, &mime_type, bytes, self.now());
        let id = media.id.clone();
        self.state().media.add(media);
        Ok(Answer::ok(json!({"id": id})))
    }

    pub(super) fn describe_media(&self, media: &Media, call: &Call) -> Result<Answer, GraphError> {
        check_owner(media, call)?;
        let public_url = self.state().public_url.clone();
        let url = media.url(&public_url, &self.inner.settings.app_secret, self.now());
        Ok(Answer::ok(media.description(&url)))
    }

    pub(super) fn delete_media(
        &self,
        id: &str,
        token: &str,
        call: &Call,
    ) -> Result<Answer, GraphError> {
        let media = self.use_media(id, token)?;
        let media = media.ok_or_else(|| GraphError::unknown_object(id))?;
        check_owner(&media, call)?;
        self.state().media.remove(&media.id);
        Ok(Answer::success())
    }

    /// The file as the bearer of `token` may use it; none if nobody may.
    pub(super) fn use_media(&self, id: &str, token: &str) -> Result<Option<Media>, GraphError> {
        let mut state = self.state();
        let Some(media) = state.media.find(id, self.now()).cloned() else {
            return Ok(None);
        };
        // To another number's token, the file does not exist.
        let owner = state.accounts.use_number(&media.phone_number_id, token);
        owner.map_err(|_| GraphError::unknown_object(id))?;
        Ok(Some(media))
    }
}

/// Who says whose the file is must be right.
fn check_owner(media: &Media, call: &Call) -> Result<(), GraphError> {
    match call.query.get("phone_number_id") {
        Some(owner) if *owner != media.phone_number_id => {
            Err(GraphError::unknown_object(&media.id))
        }
        _ => Ok(()),
    }
}

async fn read_form(call: &Call) -> Result<Form, GraphError> {
    let broken = |error| GraphError::new(100).with_details(format!("multipart body: {error}"));
    let body = stream::iter([Ok(call.bytes.clone())]);
    let mut parts = Multipart::new(&call.headers, body);
    let mut form = Form::default();
    while let Some(mut part) = parts.try_next().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let mime_type = part.content_type().map(ToString::to_string);
        let Ok(bytes) = part.bytes(MAX_BODY).await else {
            return Err(GraphError::new(100).with_details("Param file is too large"));
        };
        let bytes = bytes.map_err(broken)?;
        match (name.as_str(), mime_type) {
            ("messaging_product", _) => form.messaging_product = Some(bytes),
            ("file", Some(mime_type)) => form.file = Some((mime_type, bytes)),
            ("file", None) => {
                return Err(
                    GraphError::new(100).with_details("Param file must have a Content-Type")
                );
            }
            _ => {}
        }
    }
    Ok(form)
}

/// `GET /media-files/{id}`: 401 without a good token, 404 once the URL has expired.
pub(crate) async fn download(
    simulator: Data<Simulator>,
    request: HttpRequest,
    id: Path<String>,
    url: Query<UrlParameters>,
) -> HttpResponse {
    let Some(token) = graph::bearer(&request) else {
        return HttpResponse::Unauthorized().finish();
    };
    let now = simulator.now();
    let secret = &simulator.inner.settings.app_secret;
    if !media::url_is_good(secret, &id, url.ext, &url.hash, now) {
        return HttpResponse::NotFound().finish();
    }
    let good = {
        let state = simulator.state();
        let alive = state.accounts.check_expiry(&token, now);
        alive.and_then(|()| state.accounts.check_token(&token))
    };
    if good.is_err() {
        return HttpResponse::Unauthorized().finish();
    }
    match simulator.use_media(&id, &token) {
        Ok(Some(media)) => HttpResponse::Ok()
            .content_type(media.mime_type)
            .body(media.bytes),
        Ok(None) | Err(_) => HttpResponse::NotFound().finish(),
    }
}
