//! The folder where everything lies that is kept here: the embedded database, files, captured
//! mails and development secrets.

use std::{fs::DirBuilder, io, path::Path};

/// Makes the folder if it is missing, for this program's user alone. One that is there stays as
/// it is.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    let mut folder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.recursive(true).create(path)
}
