//! Mail: kept in memory, written to files, sent by SMTP.

mod smtp;

use std::{fs, sync::Arc, time::Duration};

use domain::{
    auth::EmailAddress,
    mail::{Mail, MailError, Mailer},
};
use in_memory::RecordedMailer;
use infrastructure::mail::{FileMailer, SmtpMailer, SmtpSettings};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::mpsc,
};

const FROM: &str = "Luminous <hello@luminous.example>";

fn any_mail() -> Mail {
    Mail {
        to: EmailAddress::parse("ana@example.com").unwrap(),
        subject: "Welcome, José".into(),
        text: "Here is your inbox.".into(),
        html: "<p>Here is your <b>inbox</b>.</p>".into(),
    }
}

#[tokio::test]
async fn a_recorded_mail_can_be_read_by_the_test() {
    let mailer = RecordedMailer::default();
    mailer.send(&any_mail()).await.unwrap();
    assert_eq!(mailer.mails(), [any_mail()]);
    assert_eq!(mailer.take_mails(), [any_mail()]);
    assert_eq!(mailer.mails(), []);

    mailer.set_down(true);
    let failed = mailer.send(&any_mail()).await;
    assert!(matches!(failed, Err(MailError::Unavailable(_))));
    assert_eq!(mailer.mails(), []);
}

#[tokio::test]
async fn a_captured_mail_is_a_file_with_both_its_parts() {
    let folder = TempDir::new().unwrap();
    let mailer = FileMailer::new(folder.path().join("mail"), FROM).unwrap();
    mailer.send(&any_mail()).await.unwrap();
    mailer.send(&any_mail()).await.unwrap();

    let files: Vec<_> = fs::read_dir(folder.path().join("mail")).unwrap().collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let path = file.unwrap().path();
        assert_eq!(path.extension().unwrap(), "eml");
        assert_is_the_mail(&fs::read_to_string(path).unwrap());
    }
}

#[tokio::test]
async fn a_sent_mail_reaches_the_smtp_server() {
    let mut server = SmtpServer::start("250 OK").await;
    let mailer: Arc<dyn Mailer> = Arc::new(server.mailer());
    mailer.send(&any_mail()).await.unwrap();
    assert_is_the_mail(&server.mails.recv().await.unwrap());
}

#[tokio::test]
async fn a_mail_to_nobody_is_refused_and_a_busy_server_is_unavailable() {
    for reply in ["550 no such user", "501 that is no address"] {
        let refusing = SmtpServer::start(reply).await.mailer();
        let refused = refusing.send(&any_mail()).await;
        assert!(matches!(refused, Err(MailError::Refused(_))), "{refused:?}");
    }
    for reply in ["451 try later", "535 wrong password", "503 not now"] {
        let busy = SmtpServer::start(reply).await.mailer();
        let unavailable = busy.send(&any_mail()).await;
        assert!(
            matches!(unavailable, Err(MailError::Unavailable(_))),
            "{unavailable:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let mailer = SmtpMailer::new(&settings("smtp://127.0.0.1:1")).unwrap();
    assert!(matches!(
        mailer.check().await,
        Err(MailError::Unavailable(_))
    ));
    let unavailable = mailer.send(&any_mail()).await;
    assert!(matches!(unavailable, Err(MailError::Unavailable(_))));
}

#[test]
fn a_wrong_setting_is_named() {
    let folder = TempDir::new().unwrap();
    let error = FileMailer::new(folder.path().into(), "nobody")
        .err()
        .unwrap();
    assert_eq!(error.name, "from");
    let wrong = |settings: SmtpSettings| SmtpMailer::new(&settings).err().unwrap().name;
    assert_eq!(wrong(settings("http://mail.example.com")), "url");
    for url in ["smtps://mail.example.com", "smtp://mail.example.com"] {
        let settings = SmtpSettings {
            ca_file: Some(folder.path().join("missing.pem")),
            ..settings(url)
        };
        assert_eq!(wrong(settings), "ca_file");
    }
}

/// The server takes the connection, and then says nothing.
#[tokio::test]
async fn a_server_that_falls_silent_is_unavailable_after_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let mailer = SmtpMailer::new(&SmtpSettings {
        timeout: Duration::from_millis(200),
        ..settings(&url)
    });
    let mailer = mailer.unwrap();
    let sent = tokio::time::timeout(Duration::from_secs(10), mailer.send(&any_mail())).await;
    assert!(
        matches!(sent, Ok(Err(MailError::Unavailable(_)))),
        "{sent:?}"
    );
    let checked = tokio::time::timeout(Duration::from_secs(10), mailer.check()).await;
    assert!(
        matches!(checked, Ok(Err(MailError::Unavailable(_)))),
        "{checked:?}"
    );
}

fn settings(url: &str) -> SmtpSettings {
    SmtpSettings {
        url: url.into(),
        from: FROM.into(),
        ca_file: None,
        timeout: SmtpSettings::TIMEOUT,
    }
}

fn assert_is_the_mail(mail: &str) {
    for line in [
        "From: Luminous <hello@luminous.example>",
        "To: ana@example.com",
        "Content-Type: multipart/alternative",
        "Content-Type: text/plain; charset=utf-8",
        "Here is your inbox.",
        "Content-Type: text/html; charset=utf-8",
        "<p>Here is your <b>inbox</b>.</p>",
    ] {
        assert!(mail.contains(line), "{line:?} is not in {mail}");
    }
}

/// As much of an SMTP server as a client needs that sends one mail.
struct SmtpServer {
    port: u16,
    mails: mpsc::UnboundedReceiver<String>,
}

impl SmtpServer {
    /// Answers every recipient with the reply.
    async fn start(reply: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, mails) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut stream = BufReader::new(stream);
                stream.write_all(b"220 ready\r\n").await.unwrap();
                let mut line = String::new();
                while stream
                    .read_line(&mut line)
                    .await
                    .is_ok_and(|length| length > 0)
                {
                    let command = line.get(..4).unwrap_or_default().to_uppercase();
                    let answer = match command.as_str() {
                        "RCPT" => reply,
                        "DATA" => {
                            stream.write_all(b"354 go on\r\n").await.unwrap();
                            let mut mail = String::new();
                            while !mail.ends_with("\r\n.\r\n") {
                                stream.read_line(&mut mail).await.unwrap();
                            }
                            sender.send(mail).unwrap();
                            "250 OK"
                        }
                        _ => "250 OK",
                    };
                    stream
                        .write_all(format!("{answer}\r\n").as_bytes())
                        .await
                        .unwrap();
                    line.clear();
                }
            }
        });
        Self { port, mails }
    }

    fn mailer(&self) -> SmtpMailer {
        let url = format!("smtp://127.0.0.1:{}", self.port);
        SmtpMailer::new(&settings(&url)).unwrap()
    }
}
