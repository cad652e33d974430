use actix_web::{HttpResponse, post, web::Data};
use application::Application;

use crate::{extract::Authenticated, problem::Problem};

/// End this session.
#[utoipa::path(tag = "auth", responses((status = 204, description = "The session is over.")))]
#[post("/auth/logout")]
pub(super) async fn logout(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    application.auth.logout(&actor).await?;
    Ok(HttpResponse::NoContent().finish())
}
