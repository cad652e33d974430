pub(super) mod consents;
mod erasures;
mod fields;
mod filter;
mod history;
mod merges;
mod numbers;
mod segments;
mod terms;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    auth::EmailAddress,
    customers::{
        Consent, Customer, CustomerFilter, CustomerId, CustomerRepository, CustomerSort,
        number_term, phone_key,
    },
    id::Id,
    page::{Place, SortKey, SortedPage, SortedRequest},
    store::StoreError,
    text::{CountryCode, PhoneNumber},
    whatsapp::Contact,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryTrait, Select,
};

use super::{
    entities::{
        contact,
        customer::{ActiveModel, Column, Entity, Model},
    },
    error::broken,
    text::{folded_name, from_json, parse, to_json},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CustomerRepository for SeaUnitOfWork {
    async fn find(&self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let customers = self.known_customers();
        self.db()
            .one(customers.filter(Column::Id.eq(id.uuid())))
            .await
    }

    async fn find_all(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
        let ids = ids.iter().map(|id| id.uuid());
        let customers = self.known_customers();
        self.db().all(customers.filter(Column::Id.is_in(ids))).await
    }

    async fn find_by_phone(&self, number: &PhoneNumber) -> Result<Option<Customer>, StoreError> {
        let customers = self.known_customers();
        let first = customers.filter(Column::PhoneKey.eq(phone_key(number)));
        if let Some(customer) = self.db().one(first).await? {
            return Ok(Some(customer));
        }
        let others = self.customers_of_terms([number_term(number)]);
        let customers = self.known_customers();
        self.db()
            .one(customers.filter(Column::Id.in_subquery(others.into_query())))
            .await
    }

    async fn list(
        &self,
        filter: &CustomerFilter,
        page: &SortedRequest<CustomerSort>,
    ) -> Result<SortedPage<Customer>, StoreError> {
        let fetched = self
            .db()
            .all(self.customers_in_order(filter, page).await?)
            .await?;
        let place = |customer: &Customer| place(customer, page.sort);
        Ok(SortedPage::from_fetched(fetched, page.limit, place))
    }

    async fn count(&self, filter: &CustomerFilter) -> Result<u64, StoreError> {
        self.db().count(self.customers_that_meet(filter)).await
    }

    async fn contacts_of(&self, ids: &[CustomerId]) -> Result<Vec<Contact>, StoreError> {
        let ids = ids.iter().map(|id| id.uuid());
        let contacts = self.scope.find::<contact::Entity>();
        self.db()
            .all(contacts.filter(contact::Column::CustomerId.is_in(ids)))
            .await
    }

    async fn insert(&self, customer: &Customer) -> Result<bool, StoreError> {
        let customers = std::slice::from_ref(customer);
        if self.have_numbers_of_others(customers).await? {
            return Ok(false);
        }
        let row = ActiveModel {
            marketing_consent: Set(customer.marketing_consent.as_str().to_owned()),
            last_seen_at: Set(customer.last_seen_at.unwrap_or(DateTime::UNIX_EPOCH)),
            ..row(customer)?
        };
        let inserted = self.scope.insert_unless_taken(row).await?;
        if inserted {
            self.refuse_numbers_just_given(customers).await?;
            self.scope.put_customer_terms(customer).await?;
        }
        Ok(inserted)
    }

    async fn update(&self, customer: &Customer) -> Result<bool, StoreError> {
        let mut next = ActiveModel {
            version: Set(customer.version + 1),
            ..row(customer)?
        };
        let before = CustomerRepository::find(self, customer.id).await?;
        let customers = std::slice::from_ref(customer);
        let numbers = before.as_ref().map(Customer::all_numbers);
        let has_other_numbers = numbers != Some(customer.all_numbers());
        if has_other_numbers && self.have_numbers_of_others(customers).await? {
            return Ok(false);
        }
        if before.is_some_and(|before| before.phone_number == customer.phone_number) {
            // Some from before there were keys share a number with another, and keep it.
            next.phone_key = NotSet;
        }
        let unchanged = Column::Version.eq(customer.version);
        let updated = self.scope.update_unless_taken(next, unchanged).await?;
        if updated {
            if has_other_numbers {
                self.refuse_numbers_just_given(customers).await?;
            }
            self.scope.put_customer_terms(customer).await?;
        }
        Ok(updated)
    }

    async fn saw(&self, id: CustomerId, at: DateTime<Utc>) -> Result<(), StoreError> {
        let seen = ActiveModel {
            id: Set(id.uuid()),
            last_seen_at: Set(at),
            ..Default::default()
        };
        let before = Condition::all().add(Column::LastSeenAt.lt(at));
        self.scope.update(seen, before).await?;
        Ok(())
    }

    async fn absorb(&self, gone: CustomerId, into: CustomerId) -> Result<(), StoreError> {
        for sql in MOVE_CONSENTS.into_iter().chain(ABSORB) {
            let values = [self.scope.owner(), gone.uuid().into(), into.uuid().into()];
            self.scope.change(sql, values).await?;
        }
        Ok(())
    }

    async fn insert_consent(&self, consent: &Consent) -> Result<bool, StoreError> {
        self.add_consent(consent).await
    }

    async fn consents(&self, id: CustomerId) -> Result<Vec<Consent>, StoreError> {
        self.consents_of(id).await
    }
}

/// $1 is the organization, $2 the customer that goes, $3 the one that stays. An entry that both
/// have says the same.
const MOVE_CONSENTS: [&str; 2] = [
    "UPDATE customer_consents SET customer_id = $3
     WHERE organization_id = $1 AND customer_id = $2 AND NOT EXISTS (
         SELECT 1 FROM customer_consents AS same WHERE same.organization_id = $1
         AND same.customer_id = $3 AND same.occurred_at = customer_consents.occurred_at
         AND same.source = customer_consents.source AND same.state = customer_consents.state)",
    "DELETE FROM customer_consents
     WHERE organization_id = $1 AND customer_id = $2 AND customer_id <> $3",
];

/// The same numbers, after the consents were moved.
const ABSORB: [&str; 2] = [
    "UPDATE customers SET marketing_consent = COALESCE((
         SELECT state FROM customer_consents WHERE organization_id = $1 AND customer_id = $3
         ORDER BY occurred_at DESC, id DESC LIMIT 1), marketing_consent)
     WHERE organization_id = $1 AND id = $3 AND id <> $2",
    "DELETE FROM customers
     WHERE organization_id = $1 AND id = $2 AND id <> $3 AND updated_at = created_at
     AND NOT EXISTS (SELECT 1 FROM contacts WHERE organization_id = $1 AND customer_id = $2)
     AND NOT EXISTS (SELECT 1 FROM chats WHERE organization_id = $1 AND customer_id = $2)",
];

