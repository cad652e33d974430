use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::DateTime;
use domain::{
    auth::EmailAddress,
    customers::{Consent, ConsentSource, Customer, CustomerId, number_term, phone_key},
    imports::ImportedCustomers,
    store::StoreError,
    text::PhoneNumber,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use crate::database::{
    customers::{consents::row as consent_row, row},
    entities::{contact, customer, customer_consent, customer_term},
    error::{store_error, unavailable},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ImportedCustomers for SeaUnitOfWork {
    async fn lock_by_phone_numbers(
        &self,
        numbers: &[PhoneNumber],
    ) -> Result<Vec<Customer>, StoreError> {
        use customer::Column::{Id, PhoneKey};
        let others = self.customers_of_terms(numbers.iter().map(number_term));
        let others: Vec<Uuid> = others
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let has_number = Condition::any()
            .add(PhoneKey.is_in(numbers.iter().map(phone_key)))
            .add(Id.is_in(others));
        let customers = self
            .scope
            .find::<customer::Entity>()
            .filter(has_number)
            .order_by_asc(Id);
        self.db().lock_all(customers).await
    }

    async fn lock_by_emails(&self, emails: &[EmailAddress]) -> Result<Vec<Customer>, StoreError> {
        use customer::Column::{Email, Id};
        let numbered = self
            .scope
            .find::<customer::Entity>()
            .select_only()
            .column(Id)
            .expr_as(
                Expr::cust("ROW_NUMBER() OVER (PARTITION BY email ORDER BY id)"),
                "place",
            )
            .filter(Email.is_in(emails.iter().map(EmailAddress::as_str)))
            .into_query();
        let two_oldest = Query::select()
            .column("id")
            .from_subquery(numbered, "numbered")
            .and_where(Expr::col("place").lte(2))
            .to_owned();
        let customers = self
            .scope
            .find::<customer::Entity>()
            .filter(Id.in_subquery(two_oldest))
            .order_by_asc(Id);
        self.db().lock_all(customers).await
    }

    async fn lock_by_ids(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
        use customer::Column::Id;
        let customers = self
            .known_customers()
            .filter(Id.is_in(ids.iter().map(|id| id.uuid())))
            // In one order, so that two who lock some of the same never wait for each other.
            .order_by_asc(Id);
        self.db().lock_all(customers).await
    }

    async fn insert_all(&self, customers: &[Customer]) -> Result<(), StoreError> {
        let rows = customers.iter().map(whole_row);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        if self.scope.insert_those_not_taken(rows).await? < customers.len() as u64 {
            return Err(unavailable("a number was just given to another customer"));
        }
        self.refuse_numbers_just_given(customers).await?;
        self.scope.put_terms_of_new(customers).await
    }

    async fn update_all(&self, customers: &[Customer]) -> Result<(), StoreError> {
        use customer::Column::{
            Address, Birthday, City, Company, Country, CustomFields, Email, FirstName, FoldedName,
            Id, LastName, MarketingConsent, Notes, OrganizationId, OwnerId, PhoneKey, PhoneNumber,
            Stage, State, Tags, UpdatedAt, Version, ZipCode,
        };
        let replace = OnConflict::columns([OrganizationId, Id])
            .update_columns([
                FirstName,
                LastName,
                FoldedName,
                PhoneNumber,
                Email,
                Company,
                Address,
                City,
                State,
                ZipCode,
                Country,
                Tags,
                Stage,
                OwnerId,
                Birthday,
                Notes,
                CustomFields,
                MarketingConsent,
                UpdatedAt,
                Version,
            ])
            .value(PhoneKey, Expr::cust(KEY_OF_CHANGED_NUMBER))
            .to_owned();
        let rows = customers.iter().map(whole_row);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.scope.upsert(rows, replace).await?;
        let ids = customers.iter().map(|customer| customer.id.uuid());
        let of_them = customer_term::Column::CustomerId.is_in(ids);
        self.scope.delete::<customer_term::Entity>(of_them).await?;
        self.scope.put_terms_of_new(customers).await
    }

    async fn insert_consents(&self, consents: &[Consent]) -> Result<(), StoreError> {
        let rows = consents.iter().map(consent_row);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        // The same entry, if it is there already, says the same.
        self.scope.insert_those_not_taken(rows).await?;
        Ok(())
    }

    async fn remove_unused(&self, ids: &[CustomerId]) -> Result<Vec<CustomerId>, StoreError> {
        let uuids = || ids.iter().map(|id| id.uuid());
        let contacts = self
            .scope
            .find::<contact::Entity>()
            .filter(contact::Column::CustomerId.is_in(uuids()));
        let consents = self
            .scope
            .find::<customer_consent::Entity>()
            .filter(customer_consent::Column::CustomerId.is_in(uuids()))
            .filter(customer_consent::Column::Source.ne(ConsentSource::Import.as_str()));
        let mut used = BTreeSet::new();
        used.extend(
            self.customers_in(contacts, contact::Column::CustomerId)
                .await?,
        );
        used.extend(
            self.customers_in(consents, customer_consent::Column::CustomerId)
                .await?,
        );
        let (left, unused): (Vec<Uuid>, Vec<Uuid>) = uuids().partition(|id| used.contains(id));
        let of_them = customer_consent::Column::CustomerId.is_in(unused.clone());
        self.scope
            .delete::<customer_consent::Entity>(of_them)
            .await?;
        let of_them = customer_term::Column::CustomerId.is_in(unused.clone());
        self.scope.delete::<customer_term::Entity>(of_them).await?;
        let them = customer::Column::Id.is_in(unused);
        self.scope.delete::<customer::Entity>(them).await?;
        Ok(left.into_iter().map(Into::into).collect())
    }
}

/// Some from before there were keys share a number with another, and keep it without a key.
const KEY_OF_CHANGED_NUMBER: &str = "CASE \
    WHEN customers.phone_number IS NOT DISTINCT FROM excluded.phone_number \
    THEN customers.phone_key ELSE excluded.phone_key END";

impl SeaUnitOfWork {
    /// The customers to whom these rows belong.
    async fn customers_in<E: EntityTrait>(
        &self,
        rows: Select<E>,
        customer_id: E::Column,
    ) -> Result<Vec<Uuid>, StoreError> {
        rows.select_only()
            .column(customer_id)
            .distinct()
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)
    }
}

fn whole_row(customer: &Customer) -> Result<customer::ActiveModel, StoreError> {
    Ok(customer::ActiveModel {
        marketing_consent: Set(customer.marketing_consent.as_str().to_owned()),
        last_seen_at: Set(customer.last_seen_at.unwrap_or(DateTime::UNIX_EPOCH)),
        ..row(customer)?
    })
}
