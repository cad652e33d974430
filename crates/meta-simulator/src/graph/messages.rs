//! `POST /{phone-number-id}/messages`: messages, read receipts, typing.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Answer, GraphError};
use crate::{
    Simulator,
    accounts::Number,
    ids, limits,
    outbound::SentMessage,
    script::Behaviour,
    simulator::State,
    validation::{self, Envelope, ReadReceipt, Recipient},
};

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
        if let Some(template) = &envelope.template {
            state.accounts.check_template(
                &number.business_account_id,
                &template.name,
                &template.language,
                template.body_parameters,
            )?;
        }
        if !open {
            state.check_references(number, envelope, body, now)?;
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
            at: now,
            statuses: Vec::new(),
        };
        state.sent.push(message.clone());
        state
            .contacts
            .chat_mut(&number.phone_number_id, &key)
            .typing_since = None;
        Ok((behaviour, Some(message)))
    }

    /// The customer's message and all earlier ones are read.
    fn mark_read(&self, number: &Number, receipt: &ReadReceipt) -> Result<Answer, GraphError> {
        let now = self.now();
        let mut state = self.state();
        let received = state.received.iter().rev().find(|received| {
            received.wamid == receipt.message_id
                && received.phone_number_id == number.phone_number_id
        });
        let Some((key, at)) = received.map(|received| (received.from.clone(), received.at)) else {
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
    /// Checks what the message refers to: media by id, and the target of a reaction.
    fn check_references(
        &self,
        number: &Number,
        envelope: &Envelope,
        body: &Value,
        now: DateTime<Utc>,
    ) -> Result<(), GraphError> {
        for (path, id) in validation::media_ids(body) {
            let media = self.media.find(id, now);
            if media.is_none_or(|media| media.phone_number_id != number.phone_number_id) {
                return Err(GraphError::new(100).with_details(format!(
                    "Param {path} is not a valid media attachment ID of this number"
                )));
            }
        }
        if let Some(target) = &envelope.reaction_to {
            let received = self.received.iter().rev();
            let sent = self.sent.iter().rev();
            let mut bodies = received
                .map(|message| (&message.wamid, &message.body))
                .chain(sent.map(|message| (&message.wamid, &message.body)));
            let reactable = bodies
                .find(|(wamid, _)| *wamid == target)
                .is_some_and(|(_, body)| body["type"] != "reaction");
            if !reactable {
                let path = "reaction['message_id']";
                return Err(GraphError::invalid(
                    path,
                    "is not a message one can react to",
                ));
            }
        }
        Ok(())
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
