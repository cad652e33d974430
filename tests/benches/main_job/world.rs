//! The program in a process of its own on an empty database, and a connection beside it.

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use serde_json::json;
use tests::{
    app::{APP_SECRET, VERIFY_TOKEN},
    client::{Client, Owner, PASSWORD},
    program::Program,
};

/// Linux counts so towards programs, whatever it does itself.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) program: Program,
    database_url: String,
    /// Of the PostgreSQL database made for this run.
    database_name: Option<String>,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let mut environment = vec![
            ("WHATSAPP_API_URL", "http://127.0.0.1:9"),
            ("WHATSAPP_APP_SECRET", APP_SECRET),
            ("WHATSAPP_WEBHOOK_VERIFY_TOKEN", VERIFY_TOKEN),
            ("RUST_LOG", "warn"),
            ("RATE_LIMIT_PER_ADDRESS", "0"),
            ("RATE_LIMIT_PER_ORGANIZATION", "0"),
        ];
        match engine {
            Engine::Sqlite => {
                let program = Program::new(&environment);
                let file = program.data_dir().join("data/luminous.db");
                Self {
                    engine,
                    database_url: format!("sqlite://{}", file.display()),
                    program,
                    database_name: None,
                }
            }
            Engine::Postgres => {
                let name = format!("luminous_bench_{}", std::process::id());
                administer(&format!("CREATE DATABASE {name}")).await;
                let database_url = database_url(&name);
                environment.push(("DATABASE_URL", &database_url));
                Self {
                    engine,
                    program: Program::new(&environment),
                    database_url,
                    database_name: Some(name),
                }
            }
        }
    }

    /// Starts the program twice: on nothing, and on what it has made.
    pub(crate) async fn report_start(&self) {
        // Built before the watch starts.
        tests::program::binary();
        let begin = Instant::now();
        let first = self.program.serve().await;
        println!(
            "ready after {:.2} s on an empty database",
            begin.elapsed().as_secs_f64()
        );
        first.kill().await;
        let begin = Instant::now();
        let running = self.program.serve().await;
        println!(
            "ready after {:.2} s when started again",
            begin.elapsed().as_secs_f64()
        );
        tokio::time::sleep(Duration::from_secs(5)).await;
        println!("idle: {:.1} MB resident", resident_megabytes(running.id()));
        running.kill().await;
    }

    /// A pool as the program has one: as many connections, as durable.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(&self.database_url);
        options.sqlx_logging(false);
        match self.engine {
            Engine::Sqlite => options.max_connections(1).map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                    .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_mins(1))
            }),
            Engine::Postgres => options.max_connections(16),
        };
        Database::connect(options)
            .await
            .expect("the database of the run can be reached")
    }

    pub(crate) async fn tear_down(self) {
        if let Some(name) = self.database_name {
            administer(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

/// After what took longer than access tokens live.
pub(crate) async fn sign_in_again(client: &Client, owner: Owner) -> Owner {
    let sign_in = json!({"email": owner.email, "password": PASSWORD});
    let session = client.post("/api/auth/login", sign_in).await;
    Owner::from_session(client, &session.json(), owner.email)
}

/// Does what PostgreSQL would do by itself, but in the midst of what is measured.
pub(crate) async fn settle(world: &World) {
    let sql = match world.engine {
        Engine::Sqlite => "ANALYZE",
        Engine::Postgres => "VACUUM ANALYZE",
    };
    execute(&world.connect().await, sql).await;
}

pub(crate) async fn execute(database: &DatabaseConnection, sql: &str) {
    let result = database.execute_unprepared(sql).await;
    result.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The first column of all rows.
pub(crate) async fn column<T: sea_orm::TryGetable>(
    database: &DatabaseConnection,
    sql: &str,
) -> Vec<T> {
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let rows = database
        .query_all_raw(statement)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("the first column"))
        .collect()
}

async fn administer(sql: &str) {
    let server = Database::connect(database_url("postgres"))
        .await
        .expect("PostgreSQL answers");
    assert_eq!(server.get_database_backend(), DbBackend::Postgres);
    execute(&server, sql).await;
}

fn database_url(name: &str) -> String {
    let server = std::env::var("TEST_DATABASE_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let (server, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{name}")
}

pub(crate) fn resident_megabytes(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1024.0
}

/// What a process has used of all cores since it began.
pub(crate) fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // After the name, which may have spaces: the 12th and 13th are user and system time.
    let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
    let ticks: f64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    ticks / TICKS_PER_SECOND
}
