//! Every file of `tests/fixtures/webhooks`, and what is found in it: `fixtures.txt` has a line
//! for each part.

use std::fmt::Write;

use super::*;
use crate::chats::Attachment;

fn files() -> BTreeMap<String, Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/webhooks");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

fn describe(part: &Part) -> String {
    match &part.update {
        Update::Message(message) => format!("message {}", describe_message(message)),
        Update::Echo(message) => format!("echo {}", describe_message(message)),
        Update::Status(status) => format!(
            "{} {}{}",
            status.report.status.as_str(),
            status
                .recipient
                .as_ref()
                .map_or("group".into(), describe_party),
            status
                .report
                .error
                .as_ref()
                .map(|e| format!(": {e}"))
                .unwrap_or_default(),
        ),
        Update::Preference { party, consent, .. } => {
            format!("{} {}", consent.as_str(), describe_party(party))
        }
        Update::UserIdChange { party, current } => {
            format!("user id {} -> {}", describe_party(party), current[0].value)
        }
        Update::Account(change) => format!("account {change:?}"),
        Update::Error(error) => format!("error {error}"),
        Update::Past(message) => format!("past {}", describe_message(&message.written)),
        Update::History(report) => format!("history {report:?}"),
        Update::AddressBook(entry) => format!("address book {}", describe_party(&entry.party)),
        Update::Unused => format!("unused {}", part.field.as_deref().unwrap_or("-")),
        Update::Malformed(reason) => format!("malformed: {reason}"),
    }
}

fn describe_party(party: &Party) -> String {
    let ids = party.identities();
    let ids: Vec<_> = ids.iter().map(|identity| identity.value.as_str()).collect();
    format!("<{}>", ids.join(" "))
}

fn describe_message(message: &WrittenMessage) -> String {
    let mut line = format!(
        "{} {}",
        describe_party(&message.party),
        describe_content(&message.content)
    );
    for (what, present) in [
        (" +reply", message.reply_to.is_some()),
        (" +referral", message.referral.is_some()),
        (
            " +digest",
            message
                .file
                .as_ref()
                .is_some_and(|file| file.sha256.is_some()),
        ),
        (
            " +url",
            message.file.as_ref().is_some_and(|file| file.url.is_some()),
        ),
    ] {
        line.push_str(if present { what } else { "" });
    }
    for identity in &message.new_identities {
        write!(line, " -> {}", identity.value).unwrap();
    }
    if let Some(context) = &message.context {
        let names: Vec<_> = context.as_object().unwrap().keys().cloned().collect();
        write!(line, " ({})", names.join(" ")).unwrap();
    }
    line
}

fn describe_content(content: &MessageContent) -> String {
    let file = |file: &Attachment| {
        let words = [
            Some(file.mime_type.clone()),
            file.caption.clone(),
            file.filename.clone(),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let detail = match content {
        MessageContent::Image(f) | MessageContent::Video(f) | MessageContent::Document(f) => {
            file(f)
        }
        MessageContent::Audio(f) => format!("{} voice {:?}", file(f), f.voice),
        MessageContent::Sticker(f) => format!("{} animated {:?}", file(f), f.animated),
        MessageContent::Location(place) => format!("{} {}", place.latitude, place.longitude),
        MessageContent::Order(cart) => cart
            .product_items
            .iter()
            .map(|item| {
                format!(
                    "{}x{} {}{}",
                    item.quantity, item.product_retailer_id, item.item_price, item.currency
                )
            })
            .collect::<Vec<_>>()
            .join(", "),
        MessageContent::Edit { content, .. } => describe_content(content),
        MessageContent::Unsupported { kind, errors, .. } => {
            format!(
                "{kind} {:?}",
                errors.iter().map(|e| e.code).collect::<Vec<_>>()
            )
        }
        MessageContent::Interactive(reply) => {
            format!(
                "{} {:?}",
                reply["type"].as_str().unwrap(),
                content.text().unwrap_or_default()
            )
        }
        other => format!("{:?}", other.text().unwrap_or_default()),
    };
    format!("{}: {detail}", content.kind())
}

#[test]
fn every_fixture_is_understood() {
    let found: Vec<String> = files()
        .iter()
        .flat_map(|(name, body)| {
            let parts = parse(body, received_at()).unwrap();
            let lines = parts
                .iter()
                .map(|part| format!("{name}: {}", describe(part)));
            lines.collect::<Vec<_>>()
        })
        .collect();
    let expected: Vec<&str> = include_str!("fixtures.txt").lines().collect();
    assert_eq!(found, expected);
}
