use actix_web::{HttpResponse, delete, post, web::Data};
use application::{Actor, Application, organizations::ChangeLogo};
use utoipa::ToSchema;

use super::current::{OrganizationResponse, answer};
use crate::{
    extract::{Authenticated, Form, IfMatch, etag},
    problem::Problem,
};

/// An image to be uploaded.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: the form is read part by part")]
struct LogoForm {
    /// PNG, JPEG, WebP or GIF; at most 5 MB and 40 megapixels.
    #[schema(value_type = String, format = Binary)]
    logo: Vec<u8>,
}

/// Show an image as the logo. Needs an admin.
///
/// It is turned upright, freed of all metadata, fitted into 512 × 512 pixels, and stored as
/// WebP. Of an animation, the first frame is shown.
#[utoipa::path(tag = "organizations",
    request_body(content = LogoForm, content_type = "multipart/form-data"),
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = OrganizationResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 412, description = "`version_mismatch`: somebody else has changed it."),
        (status = 415, description = "The body is not a form.")))]
#[post("/organizations/logo")]
pub(super) async fn change_logo(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    IfMatch(expected_version): IfMatch,
    form: Form,
) -> Result<HttpResponse, Problem> {
    change(&application, &actor, expected_version, form).await
}

/// The same as `/api/organizations/logo`, at another path.
#[utoipa::path(tag = "organizations",
    request_body(content = LogoForm, content_type = "multipart/form-data"),
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 200, body = OrganizationResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 412, description = "`version_mismatch`: somebody else has changed it."),
        (status = 415, description = "The body is not a form.")))]
#[post("/organizations/upload-logo")]
pub(super) async fn upload_logo(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    IfMatch(expected_version): IfMatch,
    form: Form,
) -> Result<HttpResponse, Problem> {
    change(&application, &actor, expected_version, form).await
}

async fn change(
    application: &Application,
    actor: &Actor,
    expected_version: Option<i64>,
    form: Form,
) -> Result<HttpResponse, Problem> {
    let file = form.into_only_file("logo")?;
    let command = ChangeLogo {
        expected_version,
        content: file.content,
        file_name: file.name,
    };
    let organization = application
        .organizations
        .change_logo(actor, command)
        .await?;
    answer(application, organization)
}

/// Show no logo any more. Needs an admin.
#[utoipa::path(tag = "organizations",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses(
        (status = 204, headers(("ETag" = String, description = "The organization's version."))),
        (status = 412, description = "`version_mismatch`: somebody else has changed it.")))]
#[delete("/organizations/logo")]
pub(super) async fn remove_logo(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    IfMatch(expected_version): IfMatch,
) -> Result<HttpResponse, Problem> {
    let organization = application
        .organizations
        .remove_logo(&actor, expected_version)
        .await?;
    Ok(HttpResponse::NoContent()
        .insert_header(etag(organization.version))
        .finish())
}
