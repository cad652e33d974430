use actix_web::{HttpResponse, post, web::Data};
use application::Application;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::TokensResponse;
use crate::{
    extract::{ClientInfo, Validated},
    problem::Problem,
};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RefreshRequest {
    #[garde(length(min = 1, max = 255))]
    #[serde(default)]
    #[schema(required)]
    refresh_token: String,
}

/// Exchange a refresh token for a new pair.
///
/// Each refresh token is good for one use. One that comes again ends its session.
#[utoipa::path(tag = "auth", security(()), request_body = RefreshRequest, responses(
    (status = 200, body = TokensResponse),
    (status = 401, description = "`invalid_refresh_token` or `refresh_token_reused`")))]
#[post("/auth/refresh")]
pub(super) async fn refresh(
    application: Data<Application>,
    ClientInfo(client): ClientInfo,
    Validated(request): Validated<RefreshRequest>,
) -> Result<HttpResponse, Problem> {
    let tokens = application
        .auth
        .refresh(&request.refresh_token, client)
        .await?;
    Ok(HttpResponse::Ok().json(TokensResponse::from(tokens)))
}
