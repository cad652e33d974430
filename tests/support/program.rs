//! The program as users run it: its own process, which tests may kill.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::client::Client;

/// The built `luminous`, optimised if this is.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // Of the whole workspace, as the tests are built: alone, the program's dependencies
        // would have fewer features and be compiled anew.
        let build = escargot::CargoBuild::new()
            .arg("--workspace")
            .bin("luminous");
        let build = if cfg!(debug_assertions) {
            build
        } else {
            build.release()
        };
        build.run().expect("luminous builds").path().to_owned()
    })
}

/// A port that was free a moment ago, for a program that must come back on the same one.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// How `luminous` is to be started, again and again.
pub struct Program {
    pub port: u16,
    data: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// `luminous serve`, running.
pub struct Running {
    child: Child,
    pub client: Client,
}

impl Program {
    /// On an empty data folder.
    pub fn new(environment: &[(&str, &str)]) -> Self {
        Self {
            port: free_port(),
            data: tempfile::tempdir().unwrap(),
            environment: environment
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.data.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PORT", self.port.to_string())
            .env("LUMINOUS_DATA_DIR", self.data.path().join("data"))
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .kill_on_drop(true);
        command
    }

    /// Starts it and waits until it is ready.
    pub async fn serve(&self) -> Running {
        self.serve_with(&[]).await
    }

    /// The same, with these options.
    pub async fn serve_with(&self, options: &[&str]) -> Running {
        let child = self
            .command(&[&["serve"], options].concat())
            .stdin(Stdio::null())
            .stdout(self.log())
            .stderr(self.log())
            .spawn()
            .unwrap();
        let running = Running {
            child,
            client: Client::new(&self.url()),
        };
        let ready = timeout(Duration::from_mins(1), running.until_ready()).await;
        assert!(
            ready.is_ok(),
            "not ready after a minute:\n{}",
            self.read_log()
        );
        running
    }

    fn log(&self) -> std::fs::File {
        std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.data.path().join("log"))
            .unwrap()
    }

    pub fn read_log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default()
    }
}

impl Running {
    async fn until_ready(&self) {
        loop {
            let request = self.client.request(reqwest::Method::GET, "/health/ready");
            if matches!(request.try_send().await, Ok(answer) if answer.status == 200) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id().expect("still running")
    }

    /// As a power cut would.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// As `Ctrl-C` would; answers how it exited, and that it did within the time.
    pub async fn interrupt(mut self, within: Duration) -> std::process::ExitStatus {
        let sent = Command::new("kill")
            .args(["-INT", &self.id().to_string()])
            .status()
            .await
            .unwrap();
        assert!(sent.success());
        timeout(within, self.child.wait())
            .await
            .expect("it stops in time")
            .unwrap()
    }
}
