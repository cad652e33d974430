//! Under which names a person is to be found.

use domain::{
    customers::{Customer, CustomerId, CustomerMergeRepository, Traces},
    store::StoreError,
    whatsapp::{Identity, IdentityKind, PhoneNumberId},
};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::database::{
    entities::{account, contact_identity, customer, customer_merge, merged_chat},
    error::{broken, store_error},
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    pub(super) async fn find_traces(&self, id: CustomerId) -> Result<Traces, StoreError> {
        let belongings = self.belongings(id).await?;
        let mut identities = self.identities_of_customer(id).await?;
        let contacts = belongings.contacts.iter().map(|contact| contact.id.uuid());
        let known = self
            .scope
            .find::<contact_identity::Entity>()
            .filter(contact_identity::Column::ContactId.is_in(contacts))
            .all(self.db())
            .await
            .map_err(store_error)?;
        identities.extend(known.into_iter().map(|row| row.value));
        for contact in belongings.contacts {
            identities.extend(contact.wa_id);
            identities.extend(contact.user_id);
        }
        identities.sort_unstable();
        identities.dedup();
        let chats = belongings.chats.iter().map(|id| id.uuid());
        let joined = self
            .scope
            .find::<merged_chat::Entity>()
            .filter(merged_chat::Column::ChatId.is_in(chats.clone()))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let chats = chats.chain(joined.iter().map(|row| row.id));
        let accounts = self.scope.find::<account::Entity>();
        let accounts = accounts.all(self.db()).await.map_err(store_error)?;
        let (numbers, mut business_accounts): (_, Vec<_>) = accounts
            .into_iter()
            .map(|row| (PhoneNumberId(row.phone_number_id), row.business_account_id))
            .unzip();
        business_accounts.sort_unstable();
        business_accounts.dedup();
        Ok(Traces {
            customers: self.merged_into(id).await?,
            chats: chats.map(Into::into).collect(),
            identities,
            numbers,
            business_accounts,
        })
    }

    /// Their numbers, in every way they are written.
    async fn identities_of_customer(&self, id: CustomerId) -> Result<Vec<String>, StoreError> {
        let customer = self
            .scope
            .find::<customer::Entity>()
            .filter(customer::Column::Id.eq(id.uuid()));
        let customer: Option<Customer> = self.db().one(customer).await?;
        let customer = customer.ok_or_else(|| broken("a customer who is locked is not there"))?;
        let numbers = customer.all_numbers().into_iter();
        let numbers: Vec<_> = numbers
            .map(|number| Identity {
                kind: IdentityKind::WaId,
                value: number.digits().to_owned(),
            })
            .collect();
        let written = Identity::with_variants(&numbers);
        Ok(written.into_iter().map(|it| it.value).collect())
    }

    /// The customer, and all who were merged into them and those before them.
    async fn merged_into(&self, id: CustomerId) -> Result<Vec<CustomerId>, StoreError> {
        let mut all = vec![id.uuid()];
        let mut newest = all.clone();
        while !newest.is_empty() {
            let merges = self
                .scope
                .find::<customer_merge::Entity>()
                .filter(customer_merge::Column::CustomerId.is_in(newest))
                .filter(customer_merge::Column::UndoneAt.is_null())
                .all(self.db())
                .await
                .map_err(store_error)?;
            newest = merges.into_iter().map(|row| row.other_id).collect();
            newest.retain(|id| !all.contains(id));
            all.extend(&newest);
        }
        Ok(all.into_iter().map(Into::into).collect())
    }
}
