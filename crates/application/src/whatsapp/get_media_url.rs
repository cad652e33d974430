use std::time::Duration;

use domain::{
    organizations::Permission,
    whatsapp::{MediaId, MediaState},
};
use url::Url;

use super::WhatsApp;
use crate::{Actor, Error, chats::sees_file};

impl WhatsApp {
    /// Where the file can be read for the next five minutes, by whoever has the URL.
    #[tracing::instrument(skip_all, fields(media.id = %id))]
    pub async fn get_media_url(&self, actor: &Actor, id: MediaId) -> Result<Url, Error> {
        actor.require(Permission::ChatsRead)?;
        const VALID_FOR: Duration = Duration::from_mins(5);
        let data = self.ports.store.read(actor.organization_id());
        let media = data.media().find(id).await?;
        let media = media.ok_or(Error::NotFound("file"))?;
        if !sees_file(data.as_ref(), actor, &media).await? {
            return Err(Error::NotFound("file"));
        }
        let key = match media.state {
            MediaState::Stored { key, .. } => key,
            MediaState::Pending => {
                return Err(Error::conflict(
                    "media_pending",
                    "the file is still being fetched from WhatsApp",
                ));
            }
            MediaState::Lost { .. } => return Err(Error::NotFound("file")),
        };
        let (content_type, file_name) = presentation(&media.mime_type, media.file_name.as_deref());
        Ok(self
            .ports
            .storage
            .signed_url(&key, content_type, file_name, VALID_FOR)
            .await?)
    }
}

/// How a browser shall treat a file: what customers send must not run as a page of ours, so
/// whatever is not plainly a picture, a sound, a film or a PDF is saved and not shown.
fn presentation<'a>(mime_type: &'a str, file_name: Option<&'a str>) -> (&'a str, Option<&'a str>) {
    const SHOWN: [&str; 14] = [
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "audio/aac",
        "audio/amr",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "video/mp4",
        "video/3gpp",
        "video/webm",
        "application/pdf",
        "text/plain",
    ];
    let essence = mime_type.split(';').next().unwrap_or_default().trim();
    match SHOWN
        .iter()
        .find(|shown| shown.eq_ignore_ascii_case(essence))
    {
        Some(shown) => (shown, file_name),
        None => (
            "application/octet-stream",
            Some(file_name.unwrap_or("file")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_shown_and_pages_are_saved() {
        assert_eq!(presentation("image/jpeg", None), ("image/jpeg", None));
        assert_eq!(
            presentation("audio/ogg; codecs=opus", None),
            ("audio/ogg", None)
        );
        assert_eq!(
            presentation("application/pdf", Some("a.pdf")),
            ("application/pdf", Some("a.pdf"))
        );
        for hostile in ["text/html", "image/svg+xml", "", "application/xhtml+xml"] {
            assert_eq!(
                presentation(hostile, None),
                ("application/octet-stream", Some("file"))
            );
        }
    }
}
