//! Every mail that Luminous sends, with made-up content, at `/dev/mail/templates`.

use actix_web::{
    HttpResponse,
    error::{ErrorInternalServerError, ErrorNotFound},
    web::{Data, Path},
};
use application::mails::samples;
use domain::mail::Mail;
use url::Url;

use super::{escape, page, parts};

pub(super) struct FrontendUrl(pub(super) Url);

pub(super) async fn list(frontend: Data<FrontendUrl>) -> actix_web::Result<HttpResponse> {
    let mut rows = String::new();
    for (name, mail) in samples_for(&frontend)? {
        let row = format!(
            "<tr><td><a href=\"/dev/mail/templates/{name}\">{name}</a><td>{}",
            escape(&mail.subject)
        );
        rows.push_str(&row);
    }
    let content = format!(
        "<p><a href=\"/dev/mail\">Captured mails</a>\
         <table><tr><th>Template<th>Subject{rows}</table>"
    );
    Ok(page("Mail templates", &content))
}

pub(super) async fn show(
    frontend: Data<FrontendUrl>,
    name: Path<String>,
) -> actix_web::Result<HttpResponse> {
    let samples = samples_for(&frontend)?;
    let (_, mail) = samples
        .into_iter()
        .find(|(known, _)| *known == name.as_str())
        .ok_or_else(|| ErrorNotFound("there is no such template"))?;
    let content = format!(
        "<p>To {}. <a href=\"/dev/mail/templates\">All templates</a>{}",
        escape(mail.to.as_str()),
        parts(&mail.html, &mail.text),
    );
    Ok(page(&mail.subject, &content))
}

fn samples_for(frontend: &FrontendUrl) -> actix_web::Result<Vec<(&'static str, Mail)>> {
    samples(&frontend.0).map_err(ErrorInternalServerError)
}
