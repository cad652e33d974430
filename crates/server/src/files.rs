//! Files of the folder storage, at `/files/{key}`, for whoever has a signed URL.

use std::sync::Arc;

use actix_files::NamedFile;
use actix_web::{
    HttpRequest, HttpResponse,
    error::{ErrorForbidden, ErrorInternalServerError, ErrorNotFound},
    http::header::{self, HeaderValue},
    web::{self, Data, Path, Query},
};
use domain::storage::StorageError;
use infrastructure::storage::{FolderStorage, SignedQuery};

/// What customers send must not act as a page of ours.
const HARMLESS: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Serves the folder, if files are kept in one.
pub(crate) fn configure(
    folder: Option<Arc<FolderStorage>>,
) -> impl FnOnce(&mut web::ServiceConfig) {
    move |services| {
        if let Some(folder) = folder {
            services
                .app_data(Data::from(folder))
                .route("/files/{key:.+}", web::get().to(read));
        }
    }
}

async fn read(
    folder: Data<FolderStorage>,
    key: Path<String>,
    request: HttpRequest,
) -> actix_web::Result<HttpResponse> {
    let file = Query::<SignedQuery>::from_query(request.query_string())
        .ok()
        .and_then(|query| folder.verify(&key, &query))
        .ok_or_else(|| ErrorForbidden("the link is not valid, or not any more"))?;
    let content = match folder.read(&file).await {
        Ok(content) => content.into_std().await,
        Err(StorageError::NotFound) => return Err(ErrorNotFound("there is no such file")),
        Err(error) => return Err(ErrorInternalServerError(error)),
    };
    let mut response = NamedFile::from_file(content, key.as_str())?
        .disable_content_disposition()
        .into_response(&request);
    let header = |text: &str| HeaderValue::from_str(text).map_err(ErrorInternalServerError);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header(&file.content_type)?);
    headers.insert(
        header::CONTENT_DISPOSITION,
        header(&file.content_disposition)?,
    );
    headers.insert(header::CONTENT_SECURITY_POLICY, HARMLESS);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::{
        App,
        http::{
            StatusCode,
            header::{HeaderMap, HeaderName},
        },
        test::{TestRequest, call_service, init_service, read_body},
        web::Bytes,
    };
    use domain::storage::Storage;
    use futures_util::{StreamExt, stream};
    use infrastructure::{clock::SystemClock, storage::FolderSettings};
    use url::Url;

    use super::*;

    const KEY: &str = "media/cat";

    async fn folder_with_a_file(root: &std::path::Path) -> Arc<FolderStorage> {
        let settings = FolderSettings {
            root: root.to_owned(),
            public_url: Url::parse("http://localhost").unwrap(),
            signing_key: "a signing key of some length".into(),
        };
        let folder = FolderStorage::open(settings, Arc::new(SystemClock)).unwrap();
        let content = stream::iter([Ok("<script>".into())]).boxed();
        folder.put(KEY, "text/html", content, 100).await.unwrap();
        Arc::new(folder)
    }

    struct Answer {
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    }

    impl Answer {
        fn header(&self, name: &HeaderName) -> &str {
            self.headers.get(name).unwrap().to_str().unwrap()
        }
    }

    async fn get(folder: &Arc<FolderStorage>, link: &Url, range: Option<&str>) -> Answer {
        let app = init_service(App::new().configure(configure(Some(folder.clone())))).await;
        let request = TestRequest::get().uri(&link[url::Position::BeforePath..]);
        let request = range.into_iter().fold(request, |request, range| {
            request.insert_header((header::RANGE, range))
        });
        let response = call_service(&app, request.to_request()).await;
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: read_body(response).await,
        }
    }

    #[actix_web::test]
    async fn a_signed_link_gives_the_file_but_no_power() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder_with_a_file(root.path()).await;
        let valid = Duration::from_mins(1);
        let link = folder.signed_url(KEY, "text/html", Some("cat.html"), valid);
        let answer = get(&folder, &link.await.unwrap(), None).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body, "<script>");
        assert_eq!(answer.header(&header::CONTENT_TYPE), "text/html");
        assert_eq!(answer.header(&header::CONTENT_SECURITY_POLICY), HARMLESS);
        assert_eq!(answer.header(&header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        let disposition = answer.header(&header::CONTENT_DISPOSITION);
        assert!(disposition.starts_with("attachment"), "{disposition}");
    }

    #[actix_web::test]
    async fn a_part_can_be_asked_for() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder_with_a_file(root.path()).await;
        let link = folder.signed_url(KEY, "video/mp4", None, Duration::from_mins(1));
        let answer = get(&folder, &link.await.unwrap(), Some("bytes=1-3")).await;
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(answer.body, "scr");
    }

    #[actix_web::test]
    async fn a_link_that_is_forged_expired_or_unsigned_gives_nothing() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder_with_a_file(root.path()).await;
        let link = folder.signed_url(KEY, "image/png", None, Duration::from_mins(1));
        let mut forged = link.await.unwrap();
        forged.set_query(Some(&forged.query().unwrap().replace("png", "gif")));
        let expired = folder.signed_url(KEY, "image/png", None, Duration::ZERO);
        let expired = expired.await.unwrap();
        let mut unsigned = expired.clone();
        unsigned.set_query(None);
        for link in [forged, expired, unsigned] {
            let answer = get(&folder, &link, None).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{link}");
        }
    }

    #[actix_web::test]
    async fn a_file_that_is_gone_is_not_found() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder_with_a_file(root.path()).await;
        let link = folder.signed_url(KEY, "image/png", None, Duration::from_mins(1));
        folder.delete(KEY).await.unwrap();
        let answer = get(&folder, &link.await.unwrap(), None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}
