//! The rules of the house that a compiler does not check.
#![expect(clippy::unwrap_used, reason = "what surprises a test fails it")]

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use toml::Table;

const MAX_LINES: usize = 400;

/// What each crate may use of ours: who stands further in knows nothing of who stands further
/// out.
const LAYERS: [(&str, &[&str]); 7] = [
    ("domain", &[]),
    ("application", &["domain"]),
    ("infrastructure", &["domain", "migration"]),
    ("in-memory", &["domain", "infrastructure"]),
    ("api", &["application", "domain"]),
    ("meta-simulator", &[]),
    ("migration", &[]),
];

/// What the domain may use of others: values and syntax, nothing that reaches outside.
const DOMAIN_MAY_USE: [&str; 18] = [
    "async-trait",
    "base64",
    "bytes",
    "chrono",
    "chrono-tz",
    "emojis",
    "futures-util",
    "iso_currency",
    "nonempty",
    "phonenumber",
    "secrecy",
    "serde",
    "serde_json",
    "thiserror",
    "tokio",
    "unicode-normalization",
    "url",
    "uuid",
];

/// Ways to the outside, which use cases reach through ports.
const APPLICATION_MAY_NOT_USE: [&str; 8] = [
    "actix-web",
    "deadpool-redis",
    "lettre",
    "reqwest",
    "rust-s3",
    "sea-orm",
    "sea-orm-migration",
    "sqlx",
];

/// Each is a module of this name in every layer.
const FEATURES: [&str; 7] = [
    "auth",
    "organizations",
    "whatsapp",
    "chats",
    "catalog",
    "customers",
    "imports",
];

/// What asks for no permission: whoever is signed in does it to what is their own.
const WHAT_EVERYBODY_MAY: [&str; 17] = [
    "begin_two_factor_enrolment",
    "change_password",
    "claim",
    "confirm_two_factor_enrolment",
    "disable_two_factor",
    "get_two_factor_status",
    "keep",
    "list_sessions",
    "logout",
    "logout_all",
    "me",
    "release",
    "replace_recovery_codes",
    "resend_verification",
    "revoke_session",
    "switch_organization",
    "update_me",
];

#[test]
fn a_crate_uses_only_the_layers_within_it() {
    let dependencies = dependencies();
    let ours: BTreeSet<_> = dependencies.keys().cloned().collect();
    for (name, allowed) in LAYERS {
        let used = dependencies[name].intersection(&ours);
        for used in used {
            assert!(
                allowed.contains(&used.as_str()),
                "{name} must not use {used}"
            );
        }
    }
}

#[test]
fn the_domain_reaches_nothing_outside() {
    for used in &dependencies()["domain"] {
        assert!(
            DOMAIN_MAY_USE.contains(&used.as_str()),
            "domain must not use {used}"
        );
    }
}

#[test]
fn use_cases_reach_the_outside_through_ports_alone() {
    for used in &dependencies()["application"] {
        let is_banned = APPLICATION_MAY_NOT_USE.contains(&used.as_str());
        assert!(!is_banned, "application must not use {used}");
    }
}

#[test]
fn versions_stand_in_the_workspace_alone_in_alphabetical_order() {
    for manifest in
        files(&["crates", "migration", "tests"]).filter(|path| is_named(path, "Cargo.toml"))
    {
        let table: Table = read(&manifest).parse().unwrap();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(section) = table.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            for (name, dependency) in section {
                let has_version = dependency.is_str() || dependency.get("version").is_some();
                assert!(!has_version, "{}: {name} has a version", manifest.display());
            }
        }
    }
    let root = read(&root().join("Cargo.toml"));
    let (_, section) = root.split_once("[workspace.dependencies]").unwrap();
    let (section, _) = section.split_once("\n[").unwrap();
    for block in section.split("\n# ") {
        let names: Vec<_> = block
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(name, _)| name)
            .collect();
        assert!(names.is_sorted(), "not in alphabetical order: {names:?}");
    }
}

