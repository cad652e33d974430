use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    auth::{EmailAddress, User, UserId},
    organizations::{
        Availability, Member, MemberName, MemberProfile, MemberRepository, Organization,
        Permission, Role,
    },
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::database::{
    entities::{
        organization,
        organization_member::{ActiveModel, Column, Entity, Model},
        user,
    },
    error::{broken, store_error},
    text::parse,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl MemberRepository for SeaUnitOfWork {
    async fn find(&self, id: UserId) -> Result<Option<MemberProfile>, StoreError> {
        let found = self
            .present_members()
            .filter(Column::UserId.eq(id.uuid()))
            .find_also_related(user::Entity)
            .one(self.db())
            .await
            .map_err(store_error)?;
        found.map(profile).transpose()
    }

    async fn names(&self, ids: &[UserId]) -> Result<Vec<MemberName>, StoreError> {
        let ids = ids.iter().map(|id| id.uuid());
        let members = self.scope.find::<Entity>();
        let rows = members
            .filter(Column::UserId.is_in(ids))
            .find_also_related(user::Entity)
            .all(self.db())
            .await
            .map_err(store_error)?;
        rows.into_iter().map(name).collect()
    }

    async fn lock(&self, id: UserId) -> Result<Option<Member>, StoreError> {
        let member = self.present_members().filter(Column::UserId.eq(id.uuid()));
        self.db().lock_one(member).await
    }

    async fn find_all(&self, ids: &[UserId]) -> Result<Vec<MemberProfile>, StoreError> {
        let ids = ids.iter().map(|id| id.uuid());
        let members = self.present_members().filter(Column::UserId.is_in(ids));
        let found = members.find_also_related(user::Entity).all(self.db()).await;
        found
            .map_err(store_error)?
            .into_iter()
            .map(profile)
            .collect()
    }

    async fn lock_by_emails(
        &self,
        emails: &[EmailAddress],
    ) -> Result<Vec<MemberProfile>, StoreError> {
        let found = self
            .present_members()
            .find_also_related(user::Entity)
            .filter(user::Column::Email.is_in(emails.iter().map(EmailAddress::as_str)))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let profiles = found.into_iter().map(profile);
        let profiles: Vec<_> = profiles.collect::<Result<_, _>>()?;
        let ids = profiles.iter().map(|profile| profile.member.user_id.uuid());
        let members = self
            .present_members()
            .filter(Column::UserId.is_in(ids))
            .order_by_asc(Column::UserId);
        let members: Vec<Member> = self.db().lock_all(members).await?;
        // As they are now that nobody changes them.
        let with_profile = members.into_iter().filter_map(|member| {
            let mut profiles = profiles.iter();
            let profile = profiles.find(|one| one.member.user_id == member.user_id)?;
            Some(MemberProfile {
                member,
                ..profile.clone()
            })
        });
        Ok(with_profile.collect())
    }

    async fn list(&self, page: PageRequest) -> Result<Page<MemberProfile>, StoreError> {
        let order = (Column::CreatedAt, Column::UserId);
        let members = (self.present_members(), user::Entity);
        self.db()
            .page_with(members, order, page, profile, |profile| Position {
                at: profile.member.created_at,
                id: profile.member.user_id.uuid(),
            })
            .await
    }

    async fn who_may(&self, permission: Permission) -> Result<Vec<UserId>, StoreError> {
        const MOST: u64 = 100;
        let roles = Role::ALL.into_iter().filter(|role| role.may(permission));
        let members = self
            .present_members()
            .filter(Column::Active.eq(true))
            .filter(Column::Role.is_in(roles.map(Role::as_str)))
            .limit(MOST)
            .all(self.db())
            .await
            .map_err(store_error)?;
        Ok(members.iter().map(|row| row.user_id.into()).collect())
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.db().count(self.present_members()).await
    }

    async fn insert(&self, member: &Member) -> Result<bool, StoreError> {
        use Column::{
            Active, Availability, CreatedAt, LastSignedInAt, OrganizationId, RemovedAt, Role,
            UpdatedAt, UserId, Version,
        };
        let row = ActiveModel {
            organization_id: NotSet,
            user_id: Set(member.user_id.uuid()),
            role: Set(member.role.as_str().to_owned()),
            active: Set(member.active),
            availability: Set(member.availability.as_str().to_owned()),
            last_assigned_at: NotSet,
            created_at: Set(member.created_at),
            updated_at: Set(Some(member.updated_at)),
            last_signed_in_at: Set(member.last_signed_in_at),
            removed_at: Set(None),
            version: Set(member.version),
        };
        // The version counts on, so that nobody takes the member for the one before.
        let come_back = OnConflict::columns([OrganizationId, UserId])
            .update_columns([
                Role,
                Active,
                Availability,
                CreatedAt,
                UpdatedAt,
                LastSignedInAt,
                RemovedAt,
            ])
            .value(Version, Version.into_expr().add(1))
            .action_and_where(RemovedAt.is_not_null())
            .to_owned();
        Ok(self.scope.upsert([row], come_back).await? > 0)
    }

    async fn update(&self, member: &Member) -> Result<bool, StoreError> {
        let next = ActiveModel {
            user_id: Set(member.user_id.uuid()),
            role: Set(member.role.as_str().to_owned()),
            active: Set(member.active),
            updated_at: Set(Some(member.updated_at)),
            version: Set(member.version + 1),
            ..Default::default()
        };
        let unchanged = Column::Version.eq(member.version).and(is_present());
        self.scope.update(next, unchanged).await
    }

    async fn set_availability(
        &self,
        id: UserId,
        availability: Availability,
    ) -> Result<bool, StoreError> {
        let result = self
            .scope
            .update_many::<Entity>()
            .col_expr(Column::Availability, Expr::val(availability.as_str()))
            .filter(Column::UserId.eq(id.uuid()))
            .filter(is_present())
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(result.rows_affected > 0)
    }

    async fn signed_in(&self, id: UserId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.scope
            .update_many::<Entity>()
            .col_expr(Column::LastSignedInAt, Expr::val(at))
            .filter(Column::UserId.eq(id.uuid()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn remove(&self, id: UserId, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let result = self
            .scope
            .update_many::<Entity>()
            .col_expr(Column::RemovedAt, Expr::val(at))
            .col_expr(Column::UpdatedAt, Expr::val(at))
            .col_expr(Column::Version, Column::Version.into_expr().add(1))
            .filter(Column::UserId.eq(id.uuid()))
            .filter(is_present())
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(result.rows_affected > 0)
    }

    async fn lock_owners(&self) -> Result<Vec<UserId>, StoreError> {
        // First in one line, at the organization: whoever waits there sees afterwards who has
        // become an owner meanwhile, which a wait at the owners' own rows would not show.
        let organization = self.scope.find::<organization::Entity>();
        self.db().lock_one::<_, Organization>(organization).await?;
        let owners = self
            .present_members()
            .filter(Column::Role.eq(Role::Owner.as_str()))
            .filter(Column::Active.eq(true))
            .order_by_asc(Column::UserId);
        let owners: Vec<Member> = self.db().lock_all(owners).await?;
        Ok(owners.iter().map(|owner| owner.user_id).collect())
    }
}

impl SeaUnitOfWork {
    pub(in crate::database) fn present_members(&self) -> Select<Entity> {
        self.scope.find::<Entity>().filter(is_present())
    }
}

fn is_present() -> Expr {
    Column::RemovedAt.is_null()
}

impl TryFrom<Model> for Member {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            user_id: row.user_id.into(),
            role: parse(&row.role)?,
            active: row.active,
            availability: parse(&row.availability)?,
            created_at: row.created_at,
            updated_at: row.updated_at.unwrap_or(row.created_at),
            last_signed_in_at: row.last_signed_in_at,
            version: row.version,
        })
    }
}

fn name((member, user): (Model, Option<user::Model>)) -> Result<MemberName, StoreError> {
    let user = user.ok_or_else(|| broken("a member's user is not there"))?;
    Ok(MemberName {
        user_id: member.user_id.into(),
        first_name: user.first_name,
        last_name: user.last_name,
        active: member.active && member.removed_at.is_none(),
    })
}

fn profile((member, user): (Model, Option<user::Model>)) -> Result<MemberProfile, StoreError> {
    let user = user.ok_or_else(|| broken("a member's user is not there"))?;
    let user = User::try_from(user)?;
    Ok(MemberProfile {
        member: member.try_into()?,
        two_factor_enabled: user.two_factor.is_on(),
        first_name: user.first_name,
        last_name: user.last_name,
        email: user.email,
        phone_number: user.phone_number,
        email_verified: user.email_verified,
    })
}
