mod invitations;
mod members;

use async_trait::async_trait;
use domain::{
    chats::Retention,
    money::Currency,
    organizations::{Organization, OrganizationRepository},
    storage::FileKey,
    store::StoreError,
    text::CountryCode,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, LockType},
};

use super::{
    entities::{
        event_sequence,
        organization::{self, Column},
    },
    error::{broken, store_error},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl OrganizationRepository for SeaUnitOfWork {
    async fn current(&self) -> Result<Option<Organization>, StoreError> {
        self.db()
            .one(self.scope.find::<organization::Entity>())
            .await
    }

    async fn insert(&self, organization: &Organization) -> Result<bool, StoreError> {
        if !self.scope.insert_unless_taken(row(organization)).await? {
            return Ok(false);
        }
        let sequence = event_sequence::ActiveModel {
            organization_id: NotSet,
            last_seq: Set(0),
        };
        self.scope.insert(sequence).await?;
        Ok(true)
    }

    async fn update(&self, organization: &Organization) -> Result<bool, StoreError> {
        let mut next = row(organization);
        next.version = Set(organization.version + 1);
        next.currency_locked = NotSet;
        let unchanged = Column::Version.eq(organization.version);
        self.scope.update(next, unchanged).await
    }

    async fn hold_currency(&self) -> Result<Option<Currency>, StoreError> {
        self.db().writing()?;
        // Others may hold it too; who wants to change the row waits.
        let organization = self.scope.find::<organization::Entity>();
        let held: Option<Organization> = self.db().one(organization.lock(LockType::Share)).await?;
        Ok(held.map(|organization| organization.currency))
    }

    async fn lock_currency(&self) -> Result<(), StoreError> {
        // Counted as a change, so that an edit of the version before it is refused.
        self.scope
            .update_many::<organization::Entity>()
            .col_expr(Column::CurrencyLocked, Expr::val(true))
            .col_expr(Column::Version, Column::Version.into_expr().add(1))
            .filter(Column::CurrencyLocked.eq(false))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

fn row(organization: &Organization) -> organization::ActiveModel {
    let country = organization.country.as_ref().map(CountryCode::as_str);
    let logo = organization.logo.as_ref().map(FileKey::as_str);
    let retention = organization.message_retention;
    organization::ActiveModel {
        id: Set(organization.id.uuid()),
        name: Set(organization.name.clone()),
        slug: Set(organization.slug.clone()),
        description: Set(organization.description.clone()),
        logo_key: Set(logo.map(str::to_owned)),
        address: Set(organization.address.clone()),
        city: Set(organization.city.clone()),
        state: Set(organization.state.clone()),
        zip_code: Set(organization.zip_code.clone()),
        country: Set(country.map(str::to_owned)),
        currency: Set(organization.currency.code().to_owned()),
        currency_locked: Set(organization.currency_locked),
        timezone: Set(organization.timezone.name().to_owned()),
        message_retention_days: Set(retention.map(|it| i32::from(it.days()))),
        contacts_become_customers: Set(organization.contacts_become_customers),
        created_at: Set(organization.created_at),
        updated_at: Set(organization.updated_at),
        version: Set(organization.version),
    }
}

impl TryFrom<organization::Model> for Organization {
    type Error = StoreError;

    fn try_from(row: organization::Model) -> Result<Self, StoreError> {
        let country = row.country.map(CountryCode::try_from);
        let logo = row.logo_key.map(FileKey::try_from);
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            slug: row.slug,
            description: row.description,
            logo: logo.transpose().map_err(broken)?,
            address: row.address,
            city: row.city,
            state: row.state,
            zip_code: row.zip_code,
            country: country.transpose().map_err(broken)?,
            currency: row.currency.parse().map_err(broken)?,
            currency_locked: row.currency_locked,
            timezone: row.timezone.parse().map_err(broken)?,
            message_retention: retention(row.message_retention_days)?,
            contacts_become_customers: row.contacts_become_customers,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

pub(super) fn retention(days: Option<i32>) -> Result<Option<Retention>, StoreError> {
    let retention = |days| Retention::new(u16::try_from(days).map_err(broken)?).map_err(broken);
    days.map(retention).transpose()
}
