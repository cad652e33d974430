use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    organizations::OrganizationId,
    page::{Page, PageRequest, Position},
    sealed::Sealed,
    store::StoreError,
    whatsapp::{
        Account, AccountDirectory, AccountHealth, AccountId, AccountRepository, AccountStatus,
        DueCheck, History, PhoneNumberId,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};

use crate::database::{
    entities::account::{ActiveModel, Column, Entity, Model},
    error::{broken, store_error},
    text::{from_json, parse, to_json},
    unit_of_work::{SeaSystemUnitOfWork, SeaUnitOfWork},
};

/// As many as one business may plausibly have connected.
const MOST_OF_ONE_BUSINESS: u64 = 1_000;

#[async_trait]
impl AccountRepository for SeaUnitOfWork {
    async fn find(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let accounts = self.present_accounts();
        self.db()
            .one(accounts.filter(Column::Id.eq(id.uuid())))
            .await
    }

    async fn lock(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let accounts = self.present_accounts();
        self.db()
            .lock_one(accounts.filter(Column::Id.eq(id.uuid())))
            .await
    }

    async fn find_even_removed(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let accounts = self.scope.find::<Entity>();
        self.db()
            .one(accounts.filter(Column::Id.eq(id.uuid())))
            .await
    }

    async fn find_removed(
        &self,
        phone_number_id: &PhoneNumberId,
    ) -> Result<Option<Account>, StoreError> {
        let removed = self
            .scope
            .find::<Entity>()
            .filter(Column::PhoneNumberId.eq(&phone_number_id.0))
            .filter(Column::RemovedAt.is_not_null())
            .order_by_desc(Column::RemovedAt);
        self.db().one(removed).await
    }

    async fn list(&self, page: PageRequest) -> Result<Page<Account>, StoreError> {
        let order = (Column::CreatedAt, Column::Id);
        self.db()
            .page(self.present_accounts(), order, page, |account: &Account| {
                Position {
                    at: account.created_at,
                    id: account.id.uuid(),
                }
            })
            .await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.db().count(self.present_accounts()).await
    }

    async fn insert(&self, account: &Account) -> Result<bool, StoreError> {
        self.scope.insert_unless_taken(row(account)?).await
    }

    async fn update(&self, account: &Account) -> Result<bool, StoreError> {
        let mut next = row(account)?;
        next.version = Set(account.version + 1);
        let unchanged = Column::Version.eq(account.version);
        self.scope.update_unless_taken(next, unchanged).await
    }

    async fn set_history(
        &self,
        id: AccountId,
        history: Option<&History>,
    ) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(id.uuid()),
            history_status: Set(history.map(|it| it.status.as_str().to_owned())),
            history_phase: Set(history.map(|it| it.phase.into())),
            history_progress: Set(history.map(|it| it.progress.into())),
            history_error: Set(history.and_then(|it| it.error.clone())),
            history_updated_at: Set(history.map(|it| it.updated_at)),
            ..Default::default()
        };
        if self.scope.update(row, Condition::all()).await? {
            Ok(())
        } else {
            Err(broken("an account whose history is told is not there"))
        }
    }

    async fn note_check(
        &self,
        id: AccountId,
        clear_at: Option<DateTime<Utc>>,
        next_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut noted = self
            .scope
            .update_many::<Entity>()
            .col_expr(Column::NextCheckAt, Expr::val(next_at))
            .filter(Column::Id.eq(id.uuid()));
        if let Some(clear_at) = clear_at {
            noted = noted.col_expr(Column::HealthCheckedAt, Expr::val(clear_at));
        }
        let noted = noted.exec(self.db().writing()?).await;
        noted.map_err(store_error)?;
        Ok(())
    }
}

#[async_trait]
impl AccountDirectory for SeaSystemUnitOfWork {
    async fn by_phone_number_id(
        &self,
        phone_number_id: &PhoneNumberId,
    ) -> Result<Option<(OrganizationId, AccountId)>, StoreError> {
        let account = self.number(phone_number_id).one(self.db()).await;
        Ok(account.map_err(store_error)?.map(|row| place(&row)))
    }

    async fn by_business_account_id(
        &self,
        business_account_id: &str,
    ) -> Result<Vec<(OrganizationId, AccountId)>, StoreError> {
        let accounts = self
            .scope
            .find_across_organizations::<Entity>()
            .filter(Column::BusinessAccountId.eq(business_account_id))
            .filter(is_present())
            .limit(MOST_OF_ONE_BUSINESS)
            .all(self.db())
            .await
            .map_err(store_error)?;
        Ok(accounts.iter().map(place).collect())
    }

