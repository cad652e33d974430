//! The people whom deliveries speak of.

use chrono::{DateTime, Utc};
use domain::{
    chats::{Chat, Message, MessageContent},
    customers::{
        ChangeOrigin, Consent, ConsentSource, Customer, CustomerChange, MarketingConsent,
        consent_in,
    },
    event::Event,
    id::Id,
    store::StoreError,
    text::PhoneNumber,
    whatsapp::{Contact, ContactId, Identity, IdentityKind, is_same_number, webhook::Party},
};
use serde_json::{Value, json};

use super::Intake;
use crate::chats::{
    Became, customer_of, find_or_open_chat, make_contact, make_customers, meet, newcomers,
    record_reassignment, tell_of_customers,
};

impl Intake<'_> {
    /// Makes a customer, if the organization wants it, of whoever is none yet, and one contact
    /// of two who are proven to be one person.
    pub(super) async fn find_or_make_contact(&self, party: &Party) -> Result<Contact, StoreError> {
        if let Some(known) = self.find_contact(party).await? {
            let (contact, became) = self.make_customer(known).await?;
            tell_of_customers(self.uow, became).await?;
            return Ok(contact);
        }
        make_contact(self.uow, party, None, None, self.now)
            .await?
            .ok_or_else(|| busy("somebody else is making the same contact"))
    }

    /// The same, without a word of a new customer: of what a phone gives away at once there may
    /// be thousands.
    pub(super) async fn find_or_make_contact_silently(
        &self,
        party: &Party,
    ) -> Result<Contact, StoreError> {
        if let Some(known) = self.find_contact(party).await? {
            return Ok(self.make_customer(known).await?.0);
        }
        let met = meet(self.uow, party, None, None, self.now).await?;
        let (contact, _) = met.ok_or_else(|| busy("somebody else is making the same contact"))?;
        Ok(contact)
    }

    /// Of a contact who is locked and was met while the organization wanted no new customers.
    async fn make_customer(&self, contact: Contact) -> Result<(Contact, Became), StoreError> {
        if contact.customer_id.is_some() {
            return Ok((contact, Became::default()));
        }
        let wanted = newcomers(self.uow).await?;
        let contacts = std::slice::from_ref(&contact);
        let became = make_customers(self.uow, contacts, wanted, self.now).await?;
        let customer_id = became.all.first().map(|(_, customer_id)| *customer_id);
        let contact = Contact {
            customer_id,
            ..contact
        };
        Ok((contact, became))
    }

    async fn find_contact(&self, party: &Party) -> Result<Option<Contact>, StoreError> {
        let contacts = self.uow.contacts();
        let known = contacts.lock_by_identities(&party.identities()).await?;
        if let ([one, another], Some(wa_id), Some(user_id)) =
            (&known[..], &party.wa_id, &party.user_id)
        {
            let is_older = (one.created_at, one.id) <= (another.created_at, another.id);
            let (stays, gone) = if is_older {
                (one, another)
            } else {
                (another, one)
            };
            if let Some(joined) = stays.joined_with(gone, wa_id, user_id) {
                return self.merge(stays, gone, joined).await.map(Some);
            }
        }
        Ok(known.into_iter().next())
    }

    /// The contact that goes leaves its chats, its ids and what it said of marketing.
    async fn merge(
        &self,
        stays: &Contact,
        gone: &Contact,
        joined: Contact,
    ) -> Result<Contact, StoreError> {
        let chats = self.uow.chats();
        let handed_over = chats.hand_over(gone.id, &joined, self.now).await?;
        self.uow.contacts().absorb(gone.id, stays.id).await?;
        match (gone.customer_id, stays.customer_id) {
            (Some(theirs), Some(ours)) if theirs != ours => {
                self.uow.customers().absorb(theirs, ours).await?;
            }
            (Some(theirs), None) => {
                let of = [(stays.id, theirs)];
                self.uow.contacts().give_customers(&of).await?;
            }
            _ => {}
        }
        if let Some(blocked) = &joined.blocked {
            let contacts = self.uow.contacts();
            contacts.set_blocked(stays.id, Some(blocked)).await?;
        }
        let contact = self.store_contact(stays, joined).await?;
        for (left, into) in handed_over {
            let Some(overview) = chats.overview(into.id, None).await? else {
                continue;
            };
            let joined = overview.chat.clone();
            if left.id != into.id {
                self.uow.record(Event::ChatMerged {
                    chat_id: left.id,
                    into_chat_id: into.id,
                });
            }
            self.uow.record(Event::ChatUpdated { overview });
            if left.id != into.id {
                // Whoever saw one of the two need not see both together.
                record_reassignment(self.uow, &left, &joined);
                record_reassignment(self.uow, &into, &joined);
            }
        }
        Ok(contact)
    }

    pub(super) async fn find_or_open_chat(&self, contact: &Contact) -> Result<Chat, StoreError> {
        find_or_open_chat(self.uow, self.account_id, contact, self.now)
            .await?
            .ok_or_else(|| busy("somebody else is opening the same chat"))
    }

    /// Takes over what a delivery newly tells of a person. What is known already is replaced
    /// by what is told later, not by what merely came later.
    pub(super) async fn refresh_contact(
        &self,
        contact: &Contact,
        party: &Party,
        told_at: DateTime<Utc>,
    ) -> Result<Contact, StoreError> {
        let is_news = told_at > contact.updated_at;
        let choose = |told: &Option<String>, known: &Option<String>| {
            let told = told.as_ref().filter(|_| is_news || known.is_none());
            told.or(known.as_ref()).cloned()
        };
        let is_other =
            |told: &Option<String>, known: &Option<String>| told.is_some() && told != known;
        if is_other(&party.wa_id, &contact.wa_id)
            || is_other(&party.user_id, &contact.user_id)
            || party.parent_user_id.is_some()
        {
            let identities = party.identities();
            self.uow
                .contacts()
                .add_identities(contact.id, &identities)
                .await?;
        }
        let told = Contact {
            name: choose(&party.name, &contact.name),
            wa_id: choose(&party.wa_id, &contact.wa_id),
            user_id: choose(&party.user_id, &contact.user_id),
            username: choose(&party.username, &contact.username),
            ..contact.clone()
        };
        self.store_contact(contact, told).await
    }

    /// From now on the person is known by these ids too, whoever had them.
    pub(super) async fn give_identities(
        &self,
        contact: Contact,
        identities: &[Identity],
    ) -> Result<(), StoreError> {
        if identities.is_empty() {
            return Ok(());
        }
        self.uow
            .contacts()
            .move_identities(contact.id, identities)
            .await?;
        let mut told = contact.clone();
        for Identity { kind, value } in identities {
            match kind {
                IdentityKind::WaId => told.wa_id = Some(value.clone()),
                IdentityKind::UserId => told.user_id = Some(value.clone()),
                IdentityKind::ParentUserId => {}
            }
        }
        self.store_contact(&contact, told).await?;
        Ok(())
    }

    /// The customer follows: a name and a number where there were none, a new number in
    /// place of the old one.
    async fn store_contact(&self, before: &Contact, told: Contact) -> Result<Contact, StoreError> {
        if told == *before {
            return Ok(told);
        }
        let contact = Contact {
            updated_at: self.now,
            ..told
        };
        self.uow.contacts().update(&contact).await?;
        let Some(customer_id) = contact.customer_id else {
            return Ok(contact);
        };
        let customers = self.uow.customers();
        let Some(customer) = customers.find(customer_id).await? else {
            return Ok(contact);
        };
        let mut followed = customer.clone();
        let is = |number: &PhoneNumber, other: Option<PhoneNumber>| {
            other.is_some_and(|other| is_same_number(number, &other))
        };
        // A number that is only written in another way stays as people know it.
        let follows = customer.phone_number.as_ref().is_none_or(|number| {
            is(number, before.phone_number()) && !is(number, contact.phone_number())
        });
        if follows {
            followed.phone_number = contact.phone_number().or(customer.phone_number.clone());
        }
        if let Some(number) = &followed.phone_number {
            // What was one number of several may be the first now.
            let is_other = |other: &PhoneNumber| !is_same_number(number, other);
            followed.other_phone_numbers.retain(is_other);
        }
        if customer.first_name.is_none() && customer.last_name.is_none() {
            let named = Customer::from_profile(contact.name.as_deref(), None, self.now);
            followed.first_name = named.first_name;
            followed.last_name = named.last_name;
        }
        if followed.phone_number != customer.phone_number {
            let other = match &followed.phone_number {
                Some(number) => customers.find_by_phone(number).await?,
                None => None,
            };
            if other.is_some_and(|other| other.id != customer.id) {
                // Somebody else is known by it, whom only people can tell from this one.
                followed.phone_number = customer.phone_number.clone();
                followed.other_phone_numbers = customer.other_phone_numbers.clone();
            }
        }
        if followed != customer {
            followed.updated_at = self.now;
            if !customers.update(&followed).await? {
                return Err(busy("somebody else is changing the same customer"));
            }
            self.note_change(&customer, &followed).await?;
            followed.version += 1;
            self.uow
                .record(Event::CustomerUpdated { customer: followed });
        }
        Ok(contact)
    }

    pub(super) async fn note_change(
        &self,
        before: &Customer,
        after: &Customer,
    ) -> Result<(), StoreError> {
        let change = CustomerChange::between(Some(before), after, ChangeOrigin::Whatsapp, None);
        self.uow.customer_history().append(&[change]).await
    }

    /// A message that is nothing but a word which stops marketing, or has it again, does so.
    pub(super) async fn heed_keyword(
        &self,
        contact: &Contact,
        message: &Message,
    ) -> Result<(), StoreError> {
        use MarketingConsent::{OptedOut, Unknown};
        let MessageContent::Text(text) = &message.content else {
            return Ok(());
        };
        let may_say = |present| consent_in(&text.body, present).is_some();
        if !may_say(Unknown) && !may_say(OptedOut) {
            return Ok(());
        }
        let customer = match contact.customer_id {
            Some(id) => self.uow.customers().find(id).await?,
            None => None,
        };
        let present = customer.map_or(Unknown, |customer| customer.marketing_consent);
        let Some(state) = consent_in(&text.body, present) else {
            return Ok(());
        };
        let proof = json!({ "messageId": message.id, "text": text.body });
        let source = ConsentSource::Keyword;
        self.record_consent(contact.id, state, source, message.created_at, &proof)
            .await
    }

    /// What somebody says of marketing is kept with the customer, who is made if need be: else
    /// it would be forgotten when they become one.
    pub(super) async fn record_consent(
        &self,
        contact_id: ContactId,
        state: MarketingConsent,
        source: ConsentSource,
        occurred_at: DateTime<Utc>,
        proof: &Value,
    ) -> Result<(), StoreError> {
        let Some(customer_id) = customer_of(self.uow, contact_id, self.now).await? else {
            return Err(busy("a contact who consents is not there any more"));
        };
        let consent = Consent {
            id: Id::generate(),
            customer_id,
            state,
            source,
            proof: proof.clone(),
            occurred_at,
        };
        let customers = self.uow.customers();
        if customers.insert_consent(&consent).await?
            && let Some(customer) = customers.find(customer_id).await?
        {
            self.uow.record(Event::CustomerUpdated { customer });
        }
        Ok(())
    }
}

/// All of the unit of work is done again later.
pub(super) fn busy(reason: &str) -> StoreError {
    StoreError::Unavailable(reason.into())
}
