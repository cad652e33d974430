//! `POST /{phone-number-id}/messages`: messages, read receipts, typing.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Answer, GraphError};
use crate::{
    Simulator,
    accounts::Number,
    ids, limits, media,
    outbound::SentMessage,
    script::Behaviour,
    simulator::State,
    validation::{self, Envelope, ReadReceipt, Recipient},
};

/// How long messages can be reacted to, and marked as read.
const MEMORY: TimeDelta = TimeDelta::days(30);

impl Simulator {
    pub(super) async fn messages_edge(
        &self,
        number: &str,
        token: &str,
        body: &Value,
    ) -> Result<Answer, GraphError> {
        let number = self.state().accounts.use_number(number, token)?;
        if body.get("status").is_some() {
            return self.mark_read(&number, &validation::read_receipt(body)?);
        }
        let envelope = validation::message(body, &number.wa_id())?;
        let (behaviour, accepted) = self.accept(&number, &envelope, body)?;
        let Some(message) = accepted else {
            return Ok(Answer::Html(502));
        };
        if behaviour == Some(Behaviour::StatusesFirst) {
            self.run_statuses(&message, behaviour.as_ref()).await;
        } else {
            let (simulator, message) = (self.clone(), message.clone());
            let (pending, behaviour) = (self.pending(), behaviour.clone());
            tokio::spawn(async move {
                simulator.run_statuses(&message, behaviour.as_ref()).await;
                drop(pending);
            });
        }
        match behaviour {
            Some(Behaviour::AcceptThenFail { status }) => {
                Err(GraphError::new(131_000).with_status(status))
            }
            Some(Behaviour::AcceptThenTimeOut) => Ok(Answer::Silence),
            _ => Ok(Answer::ok(acceptance(&envelope, &message, body))),
        }
    }

    /// Accepts the message, refuses it, or (none) has it lost in a proxy, as scripted.
    fn accept(
        &self,
        number: &Number,
        envelope: &Envelope,
        body: &Value,
    ) -> Result<(Option<Behaviour>, Option<SentMessage>), GraphError> {
        let now = self.now();
        let open = self.inner.settings.open;
        let mut state = self.state();
        let key = state.contacts.key_of(envelope.recipient.id());
        let behaviour = state.next_behaviour(&key);
        match behaviour {
            Some(Behaviour::Refuse { status, code }) => {
                return Err(GraphError::new(code).with_status(status));
            }
            Some(Behaviour::BadGateway) => return Ok((behaviour, None)),
            _ => {}
        }
        let account = &number.business_account_id;
        if state.accounts.is_disabled(account) {
            return Err(GraphError::new(131_031));
        }
        let category = state.check_template(number, envelope, &key, open)?;
        state
            .accounts
            .check_catalog(account, &body["interactive"], open)?;
        let usable = state.check_files(number, envelope, open, now)?;
        if !open {
            state.check_reaction(envelope, now)?;
        }
        if state.is_blocked(&number.phone_number_id, &key) {
            return Err(GraphError::new(131_026).with_details("You blocked this user."));
        }
        if state.limits.window && envelope.template.is_none() {
            let chat = state.contacts.chat(&number.phone_number_id, &key);
            match chat.and_then(|chat| chat.last_inbound) {
                Some(at) if limits::window_is_open(at, now) => {}
                None if open => {}
                _ => return Err(GraphError::new(131_047)),
            }
        }
        let limits = state.limits;
        state
            .pace
            .admit(limits, &number.phone_number_id, &key, now)?;

        let message = SentMessage {
            wamid: ids::wamid(&key),
            phone_number_id: number.phone_number_id.clone(),
            to: envelope.recipient.id().to_owned(),
            body: body.clone(),
            biz_opaque_callback_data: envelope.biz_opaque_callback_data.clone(),
            template_category: category,
            at: now,
            statuses: Vec::new(),
        };
        state.sent.push(message.clone());
        state
            .contacts
            .chat_mut(&number.phone_number_id, &key)
            .typing_since = None;
        // Meta looks into files only when it delivers them.
        let unusable = (!usable).then_some(Behaviour::FailLater { code: 131_053 });
        Ok((behaviour.or(unusable), Some(message)))
    }

