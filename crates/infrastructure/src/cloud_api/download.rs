//! Fetching files from the URLs that Meta gives. The token goes along, so only to Meta.
//! Source: cloud API 3.

use std::io;

use domain::{
    storage::ByteStream,
    whatsapp::{CloudApiError, Credentials},
};
use futures_util::{StreamExt, TryStreamExt};
use reqwest::{Client, Response, StatusCode, header::LOCATION};
use secrecy::ExposeSecret;
use url::Url;

use super::{CloudApiSettings, answer};

const MAX_REDIRECTS: usize = 3;

pub(super) async fn download(
    client: &Client,
    settings: &CloudApiSettings,
    credentials: &Credentials,
    url: &str,
) -> Result<ByteStream, CloudApiError> {
    let mut url = Url::parse(url).map_err(|_| foreign("what is no URL"))?;
    for _ in 0..=MAX_REDIRECTS {
        check_host(&url, &settings.url)?;
        let response = client
            .get(url.clone())
            .bearer_auth(credentials.access_token.expose_secret())
            .timeout(settings.transfer_timeout)
            .send()
            .await
            .map_err(answer::none)?;
        match response.status() {
            status if status.is_success() => return Ok(content(response)),
            status if status.is_redirection() => url = target(&response)?,
            // Meta answers all of these once a URL is too old.
            StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(CloudApiError::Gone);
            }
            status => return Err(CloudApiError::NoAnswer(status.to_string())),
        }
    }
    Err(CloudApiError::NoAnswer("too many redirects".into()))
}

fn content(response: Response) -> ByteStream {
    response
        .bytes_stream()
        .map_err(|error| io::Error::other(error.without_url()))
        .boxed()
}

fn target(response: &Response) -> Result<Url, CloudApiError> {
    let location = response.headers().get(LOCATION);
    location
        .and_then(|location| location.to_str().ok())
        .and_then(|location| response.url().join(location).ok())
        .ok_or_else(|| CloudApiError::NoAnswer("a redirect to nowhere".into()))
}

fn check_host(url: &Url, graph: &Url) -> Result<(), CloudApiError> {
    let host = url.host_str().unwrap_or_default();
    let is_metas = host == "graph.facebook.com"
        || host.ends_with(".fbsbx.com")
        || host.ends_with(".fbcdn.net");
    if (is_metas && url.scheme() == "https") || url.origin() == graph.origin() {
        Ok(())
    } else {
        Err(foreign(&format!("{}://{host}", url.scheme())))
    }
}

fn foreign(host: &str) -> CloudApiError {
    CloudApiError::ForeignHost(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(url: &str) -> bool {
        let graph = Url::parse("http://127.0.0.1:8080/dev/meta").unwrap();
        check_host(&Url::parse(url).unwrap(), &graph).is_ok()
    }

    #[test]
    fn the_token_goes_to_metas_hosts_and_to_the_configured_one() {
        for url in [
            "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
            "https://scontent.xx.fbcdn.net/v/1",
            "https://graph.facebook.com/v23.0/1",
            "http://127.0.0.1:8080/dev/meta/media-files/1",
        ] {
            assert!(is_allowed(url), "{url}");
        }
    }

    #[test]
    fn the_token_goes_nowhere_else() {
        for url in [
            "http://lookaside.fbsbx.com/1",
            "https://fbsbx.com.evil.example/1",
            "https://evilfbsbx.com/1",
            "https://graph.facebook.com@evil.example/1",
            "https://facebook.com/1",
            "http://127.0.0.1:8081/dev/meta/1",
            "http://localhost:8080/1",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
        ] {
            assert!(!is_allowed(url), "{url}");
        }
    }
}
