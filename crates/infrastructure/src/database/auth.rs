use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    auth::{
        EmailAddress, PasswordHash, RefreshToken, Session, SessionId, SessionRepository, SignedIn,
        TokenHash, User, UserId, UserRepository,
    },
    organizations::{OrganizationId, Role},
    store::StoreError,
    text::PhoneNumber,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use super::{
    entities::{organization, organization_member, realtime_ticket, refresh_token, session, user},
    error::{broken, store_error},
    text::parse,
    unit_of_work::SeaSystemUnitOfWork,
};

#[async_trait]
impl UserRepository for SeaSystemUnitOfWork {
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let users = self.scope.find::<user::Entity>();
        self.db()
            .one(users.filter(user::Column::Id.eq(id.uuid())))
            .await
    }

    async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        let users = self.scope.find::<user::Entity>();
        self.db()
            .one(users.filter(user::Column::Email.eq(email.as_str())))
            .await
    }

    async fn insert(&self, user: &User) -> Result<bool, StoreError> {
        let inserted = self.scope.insert_those_not_taken([user_row(user)]).await?;
        Ok(inserted > 0)
    }

    async fn membership(&self, id: UserId) -> Result<Option<(OrganizationId, Role)>, StoreError> {
        use organization_member::Column::{Active, CreatedAt, UserId};
        let member = self
            .scope
            .find_across_organizations::<organization_member::Entity>()
            .filter(UserId.eq(id.uuid()))
            .filter(Active.eq(true))
            .order_by_asc(CreatedAt)
            .one(self.db())
            .await
            .map_err(store_error)?;
        member
            .map(|row| Ok((row.organization_id.into(), parse(&row.role)?)))
            .transpose()
    }

    async fn first_organization(&self) -> Result<Option<OrganizationId>, StoreError> {
        use organization::Column::{CreatedAt, Id};
        let first = self
            .scope
            .find_across_organizations::<organization::Entity>()
            .order_by_asc(CreatedAt)
            .order_by_asc(Id)
            .one(self.db())
            .await
            .map_err(store_error)?;
        Ok(first.map(|row| row.id.into()))
    }
}

#[async_trait]
impl SessionRepository for SeaSystemUnitOfWork {
    async fn insert(&self, session: &Session) -> Result<(), StoreError> {
        let row = session::ActiveModel {
            id: Set(session.id.uuid()),
            user_id: Set(session.user_id.uuid()),
            organization_id: Set(session.organization_id.uuid()),
            user_agent: Set(session.user_agent.clone()),
            address: Set(session.address.clone()),
            created_at: Set(session.created_at),
            last_used_at: Set(session.last_used_at),
            expires_at: Set(session.expires_at),
        };
        self.scope.insert(row).await
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.db().one(self.session(id)).await
    }

    async fn signed_in(
        &self,
        id: SessionId,
        now: DateTime<Utc>,
    ) -> Result<Option<SignedIn>, StoreError> {
        let found = self
            .session(id)
            .filter(session::Column::ExpiresAt.gt(now))
            .find_also_related(organization_member::Entity)
            .filter(organization_member::Column::Active.eq(true))
            .one(self.db())
            .await
            .map_err(store_error)?;
        let Some((session, Some(member))) = found else {
            return Ok(None);
        };
        Ok(Some(SignedIn {
            session_id: session.id.into(),
            user_id: session.user_id.into(),
            organization_id: session.organization_id.into(),
            role: parse(&member.role)?,
        }))
    }

