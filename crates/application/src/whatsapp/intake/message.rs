use domain::{
    chats::{Automation, Chat, ChatId, Direction, Message, MessageOrigin, MessageStatus, ReplyTo},
    event::Event,
    id::Id,
    store::StoreError,
    whatsapp::{
        Media, MediaSource, MediaState,
        webhook::{File, WrittenMessage},
    },
};
use serde_json::Value;

use super::{Intake, automatic::may_be_answered};
use crate::chats::{annotate, assign_later, note_reached};

impl Intake<'_> {
    /// Stores a message that somebody wrote on WhatsApp: the customer or, on the phone that
    /// the number also lives on, the business.
    pub(super) async fn take_message(
        &self,
        written: &WrittenMessage,
        direction: Direction,
        original: &Value,
    ) -> Result<(), StoreError> {
        let contact = self.find_or_make_contact(&written.party).await?;
        let chat = self.find_or_open_chat(&contact).await?;
        let mut message = self.compose(written, direction, &chat).await?;
        self.name_products(&mut message).await?;
        if !self.uow.messages().insert(&message, Some(original)).await? {
            tracing::debug!(wamid = written.wamid, "A message came again");
            return Ok(());
        }
        let contact = self
            .refresh_contact(&contact, &written.party, written.occurred_at)
            .await?;
        if direction == Direction::Inbound {
            note_reached(self.uow, &contact, written.occurred_at).await?;
            if let Some(customer_id) = contact.customer_id {
                let customers = self.uow.customers();
                customers.saw(customer_id, written.occurred_at).await?;
            }
            self.heed_keyword(&contact, &message).await?;
        }
        let is_blocked = contact.blocked.is_some();
        self.give_identities(contact, &written.new_identities)
            .await?;
        if let Some(file) = &written.file {
            self.expect_file(file, &message).await?;
        }
        self.catch_up(&mut message).await?;
        // What was on its way when somebody was blocked, or comes through a number that could
        // not block them, is kept as any other; but nobody is answered by a machine.
        let automation = if is_blocked {
            None
        } else {
            self.automation_for(&message).await?
        };
        // Locked, so that of several who answer by themselves each sees what the other did.
        let before = match automation {
            Some(_) => self.uow.chats().lock(chat.id).await?.unwrap_or(chat),
            None => chat,
        };
        let chat = self.move_chat_on(&before, &message).await?;
        if begins_to_wait(&before, &chat) {
            assign_later(self.uow, self.organization_id).await?;
        }
        self.uow.record(Event::MessageReceived {
            message: message.clone(),
        });
        if let Some(automation) = automation {
            self.answer_by_itself(&automation, &before, &chat, &message)
                .await?;
        }
        if let Some(wamid) = message.annotates() {
            self.annotate(wamid).await?;
        }
        Ok(())
    }

    async fn compose(
        &self,
        written: &WrittenMessage,
        direction: Direction,
        chat: &Chat,
    ) -> Result<Message, StoreError> {
        Ok(Message {
            reply_to: self.reply_to(written).await?,
            ..self.written(written, direction, chat.id)
        })
    }

    /// All of a message but what it answers.
    pub(super) fn written(
        &self,
        written: &WrittenMessage,
        direction: Direction,
        chat_id: ChatId,
    ) -> Message {
        let is_inbound = direction == Direction::Inbound;
        let status = if is_inbound {
            MessageStatus::Received
        } else {
            MessageStatus::Sent
        };
        Message {
            id: Id::generate(),
            chat_id,
            account_id: self.account_id,
            direction,
            content: written.content.clone(),
            status,
            wamid: Some(written.wamid.clone()),
            reply_to: None,
            reactions: Vec::new(),
            sent_by: None,
            origin: (!is_inbound).then_some(MessageOrigin::Phone),
            context: written.context.clone(),
            referral: written.referral.clone(),
            error: None,
            created_at: written.occurred_at,
            edited_at: None,
            revoked_at: None,
            sent_at: (!is_inbound).then_some(written.occurred_at),
            delivered_at: None,
            read_at: None,
            failed_at: None,
        }
    }

    async fn reply_to(&self, written: &WrittenMessage) -> Result<Option<ReplyTo>, StoreError> {
        let Some(wamid) = written.reply_to.clone() else {
            return Ok(None);
        };
        let quoted = self
            .uow
            .messages()
            .find_by_wamid(self.account_id, &wamid)
            .await?;
        Ok(Some(ReplyTo {
            message_id: quoted.map(|message| message.id),
            wamid,
        }))
    }

    pub(super) async fn expect_file(
        &self,
        file: &File,
        message: &Message,
    ) -> Result<(), StoreError> {
        let media = Media {
            id: file.media_id,
            source: Some(MediaSource {
                account_id: self.account_id,
                message_id: message.id,
                meta_id: file.meta_id.clone(),
                url: file.url.clone(),
            }),
            kind: file.kind,
            mime_type: file.mime_type.clone(),
            sha256: file.sha256.clone(),
            file_name: file.filename.clone(),
            state: MediaState::Pending,
            // The URL began to run out when it was delivered.
            created_at: self.received_at,
        };
        self.uow.media().insert(&media).await?;
        self.uow.record(Event::MediaReceived { media_id: media.id });
        Ok(())
    }

    /// Applies what came before the message that it speaks of.
    async fn catch_up(&self, message: &mut Message) -> Result<(), StoreError> {
        let Some(wamid) = message.wamid.clone() else {
            return Ok(());
        };
        let messages = self.uow.messages();
        let mut changed = false;
        if message.annotates().is_none() {
            let annotations = messages.annotations_of(self.account_id, &[&wamid]).await?;
            changed |= message.annotate(&annotations);
        }
        if message.direction == Direction::Outbound {
            for report in messages.reports_of(self.account_id, &[&wamid]).await? {
                changed |= message.apply(&report);
            }
        }
        if changed {
            messages.update(message).await?;
        }
        Ok(())
    }

    /// What may answer the message by itself, if anything may.
    async fn automation_for(&self, message: &Message) -> Result<Option<Automation>, StoreError> {
        if !may_be_answered(message) {
            return Ok(None);
        }
        let automation = self.uow.automation().settings().await?;
        let speaks = automation.greeting.is_some() || automation.away.is_some();
        Ok(speaks.then_some(automation))
    }

    async fn move_chat_on(&self, chat: &Chat, message: &Message) -> Result<Chat, StoreError> {
        let chats = self.uow.chats();
        let moved = chats.note_message(message, self.now).await?;
        if moved.status != chat.status
            && let Some(overview) = chats.overview(chat.id, None).await?
        {
            self.uow.record(Event::ChatUpdated { overview });
        }
        Ok(moved)
    }

    /// Applies all that is known of a message to it, if it has come yet.
    pub(super) async fn annotate(&self, wamid: &str) -> Result<(), StoreError> {
        annotate(self.uow, self.account_id, wamid).await
    }
}

/// Whether the message is the customer's first, or has opened the chat again, and nobody has
/// it. The version tells also of what others did to the chat meanwhile.
fn begins_to_wait(before: &Chat, after: &Chat) -> bool {
    let is_news = before.last_inbound_at.is_none() && after.last_inbound_at.is_some();
    after.waits_for_assignment() && (is_news || after.version != before.version)
}
