use actix_web::{HttpResponse, get, http::header::LOCATION, web::Data};
use application::Application;

use crate::{
    extract::{Authenticated, PathId},
    problem::Problem,
};

/// A file that came with a message.
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
    PathId(id): PathId<domain::whatsapp::Media>,
) -> Result<HttpResponse, Problem> {
    let url = application.whatsapp.get_media_url(&actor, id).await?;
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, url.as_str()))
        .finish())
}
