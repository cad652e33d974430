use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    auth::{EmailAddress, TokenHash},
    organizations::{
        Invitation, InvitationDirectory, InvitationId, InvitationRepository, OrganizationId,
    },
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::database::{
    entities::invitation::{ActiveModel, Column, Entity, Model},
    error::{broken, store_error},
    text::parse,
    unit_of_work::{SeaSystemUnitOfWork, SeaUnitOfWork},
};

#[async_trait]
impl InvitationRepository for SeaUnitOfWork {
    async fn find(&self, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        let invitations = self.scope.find::<Entity>();
        self.db()
            .one(invitations.filter(Column::Id.eq(id.uuid())))
            .await
    }

    async fn lock_by_email(&self, email: &EmailAddress) -> Result<Option<Invitation>, StoreError> {
        let invitations = self.scope.find::<Entity>();
        self.db()
            .lock_one(invitations.filter(Column::Email.eq(email.as_str())))
            .await
    }

    async fn list(&self, page: PageRequest) -> Result<Page<Invitation>, StoreError> {
        let invitations = self.scope.find::<Entity>();
        let order = (Column::CreatedAt, Column::Id);
        self.db()
            .page(invitations, order, page, |invitation: &Invitation| {
                Position {
                    at: invitation.created_at,
                    id: invitation.id.uuid(),
                }
            })
            .await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.db().count(self.scope.find::<Entity>()).await
    }

    async fn upsert(&self, invitation: &Invitation) -> Result<Invitation, StoreError> {
        use Column::{Email, ExpiresAt, InvitedBy, OrganizationId, Role, TokenHash};
        let row = ActiveModel {
            organization_id: NotSet,
            id: Set(invitation.id.uuid()),
            email: Set(invitation.email.as_str().to_owned()),
            role: Set(invitation.role.as_str().to_owned()),
            token_hash: Set(None),
            invited_by: Set(invitation.invited_by.uuid()),
            created_at: Set(invitation.created_at),
            expires_at: Set(invitation.expires_at),
        };
        let renew = OnConflict::columns([OrganizationId, Email])
            .update_columns([Role, InvitedBy, ExpiresAt, TokenHash])
            .to_owned();
        self.scope.upsert([row], renew).await?;
        let invitations = self.scope.find::<Entity>();
        let stored = self
            .db()
            .one(invitations.filter(Email.eq(invitation.email.as_str())))
            .await?;
        stored.ok_or_else(|| broken("an invitation is gone as soon as it is stored"))
    }

    async fn set_token(&self, id: InvitationId, hash: &TokenHash) -> Result<(), StoreError> {
        // If it was revoked meanwhile, the token leads nowhere.
        self.scope
            .update_many::<Entity>()
            .col_expr(Column::TokenHash, Expr::val(hash.0.to_vec()))
            .filter(Column::Id.eq(id.uuid()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn remove(&self, id: InvitationId) -> Result<bool, StoreError> {
        let this = Column::Id.eq(id.uuid());
        Ok(self.scope.delete::<Entity>(this).await? > 0)
    }

    async fn remove_by_email(&self, email: &EmailAddress) -> Result<(), StoreError> {
        let this = Column::Email.eq(email.as_str());
        self.scope.delete::<Entity>(this).await?;
        Ok(())
    }
}

#[async_trait]
impl InvitationDirectory for SeaSystemUnitOfWork {
    async fn find_by_token(
        &self,
        hash: &TokenHash,
    ) -> Result<Option<(OrganizationId, Invitation)>, StoreError> {
        let found = self
            .scope
            .find_across_organizations::<Entity>()
            .filter(Column::TokenHash.eq(hash.0.to_vec()))
            .one(self.db())
            .await
            .map_err(store_error)?;
        found
            .map(|row| Ok((row.organization_id.into(), row.try_into()?)))
            .transpose()
    }

    async fn sweep_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        use Column::{ExpiresAt, Id, OrganizationId};
        let expired = self
            .scope
            .find_across_organizations::<Entity>()
            .select_only()
            .columns([OrganizationId, Id])
            .filter(ExpiresAt.lt(before))
            .order_by_asc(ExpiresAt)
            .limit(u64::from(limit));
        let key = Expr::tuple([Expr::col(OrganizationId), Expr::col(Id)]);
        let among_expired = Condition::all().add(key.in_subquery(expired.into_query()));
        self.scope
            .delete_across_organizations::<Entity>(among_expired)
            .await
    }
}

impl TryFrom<Model> for Invitation {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            email: EmailAddress::try_from(row.email).map_err(broken)?,
            role: parse(&row.role)?,
            invited_by: row.invited_by.into(),
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}
