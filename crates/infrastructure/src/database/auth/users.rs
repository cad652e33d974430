use async_trait::async_trait;
use domain::{
    auth::{
        EmailAddress, Membership, PasswordHash, TokenHash, TwoFactor, User, UserId, UserRepository,
    },
    organizations::OrganizationId,
    sealed::Sealed,
    store::StoreError,
    text::PhoneNumber,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{ExprTrait, NullOrdering, Order},
};

use crate::database::{
    entities::{
        organization, organization_member, recovery_code,
        user::{ActiveModel, Column, Entity, Model},
    },
    error::{broken, store_error},
    text::parse,
    unit_of_work::SeaSystemUnitOfWork,
};

/// As many organizations of one user as are told.
const MOST_MEMBERSHIPS: u64 = 100;

#[async_trait]
impl UserRepository for SeaSystemUnitOfWork {
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.db().one(self.user(id)).await
    }

    async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        let users = self.scope.find::<Entity>();
        self.db()
            .one(users.filter(Column::Email.eq(email.as_str())))
            .await
    }

    async fn insert(&self, user: &User) -> Result<bool, StoreError> {
        let row = ActiveModel {
            email: Set(user.email.as_str().to_owned()),
            created_at: Set(user.created_at),
            ..changeable(user)
        };
        Ok(self.scope.insert_those_not_taken([row]).await? > 0)
    }

    async fn lock(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.db().lock_one(self.user(id)).await
    }

    async fn update(&self, user: &User) -> Result<(), StoreError> {
        if self.scope.update(changeable(user)).await? {
            Ok(())
        } else {
            Err(broken("a user to be updated is not there"))
        }
    }

    async fn memberships(&self, id: UserId) -> Result<Vec<Membership>, StoreError> {
        use organization_member::Column::{
            Active, CreatedAt, LastSignedInAt, OrganizationId, RemovedAt, UserId,
        };
        let found = self
            .scope
            .find_across_organizations::<organization_member::Entity>()
            .filter(UserId.eq(id.uuid()))
            .filter(Active.eq(true))
            .filter(RemovedAt.is_null())
            .order_by_with_nulls(LastSignedInAt, Order::Desc, NullOrdering::Last)
            .order_by_asc(CreatedAt)
            .order_by_asc(OrganizationId)
            .limit(MOST_MEMBERSHIPS)
            .find_both_related(organization::Entity)
            .all(self.db())
            .await
            .map_err(store_error)?;
        found
            .into_iter()
            .map(|(member, organization)| {
                Ok(Membership {
                    organization_id: organization.id.into(),
                    organization_name: organization.name,
                    role: parse(&member.role)?,
                })
            })
            .collect()
    }

    async fn replace_recovery_codes(
        &self,
        id: UserId,
        hashes: &[TokenHash],
    ) -> Result<(), StoreError> {
        // Of two who replace them at once, the second finds those of the first.
        self.db().lock_one::<_, User>(self.user(id)).await?;
        let older = Condition::all().add(recovery_code::Column::UserId.eq(id.uuid()));
        self.scope.delete::<recovery_code::Entity>(older).await?;
        let rows = hashes.iter().map(|hash| recovery_code::ActiveModel {
            user_id: Set(id.uuid()),
            hash: Set(hash.0.to_vec()),
        });
        self.scope.insert_all(rows.collect()).await
    }

    async fn spend_recovery_code(&self, id: UserId, hash: &TokenHash) -> Result<bool, StoreError> {
        use recovery_code::Column::{Hash, UserId};
        let this = UserId.eq(id.uuid()).and(Hash.eq(hash.0.to_vec()));
        let spent = self
            .scope
            .delete::<recovery_code::Entity>(Condition::all().add(this))
            .await?;
        Ok(spent > 0)
    }

    async fn count_recovery_codes(&self, id: UserId) -> Result<u64, StoreError> {
        let codes = self.scope.find::<recovery_code::Entity>();
        self.db()
            .count(codes.filter(recovery_code::Column::UserId.eq(id.uuid())))
            .await
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

impl SeaSystemUnitOfWork {
    pub(super) fn user(&self, id: UserId) -> Select<Entity> {
        let users = self.scope.find::<Entity>();
        users.filter(Column::Id.eq(id.uuid()))
    }
}

/// All but what stays as it was first stored.
fn changeable(user: &User) -> ActiveModel {
    let (two_factor, secret, last_step) = match &user.two_factor {
        TwoFactor::Off => (OFF, None, None),
        TwoFactor::Enrolling { secret } => (ENROLLING, Some(secret), None),
        TwoFactor::On { secret, last_step } => (ON, Some(secret), Some(*last_step)),
    };
    ActiveModel {
        id: Set(user.id.uuid()),
        first_name: Set(user.first_name.clone()),
        last_name: Set(user.last_name.clone()),
        phone_number: Set(user.phone_number.as_str().to_owned()),
        password_hash: Set(user.password_hash.0.clone()),
        email_verified: Set(user.email_verified),
        two_factor: Set(two_factor.to_owned()),
        two_factor_secret: Set(secret.map(|secret| secret.0.clone())),
        two_factor_last_step: Set(last_step),
        updated_at: Set(user.updated_at),
        ..Default::default()
    }
}

const OFF: &str = "off";
const ENROLLING: &str = "enrolling";
const ON: &str = "on";

impl TryFrom<Model> for User {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let secret = row.two_factor_secret.map(Sealed);
        let two_factor = match (row.two_factor.as_str(), secret, row.two_factor_last_step) {
            (OFF, ..) => TwoFactor::Off,
            (ENROLLING, Some(secret), _) => TwoFactor::Enrolling { secret },
            (ON, Some(secret), Some(last_step)) => TwoFactor::On { secret, last_step },
            _ => return Err(broken("a user's second factor is incomplete")),
        };
        Ok(Self {
            id: row.id.into(),
            first_name: row.first_name,
            last_name: row.last_name,
            email: EmailAddress::try_from(row.email).map_err(broken)?,
            phone_number: PhoneNumber::try_from(row.phone_number).map_err(broken)?,
            password_hash: PasswordHash(row.password_hash),
            email_verified: row.email_verified,
            two_factor,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
