//! The mails that were captured instead of sent, at `/dev/mail`, and what all of them look like.

mod templates;

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs, io,
    path::{self, PathBuf},
    time::SystemTime,
};

use actix_web::{
    HttpResponse,
    error::{ErrorInternalServerError, ErrorNotFound},
    http::header::ContentType,
    web::{self, Data, Path},
};
use mail_parser::{Message, MessageParser};
use templates::FrontendUrl;
use url::Url;

/// How many mails are listed.
const SHOWN: usize = 100;

struct Folder(PathBuf);

/// Without a folder, mails are sent, and only their templates are shown.
pub(super) fn configure(
    folder: Option<&path::Path>,
    frontend_url: &Url,
) -> impl FnOnce(&mut web::ServiceConfig) + use<> {
    let folder = folder.map(|folder| Data::new(Folder(folder.to_owned())));
    let frontend_url = Data::new(FrontendUrl(frontend_url.clone()));
    move |services| {
        services
            .app_data(frontend_url)
            .route("/templates", web::get().to(templates::list))
            .route("/templates/{name}", web::get().to(templates::show));
        match folder {
            Some(folder) => services
                .app_data(folder)
                .route("", web::get().to(list))
                .route("/{name}", web::get().to(show)),
            None => services.route("", web::get().to(templates::list)),
        };
    }
}

async fn list(folder: Data<Folder>) -> actix_web::Result<HttpResponse> {
    let names = web::block(move || newest(&folder.0)).await?;
    let mut rows = String::new();
    for (name, mail) in names.map_err(ErrorInternalServerError)? {
        let Some(mail) = MessageParser::default().parse(&mail) else {
            continue;
        };
        let row = format!(
            "<tr><td>{}<td>{}<td><a href=\"/dev/mail/{name}\">{}</a>",
            escape(&date_of(&mail)),
            escape(recipient_of(&mail)),
            escape(mail.subject().unwrap_or("(no subject)")),
        );
        rows.push_str(&row);
    }
    let content = if rows.is_empty() {
        "<p>No mail yet. What Luminous sends in development is kept here.".to_owned()
    } else {
        format!("<table><tr><th>When<th>To<th>Subject{rows}</table>")
    };
    let content = format!("<p><a href=\"/dev/mail/templates\">Templates</a>{content}");
    Ok(page("Captured mails", &content))
}

async fn show(folder: Data<Folder>, name: Path<String>) -> actix_web::Result<HttpResponse> {
    let name = name.into_inner();
    // Names are ids; nothing else leads to a file.
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(ErrorNotFound("there is no such mail"));
    }
    let file = folder.0.join(name).with_extension("eml");
    let mail = match web::block(move || fs::read(file)).await? {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ErrorNotFound("there is no such mail"));
        }
        mail => mail?,
    };
    let mail = MessageParser::default()
        .parse(&mail)
        .ok_or_else(|| ErrorInternalServerError("the file is not a mail"))?;
    let subject = mail.subject().unwrap_or("(no subject)");
    let content = format!(
        "<p>To {} on {}. <a href=\"/dev/mail\">All mails</a>{}",
        escape(recipient_of(&mail)),
        escape(&date_of(&mail)),
        parts(
            &mail.body_html(0).unwrap_or_default(),
            &mail.body_text(0).unwrap_or_default()
        ),
    );
    Ok(page(subject, &content))
}

/// The latest mails, newest first, by name.
fn newest(folder: &path::Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().extension() == Some(OsStr::new("eml")) {
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    files.sort_unstable_by(|one, other| other.cmp(one));
    files.truncate(SHOWN);
    let read = |(_, file): (_, PathBuf)| {
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok((name, fs::read(file)?))
    };
    files.into_iter().map(read).collect()
}

fn recipient_of<'m>(mail: &'m Message) -> &'m str {
    let recipient = mail.to().and_then(|to| to.first());
    recipient
        .and_then(|recipient| recipient.address())
        .unwrap_or_default()
}

fn date_of(mail: &Message) -> String {
    mail.date()
        .map(mail_parser::DateTime::to_rfc3339)
        .unwrap_or_default()
}

/// Both parts of a mail, as those who read them see them.
fn parts(html: &str, text: &str) -> String {
    format!(
        "<iframe sandbox=\"allow-popups\" srcdoc=\"{}\"></iframe>\
         <h2>As plain text</h2><pre>{}</pre>",
        escape(html),
        escape(text),
    )
}

fn page(title: &str, content: &str) -> HttpResponse {
    let title = escape(title);
    let style = include_str!("mails.css");
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .body(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{style}</style><main><h1>{title}</h1>{content}</main></html>"
        ))
}

fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut escaped, c| {
            match c {
                '&' | '<' | '>' | '"' | '\'' => {
                    // Writing to a string cannot fail.
                    let _ = write!(escaped, "&#{};", u32::from(c));
                }
                c => escaped.push(c),
            }
            escaped
        })
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        http::StatusCode,
        test::{TestRequest, call_service, init_service, read_body},
    };

    use super::*;

    #[actix_web::test]
    async fn every_mail_can_be_looked_at_without_being_sent() {
        let frontend_url = Url::parse("http://shop.example").unwrap();
        let pages = web::scope("/dev/mail").configure(configure(None, &frontend_url));
        let app = init_service(App::new().service(pages)).await;
        let get = async |path: &str| {
            let request = TestRequest::get().uri(path).to_request();
            let answer = call_service(&app, request).await;
            let status = answer.status();
            let body = read_body(answer).await;
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        let (_, list) = get("/dev/mail/templates").await;
        let links = list.split("href=\"").skip(1);
        let paths: Vec<_> = links.filter_map(|rest| rest.split('"').next()).collect();
        assert!(
            paths.contains(&"/dev/mail/templates/password-reset"),
            "{paths:?}"
        );
        for path in &paths {
            let (status, page) = get(path).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            if *path == "/dev/mail" {
                continue;
            }
            assert!(
                page.contains("srcdoc") && page.contains("<pre>Hello"),
                "{page}"
            );
        }
        let (status, _) = get("/dev/mail/templates/nothing").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }

    #[test]
    fn a_mail_cannot_act_as_a_part_of_the_page() {
        assert_eq!(
            escape("<b title='\"&'>é"),
            "&#60;b title=&#39;&#34;&#38;&#39;&#62;é"
        );
    }
}
