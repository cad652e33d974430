use domain::{
    customers::Customer,
    event::Event,
    store::StoreError,
    whatsapp::{AddressBookName, Contact, webhook::AddressBookEntry},
};

use super::{Intake, people::busy};

impl Intake<'_> {
    /// The owner calls somebody by this name on the phone. Whoever is not known yet is made
    /// known, without a word, and nobody is forgotten.
    pub(super) async fn take_address_book_entry(
        &self,
        entry: &AddressBookEntry,
    ) -> Result<(), StoreError> {
        if entry.is_removed {
            return Ok(());
        }
        let contact = self.find_or_make_contact_silently(&entry.party).await?;
        let Some(name) = entry.party.name.clone() else {
            return Ok(());
        };
        let contacts = self.uow.contacts();
        let known = contacts.address_book_name(contact.id).await?;
        if known
            .as_ref()
            .is_some_and(|it| it.written_at > entry.written_at)
        {
            return Ok(());
        }
        let told = AddressBookName {
            name,
            written_at: entry.written_at,
        };
        contacts.keep_address_book_name(contact.id, &told).await?;
        self.rename_customer(&contact, known.as_ref(), &told)
            .await?;
        if contact.name.is_none() {
            let named = Contact {
                name: Some(told.name),
                updated_at: self.now,
                ..contact
            };
            contacts.update(&named).await?;
        }
        Ok(())
    }

    /// A name that a person has given here stays.
    async fn rename_customer(
        &self,
        contact: &Contact,
        known: Option<&AddressBookName>,
        told: &AddressBookName,
    ) -> Result<(), StoreError> {
        let customers = self.uow.customers();
        let Some(customer_id) = contact.customer_id else {
            return Ok(());
        };
        let Some(customer) = customers.find(customer_id).await? else {
            return Ok(());
        };
        let from_whatsapp = [
            contact.name.as_deref(),
            contact.username.as_deref(),
            known.map(|known| known.name.as_str()),
            None,
        ];
        let is_called = |name: Option<&str>| {
            let named = Customer::from_profile(name, None, self.now);
            (named.first_name, named.last_name)
                == (customer.first_name.clone(), customer.last_name.clone())
        };
        if is_called(Some(&told.name)) || !from_whatsapp.into_iter().any(is_called) {
            return Ok(());
        }
        let named = Customer::from_profile(Some(&told.name), None, self.now);
        let mut renamed = Customer {
            first_name: named.first_name,
            last_name: named.last_name,
            updated_at: self.now,
            ..customer.clone()
        };
        if !customers.update(&renamed).await? {
            return Err(busy("somebody else is changing the same customer"));
        }
        self.note_change(&customer, &renamed).await?;
        renamed.version += 1;
        self.uow
            .record(Event::CustomerUpdated { customer: renamed });
        Ok(())
    }
}
