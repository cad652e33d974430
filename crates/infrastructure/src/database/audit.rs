use async_trait::async_trait;
use domain::{
    audit::{AuditActor, AuditEntry, AuditFilter, AuditLog, AuditRecord, AuditTarget},
    auth::EmailAddress,
    id::Id,
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, Select,
};

use super::{
    entities::{
        audit_entry::{ActiveModel, Column, Entity, Model},
        user,
    },
    error::broken,
    pages::within_the_calendar,
    text::{from_json_if_some, parse, to_json_if_some, word},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl AuditLog for SeaUnitOfWork {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let row = ActiveModel {
            organization_id: NotSet,
            id: Set(entry.id.uuid()),
            action: Set(word(&entry.action)?),
            actor_id: Set(entry.actor_id.map(Id::uuid)),
            target_kind: Set(word(&entry.target.kind)?),
            target_id: Set(entry.target.id),
            address: Set(entry.address.clone()),
            user_agent: Set(entry.user_agent.clone()),
            request_id: Set(entry.request_id.clone()),
            before: Set(to_json_if_some(entry.before.as_ref())?),
            after: Set(to_json_if_some(entry.after.as_ref())?),
            created_at: Set(entry.created_at),
        };
        self.scope.insert(row).await
    }

    async fn list(
        &self,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditRecord>, StoreError> {
        let entries = self.entries(filter)?;
        let order = (Column::CreatedAt, Column::Id);
        self.db()
            .page_with((entries, user::Entity), order, page, record, |record| {
                Position {
                    at: record.entry.created_at,
                    id: record.entry.id.uuid(),
                }
            })
            .await
    }

    async fn count(&self, filter: &AuditFilter) -> Result<u64, StoreError> {
        self.db().count(self.entries(filter)?).await
    }
}

impl SeaUnitOfWork {
    fn entries(&self, filter: &AuditFilter) -> Result<Select<Entity>, StoreError> {
        let mut entries = self.scope.find::<Entity>();
        if let Some(action) = &filter.action {
            entries = entries.filter(Column::Action.eq(word(action)?));
        }
        if let Some(actor) = filter.actor_id {
            entries = entries.filter(Column::ActorId.eq(actor.uuid()));
        }
        if let Some(target) = filter.target_id {
            entries = entries.filter(Column::TargetId.eq(target));
        }
        if let Some(from) = filter.from {
            entries = entries.filter(Column::CreatedAt.gte(within_the_calendar(from)));
        }
        if let Some(to) = filter.to {
            entries = entries.filter(Column::CreatedAt.lt(within_the_calendar(to)));
        }
        Ok(entries)
    }
}

impl TryFrom<Model> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            action: parse(&row.action)?,
            actor_id: row.actor_id.map(Into::into),
            target: AuditTarget {
                kind: parse(&row.target_kind)?,
                id: row.target_id,
            },
            address: row.address,
            user_agent: row.user_agent,
            request_id: row.request_id,
            before: from_json_if_some(row.before.as_deref())?,
            after: from_json_if_some(row.after.as_deref())?,
            created_at: row.created_at,
        })
    }
}

fn record((entry, actor): (Model, Option<user::Model>)) -> Result<AuditRecord, StoreError> {
    let actor = actor.map(|user| {
        Ok(AuditActor {
            first_name: user.first_name,
            last_name: user.last_name,
            email: EmailAddress::try_from(user.email).map_err(broken)?,
        })
    });
    Ok(AuditRecord {
        entry: entry.try_into()?,
        actor: actor.transpose()?,
    })
}
