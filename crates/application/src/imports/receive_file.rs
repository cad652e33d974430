use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use domain::{
    imports::Layout,
    organizations::Permission,
    storage::{ByteStream, File, FileKey, FileMetadata, Folder, StorageError},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::timeout;

use super::{
    Imports,
    sheet::{Records, Sniffer},
};
use crate::{
    Actor, Error,
    files::{Files, plain_name},
};

/// Longer than clients are given for a body.
const STORE_WITHIN: Duration = Duration::from_mins(10);
/// Rows that are shown of each column.
const SAMPLES: usize = 3;
const MAX_SAMPLE: usize = 100;

/// A table that lies in the storage, to be imported.
pub struct ReceivedFile {
    pub(super) file: File,
    pub(super) layout: Layout,
    /// The headers, each with what stands below it in the first rows.
    pub(super) columns: Vec<(String, Vec<String>)>,
}

impl Imports {
    /// The most bytes that a table may have.
    pub const FILE_LIMIT: u64 = 50 << 20;

    /// Stores a table while it comes, and finds out how it is written.
    #[tracing::instrument(skip_all)]
    pub async fn receive_file(
        &self,
        actor: &Actor,
        file_name: Option<String>,
        content: ByteStream,
    ) -> Result<ReceivedFile, Error> {
        actor.require(Permission::ImportsWrite)?;
        let organization_id = actor.organization_id();
        let key = FileKey::generate(Folder::Documents, organization_id);
        let metadata = FileMetadata {
            content_type: "text/csv".to_owned(),
            original_name: file_name.and_then(|name| plain_name(&name)),
            organization_id,
            uploaded_by: Some(actor.user_id()),
        };
        let sniffer = Arc::new(Mutex::new(Sniffer::default()));
        let watching = sniffer.clone();
        let content = content
            .inspect_ok(move |chunk| {
                let mut sniffer = watching.lock().unwrap_or_else(PoisonError::into_inner);
                sniffer.see(chunk);
            })
            .boxed();
        let storage = &self.ports.storage;
        let put = storage.put(&key, &metadata, content, Self::FILE_LIMIT);
        let stored = timeout(STORE_WITHIN, put).await.map_err(|elapsed| {
            StorageError::Interrupted(io::Error::new(io::ErrorKind::TimedOut, elapsed))
        })??;
        let file = File {
            key,
            metadata,
            stored,
            created_at: self.ports.clock.now(),
        };
        let sniffer = std::mem::take(&mut *sniffer.lock().unwrap_or_else(PoisonError::into_inner));
        match look_into(&sniffer).await {
            Ok((layout, columns)) => Ok(ReceivedFile {
                file,
                layout,
                columns,
            }),
            Err(error) => {
                Files::new(self.ports.clone()).discard(&file, &error).await;
                Err(error)
            }
        }
    }

    /// Gives up on a table that was received, for this reason.
    pub async fn discard(&self, received: &ReceivedFile, because: &Error) {
        let files = Files::new(self.ports.clone());
        files.discard(&received.file, because).await;
    }
}

type Columns = Vec<(String, Vec<String>)>;

async fn look_into(sniffer: &Sniffer) -> Result<(Layout, Columns), Error> {
    if sniffer.is_empty() {
        return Err(Error::invalid("/file", "required", "is required"));
    }
    let layout = sniffer.layout().ok_or_else(|| Error::UnsupportedMedia {
        detail: "the file is no table of text: save it as CSV first".into(),
    })?;
    let head = Bytes::copy_from_slice(sniffer.head());
    let mut records = Records::new(stream::iter([Ok(head)]).boxed(), layout);
    let unreadable = |error| Error::invalid("/file", "unreadable", error);
    let headers = records.headers().await.map_err(unreadable)?;
    let headers = headers.unwrap_or_default();
    if headers.iter().all(|header| header.trim().is_empty()) {
        let detail = "must begin with a row of headers";
        return Err(Error::invalid("/file", "headers_missing", detail));
    }
    // Whatever is wrong with them, the import will tell.
    let mut rows = records.take(SAMPLES + 1).await.unwrap_or_default();
    if !sniffer.is_whole() && rows.len() <= SAMPLES {
        // The last one may be cut.
        rows.pop();
    }
    rows.truncate(SAMPLES);
    let columns = headers.into_iter().enumerate().map(|(place, header)| {
        let cells = rows.iter().filter_map(|row| row.get(place));
        let samples = cells.map(|cell| cell.chars().take(MAX_SAMPLE).collect());
        let header: String = header.chars().filter(|c| !c.is_control()).collect();
        (header.trim().to_owned(), samples.collect())
    });
    Ok((layout, columns.collect()))
}
