//! How files lie in the folder: content below its key, metadata below the same key in a
//! folder of their own, and what is not whole in another.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    organizations::OrganizationId,
    storage::{FileKey, FileMetadata, Folder, ListedFile},
};
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempPath};

/// Where files lie until they are whole. No key leads there.
const PARTIAL: &str = ".partial";
/// No key leads here either.
const METADATA: &str = ".metadata";

pub(super) struct Layout {
    root: PathBuf,
}

/// The metadata as they are written.
#[derive(Serialize, Deserialize)]
struct WrittenMetadata {
    content_type: String,
    original_name: Option<String>,
    organization_id: OrganizationId,
    uploaded_by: Option<UserId>,
}

impl Layout {
    /// Clears away what was not whole before this time.
    pub(super) fn open(root: PathBuf, before: DateTime<Utc>) -> io::Result<Self> {
        let layout = Self { root };
        let opened = make_folder(&layout.root)
            .and_then(|()| close_to_others(&layout.root))
            .and_then(|()| make_folder(&layout.root.join(PARTIAL)))
            .and_then(|()| remove_abandoned(&layout.root.join(PARTIAL), before));
        match opened {
            Ok(()) => Ok(layout),
            Err(error) => Err(io::Error::new(
                error.kind(),
                format!("{}: {error}", layout.root.display()),
            )),
        }
    }

    pub(super) fn content(&self, key: &FileKey) -> PathBuf {
        self.root.join(key.as_str())
    }

    fn metadata_path(&self, key: &FileKey) -> PathBuf {
        self.root.join(METADATA).join(key.as_str())
    }

    /// A new file, which only its owner can read.
    pub(super) fn partial(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.root.join(PARTIAL))
    }

    /// Gives a whole file its name, for good. Its metadata are there before it, so that no
    /// crash makes a file without them.
    pub(super) fn publish(
        &self,
        key: &FileKey,
        metadata: &FileMetadata,
        content: TempPath,
    ) -> io::Result<()> {
        let metadata = serde_json::to_vec(&WrittenMetadata {
            content_type: metadata.content_type.clone(),
            original_name: metadata.original_name.clone(),
            organization_id: metadata.organization_id,
            uploaded_by: metadata.uploaded_by,
        })?;
        let mut partial = self.partial()?;
        partial.write_all(&metadata)?;
        partial.as_file().sync_all()?;
        self.give_name(partial.into_temp_path(), &self.metadata_path(key))?;
        self.give_name(content, &self.content(key))
    }

    /// The folders are synced too.
    fn give_name(&self, partial: TempPath, target: &Path) -> io::Result<()> {
        let folder = target.parent().unwrap_or(target);
        make_folder(folder)?;
        partial.persist(target)?;
        folder
            .ancestors()
            .take_while(|folder| folder.starts_with(&self.root))
            .try_for_each(|folder| File::open(folder)?.sync_all())
    }

    pub(super) fn metadata(&self, key: &FileKey) -> io::Result<FileMetadata> {
        fs::metadata(self.content(key))?;
        let written = fs::read(self.metadata_path(key))?;
        let written: WrittenMetadata = serde_json::from_slice(&written)?;
        Ok(FileMetadata {
            content_type: written.content_type,
            original_name: written.original_name,
            organization_id: written.organization_id,
            uploaded_by: written.uploaded_by,
        })
    }

    /// The content goes first: what a crash leaves is still listed, and can be deleted again.
    pub(super) fn delete(&self, key: &FileKey) -> io::Result<()> {
        for path in [self.content(key), self.metadata_path(key)] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn list(
        &self,
        folder: Folder,
        after: Option<&FileKey>,
        limit: u32,
    ) -> io::Result<Vec<ListedFile>> {
        let limit = limit as usize;
        let folder = format!("{}/", folder.as_str());
        let mut found = BTreeMap::new();
        // Content second: its time is the one that counts.
        for root in [self.root.join(METADATA), self.root.clone()] {
            let mut listing = Listing {
                root,
                after: after.map_or("", FileKey::as_str),
                limit,
                found: Vec::new(),
            };
            listing.walk(&folder)?;
            found.extend(listing.found);
        }
        let listed = found.into_iter().map(|(key, time)| ListedFile {
            key,
            stored_at: time.into(),
        });
        Ok(listed.take(limit).collect())
    }
}

/// A walk through folders in the order of the keys.
struct Listing<'a> {
    root: PathBuf,
    after: &'a str,
    limit: usize,
    found: Vec<(FileKey, SystemTime)>,
}

impl Listing<'_> {
    /// `folder` ends in a slash.
    fn walk(&mut self, folder: &str) -> io::Result<()> {
        let is_over = folder < self.after && !self.after.starts_with(folder);
        if is_over {
            return Ok(());
        }
        for name in self.names(folder)? {
            if self.found.len() >= self.limit {
                break;
            }
            if name.ends_with('/') {
                self.walk(&name)?;
            } else if *name > *self.after
                && let Ok(key) = FileKey::parse(&name)
                && let Some(time) = present(fs::metadata(self.root.join(&name)))?
            {
                self.found.push((key, time.modified()?));
            }
        }
        Ok(())
    }

    /// What lies in a folder; folders end in a slash, as they sort by it.
    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let Some(entries) = present(fs::read_dir(self.root.join(folder)))? else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if let Some(name) = entry.file_name().to_str() {
                let slash = if entry.file_type()?.is_dir() { "/" } else { "" };
                names.push(format!("{folder}{name}{slash}"));
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// None if it is not there (any more).
fn present<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a folder, and those above it, which only this user can enter.
fn make_folder(path: &Path) -> io::Result<()> {
    let mut folder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.recursive(true).create(path)
}

/// A folder that somebody else has made may be open to all.
fn close_to_others(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let others = fs::metadata(path)?.permissions().mode() & 0o077;
        // It may be another user's, on a mounted volume: what lies within is closed anyway.
        if others != 0
            && let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The folder of files {} stays open to other users",
                path.display()
            );
        }
    }
    Ok(())
}

fn remove_abandoned(folder: &Path, before: DateTime<Utc>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if DateTime::<Utc>::from(entry.metadata()?.modified()?) < before {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