    async fn prolong(
        &self,
        id: SessionId,
        last_used_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        use session::Column::{ExpiresAt, Id, LastUsedAt};
        self.scope
            .update_many::<session::Entity>()
            .col_expr(LastUsedAt, Expr::val(last_used_at))
            .col_expr(ExpiresAt, Expr::val(expires_at))
            .filter(Id.eq(id.uuid()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn end(&self, id: SessionId) -> Result<bool, StoreError> {
        let this = Condition::all().add(session::Column::Id.eq(id.uuid()));
        Ok(self.scope.delete::<session::Entity>(this).await? > 0)
    }

    async fn insert_refresh_token(&self, token: &RefreshToken) -> Result<(), StoreError> {
        let row = refresh_token::ActiveModel {
            hash: Set(token.hash.0.to_vec()),
            session_id: Set(token.session_id.uuid()),
            created_at: Set(token.created_at),
            spent_at: Set(token.spent_at),
        };
        self.scope.insert(row).await
    }

    async fn find_refresh_token(
        &self,
        hash: &TokenHash,
    ) -> Result<Option<RefreshToken>, StoreError> {
        let tokens = self.scope.find::<refresh_token::Entity>();
        self.db()
            .one(tokens.filter(refresh_token::Column::Hash.eq(hash.0.to_vec())))
            .await
    }

    async fn spend_refresh_token(
        &self,
        hash: &TokenHash,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        use refresh_token::Column::{Hash, SpentAt};
        let result = self
            .scope
            .update_many::<refresh_token::Entity>()
            .col_expr(SpentAt, Expr::val(at))
            .filter(Hash.eq(hash.0.to_vec()))
            .filter(SpentAt.is_null())
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(result.rows_affected > 0)
    }

    async fn insert_ticket(
        &self,
        hash: &TokenHash,
        session_id: SessionId,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let row = realtime_ticket::ActiveModel {
            hash: Set(hash.0.to_vec()),
            session_id: Set(session_id.uuid()),
            expires_at: Set(expires_at),
        };
        self.scope.insert(row).await
    }

    async fn redeem_ticket(
        &self,
        hash: &TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<SessionId>, StoreError> {
        use realtime_ticket::Column::{ExpiresAt, Hash};
        let this = Hash.eq(hash.0.to_vec()).and(ExpiresAt.gt(now));
        let tickets = self
            .scope
            .delete_returning::<realtime_ticket::Entity>(this)
            .await?;
        Ok(tickets.first().map(|ticket| ticket.session_id.into()))
    }

    async fn sweep_expired(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        use realtime_ticket::Column as Ticket;
        let limit = u64::from(limit);
        let sessions = self
            .scope
            .find::<session::Entity>()
            .filter(session::Column::ExpiresAt.lt(now));
        let sessions = among(sessions, session::Column::Id, limit);
        let ended = self.scope.delete::<session::Entity>(sessions).await?;
        let tickets = self
            .scope
            .find::<realtime_ticket::Entity>()
            .filter(Ticket::ExpiresAt.lt(now));
        let tickets = among(tickets, Ticket::Hash, limit.saturating_sub(ended));
        let lapsed = self
            .scope
            .delete::<realtime_ticket::Entity>(tickets)
            .await?;
        Ok(ended + lapsed)
    }
}

impl SeaSystemUnitOfWork {
    fn session(&self, id: SessionId) -> Select<session::Entity> {
        let sessions = self.scope.find::<session::Entity>();
        sessions.filter(session::Column::Id.eq(id.uuid()))
    }
}

/// That the key is among those of at most `limit` of these rows.
fn among<E: EntityTrait>(rows: Select<E>, key: E::Column, limit: u64) -> Condition {
    let keys = rows.select_only().column(key).limit(limit).into_query();
    Condition::all().add(key.in_subquery(keys))
}

fn user_row(user: &User) -> user::ActiveModel {
    user::ActiveModel {
        id: Set(user.id.uuid()),
        first_name: Set(user.first_name.clone()),
        last_name: Set(user.last_name.clone()),
        email: Set(user.email.as_str().to_owned()),
        phone_number: Set(user.phone_number.as_str().to_owned()),
        password_hash: Set(user.password_hash.0.clone()),
        email_verified: Set(user.email_verified),
        created_at: Set(user.created_at),
        updated_at: Set(user.updated_at),
    }
}

impl TryFrom<user::Model> for User {
    type Error = StoreError;

    fn try_from(row: user::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            first_name: row.first_name,
            last_name: row.last_name,
            email: EmailAddress::try_from(row.email).map_err(broken)?,
            phone_number: PhoneNumber::try_from(row.phone_number).map_err(broken)?,
            password_hash: PasswordHash(row.password_hash),
            email_verified: row.email_verified,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<session::Model> for Session {
    type Error = StoreError;

    fn try_from(row: session::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            user_id: row.user_id.into(),
            organization_id: row.organization_id.into(),
            user_agent: row.user_agent,
            address: row.address,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        })
    }
}

impl TryFrom<refresh_token::Model> for RefreshToken {
    type Error = StoreError;

    fn try_from(row: refresh_token::Model) -> Result<Self, StoreError> {
        let hash = row.hash.try_into();
        Ok(Self {
            hash: TokenHash(hash.map_err(|_| broken("a token's hash has not 32 bytes"))?),
            session_id: row.session_id.into(),
            created_at: row.created_at,
            spent_at: row.spent_at,
        })
    }
}
