//! What was written before the program was connected. It is taken in silently: nobody waits for
//! an answer to it, and the news of a chunk is that it has come.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    mem,
};

use chrono::{DateTime, Utc};
use domain::{
    chats::{Chat, ChatId, Direction, Message, MessageError, MessageStatus, ReplyTo, StatusReport},
    event::Event,
    store::StoreError,
    whatsapp::{
        History, HistoryReport,
        webhook::{Party, PastMessage, WrittenMessage},
    },
};
use serde_json::Value;

use super::{Intake, people::busy};

/// A message of the past, and how Meta wrote it.
pub(in crate::whatsapp) type Past<'a> = (&'a PastMessage, &'a Value);

impl Intake<'_> {
    /// Takes many messages in at once, with a fixed number of statements and some for each
    /// chat, file and message that is spoken of. What is known already stays as it is, but for
    /// the files that were waited for.
    pub(in crate::whatsapp) async fn take_history(
        &self,
        past: &[Past<'_>],
    ) -> Result<(), StoreError> {
        let known = self.known_messages(past).await?;
        let mut seen = HashSet::new();
        let mut new = Vec::new();
        for (message, original) in past {
            let wamid = message.written.wamid.as_str();
            if let Some(stored) = known.get(wamid) {
                self.bring_file(stored, &message.written).await?;
            } else if seen.insert(wamid) {
                new.push((*message, *original));
            }
        }
        let mut messages = self.compose_past(&new, &known).await?;
        self.catch_up_on_all(&mut messages).await?;
        let stored = self.uow.messages().insert_all(&messages).await?;
        let mut latest: BTreeMap<ChatId, &Message> = BTreeMap::new();
        let mut spoken_of = HashSet::new();
        for ((message, _), (past, _)) in messages.iter().zip(&new) {
            if !stored.contains(&message.id) {
                continue;
            }
            if let Some(file) = &past.written.file {
                self.expect_file(file, message).await?;
            }
            if let Some(wamid) = message.annotates() {
                spoken_of.extend(known.get_key_value(wamid).map(|(wamid, _)| wamid));
            } else {
                let newest = latest.entry(message.chat_id).or_insert(message);
                if newest.created_at <= message.created_at {
                    *newest = message;
                }
            }
        }
        for message in latest.into_values() {
            let chats = self.uow.chats();
            chats.note_past_message(message, self.now).await?;
        }
        for wamid in spoken_of {
            self.annotate_silently(wamid).await?;
        }
        Ok(())
    }

    /// How the import fares. A chunk is told as a whole, once its messages are there.
    pub(super) async fn take_history_report(
        &self,
        report: &HistoryReport,
    ) -> Result<bool, StoreError> {
        let accounts = self.uow.accounts();
        let Some(account) = accounts.lock(self.account_id).await? else {
            return Ok(false);
        };
        if let HistoryReport::Error(error) = report {
            tracing::warn!(account.id = %account.id, %error, "There is no history of an account");
        }
        let history = History::after(account.history.as_ref(), report, self.received_at);
        if account.history.as_ref() != Some(&history) {
            accounts.set_history(account.id, Some(&history)).await?;
        }
        self.uow.record(Event::AccountHistoryProgressed {
            account_id: account.id,
            history,
        });
        Ok(true)
    }

    /// Those of the messages, and of what they answer and speak of, that are stored already.
    async fn known_messages(
        &self,
        past: &[Past<'_>],
    ) -> Result<HashMap<String, Message>, StoreError> {
        let mut wamids = HashSet::new();
        for (message, _) in past {
            let WrittenMessage {
                wamid,
                reply_to,
                content,
                ..
            } = &message.written;
            wamids.insert(wamid.as_str());
            wamids.extend(reply_to.as_deref());
            wamids.extend(content.annotates());
        }
        let wamids: Vec<_> = wamids.into_iter().collect();
        let messages = self.uow.messages();
        let known = messages.find_by_wamids(self.account_id, &wamids).await?;
        let by_wamid = known
            .into_iter()
            .filter_map(|message| Some((message.wamid.clone()?, message)));
        Ok(by_wamid.collect())
    }

    /// The messages in the chats where they belong, in the order of the past.
    async fn compose_past<'a>(
        &self,
        past: &[Past<'a>],
        known: &HashMap<String, Message>,
    ) -> Result<Vec<(Message, &'a Value)>, StoreError> {
        let chats = self.chats_of_the_past(past).await?;
        let mut messages: Vec<_> = past
            .iter()
            .filter_map(|(message, original)| {
                let chat_id = chats.get(thread(&message.written.party))?;
                Some((self.past_message(message, *chat_id), *original))
            })
            .collect();
        let own = messages.iter().map(|(message, _)| message);
        let ids: HashMap<_, _> = known
            .values()
            .chain(own)
            .filter_map(|message| Some((message.wamid.clone()?, message.id)))
            .collect();
        for ((message, _), (past, _)) in messages.iter_mut().zip(past) {
            message.reply_to = past.written.reply_to.clone().map(|wamid| ReplyTo {
                message_id: ids.get(&wamid).copied(),
                wamid,
            });
        }
        Ok(messages)
    }

    /// The chat of each thread. Whoever is met first only now has one in which nobody waits.
    /// Everybody goes through the threads in the same order, and waits for nobody in a circle.
    async fn chats_of_the_past<'a>(
        &self,
        past: &[Past<'a>],
    ) -> Result<BTreeMap<&'a str, ChatId>, StoreError> {
        let mut threads: BTreeMap<&str, Thread> = BTreeMap::new();
        for (message, _) in past {
            let thread = threads.entry(thread(&message.written.party)).or_default();
            thread.add(message);
        }
        let mut chats = BTreeMap::new();
        for (key, thread) in threads {
            let Thread {
                party,
                last_said_at,
                last_heard_at,
            } = thread;
            let contact = self.find_or_make_contact_silently(&party).await?;
            let contact = self.refresh_contact(&contact, &party, last_said_at).await?;
            if let (Some(at), Some(customer_id)) = (last_heard_at, contact.customer_id) {
                self.uow.customers().saw(customer_id, at).await?;
            }
            let repository = self.uow.chats();
            let found = repository
                .find_by_contact(self.account_id, contact.id)
                .await?;
            let chat = if let Some(chat) = found {
                chat
            } else {
                let chat = Chat::of_the_past(self.account_id, &contact, last_said_at, self.now);
                if !repository.insert(&chat).await? {
                    return Err(busy("somebody else is opening the same chat"));
                }
                chat
            };
            chats.insert(key, chat.id);
        }
        Ok(chats)
    }

    fn past_message(&self, past: &PastMessage, chat_id: ChatId) -> Message {
        let message = self.written(&past.written, past.direction, chat_id);
        // Meta tells what became of it, and not when.
        let at = Some(message.created_at);
        match past.status {
            MessageStatus::Read => Message {
                status: past.status,
                delivered_at: at,
                read_at: at,
                ..message
            },
            MessageStatus::Delivered => Message {
                status: past.status,
                delivered_at: at,
                ..message
            },
            MessageStatus::Failed => Message {
                status: past.status,
                sent_at: None,
                failed_at: at,
                error: Some(MessageError {
                    retryable: false,
                    ..MessageError::ours("The phone could not send it", None)
                }),
                ..message
            },
            _ => message,
        }
    }

    /// Applies what is known, or comes with them, that speaks of the messages.
    async fn catch_up_on_all(&self, messages: &mut [(Message, &Value)]) -> Result<(), StoreError> {
        let repository = self.uow.messages();
        let wamids = |direction: Option<Direction>| -> Vec<&str> {
            let some = messages.iter().map(|(message, _)| message);
            let some =
                some.filter(|it| direction.is_none_or(|direction| direction == it.direction));
            some.filter_map(|message| message.wamid.as_deref())
                .collect()
        };
        let ours = wamids(Some(Direction::Outbound));
        let reports = repository.reports_of(self.account_id, &ours).await?;
        let all = wamids(None);
        let mut annotations = repository.annotations_of(self.account_id, &all).await?;
        let mut reports_by_wamid: HashMap<String, Vec<StatusReport>> = HashMap::new();
        for report in reports {
            let of_one = reports_by_wamid.entry(report.wamid.clone()).or_default();
            of_one.push(report);
        }
        for (message, _) in messages.iter_mut() {
            let reports = message
                .wamid
                .as_ref()
                .and_then(|wamid| reports_by_wamid.get(wamid));
            for report in reports.into_iter().flatten() {
                message.apply(report);
            }
        }
        let own = messages.iter().map(|(message, _)| message);
        annotations.extend(own.filter(|it| it.annotates().is_some()).cloned());
        let mut by_target: HashMap<String, Vec<Message>> = HashMap::new();
        for annotation in annotations {
            if let Some(wamid) = annotation.annotates().map(str::to_owned) {
                by_target.entry(wamid).or_default().push(annotation);
            }
        }
        for (message, _) in messages {
            let of_it = message
                .wamid
                .as_ref()
                .and_then(|wamid| by_target.get(wamid));
            if let Some(annotations) = of_it {
                message.annotate(annotations);
            }
        }
        Ok(())
    }

    /// A message that came without its file says now what it says. That it has come is told
    /// once it is stored.
    async fn bring_file(
        &self,
        known: &Message,
        written: &WrittenMessage,
    ) -> Result<(), StoreError> {
        let Some(file) = written
            .file
            .as_ref()
            .filter(|_| known.content.awaits_file())
        else {
            return Ok(());
        };
        let messages = self.uow.messages();
        let waiting = messages.lock(known.id).await?;
        let Some(mut message) = waiting.filter(|message| message.content.awaits_file()) else {
            return Ok(());
        };
        message.content = written.content.clone();
        messages.update_content(&message).await?;
        self.expect_file(file, &message).await
    }

    /// As `annotate`, without a word.
    async fn annotate_silently(&self, wamid: &str) -> Result<(), StoreError> {
        let messages = self.uow.messages();
        let Some(mut target) = messages.lock_by_wamid(self.account_id, wamid).await? else {
            return Ok(());
        };
        let annotations = messages.annotations_of(self.account_id, &[wamid]).await?;
        if target.annotate(&annotations) {
            messages.update(&target).await?;
        }
        Ok(())
    }
}

/// With whom messages are, and when one of them, and the customer's, was last written.
#[derive(Default)]
struct Thread {
    party: Party,
    last_said_at: DateTime<Utc>,
    last_heard_at: Option<DateTime<Utc>>,
}

impl Thread {
    fn add(&mut self, message: &PastMessage) {
        let PastMessage {
            written, direction, ..
        } = message;
        self.party = mem::take(&mut self.party).or(&written.party);
        self.last_said_at = self.last_said_at.max(written.occurred_at);
        if *direction == Direction::Inbound {
            self.last_heard_at = self.last_heard_at.max(Some(written.occurred_at));
        }
    }
}

/// What the messages with one person have in common.
fn thread(party: &Party) -> &str {
    let ids = [&party.wa_id, &party.user_id, &party.parent_user_id];
    let first = ids.into_iter().flatten().next();
    first.map(String::as_str).unwrap_or_default()
}
