use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    auth::{
        EmailAddress, OneTimeToken, OneTimeTokenRepository, TokenHash, TokenPurpose, User, UserId,
    },
    store::StoreError,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, QueryFilter, sea_query::ExprTrait};

use super::{among, token_hash};
use crate::database::{
    entities::one_time_token::{ActiveModel, Column, Entity, Model},
    error::broken,
    text::parse,
    unit_of_work::SeaSystemUnitOfWork,
};

#[async_trait]
impl OneTimeTokenRepository for SeaSystemUnitOfWork {
    async fn insert(&self, token: &OneTimeToken) -> Result<(), StoreError> {
        // Of two that come at once, the second finds the first.
        self.db()
            .lock_one::<_, User>(self.user(token.user_id))
            .await?;
        self.revoke(token.user_id, token.purpose).await?;
        let row = ActiveModel {
            hash: Set(token.hash.0.to_vec()),
            purpose: Set(token.purpose.as_str().to_owned()),
            user_id: Set(token.user_id.uuid()),
            email: Set(token.email.as_str().to_owned()),
            created_at: Set(token.created_at),
            expires_at: Set(token.expires_at),
        };
        self.scope.insert(row).await
    }

    async fn redeem(
        &self,
        hash: &TokenHash,
        purpose: TokenPurpose,
        now: DateTime<Utc>,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        let this = Column::Hash
            .eq(hash.0.to_vec())
            .and(Column::Purpose.eq(purpose.as_str()))
            .and(Column::ExpiresAt.gt(now));
        let redeemed = self.scope.delete_returning::<Entity>(this).await?;
        redeemed
            .into_iter()
            .next()
            .map(OneTimeToken::try_from)
            .transpose()
    }

    async fn revoke(&self, id: UserId, purpose: TokenPurpose) -> Result<(), StoreError> {
        let theirs = Column::UserId
            .eq(id.uuid())
            .and(Column::Purpose.eq(purpose.as_str()));
        self.scope
            .delete::<Entity>(Condition::all().add(theirs))
            .await?;
        Ok(())
    }

    async fn sweep_expired(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        let tokens = self.scope.find::<Entity>();
        let expired = tokens.filter(Column::ExpiresAt.lt(now));
        let expired = among(expired, Column::Hash, u64::from(limit));
        self.scope.delete::<Entity>(expired).await
    }
}

impl TryFrom<Model> for OneTimeToken {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            hash: token_hash(row.hash)?,
            purpose: parse(&row.purpose)?,
            user_id: row.user_id.into(),
            email: EmailAddress::try_from(row.email).map_err(broken)?,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}