    /// The customer's message and all earlier ones are read.
    fn mark_read(&self, number: &Number, receipt: &ReadReceipt) -> Result<Answer, GraphError> {
        let now = self.now();
        let mut state = self.state();
        let received = state.received.iter().rev().find(|received| {
            received.wamid == receipt.message_id
                && received.phone_number_id == number.phone_number_id
                && now - received.at < MEMORY
        });
        let Some((key, at)) = received.map(|received| (received.customer.clone(), received.at))
        else {
            if self.inner.settings.open {
                return Ok(Answer::success());
            }
            return Err(GraphError::invalid(
                "message_id",
                "is not a message to this number",
            ));
        };
        let chat = state.contacts.chat_mut(&number.phone_number_id, &key);
        chat.read_until = chat.read_until.max(Some(at));
        if receipt.typing {
            chat.typing_since = Some(now);
        }
        Ok(Answer::success())
    }
}

impl State {
    /// Checks the template, and that this customer may have it. Answers its category, if known.
    fn check_template(
        &self,
        number: &Number,
        envelope: &Envelope,
        key: &str,
        open: bool,
    ) -> Result<Option<String>, GraphError> {
        let Some(template) = &envelope.template else {
            return Ok(None);
        };
        let account = &number.business_account_id;
        let definition = self.accounts.templates.check(account, template, open)?;
        let Some(definition) = definition else {
            return Ok(None);
        };
        let needs_phone = definition.category == "AUTHENTICATION";
        if needs_phone && matches!(envelope.recipient, Recipient::User(_)) {
            return Err(GraphError::new(131_062));
        }
        let chat = self.contacts.chat(&number.phone_number_id, key);
        let stopped = chat.is_some_and(|chat| chat.marketing_stopped);
        if stopped && definition.category == "MARKETING" {
            return Err(GraphError::new(131_050));
        }
        Ok(Some(definition.category.clone()))
    }

    fn is_blocked(&self, phone_number_id: &str, key: &str) -> bool {
        let chat = self.contacts.chat(phone_number_id, key);
        chat.is_some_and(|chat| chat.blocked)
    }

    /// Checks that the files are there, and answers whether they can be shown as what they are
    /// sent. An open simulator takes ids that it never heard of.
    fn check_files(
        &self,
        number: &Number,
        envelope: &Envelope,
        open: bool,
        now: DateTime<Utc>,
    ) -> Result<bool, GraphError> {
        let mut usable = true;
        for file in &envelope.files {
            if open && !self.media.knew(&file.id) {
                continue;
            }
            let media = self.media.find(&file.id, now);
            let media = media.filter(|media| media.phone_number_id == number.phone_number_id);
            let media = media.ok_or_else(|| {
                GraphError::new(100).with_details(format!(
                    "Param {} is not a valid media attachment ID of this number",
                    file.path
                ))
            })?;
            if let Err(why) = media::check_use(media, file.kind, file.voice) {
                tracing::info!(%why, "a file cannot be delivered");
                usable = false;
            }
        }
        Ok(usable)
    }

    /// Checks that there is something to react to.
    fn check_reaction(&self, envelope: &Envelope, now: DateTime<Utc>) -> Result<(), GraphError> {
        let Some(target) = &envelope.reaction_to else {
            return Ok(());
        };
        let received = self.received.iter().rev();
        let received = received.map(|message| (&message.wamid, &message.body, message.at));
        let sent = self.sent.iter().rev();
        let sent = sent.map(|message| (&message.wamid, &message.body, message.at));
        let reactable = received
            .chain(sent)
            .find(|(wamid, ..)| *wamid == target)
            .is_some_and(|(_, body, at)| body["type"] != "reaction" && now - at < MEMORY);
        if reactable {
            return Ok(());
        }
        Err(GraphError::invalid(
            "reaction['message_id']",
            "is not a message one can react to",
        ))
    }
}

/// What the business reads when its message was accepted.
fn acceptance(envelope: &Envelope, message: &SentMessage, body: &Value) -> Value {
    let contact = match &envelope.recipient {
        Recipient::Phone { input, wa_id } => json!({"input": input, "wa_id": wa_id}),
        Recipient::User(user_id) => json!({"input": user_id, "user_id": user_id}),
        Recipient::Group(id) => json!({"input": id, "wa_id": id}),
    };
    let mut accepted = json!({"id": message.wamid});
    if body["type"] == "template" {
        accepted["message_status"] = "accepted".into();
    }
    json!({
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [accepted],
    })
}