#[test]
fn a_module_lies_beside_its_folder() {
    for path in sources() {
        assert!(!is_named(&path, "mod.rs"), "{}", path.display());
    }
}

#[test]
fn no_source_file_is_too_long() {
    let too_long: Vec<_> = sources()
        .map(|path| (read(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .collect();
    assert!(too_long.is_empty(), "{too_long:#?}");
}

#[test]
fn a_feature_has_the_same_name_in_every_layer() {
    let root = root();
    for feature in FEATURES {
        for place in [
            "crates/domain/src",
            "crates/application/src",
            "crates/infrastructure/src/database",
            "crates/api/src",
        ] {
            let module = root.join(place).join(feature).with_extension("rs");
            assert!(module.exists(), "{}", module.display());
        }
        let creates = format!("create_{feature}.rs");
        let mut migrations = files(&["migration"]);
        let has_migration = migrations.any(|path| path.to_string_lossy().ends_with(&creates));
        assert!(has_migration, "no migration ends with {creates}");
    }
}

#[test]
fn nothing_names_a_folder_of_somebodys_machine() {
    let folders = ["work", "root", "Users"].map(|name| format!("/{name}/"));
    let names_one = |line: &str| folders.iter().any(|folder| line.contains(folder.as_str()));
    let mut found = Vec::new();
    for path in files(&[""]) {
        // What is not text names nothing.
        let text = fs::read_to_string(&path).unwrap_or_default();
        let lines = (1..).zip(text.lines()).filter(|(_, line)| names_one(line));
        found.extend(lines.map(|(number, line)| format!("{}:{number}: {line}", path.display())));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn whatever_an_actor_may_do_asks_for_a_permission() {
    let application = files(&["crates/application"]);
    let sources = application.filter(|path| path.extension() == Some(OsStr::new("rs")));
    let mut unasked = BTreeSet::new();
    let mut asked = 0;
    for text in sources.map(|path| read(&path)) {
        for function in text.split("pub async fn ").skip(1) {
            let (name, _) = function.split_once('(').unwrap();
            let (signature, rest) = function.split_once(" {\n").unwrap();
            if !signature.contains("actor: &Actor") {
                continue;
            }
            // rustfmt closes a method with a brace in the column of `pub`.
            let (body, _) = rest.split_once("\n    }\n").unwrap_or((rest, ""));
            if body.contains("actor.require(") {
                asked += 1;
            } else {
                unasked.insert(name.to_owned());
            }
        }
    }
    assert!(asked > 0, "the sources do not look as this test thinks");
    let everybody = WHAT_EVERYBODY_MAY.map(str::to_owned);
    assert_eq!(unasked, BTreeSet::from(everybody));
}

/// The names of what each package of ours uses, other than in its tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let used = package["dependencies"].as_array().unwrap().iter();
            let used = used.filter(|used| used["kind"].is_null());
            (name_of(package), used.map(name_of).collect())
        })
        .collect()
}

fn name_of(package: &Value) -> String {
    package["name"].as_str().unwrap().to_owned()
}

fn sources() -> impl Iterator<Item = PathBuf> {
    let sources = files(&["crates", "migration", "tests"]);
    sources.filter(|path| path.extension() == Some(OsStr::new("rs")))
}

/// All files in these folders of the project, without what is built or kept there.
fn files(folders: &[&str]) -> impl Iterator<Item = PathBuf> {
    const NOT_OURS: [&str; 6] = [
        "target",
        "data",
        ".git",
        ".env",
        "Cargo.lock",
        "node_modules",
    ];
    let mut pending: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if NOT_OURS.iter().any(|name| is_named(&path, name)) {
                continue;
            }
            if path.is_dir() {
                pending.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.into_iter()
}

fn is_named(path: &Path, name: &str) -> bool {
    path.file_name() == Some(OsStr::new(name))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
