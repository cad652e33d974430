//! The layers that a configuration is made of, and the errors found in them.

use std::{collections::BTreeMap, fmt, path::Path, str::FromStr};

use secrecy::SecretString;
use toml::{Table, Value};
use url::Url;

use super::{ENVIRONMENT_KEY, secrets};

/// Knows every key: what is not in it does not exist.
const DEFAULTS: &str = include_str!("../../../../config/default.toml");

/// Values by key, each from the last layer that has it.
pub(super) struct Layers {
    entries: BTreeMap<String, Entry>,
    problems: Vec<Problem>,
}

struct Entry {
    value: Value,
    /// Where it was set; none if it has its default.
    origin: Option<String>,
}

/// One thing that is wrong with the configuration. Never holds a value, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, or `the environment`; none if it was not set anywhere.
    pub origin: Option<String>,
    /// As it is spelled there; none if the whole file is unreadable.
    pub key: Option<String>,
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{key} ")?;
        }
        f.write_str(&self.reason)
    }
}

impl Layers {
    /// The lowest layer, which is part of the program.
    pub(super) fn defaults() -> Self {
        let mut layers = Self {
            entries: BTreeMap::new(),
            problems: Vec::new(),
        };
        for (key, value) in layers
            .parse(DEFAULTS, "config/default.toml")
            .unwrap_or_default()
        {
            let origin = None;
            layers.entries.insert(key, Entry { value, origin });
        }
        layers
    }

    /// Lays a file on top, if it is there.
    pub(super) fn add_file(&mut self, path: &Path, origin: &str) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return self.report(origin, None, &error.to_string()),
        };
        let Some(table) = self.parse(&text, origin) else {
            return;
        };
        for (key, value) in table {
            if key == ENVIRONMENT_KEY {
                let reason = "is set in .env or the environment only";
                self.report(origin, Some(&key), reason);
                continue;
            }
            match self.entries.get(&key) {
                None => self.report(origin, Some(&key), "is not a key that exists"),
                Some(known) if !known.value.same_type(&value) => {
                    let reason = format!("must be {}", kind_of(&known.value));
                    self.report(origin, Some(&key), &reason);
                }
                Some(_) => self.set(key, value, origin),
            }
        }
    }

    /// Lays variables on top. Those of other programs are left alone, and so are empty ones.
    pub(super) fn add_variables(&mut self, variables: &BTreeMap<String, String>, origin: &str) {
        for (name, text) in variables {
            let key = name.to_lowercase();
            // Only the capitals are the key's name: `host` may be somebody else's.
            let known = self
                .entries
                .get(&key)
                .filter(|_| *name == key.to_uppercase());
            let Some(known) = known.filter(|_| !text.trim().is_empty()) else {
                continue;
            };
            let value = match &known.value {
                Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
                _ => Some(Value::String(text.clone())),
            };
            match value {
                Some(value) => self.set(key, value, origin),
                None => self.report(origin, Some(name), "must be a whole number"),
            }
        }
    }

    /// Sets a key that is not set yet.
    pub(super) fn fill(&mut self, key: &str, text: &str, origin: &str) {
        if self.text(key).is_none() {
            self.set(key.to_owned(), Value::String(text.to_owned()), origin);
        }
    }

    /// The text, if it is set.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let text = self.entries.get(key)?.value.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The number, if it is one that fits.
    pub(super) fn number<T: TryFrom<i64> + Default>(&mut self, key: &str) -> T {
        let number = self
            .entries
            .get(key)
            .and_then(|entry| entry.value.as_integer());
        let fitting = number.and_then(|number| T::try_from(number).ok());
        fitting.unwrap_or_else(|| {
            self.problem(key, "is too small or too large");
            T::default()
        })
    }

    /// The number, of which there must be at least one.
    pub(super) fn positive<T: TryFrom<i64> + Default + PartialEq>(&mut self, key: &str) -> T {
        let number = self.number(key);
        if number == T::default() {
            self.problem(key, "must be at least 1");
        }
        number
    }

    /// The text, which must be set. `meaning` tells what is wanted.
    pub(super) fn required(&mut self, key: &str, meaning: &str) -> String {
        self.text(key).unwrap_or_else(|| {
            self.problem(key, &format!("must be set: {meaning}"));
            String::new()
        })
    }

    /// A secret that must be set, and that nobody can guess.
    pub(super) fn strong(&mut self, key: &str, meaning: &str) -> SecretString {
        let secret = self.required(key, meaning);
        if let Some(weakness) = secrets::weakness(&secret) {
            self.problem(key, &format!("{weakness}: {meaning}"));
        }
        secret.into()
    }

    /// A URL of one of these schemes, if it is set.
    pub(super) fn url(&mut self, key: &str, schemes: &[&str]) -> Option<Url> {
        let url: Url = self.parsed(key)?;
        if !schemes.contains(&url.scheme()) {
            let schemes: Vec<_> = schemes
                .iter()
                .map(|scheme| format!("{scheme}://"))
                .collect();
            self.problem(key, &format!("must begin with {}", schemes.join(" or ")));
            return None;
        }
        Some(url)
    }

    /// What the text says, if it is set and makes sense.
    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, key: &str) -> Option<T> {
        let text = self.text(key)?;
        self.parse_item(key, &text)
    }

    /// What a text with commas says, item by item.
    pub(super) fn list<T: FromStr<Err: fmt::Display>>(&mut self, key: &str) -> Vec<T> {
        let text = self.text(key).unwrap_or_default();
        let items = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        items
            .filter_map(|item| self.parse_item(key, item))
            .collect()
    }

    /// Notes what is wrong with a key, wherever it was set last.
    pub(super) fn problem(&mut self, key: &str, reason: &str) {
        let origin = self.entries.get(key).and_then(|entry| entry.origin.clone());
        match origin {
            Some(origin) => self.report(&origin, Some(key), reason),
            None => self.problems.push(Problem {
                origin: None,
                key: Some(key.to_uppercase()),
                reason: reason.to_owned(),
            }),
        }
    }

    /// The same, unless it is wrong already by not being set.
    pub(super) fn problem_if_set(&mut self, key: &str, reason: &str) {
        if self.text(key).is_some() {
            self.problem(key, reason);
        }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    fn parse(&mut self, text: &str, origin: &str) -> Option<Table> {
        match text.parse() {
            Ok(table) => Some(table),
            Err(error) => {
                self.report(origin, None, &describe(&error, text));
                None
            }
        }
    }

    fn parse_item<T: FromStr<Err: fmt::Display>>(&mut self, key: &str, item: &str) -> Option<T> {
        match item.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(key, &error.to_string());
                None
            }
        }
    }

    fn set(&mut self, key: String, value: Value, origin: &str) {
        let origin = Some(origin.to_owned());
        self.entries.insert(key, Entry { value, origin });
    }

    pub(super) fn report(&mut self, origin: &str, key: Option<&str>, reason: &str) {
        let is_toml = Path::new(origin).extension().is_some_and(|e| e == "toml");
        self.problems.push(Problem {
            origin: Some(origin.to_owned()),
            key: key.map(|key| {
                if is_toml {
                    key.to_owned()
                } else {
                    key.to_uppercase()
                }
            }),
            reason: reason.to_owned(),
        });
    }
}

/// Where and why, without the line itself: it may hold a secret.
fn describe(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.unwrap_or_default().matches('\n').count() + 1;
    format!("line {line}: {}", error.message())
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) => "a whole number",
        _ => "a text",
    }
}
