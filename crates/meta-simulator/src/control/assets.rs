//! The page itself: plain files, with nothing from elsewhere and no script or style within the
//! page.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ContentType},
    web::Path,
};

const PAGE: &str = include_str!("../page/page.html");

/// Who is let in: our own scripts and styles, and pictures from wherever the business has them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' blob: data: http: https:; media-src 'self' blob: http: https:; \
     base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: &[(&str, &str, &str)] = &[
    ("api.js", SCRIPT, include_str!("../page/api.js")),
    ("bubble.js", SCRIPT, include_str!("../page/bubble.js")),
    ("chat.css", CSS, include_str!("../page/chat.css")),
    ("compose.js", SCRIPT, include_str!("../page/compose.js")),
    ("dom.js", SCRIPT, include_str!("../page/dom.js")),
    ("icons.js", SCRIPT, include_str!("../page/icons.js")),
    ("media.js", SCRIPT, include_str!("../page/media.js")),
    ("news.js", SCRIPT, include_str!("../page/news.js")),
    ("page.css", CSS, include_str!("../page/page.css")),
    ("page.js", SCRIPT, include_str!("../page/page.js")),
    ("rich.js", SCRIPT, include_str!("../page/rich.js")),
    ("samples.js", SCRIPT, include_str!("../page/samples.js")),
    ("sheets.js", SCRIPT, include_str!("../page/sheets.js")),
    ("talk.js", SCRIPT, include_str!("../page/talk.js")),
    ("tools.js", SCRIPT, include_str!("../page/tools.js")),
    ("voice.js", SCRIPT, include_str!("../page/voice.js")),
];

/// The page, which may be asked for with or without a slash at the end: its links start from
/// where it is mounted either way.
pub(super) async fn page(request: HttpRequest) -> HttpResponse {
    let base = format!("{}/", request.path().trim_end_matches('/'));
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(PAGE.replace("{base}", &base))
}

pub(super) async fn asset(name: Path<String>) -> HttpResponse {
    match ASSETS.iter().find(|(known, ..)| *known == name.as_str()) {
        Some((_, content_type, content)) => HttpResponse::Ok()
            .content_type(*content_type)
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .body(*content),
        None => HttpResponse::NotFound().finish(),
    }
}
