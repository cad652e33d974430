//! A migrated database for each test.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    thread,
};

use domain::id::Id;
use infrastructure::database::{Database, DatabaseSettings};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use url::Url;

/// The databases that the program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    /// SQLite always; PostgreSQL if `LUMINOUS_TEST_SERVICES` names it, and then it must be
    /// there.
    pub fn is_asked_for(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres => service_is_asked_for("postgres"),
        }
    }
}

/// Whether `LUMINOUS_TEST_SERVICES` names it.
pub fn service_is_asked_for(service: &str) -> bool {
    let asked = env::var("LUMINOUS_TEST_SERVICES").unwrap_or_default();
    asked.split(',').any(|name| name.trim() == service)
}

/// Those that this run of the tests covers.
pub fn backends() -> Vec<Backend> {
    [Backend::Sqlite, Backend::Postgres]
        .into_iter()
        .filter(|backend| backend.is_asked_for())
        .collect()
}

/// A database of one test's own, which goes when this is dropped.
pub struct TestDatabase {
    database: Database,
    url: String,
    /// Dropped last of all.
    _place: Place,
}

enum Place {
    Memory,
    Folder { _folder: TempDir },
    Server { name: String },
}

impl TestDatabase {
    pub fn database(&self) -> &Database {
        &self.database
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

/// In memory, or a copy of a migrated template on the server.
pub async fn database(backend: Backend) -> TestDatabase {
    match backend {
        Backend::Sqlite => {
            let test = connect("sqlite::memory:".into(), Place::Memory).await;
            test.database.migrate_up().await.unwrap();
            test
        }
        Backend::Postgres => {
            let name = format!(
                "luminous_test_{}",
                Id::<Database>::generate().uuid().simple()
            );
            let template = template().await;
            execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
            connect(server_url(&name), Place::Server { name }).await
        }
    }
}

/// SQLite in a file, where readers and the writer have connections of their own.
pub async fn sqlite_file() -> TestDatabase {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("test.db");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let test = connect(url, Place::Folder { _folder: folder }).await;
    test.database.migrate_up().await.unwrap();
    test
}

/// PostgreSQL without any table.
pub async fn empty_postgres() -> TestDatabase {
    let name = format!(
        "luminous_test_{}",
        Id::<Database>::generate().uuid().simple()
    );
    execute(&format!("CREATE DATABASE {name}")).await;
    connect(server_url(&name), Place::Server { name }).await
}

async fn connect(url: String, place: Place) -> TestDatabase {
    let settings = DatabaseSettings {
        url: url.clone().into(),
        max_connections: 8,
    };
    TestDatabase {
        database: Database::connect(&settings).await.unwrap(),
        url,
        _place: place,
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Server { name } = self {
            let drop_database = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            // A runtime of its own, as the test's may be ending.
            let dropped = thread::spawn(move || {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap()
                    .block_on(execute(&drop_database));
            });
            if let Err(panic) = dropped.join() {
                eprintln!("a test's database is left behind: {panic:?}");
            }
        }
    }
}

/// The name of a migrated database, to be copied. Its name tells the schema, so that a change
/// of the schema makes another; who comes first makes it while the others wait.
async fn template() -> String {
    const LOCK: i64 = 7_236_839_283_411;
    let name = format!("luminous_template_{:016x}", schema_fingerprint());
    let mut server = server().await;
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(&mut server)
        .await
        .unwrap();
    let found = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut server)
        .await
        .unwrap();
    if found.is_none() {
        let unfinished = format!("{name}_unfinished");
        execute(&format!("DROP DATABASE IF EXISTS {unfinished}")).await;
        execute(&format!("CREATE DATABASE {unfinished}")).await;
        let settings = DatabaseSettings {
            url: server_url(&unfinished).into(),
            max_connections: 2,
        };
        let database = Database::connect(&settings).await.unwrap();
        database.migrate_up().await.unwrap();
        database.close().await.unwrap();
        execute(&format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    server.close().await.unwrap();
    name
}

/// Changes when a migration does.
fn schema_fingerprint() -> u64 {
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../migration/src");
    let files = fs::read_dir(migrations).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        fs::read(file).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}

fn server_url(database: &str) -> String {
    let url = env::var("TEST_DATABASE_URL");
    let url = url.unwrap_or("postgres://postgres@127.0.0.1:5432/postgres".into());
    let mut url = Url::parse(&url).unwrap();
    url.set_path(database);
    url.into()
}

async fn server() -> PgConnection {
    PgConnection::connect(&server_url("postgres"))
        .await
        .expect("PostgreSQL was asked for, see LUMINOUS_TEST_SERVICES")
}

async fn execute(sql: &str) {
    let mut server = server().await;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut server)
        .await
        .unwrap();
    server.close().await.unwrap();
}
