//! Files at `/files/{key}`: those of public folders for everybody, the folder storage's others
//! for whoever has a signed URL.

use std::sync::Arc;

use actix_files::NamedFile;
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    error::{ErrorForbidden, ErrorInternalServerError, ErrorNotFound},
    http::header::{self, ETag, EntityTag, HeaderValue, IfNoneMatch},
    web::{self, Data, Path, Query},
};
use api::problem::Problem;
use application::Error;
use domain::storage::{FileKey, Storage, StorageError};
use infrastructure::storage::{FolderStorage, SignedQuery};

/// What customers send must not act as a page of ours.
const HARMLESS: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// Nothing else is ever stored under the same key.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

struct Served {
    storage: Arc<dyn Storage>,
    /// The same, if files are kept in a folder: nobody else serves its signed URLs.
    folder: Option<Arc<FolderStorage>>,
}

pub(crate) fn configure(
    storage: Arc<dyn Storage>,
    folder: Option<Arc<FolderStorage>>,
) -> impl FnOnce(&mut web::ServiceConfig) {
    move |services| {
        services
            .app_data(Data::new(Served { storage, folder }))
            .route("/files/{key:.+}", web::get().to(read));
    }
}

async fn read(
    served: Data<Served>,
    key: Path<String>,
    request: HttpRequest,
) -> actix_web::Result<HttpResponse> {
    let mut response = match (FileKey::parse(&key), &served.folder) {
        (Ok(key), _) if key.is_public() => {
            read_public(served.storage.as_ref(), &key, &request).await?
        }
        (_, Some(folder)) => read_signed(folder, &key, &request).await?,
        (_, None) => return Err(ErrorNotFound("there is no such file")),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HARMLESS);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Ok(response)
}

async fn read_public(
    storage: &dyn Storage,
    key: &FileKey,
    request: &HttpRequest,
) -> actix_web::Result<HttpResponse> {
    let metadata = storage.metadata(key).await.map_err(problem)?;
    let name = key.as_str().rsplit('/').next().unwrap_or_default();
    let tag = EntityTag::new_strong(name.to_owned());
    let is_known = match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
        None => false,
    };
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, FOR_EVER));
    if is_known {
        return Ok(response.finish());
    }
    response.insert_header((header::CONTENT_TYPE, header_of(&metadata.content_type)?));
    let content = storage.get(key).await.map_err(problem)?;
    Ok(response.streaming(content))
}

async fn read_signed(
    folder: &FolderStorage,
    key: &str,
    request: &HttpRequest,
) -> actix_web::Result<HttpResponse> {
    let file = Query::<SignedQuery>::from_query(request.query_string())
        .ok()
        .and_then(|query| folder.verify(key, &query))
        .ok_or_else(|| ErrorForbidden("the link is not valid, or not any more"))?;
    let content = folder.read(&file).await.map_err(problem)?;
    let mut response = NamedFile::from_file(content.into_std().await, key)?
        .disable_content_disposition()
        .into_response(request);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header_of(&file.content_type)?);
    headers.insert(
        header::CONTENT_DISPOSITION,
        header_of(&file.content_disposition)?,
    );
    Ok(response)
}

fn header_of(text: &str) -> actix_web::Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(ErrorInternalServerError)
}

