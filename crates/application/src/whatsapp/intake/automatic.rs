//! What the program says by itself to a customer who has just written.

use domain::{
    chats::{
        Automation, Chat, Direction, Message, MessageContent, MessageOrigin, Occasion, Text,
        VariableText, VariableValues,
    },
    customers::{MarketingConsent, consent_in},
    event::Event,
    store::StoreError,
};

use super::Intake;

impl Intake<'_> {
    /// Decided in the unit of work that takes the message in, with the chat locked: whatever
    /// comes again, or at the same time, finds that it was said. `before` is the chat as it
    /// was before the message, `chat` as it is.
    pub(super) async fn answer_by_itself(
        &self,
        automation: &Automation,
        before: &Chat,
        chat: &Chat,
        message: &Message,
    ) -> Result<(), StoreError> {
        let Some(organization) = self.uow.organizations().current().await? else {
            return Ok(());
        };
        let mut last = self.uow.automation().last_in(chat.id).await?;
        let occasion = Occasion {
            chat: before,
            last,
            written_at: message.created_at,
            now: self.now,
            timezone: organization.timezone,
        };
        let Some((origin, text)) = automation.answer(&occasion) else {
            return Ok(());
        };
        let account = self.uow.accounts().find(self.account_id).await?;
        if account.is_none_or(|account| account.check_may_answer().is_err()) {
            return Ok(());
        }
        if !self.say(chat, origin, text, &organization.name).await? {
            return Ok(());
        }
        match origin {
            MessageOrigin::Greeting => last.greeting_at = Some(self.now),
            MessageOrigin::Away => last.away_at = Some(self.now),
            // A person does.
            MessageOrigin::Phone => {}
        }
        self.uow.automation().note(chat.id, last).await
    }

    /// False if there is nothing to say once the variables are filled in.
    async fn say(
        &self,
        chat: &Chat,
        origin: MessageOrigin,
        text: &VariableText,
        organization_name: &str,
    ) -> Result<bool, StoreError> {
        let Some(overview) = self.uow.chats().overview(chat.id, None).await? else {
            return Ok(false);
        };
        let body = text.render(&VariableValues {
            person: &overview.person,
            agent: None,
            organization_name,
        });
        let text = match Text::compose(body, false) {
            Ok(text) => MessageContent::Text(text),
            Err(error) => {
                tracing::warn!(%error, origin = origin.as_str(), "Nothing is said by itself");
                return Ok(false);
            }
        };
        // The customer may have written to a window that is over by now.
        let Ok(message) = chat.compose_by_itself(text, origin, self.now) else {
            return Ok(false);
        };
        self.uow.messages().insert(&message, None).await?;
        self.uow.chats().note_message(&message, self.now).await?;
        self.uow.record(Event::MessageQueued { message });
        Ok(true)
    }
}

/// Whether a machine may answer it at all: what somebody has just said to us, unless it is
/// that they want to hear no more.
pub(super) fn may_be_answered(message: &Message) -> bool {
    message.direction == Direction::Inbound
        && message.content.opens_service_window()
        && message
            .content
            .text()
            .and_then(|text| consent_in(&text, MarketingConsent::Unknown))
            .is_none()
}