impl SeaUnitOfWork {
    /// All but those who were erased.
    pub(super) fn known_customers(&self) -> Select<Entity> {
        self.scope
            .find::<Entity>()
            .filter(Column::ErasedAt.is_null())
    }
}

fn place(customer: &Customer, sort: CustomerSort) -> Place {
    let key = match sort {
        CustomerSort::Name => SortKey::Text(folded(customer)),
        CustomerSort::CreatedAt => SortKey::Time(customer.created_at),
        CustomerSort::LastSeenAt => {
            SortKey::Time(customer.last_seen_at.unwrap_or(DateTime::UNIX_EPOCH))
        }
    };
    Place {
        key,
        id: customer.id.uuid(),
    }
}

pub(super) fn folded(customer: &Customer) -> String {
    folded_name(&[
        customer.first_name.as_deref(),
        customer.last_name.as_deref(),
    ])
}

/// All but what `update` leaves as it is.
pub(super) fn row(customer: &Customer) -> Result<ActiveModel, StoreError> {
    let phone_number = customer.phone_number.as_ref();
    let email = customer.email.as_ref().map(EmailAddress::as_str);
    let country = customer.country.as_ref().map(CountryCode::as_str);
    Ok(ActiveModel {
        organization_id: NotSet,
        id: Set(customer.id.uuid()),
        first_name: Set(customer.first_name.clone()),
        last_name: Set(customer.last_name.clone()),
        phone_number: Set(phone_number.map(|number| number.as_str().to_owned())),
        marketing_consent: NotSet,
        folded_name: Set(folded(customer)),
        created_at: Set(customer.created_at),
        updated_at: Set(customer.updated_at),
        email: Set(email.map(str::to_owned)),
        company: Set(customer.company.clone()),
        address: Set(customer.address.clone()),
        city: Set(customer.city.clone()),
        state: Set(customer.state.clone()),
        zip_code: Set(customer.zip_code.clone()),
        country: Set(country.map(str::to_owned)),
        tags: Set(to_json(&customer.tags)?),
        stage: Set(customer.stage.as_str().to_owned()),
        owner_id: Set(customer.owner_id.map(Id::uuid)),
        birthday: Set(customer.birthday.map(|birthday| birthday.to_string())),
        notes: Set(customer.notes.clone()),
        custom_fields: Set(to_json(&customer.custom_fields)?),
        phone_key: Set(phone_number.map(phone_key)),
        last_seen_at: NotSet,
        version: Set(customer.version),
        other_phone_numbers: Set(to_json(&customer.other_phone_numbers)?),
        erased_at: NotSet,
    })
}

impl TryFrom<Model> for Customer {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let phone_number = row.phone_number.map(PhoneNumber::try_from);
        let email = row.email.map(EmailAddress::try_from);
        let country = row.country.map(CountryCode::try_from);
        let birthday = row.birthday.map(|birthday| birthday.parse());
        let is_seen = row.last_seen_at > DateTime::UNIX_EPOCH;
        Ok(Self {
            id: row.id.into(),
            first_name: row.first_name,
            last_name: row.last_name,
            phone_number: phone_number.transpose().map_err(broken)?,
            other_phone_numbers: from_json(&row.other_phone_numbers)?,
            email: email.transpose().map_err(broken)?,
            company: row.company,
            address: row.address,
            city: row.city,
            state: row.state,
            zip_code: row.zip_code,
            country: country.transpose().map_err(broken)?,
            tags: from_json(&row.tags)?,
            stage: parse(&row.stage)?,
            owner_id: row.owner_id.map(Into::into),
            birthday: birthday.transpose().map_err(broken)?,
            notes: row.notes,
            custom_fields: from_json(&row.custom_fields)?,
            marketing_consent: parse(&row.marketing_consent)?,
            last_seen_at: is_seen.then_some(row.last_seen_at),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
