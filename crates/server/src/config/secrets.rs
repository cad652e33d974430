//! Secrets: what is too weak to be one, and those that development makes for itself.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use toml::Table;

use super::layers::Layers;
use crate::data_dir;

/// What development needs and nobody has set.
const MADE_UP: [&str; 5] = [
    "jwt_secret",
    "jwt_refresh_secret",
    "encryption_key",
    "whatsapp_app_secret",
    "whatsapp_webhook_verify_token",
];

/// Signs what nobody must be able to forge: the length of its hash's key.
const MIN_BYTES: usize = 32;
const MIN_DISTINCT_BYTES: usize = 8;
/// What stands in examples instead of a secret.
const PLACEHOLDERS: [&str; 6] = [
    "change",
    "example",
    "placeholder",
    "password",
    "your",
    "default",
];

/// Why a secret that is set is none.
pub(super) fn weakness(secret: &str) -> Option<&'static str> {
    let lower = secret.to_lowercase();
    let mut distinct = secret.as_bytes().to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if secret.is_empty() {
        None
    } else if PLACEHOLDERS.iter().any(|word| lower.starts_with(word)) {
        Some("is a placeholder")
    } else if secret.len() < MIN_BYTES {
        Some("is too short")
    } else if distinct.len() < MIN_DISTINCT_BYTES {
        Some("can be guessed")
    } else {
        None
    }
}

/// Sets the secrets that nobody has set to those in `data/secrets`, which is made at the first
/// start.
pub(super) fn fill_in(layers: &mut Layers, data_dir: &Path) {
    let path = data_dir.join("secrets");
    let origin = path.display().to_string();
    let secrets = match read_or_make(&path) {
        Ok(secrets) => secrets,
        Err(error) => return layers.report(&origin, None, &error.to_string()),
    };
    // A real Meta signs with a secret that cannot be made up.
    let is_simulated = layers.text("whatsapp_api_url").is_none();
    for key in MADE_UP {
        let secret = secrets.get(key).and_then(toml::Value::as_str);
        if let Some(secret) = secret.filter(|_| is_simulated || !key.starts_with("whatsapp_")) {
            layers.fill(key, secret, &origin);
        }
    }
}

fn read_or_make(path: &Path) -> io::Result<Table> {
    match fs::read_to_string(path) {
        Ok(text) => text
            .parse()
            .map_err(|_| io::Error::new(ErrorKind::InvalidData, "is damaged")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(path)?;
            read_or_make(path)
        }
        Err(error) => Err(error),
    }
}

/// Makes the file whole or not at all. Of two processes that start at once, one wins.
fn make(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        data_dir::make(parent)?;
    }
    let temporary = path.with_extension(std::process::id().to_string());
    write_privately(&temporary, &made_up()?)?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

fn made_up() -> io::Result<String> {
    let mut lines = vec!["# Made at the first start, for development only.".to_owned()];
    for key in MADE_UP {
        let mut bytes = [0; MIN_BYTES];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        lines.push(format!("{key} = \"{}\"", STANDARD.encode(bytes)));
    }
    Ok(lines.join("\n"))
}

fn write_privately(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::weakness;

    #[test]
    fn a_secret_is_long_varied_and_not_from_an_example() {
        assert_eq!(weakness("Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe"), None);
        assert_eq!(
            weakness("Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0F"),
            Some("is too short")
        );
        assert_eq!(weakness(&"ab".repeat(32)), Some("can be guessed"));
        assert_eq!(
            weakness("change_me_change_me_change_me_please"),
            Some("is a placeholder")
        );
        assert_eq!(
            weakness("your-256-bit-secret-your-256-bit-secret"),
            Some("is a placeholder")
        );
    }
}
