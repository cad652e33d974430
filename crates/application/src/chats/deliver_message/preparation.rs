//! What is looked at before a message is claimed, while it can still wait.

use chrono::{DateTime, Utc};
use domain::{
    chats::{Chat, Message, MessageContent, MessageError},
    organizations::OrganizationId,
    store::Repositories,
    whatsapp::{
        Account, CloudApiError, Contact, Credentials, MetaError, Outgoing, TemplateCategory,
        UploadedMedia,
    },
};

use super::outgoing;
use crate::{
    Error,
    chats::Chats,
    whatsapp::{ACCOUNT_POLL, HandOver},
};

/// A message that is ready to go.
pub(super) struct Parcel {
    pub(super) account: Account,
    pub(super) contact: Contact,
    pub(super) credentials: Credentials,
    pub(super) outgoing: Outgoing,
    /// The file in it, if Meta was given it for an earlier message.
    pub(super) known_file: Option<UploadedMedia>,
}

pub(super) enum Preparation {
    Ready(Box<Parcel>),
    NotBefore(DateTime<Utc>),
    Impossible(MessageError),
    /// What had to be asked of Meta first was not answered, as this says it to people.
    Unprepared(Box<Account>, CloudApiError, &'static str),
}

impl Chats {
    /// Everything that must be known and allowed before the message is claimed.
    pub(super) async fn prepare(
        &self,
        organization_id: OrganizationId,
        message: &Message,
    ) -> Result<Preparation, Error> {
        let now = self.ports.clock.now();
        let data = self.ports.store.read(organization_id);
        let Some(account) = data.accounts().find(message.account_id).await? else {
            let error = MessageError::ours("The number is not connected any more", None);
            return Ok(Preparation::Impossible(error));
        };
        let chat = data.chats().find(message.chat_id).await?;
        let chat = chat.ok_or_else(|| Error::internal("a message without a chat"))?;
        if chat.check_account(&account, now).is_err() {
            return Ok(Preparation::NotBefore(now + ACCOUNT_POLL));
        }
        if !message.content.may_leave_window() && chat.check_window(now).is_err() {
            let error = MessageError::from(&MetaError::window_closed());
            return Ok(Preparation::Impossible(error));
        }
        let contact = data.contacts().find(chat.contact_id).await?;
        let Some(contact) = contact else {
            let error = MessageError::ours("The person in this chat was erased", None);
            return Ok(Preparation::Impossible(error));
        };
        if let Err(error) = contact.check_may_be_written_to() {
            let error = MessageError::ours(&error.to_string(), None);
            return Ok(Preparation::Impossible(error));
        }
        let Some(recipient) = contact.recipient() else {
            let title = "WhatsApp has told no way to reach this customer";
            return Ok(Preparation::Impossible(MessageError::ours(title, None)));
        };
        let credentials = self.whatsapp.credentials(&account)?;
        if let MessageContent::Template(template) = &message.content
            && refuses_marketing(data.as_ref(), &chat).await?
        {
            let cloud_api = &self.ports.cloud_api;
            let category = cloud_api
                .template_category(&credentials, &template.name, &template.language)
                .await;
            match category {
                Ok(Some(TemplateCategory::Marketing)) => {
                    let title = "This customer has opted out of marketing";
                    return Ok(Preparation::Impossible(MessageError::ours(title, None)));
                }
                Ok(_) => {}
                Err(error) => {
                    let title = "WhatsApp does not say whether this template is marketing";
                    return Ok(Preparation::Unprepared(Box::new(account), error, title));
                }
            }
        }
        let (file, was_known) = match message.content.file() {
            None => (None, false),
            // Before the message is claimed, so that it can wait for it.
            Some((_, media_id)) => match self
                .whatsapp
                .hand_over_media(organization_id, &account, &credentials, media_id)
                .await?
            {
                HandOver::Done {
                    uploaded,
                    was_known,
                } => (Some(uploaded), was_known),
                HandOver::Gone => {
                    let title = "The file of this message is not there any more";
                    return Ok(Preparation::Impossible(MessageError::ours(title, None)));
                }
                HandOver::Failed(error) => {
                    let title = "The file could not be handed to WhatsApp";
                    return Ok(Preparation::Unprepared(Box::new(account), error, title));
                }
            },
        };
        let meta_id = file.as_ref().map(|file| file.meta_id.clone());
        let outgoing = Outgoing {
            message_id: message.id,
            recipient,
            reply_to: message.reply_to.as_ref().map(|reply| reply.wamid.clone()),
            content: outgoing::content(&message.content, meta_id)?,
        };
        if let Some(wait) = self.pace(&account, &outgoing.recipient).await? {
            return Ok(Preparation::NotBefore(now + wait));
        }
        Ok(Preparation::Ready(Box::new(Parcel {
            account,
            contact,
            credentials,
            outgoing,
            known_file: file.filter(|_| was_known),
        })))
    }
}

/// Only of who does is Meta asked what a template is for.
async fn refuses_marketing(data: &dyn Repositories, chat: &Chat) -> Result<bool, Error> {
    let customer = match chat.customer_id {
        Some(id) => data.customers().find(id).await?,
        None => None,
    };
    Ok(customer.is_some_and(|customer| !customer.marketing_consent.allows_marketing()))
}