fn problem(error: StorageError) -> Problem {
    Error::from(error).into()
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
    use domain::{
        id::Id,
        storage::{FileMetadata, Folder},
    };
    use futures_util::{StreamExt, stream};
    use infrastructure::{clock::SystemClock, storage::FolderSettings};
    use tempfile::TempDir;
    use url::Url;

    use super::*;

    /// A folder with a file in it.
    struct Shelf {
        _root: TempDir,
        folder: Arc<FolderStorage>,
        key: FileKey,
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

    impl Shelf {
        async fn with_file_in(place: Folder) -> Self {
            let root = tempfile::tempdir().unwrap();
            let settings = FolderSettings {
                root: root.path().to_owned(),
                public_url: Url::parse("http://localhost").unwrap(),
                signing_key: "a signing key of some length".into(),
            };
            let folder = FolderStorage::open(settings, Arc::new(SystemClock)).unwrap();
            let metadata = FileMetadata {
                content_type: "text/html".to_owned(),
                original_name: None,
                organization_id: Id::generate(),
                uploaded_by: None,
            };
            let key = FileKey::generate(place, metadata.organization_id);
            let content = stream::iter([Ok("<script>".into())]).boxed();
            folder.put(&key, &metadata, content, 100).await.unwrap();
            Self {
                _root: root,
                folder: Arc::new(folder),
                key,
            }
        }

        async fn link(&self, content_type: &str, name: Option<&str>, valid: Duration) -> Url {
            let link = self.folder.signed_url(&self.key, content_type, name, valid);
            link.await.unwrap()
        }

        async fn send(&self, request: TestRequest, link: &Url) -> Answer {
            let files = configure(self.folder.clone(), Some(self.folder.clone()));
            let app = init_service(App::new().configure(files)).await;
            let request = request.uri(&link[url::Position::BeforePath..]);
            let response = call_service(&app, request.to_request()).await;
            Answer {
                status: response.status(),
                headers: response.headers().clone(),
                body: read_body(response).await,
            }
        }

        async fn get(&self, link: &Url) -> Answer {
            self.send(TestRequest::get(), link).await
        }
    }

    const MINUTE: Duration = Duration::from_mins(1);

    #[actix_web::test]
    async fn a_signed_link_gives_the_file_but_no_power() {
        let shelf = Shelf::with_file_in(Folder::Media).await;
        let link = shelf.link("text/html", Some("cat.html"), MINUTE).await;
        let answer = shelf.get(&link).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body, "<script>");
        assert_eq!(answer.header(&header::CONTENT_TYPE), "text/html");
        assert_eq!(answer.header(&header::CONTENT_SECURITY_POLICY), HARMLESS);
        assert_eq!(answer.header(&header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        let disposition = answer.header(&header::CONTENT_DISPOSITION);
        assert!(disposition.starts_with("attachment"), "{disposition}");
        assert!(!answer.headers.contains_key(header::CACHE_CONTROL));
    }

    #[actix_web::test]
    async fn a_part_can_be_asked_for() {
        let shelf = Shelf::with_file_in(Folder::Media).await;
        let link = shelf.link("video/mp4", None, MINUTE).await;
        let request = TestRequest::get().insert_header((header::RANGE, "bytes=1-3"));
        let answer = shelf.send(request, &link).await;
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(answer.body, "scr");
    }

    #[actix_web::test]
    async fn a_link_that_is_forged_expired_or_unsigned_gives_nothing() {
        let shelf = Shelf::with_file_in(Folder::Media).await;
        let mut forged = shelf.link("image/png", None, MINUTE).await;
        forged.set_query(Some(&forged.query().unwrap().replace("png", "gif")));
        let expired = shelf.link("image/png", None, Duration::ZERO).await;
        let mut unsigned = expired.clone();
        unsigned.set_query(None);
        for link in [forged, expired, unsigned] {
            let answer = shelf.get(&link).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{link}");
        }
    }

    #[actix_web::test]
    async fn a_file_that_is_gone_is_not_found() {
        for place in [Folder::Media, Folder::Images] {
            let shelf = Shelf::with_file_in(place).await;
            let link = shelf.link("image/png", None, MINUTE).await;
            shelf.folder.delete(&shelf.key).await.unwrap();
            assert_eq!(shelf.get(&link).await.status, StatusCode::NOT_FOUND);
        }
    }

    #[actix_web::test]
    async fn a_public_file_is_everybodys_for_ever_but_has_no_power() {
        for place in [Folder::Images, Folder::Products] {
            let shelf = Shelf::with_file_in(place).await;
            let link = shelf.folder.public_url(&shelf.key).unwrap();
            let answer = shelf.get(&link).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert_eq!(answer.body, "<script>");
            assert_eq!(answer.header(&header::CONTENT_TYPE), "text/html");
            assert_eq!(answer.header(&header::CACHE_CONTROL), FOR_EVER);
            assert_eq!(answer.header(&header::CONTENT_SECURITY_POLICY), HARMLESS);
            assert_eq!(answer.header(&header::X_CONTENT_TYPE_OPTIONS), "nosniff");

            let tag = answer.header(&header::ETAG).to_owned();
            let again = TestRequest::get().insert_header((header::IF_NONE_MATCH, tag));
            let again = shelf.send(again, &link).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED);
            assert_eq!(again.body, "");
        }
    }

    #[actix_web::test]
    async fn no_private_file_is_public_nor_what_has_no_key() {
        for place in [Folder::Documents, Folder::Media] {
            let shelf = Shelf::with_file_in(place).await;
            let link = shelf.folder.public_url(&shelf.key).unwrap();
            assert_eq!(shelf.get(&link).await.status, StatusCode::FORBIDDEN);
            for hidden in [".metadata", "images/../media", "images%2f..%2fmedia"] {
                let hidden = format!("http://localhost/files/{hidden}/{}", shelf.key);
                let answer = shelf.get(&hidden.parse().unwrap()).await;
                assert!(answer.status.is_client_error(), "{hidden}");
            }
        }
    }
}
