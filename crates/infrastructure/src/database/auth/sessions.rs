use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    auth::{RefreshToken, Session, SessionId, SessionRepository, SignedIn, TokenHash, UserId},
    organizations::OrganizationId,
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use super::{among, token_hash};
use crate::database::{
    entities::{organization_member, realtime_ticket, refresh_token, session},
    error::store_error,
    text::parse,
    unit_of_work::SeaSystemUnitOfWork,
};

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
            .filter(organization_member::Column::RemovedAt.is_null())
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

    async fn of_user(
        &self,
        id: UserId,
        now: DateTime<Utc>,
        page: PageRequest,
    ) -> Result<Page<Session>, StoreError> {
        use session::Column::{CreatedAt, Id};
        let living = self.living_sessions(id, now);
        self.db()
            .page(living, (CreatedAt, Id), page, |session: &Session| {
                Position {
                    at: session.created_at,
                    id: session.id.uuid(),
                }
            })
            .await
    }

    async fn count_of_user(&self, id: UserId, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.db().count(self.living_sessions(id, now)).await
    }

    async fn end(&self, id: SessionId) -> Result<bool, StoreError> {
        let this = Condition::all().add(session::Column::Id.eq(id.uuid()));
        Ok(self.scope.delete::<session::Entity>(this).await? > 0)
    }

    async fn end_all(
        &self,
        id: UserId,
        organization: Option<OrganizationId>,
        stays: Option<SessionId>,
    ) -> Result<Vec<(OrganizationId, SessionId)>, StoreError> {
        use session::Column::{Id, OrganizationId, UserId};
        let mut theirs = Condition::all().add(UserId.eq(id.uuid()));
        if let Some(organization) = organization {
            theirs = theirs.add(OrganizationId.eq(organization.uuid()));
        }
        if let Some(stays) = stays {
            theirs = theirs.add(Id.ne(stays.uuid()));
        }
        // In one order, so that two who end the same sessions do not wait for each other.
        let sessions = self.scope.find::<session::Entity>();
        let sessions = sessions.filter(theirs.clone()).order_by_asc(Id);
        self.db().lock_all::<_, Session>(sessions).await?;
        // Not by their ids: there may be more of them than a statement takes.
        let ended = self
            .scope
            .delete_returning::<session::Entity>(theirs)
            .await?;
        Ok(ended
            .into_iter()
            .map(|row| (row.organization_id.into(), row.id.into()))
            .collect())
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
        use refresh_token::Column::{Hash, SessionId, SpentAt};
        // The session before its tokens, as when it ends: else the two could wait for each
        // other.
        let its_session = self
            .scope
            .find::<refresh_token::Entity>()
            .select_only()
            .column(SessionId)
            .filter(Hash.eq(hash.0.to_vec()));
        let sessions = self.scope.find::<session::Entity>();
        let session = sessions.filter(session::Column::Id.in_subquery(its_session.into_query()));
        self.db().lock_one::<_, Session>(session).await?;
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

    fn living_sessions(&self, of: UserId, now: DateTime<Utc>) -> Select<session::Entity> {
        use session::Column::{ExpiresAt, UserId};
        let sessions = self.scope.find::<session::Entity>();
        sessions
            .filter(UserId.eq(of.uuid()))
            .filter(ExpiresAt.gt(now))
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
        Ok(Self {
            hash: token_hash(row.hash)?,
            session_id: row.session_id.into(),
            created_at: row.created_at,
            spent_at: row.spent_at,
        })
    }
}
