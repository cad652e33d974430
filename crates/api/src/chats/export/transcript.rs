use application::chats::{AuthoredNote, ChatExport, ExportEntry};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{
    chats::{Direction, Message, MessageContent, MessageStatus},
    organizations::MemberName,
};

use crate::chats::chat_response::display_name;

/// Further lines of an entry are indented, so that nobody's words look like another entry.
const INDENT: &str = "\n    ";

/// A chat as people read it.
pub(super) struct Transcript {
    customer: String,
    organization: String,
    timezone: Tz,
}

impl Transcript {
    pub(super) fn of(export: &ChatExport) -> Self {
        let customer = display_name(&export.overview.person);
        Self {
            customer: in_one_line(customer.as_deref().unwrap_or("Customer")),
            organization: in_one_line(&export.organization_name),
            timezone: export.timezone,
        }
    }

    pub(super) fn heading(&self, export: &ChatExport) -> String {
        let number = export.overview.person.phone_number();
        let number = number.map(|number| format!(" ({number})"));
        format!(
            "{} with {}{}\nExported {}, times in {}\n\n",
            self.organization,
            self.customer,
            number.unwrap_or_default(),
            self.time(export.exported_at),
            self.timezone.name(),
        )
    }

    /// What is not worth a line of its own, as it is shown at the message it speaks of, is
    /// left out.
    pub(super) fn entry(&self, entry: &ExportEntry) -> String {
        match entry {
            ExportEntry::Message { message, sender } => match &message.content {
                MessageContent::Reaction { .. } | MessageContent::Revoke { .. } => String::new(),
                _ => self.message(message, sender.as_ref()),
            },
            ExportEntry::Note(AuthoredNote { note, author }) => format!(
                "[{}] {} (note): {}\n",
                self.time(note.created_at),
                full_name(author),
                indented(&note.text),
            ),
        }
    }

    /// Who said it. What nobody wrote here, the organization said.
    pub(super) fn sender(&self, message: &Message, sender: Option<&MemberName>) -> String {
        match (message.direction, sender) {
            (Direction::Inbound, _) => self.customer.clone(),
            (Direction::Outbound, Some(sender)) => full_name(sender),
            (Direction::Outbound, None) => self.organization.clone(),
        }
    }

    fn message(&self, message: &Message, sender: Option<&MemberName>) -> String {
        let mut lines = vec![format!(
            "[{}] {}: {}",
            self.time(message.created_at),
            self.sender(message, sender),
            indented(&words(&message.content)),
        )];
        let edited = message.edited_at.map(|at| ("edited", at));
        let deleted = message.revoked_at.map(|at| ("deleted", at));
        for (what, at) in edited.into_iter().chain(deleted) {
            lines.push(format!("({what} {})", self.time(at)));
        }
        lines.extend(fate(message).map(|fate| format!("({fate})")));
        for reaction in &message.reactions {
            let by = match reaction.direction {
                Direction::Inbound => &self.customer,
                Direction::Outbound => &self.organization,
            };
            lines.push(format!("{} {by}", in_one_line(&reaction.emoji)));
        }
        lines.join(INDENT) + "\n"
    }

    fn time(&self, at: DateTime<Utc>) -> String {
        let at = at.with_timezone(&self.timezone);
        at.format("%Y-%m-%d %H:%M:%S %:z").to_string()
    }
}

/// Why the other side may not have it.
fn fate(message: &Message) -> Option<String> {
    match message.status {
        MessageStatus::Failed => {
            let title = message
                .error
                .as_ref()
                .map(|error| in_one_line(&error.title));
            Some(format!("not sent: {}", title.unwrap_or_default()))
        }
        MessageStatus::Uncertain => Some("perhaps not sent".to_owned()),
        MessageStatus::Queued | MessageStatus::Sending => Some("not sent yet".to_owned()),
        _ => None,
    }
}

/// What a message says; what is no text, by its kind.
fn words(content: &MessageContent) -> String {
    let (mark, words) = match content {
        MessageContent::Text(text) => return text.body.clone(),
        MessageContent::Edit { content, .. } => {
            return format!("[edit] {}", self::words(content));
        }
        MessageContent::Expired { kind } => return format!("[{kind}, not kept any more]"),
        MessageContent::Location(place) => {
            let lines = [&place.name, &place.address].into_iter().flatten();
            let lines: Vec<_> = lines.map(String::as_str).collect();
            let mark = format!("location: {}, {}", place.latitude, place.longitude);
            (mark, Some(lines.join(", ")))
        }
        content => match content.attachment() {
            Some((_, file)) => {
                let name = file.filename.as_ref().map(|name| format!(": {name}"));
                let mark = format!("{}{}", content.kind(), name.unwrap_or_default());
                (mark, file.caption.clone())
            }
            None => (content.kind().to_owned(), content.text()),
        },
    };
    let words = words.unwrap_or_default();
    format!("[{mark}] {words}").trim_end().to_owned()
}

fn full_name(member: &MemberName) -> String {
    in_one_line(&format!("{} {}", member.first_name, member.last_name))
}

fn in_one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| {
            if is_line_break(c) || c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect();
    line.trim().to_owned()
}

fn indented(text: &str) -> String {
    let text = text.trim().replace("\r\n", "\n");
    let lines = text.split(is_line_break);
    let lines: Vec<String> = lines
        .map(|line| line.chars().filter(|c| !c.is_control()).collect())
        .collect();
    lines.join(INDENT)
}

/// Also those that are no control characters, and those that some programs alone obey.
fn is_line_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_words_look_like_another_entry() {
        let forged = "Yes\r\n[2026-09-01 09:00:00 +00:00] Ana: no\u{2028}[x]\u{85}y\u{7}\n";
        assert_eq!(
            indented(forged),
            "Yes\n    [2026-09-01 09:00:00 +00:00] Ana: no\n    [x]\n    y"
        );
        assert_eq!(in_one_line("Ana\n[x]\u{2029}"), "Ana [x]");
    }
}
