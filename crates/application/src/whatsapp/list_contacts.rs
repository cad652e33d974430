use std::collections::HashMap;

use domain::{
    chats::Person,
    organizations::Permission,
    page::{Page, PageRequest},
    text::search_term,
    whatsapp::ContactFilter,
};

use super::{ContactDetails, WhatsApp};
use crate::{Actor, Error};

/// Some of the people who wrote or were written to.
#[derive(Clone, Debug)]
pub struct ContactList {
    pub page: Page<ContactDetails>,
    /// How many fit the filter in all, if it was asked for.
    pub total: Option<u64>,
}

impl WhatsApp {
    /// The people who wrote or were written to, with the customer whom each is, if any; newest
    /// first. What is searched for is part of a name or of a phone number.
    #[tracing::instrument(skip_all)]
    pub async fn list_contacts(
        &self,
        actor: &Actor,
        filter: ContactFilter<'_>,
        page: PageRequest,
        include_total: bool,
    ) -> Result<ContactList, Error> {
        actor.require(Permission::ContactsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let search = filter.search.and_then(search_term);
        let filter = ContactFilter {
            search: search.as_deref(),
            ..filter
        };
        let total = if include_total {
            Some(data.contacts().count(filter).await?)
        } else {
            None
        };
        let Page { rows, older, newer } = data.contacts().list(filter, page).await?;
        let ids: Vec<_> = rows.iter().filter_map(|it| it.customer_id).collect();
        let customers = data.customers().find_all(&ids).await?;
        let customers: HashMap<_, _> = customers
            .into_iter()
            .map(|customer| (customer.id, customer))
            .collect();
        let ids: Vec<_> = rows.iter().map(|contact| contact.id).collect();
        let mut identities = data.contacts().identities(&ids).await?;
        let rows = rows
            .into_iter()
            .map(|contact| {
                let customer = contact.customer_id.and_then(|id| customers.get(&id));
                ContactDetails {
                    identities: identities.remove(&contact.id).unwrap_or_default(),
                    person: Person {
                        customer: customer.cloned(),
                        contact,
                    },
                }
            })
            .collect();
        let page = Page { rows, older, newer };
        Ok(ContactList { page, total })
    }
}
