//! Mail through a real SMTP server.

use std::time::Duration;

use domain::{
    auth::EmailAddress,
    mail::{Mail, MailError, Mailer},
};
use infrastructure::mail::{SmtpMailer, SmtpSettings};
use mail_parser::{Message, MessageParser, MimeHeaders};
use tests::{
    smtp::{Encryption, SmtpServer},
    stores::service_is_asked_for,
};

/// With everything that 7-bit ASCII lines of 998 characters cannot bear.
fn difficult_mail(to: &str) -> Mail {
    Mail {
        to: EmailAddress::parse(to).unwrap(),
        subject:
            "José invites you to Café Łuna & 花屋, the shop on the corner of the long, long street"
                .into(),
        text: format!(
            "Hello José,\n\n.\n.. dots\nFrom here\n{}\n",
            "ñ".repeat(1_200)
        ),
        html: format!(
            "<p>Hello <b>José</b></p>\n.\n<p>{}</p>\n",
            "花".repeat(1_200)
        ),
    }
}

fn recipient_of(mail: &str) -> String {
    let mail = parse(mail);
    let recipient = mail.to().unwrap().first().unwrap();
    recipient.address().unwrap().to_owned()
}

fn parse(mail: &str) -> Message<'_> {
    MessageParser::default().parse(mail).unwrap()
}

#[tokio::test]
async fn a_mail_arrives_whole_whatever_the_encryption() {
    if !service_is_asked_for("smtp") {
        return;
    }
    for encryption in [Encryption::None, Encryption::StartTls, Encryption::Implicit] {
        let server = SmtpServer::start(encryption).await;
        let mailer = server.mailer();
        mailer.check().await.unwrap();
        let sent = difficult_mail("ana@example.com");
        mailer.send(&sent).await.unwrap();
        let other = difficult_mail("ben@example.com");
        mailer.send(&other).await.unwrap();

        let mut mails = server.mails();
        mails.sort_by_cached_key(|mail| recipient_of(mail));
        let [first, second] = mails.as_slice() else {
            panic!("{encryption:?}: {mails:?}")
        };
        let came = parse(first);
        let sender = came.from().unwrap().first().unwrap();
        assert_eq!(sender.name(), Some("Café Luna"));
        assert_eq!(sender.address(), Some("hello@luna.example"));
        assert_eq!(recipient_of(first), "ana@example.com");
        assert_eq!(came.subject(), Some(sent.subject.as_str()));
        assert_eq!(came.text_body_count(), 1);
        assert_eq!(came.html_body_count(), 1);
        let in_lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        assert_eq!(in_lines(&came.body_text(0).unwrap()), sent.text.trim_end());
        assert_eq!(in_lines(&came.body_html(0).unwrap()), sent.html.trim_end());
        assert_eq!(came.content_type().unwrap().subtype(), Some("alternative"));
        assert!(came.date().is_some());
        assert_eq!(
            came.header_raw("Auto-Submitted").map(str::trim),
            Some("auto-generated")
        );
        let id = came.message_id().unwrap();
        assert!(id.ends_with("@luna.example"), "{id}");
        assert_ne!(Some(id), parse(second).message_id());
    }
}

#[tokio::test]
async fn a_recipient_whom_the_server_does_not_know_is_refused() {
    if !service_is_asked_for("smtp") {
        return;
    }
    let server = SmtpServer::start(Encryption::None).await;
    let mailer = server.mailer();
    // Of the second one the server cannot even take the name.
    for to in ["nobody@example.com", "josé@example.com"] {
        let refused = mailer.send(&difficult_mail(to)).await;
        assert!(matches!(refused, Err(MailError::Refused(_))), "{refused:?}");
    }
    // The connection serves on.
    mailer
        .send(&difficult_mail("ana@example.com"))
        .await
        .unwrap();
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn who_cannot_sign_in_or_does_not_trust_the_server_sends_nothing() {
    if !service_is_asked_for("smtp") {
        return;
    }
    for encryption in [Encryption::StartTls, Encryption::Implicit] {
        let server = SmtpServer::start(encryption).await;
        let wrong_password = SmtpSettings {
            url: server.url_with("guess").into(),
            ..server.settings()
        };
        let no_trust = SmtpSettings {
            ca_file: None,
            ..server.settings()
        };
        for settings in [wrong_password, no_trust] {
            let mailer = SmtpMailer::new(&settings).unwrap();
            for result in [
                mailer.check().await,
                mailer.send(&difficult_mail("ana@example.com")).await,
            ] {
                assert!(
                    matches!(result, Err(MailError::Unavailable(_))),
                    "{result:?}"
                );
            }
        }
        assert!(server.mails().is_empty());
    }
}

#[tokio::test]
async fn a_server_that_comes_back_is_used_again() {
    if !service_is_asked_for("smtp") {
        return;
    }
    let mut server = SmtpServer::start(Encryption::None).await;
    let mailer = SmtpMailer::new(&SmtpSettings {
        timeout: Duration::from_secs(5),
        ..server.settings()
    });
    let mailer = mailer.unwrap();
    mailer
        .send(&difficult_mail("ana@example.com"))
        .await
        .unwrap();
    server.go_down().await;
    let unavailable = mailer.send(&difficult_mail("ana@example.com")).await;
    assert!(
        matches!(unavailable, Err(MailError::Unavailable(_))),
        "{unavailable:?}"
    );
    server.come_back().await;
    mailer
        .send(&difficult_mail("ana@example.com"))
        .await
        .unwrap();
    assert_eq!(server.mails().len(), 2);
}