    async fn due_for_check(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DueCheck>, StoreError> {
        let due = self
            .scope
            .find_across_organizations::<Entity>()
            .filter(Column::NextCheckAt.lte(now))
            .filter(is_present())
            .order_by_asc(Column::NextCheckAt)
            .order_by_asc(Column::Id)
            .limit(u64::from(limit))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let due = due.iter().map(place);
        Ok(due
            .map(|(organization_id, account_id)| DueCheck {
                organization_id,
                account_id,
            })
            .collect())
    }

    async fn standing_still(&self, limit: u32) -> Result<Vec<Account>, StoreError> {
        let accounts = self
            .scope
            .find_across_organizations::<Entity>()
            .filter(Column::Status.ne(AccountStatus::Connected.as_str()))
            .filter(is_present())
            .limit(u64::from(limit))
            .all(self.db())
            .await
            .map_err(store_error)?;
        accounts.into_iter().map(Account::try_from).collect()
    }

    async fn app_secret(
        &self,
        phone_number_id: &PhoneNumberId,
    ) -> Result<Option<(OrganizationId, AccountId, Sealed)>, StoreError> {
        let account = self.number(phone_number_id).one(self.db()).await;
        Ok(account.map_err(store_error)?.and_then(|row| {
            let (organization, account) = place(&row);
            Some((organization, account, Sealed(row.app_secret?)))
        }))
    }
}

impl SeaUnitOfWork {
    fn present_accounts(&self) -> Select<Entity> {
        self.scope.find::<Entity>().filter(is_present())
    }
}

impl SeaSystemUnitOfWork {
    fn number(&self, phone_number_id: &PhoneNumberId) -> Select<Entity> {
        self.scope
            .find_across_organizations::<Entity>()
            .filter(Column::PhoneNumberId.eq(&phone_number_id.0))
            .filter(is_present())
    }
}

fn is_present() -> Expr {
    Column::RemovedAt.is_null()
}

fn place(row: &Model) -> (OrganizationId, AccountId) {
    (row.organization_id.into(), row.id.into())
}

/// All of an account but its history, which changes by itself.
fn row(account: &Account) -> Result<ActiveModel, StoreError> {
    let health = &account.health;
    let throughput = i32::try_from(health.throughput_per_second);
    Ok(ActiveModel {
        organization_id: NotSet,
        id: Set(account.id.uuid()),
        phone_number_id: Set(account.phone_number_id.0.clone()),
        business_account_id: Set(account.business_account_id.clone()),
        display_name: Set(account.display_name.clone()),
        display_phone_number: Set(account.display_phone_number.clone()),
        access_token: Set(account.access_token.0.clone()),
        app_secret: Set(account.app_secret.as_ref().map(|secret| secret.0.clone())),
        status: Set(account.status.as_str().to_owned()),
        status_reason: Set(account.status_reason.clone()),
        restricted_until: Set(account.restricted_until),
        may_answer: Set(account.may_answer),
        quality_rating: Set(health.quality_rating.clone()),
        messaging_limit: Set(health.messaging_limit.clone()),
        throughput_per_second: Set(throughput.map_err(broken)?),
        on_phone: Set(health.on_phone),
        phone_number_status: Set(health.phone_number_status.clone()),
        verified_name: Set(health.verified_name.clone()),
        name_status: Set(health.name_status.clone()),
        webhook_subscribed: Set(health.webhook_subscribed),
        webhook_error: Set(health.webhook_error.clone()),
        token_expires_at: Set(health.token_expires_at),
        missing_scopes: Set(to_json(&health.missing_scopes)?),
        warning: Set(health.warning.clone()),
        health_checked_at: Set(account.health_checked_at),
        next_check_at: NotSet,
        told_alerts: Set(to_json(&account.told)?),
        send_read_receipts: Set(account.send_read_receipts),
        history_status: NotSet,
        history_phase: NotSet,
        history_progress: NotSet,
        history_error: NotSet,
        history_updated_at: NotSet,
        created_at: Set(account.created_at),
        updated_at: Set(account.updated_at),
        removed_at: Set(account.removed_at),
        version: Set(account.version),
    })
}

impl TryFrom<Model> for Account {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let throughput = u32::try_from(row.throughput_per_second);
        let history = history(&row)?;
        Ok(Self {
            id: row.id.into(),
            phone_number_id: PhoneNumberId(row.phone_number_id),
            business_account_id: row.business_account_id,
            display_name: row.display_name,
            display_phone_number: row.display_phone_number,
            access_token: Sealed(row.access_token),
            app_secret: row.app_secret.map(Sealed),
            status: parse(&row.status)?,
            status_reason: row.status_reason,
            restricted_until: row.restricted_until,
            may_answer: row.may_answer,
            health: AccountHealth {
                quality_rating: row.quality_rating,
                messaging_limit: row.messaging_limit,
                throughput_per_second: throughput.map_err(broken)?,
                on_phone: row.on_phone,
                phone_number_status: row.phone_number_status,
                verified_name: row.verified_name,
                name_status: row.name_status,
                webhook_subscribed: row.webhook_subscribed,
                webhook_error: row.webhook_error,
                token_expires_at: row.token_expires_at,
                missing_scopes: from_json(&row.missing_scopes)?,
                warning: row.warning,
            },
            health_checked_at: row.health_checked_at,
            told: from_json(&row.told_alerts)?,
            send_read_receipts: row.send_read_receipts,
            history,
            created_at: row.created_at,
            updated_at: row.updated_at,
            removed_at: row.removed_at,
            version: row.version,
        })
    }
}

fn history(row: &Model) -> Result<Option<History>, StoreError> {
    let (Some(status), Some(phase), Some(progress), Some(updated_at)) = (
        &row.history_status,
        row.history_phase,
        row.history_progress,
        row.history_updated_at,
    ) else {
        return Ok(None);
    };
    Ok(Some(History {
        status: parse(status)?,
        phase: u8::try_from(phase).map_err(broken)?,
        progress: u8::try_from(progress).map_err(broken)?,
        error: row.history_error.clone(),
        updated_at,
    }))
}
