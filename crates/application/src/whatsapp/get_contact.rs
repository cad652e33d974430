use domain::{
    chats::Person,
    organizations::Permission,
    whatsapp::{ContactId, Identity},
};

use super::WhatsApp;
use crate::{Actor, Error};

/// A person on WhatsApp, with the customer it is and all by which it is known.
#[derive(Clone, Debug)]
pub struct ContactDetails {
    pub person: Person,
    pub identities: Vec<Identity>,
}

impl WhatsApp {
    #[tracing::instrument(skip_all, fields(contact.id = %id))]
    pub async fn get_contact(&self, actor: &Actor, id: ContactId) -> Result<ContactDetails, Error> {
        actor.require(Permission::ContactsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let contact = data.contacts().find(id).await?;
        let contact = contact.ok_or(Error::NotFound("contact"))?;
        let customer = match contact.customer_id {
            Some(id) => data.customers().find(id).await?,
            None => None,
        };
        let mut identities = data.contacts().identities(&[id]).await?;
        Ok(ContactDetails {
            person: Person { customer, contact },
            identities: identities.remove(&id).unwrap_or_default(),
        })
    }
}
