//! A real SMTP server for the tests: Debian's aiosmtpd, in a process of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use infrastructure::mail::{SmtpMailer, SmtpSettings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::program::free_port;

pub const USER: &str = "luminous";
pub const PASSWORD: &str = "p@ss/word";
pub const FROM: &str = "Café Luna <hello@luna.example>";

/// How mails are brought to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    None,
    /// With name and password, as in all that follow.
    StartTls,
    Implicit,
}

/// Where the server is, and what it has taken in.
pub struct SmtpServer {
    port: u16,
    encryption: Encryption,
    folder: TempDir,
    /// None while it is down. It ends with this.
    process: Option<Child>,
}

impl SmtpServer {
    pub async fn start(encryption: Encryption) -> Self {
        let folder = TempDir::new().unwrap();
        make_certificates(folder.path());
        let mut server = Self {
            port: free_port(),
            encryption,
            folder,
            process: None,
        };
        server.come_back().await;
        server
    }

    pub async fn go_down(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().await.unwrap();
        }
    }

    /// On the same port, with the mails of before.
    pub async fn come_back(&mut self) {
        let mut command = Command::new(python().await);
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("support/smtp/server.py"))
            .arg(self.folder.path())
            .args(["--port", &self.port.to_string()]);
        let tls = match self.encryption {
            Encryption::None => None,
            Encryption::StartTls => Some("starttls"),
            Encryption::Implicit => Some("implicit"),
        };
        if let Some(tls) = tls {
            command
                .args(["--tls", tls, "--user", USER, "--password", PASSWORD])
                .arg("--certificate")
                .arg(self.folder.path().join("certificate.pem"))
                .arg("--key")
                .arg(self.folder.path().join("key.pem"));
        }
        let mut process = command
            // It ends when this is closed, also if the test is killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = timeout(Duration::from_secs(30), lines.next_line()).await;
        assert_eq!(
            ready.unwrap().unwrap(),
            Some(self.port.to_string()),
            "the SMTP server does not start"
        );
        self.process = Some(process);
    }

    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// As `SMTP_URL` has it.
    pub fn url(&self) -> String {
        self.url_with(PASSWORD)
    }

    pub fn url_with(&self, password: &str) -> String {
        let port = self.port;
        let password = password.replace('@', "%40").replace('/', "%2F");
        match self.encryption {
            Encryption::None => format!("smtp://localhost:{port}"),
            Encryption::StartTls => {
                format!("smtp://{USER}:{password}@localhost:{port}?tls=required")
            }
            Encryption::Implicit => format!("smtps://{USER}:{password}@localhost:{port}"),
        }
    }

    pub fn settings(&self) -> SmtpSettings {
        SmtpSettings {
            url: self.url().into(),
            from: FROM.into(),
            ca_file: (self.encryption != Encryption::None).then(|| self.ca_file()),
            timeout: Duration::from_secs(10),
        }
    }

    pub fn mailer(&self) -> SmtpMailer {
        SmtpMailer::new(&self.settings()).unwrap()
    }

    /// What has come, in no order.
    pub fn mails(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect()
    }
}

/// One that has aiosmtpd: another Python may stand before Debian's.
async fn python() -> &'static str {
    for python in ["python3", "/usr/bin/python3"] {
        let mut command = Command::new(python);
        command
            .args(["-c", "import aiosmtpd"])
            .stderr(Stdio::null());
        if command.status().await.is_ok_and(|status| status.success()) {
            return python;
        }
    }
    panic!("SMTP was asked for, see LUMINOUS_TEST_SERVICES: install python3-aiosmtpd");
}

/// An authority of our own, and a certificate for this machine.
fn make_certificates(folder: &Path) {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    for (name, pem) in [
        ("ca.pem", authority.pem()),
        ("certificate.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        fs::write(folder.join(name), pem).unwrap();
    }
}
