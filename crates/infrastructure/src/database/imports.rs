//! Imports, their errors and what they changed.

mod customers;
mod products;

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::{
    imports::{
        Change, ErrorPlace, Import, ImportCounts, ImportId, ImportRepository, RowError, UndoOutcome,
    },
    page::{Page, PageRequest, Position},
    storage::FileKey,
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::{
    entities::{
        import::{self, ActiveModel, Column, Entity, Model},
        import_change, import_error, import_key,
    },
    error::{broken, store_error},
    text::{from_json, from_json_if_some, parse, to_json, to_json_if_some, word},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ImportRepository for SeaUnitOfWork {
    async fn find(&self, id: ImportId) -> Result<Option<Import>, StoreError> {
        self.db().one(self.import(id)).await
    }

    async fn lock(&self, id: ImportId) -> Result<Option<Import>, StoreError> {
        self.db().lock_one(self.import(id)).await
    }

    async fn list(&self, page: PageRequest) -> Result<Page<Import>, StoreError> {
        let order = (Column::CreatedAt, Column::Id);
        let position = |import: &Import| Position {
            at: import.created_at,
            id: import.id.uuid(),
        };
        let imports = self.scope.find::<Entity>();
        self.db().page(imports, order, page, position).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.db().count(self.scope.find::<Entity>()).await
    }

    async fn insert(&self, import: &Import) -> Result<(), StoreError> {
        let row = ActiveModel {
            kind: Set(word(&import.kind)?),
            file_key: Set(import.file.as_str().to_owned()),
            details: Set(to_json(&import.details)?),
            created_by: Set(import.created_by.uuid()),
            created_at: Set(import.created_at),
            ..standing(import)?
        };
        self.scope.insert(row).await
    }

    async fn update(&self, import: &Import) -> Result<(), StoreError> {
        if self
            .scope
            .update(standing(import)?, Condition::all())
            .await?
        {
            Ok(())
        } else {
            Err(broken("an import to be updated is not there"))
        }
    }

    async fn insert_errors(&self, id: ImportId, errors: &[RowError]) -> Result<(), StoreError> {
        let mut positions = BTreeMap::new();
        let rows = errors.iter().map(|error| {
            let position: &mut i64 = positions.entry(error.row).or_default();
            *position += 1;
            Ok(import_error::ActiveModel {
                organization_id: NotSet,
                import_id: Set(id.uuid()),
                row_number: Set(signed(error.row)?),
                position: Set(*position),
                column_name: Set(error.column.clone()),
                code: Set(error.code.clone()),
                detail: Set(error.detail.clone()),
            })
        });
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        self.scope.insert_all(rows).await
    }

    async fn errors(
        &self,
        id: ImportId,
        after: Option<ErrorPlace>,
        limit: u32,
    ) -> Result<Vec<(ErrorPlace, RowError)>, StoreError> {
        use import_error::Column::{ImportId, Position, RowNumber};
        let mut errors = self
            .scope
            .find::<import_error::Entity>()
            .filter(ImportId.eq(id.uuid()))
            .order_by_asc(RowNumber)
            .order_by_asc(Position)
            .limit(u64::from(limit));
        if let Some((row, position)) = after {
            let place = Expr::tuple([RowNumber.into_expr(), Position.into_expr()]);
            let after = [Expr::val(signed(row)?), Expr::val(signed(position)?)];
            errors = errors.filter(place.gt(Expr::tuple(after)));
        }
        self.db().all(errors).await
    }

    async fn keep_changes(&self, id: ImportId, changes: &[Change]) -> Result<(), StoreError> {
        use import_change::Column::{After, ImportId, OrganizationId, SubjectId};
        let rows = changes.iter().map(|change| {
            Ok(import_change::ActiveModel {
                organization_id: NotSet,
                import_id: Set(id.uuid()),
                subject_id: Set(change.subject_id),
                row_number: Set(signed(change.row)?),
                kind: Set(word(&change.kind)?),
                before: Set(to_json_if_some(change.before.as_ref())?),
                after: Set(to_json(&change.after)?),
                outcome: Set(None),
            })
        });
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        let replace = OnConflict::columns([OrganizationId, ImportId, SubjectId])
            .update_column(After)
            .to_owned();
        self.scope.upsert(rows, replace).await?;
        Ok(())
    }

    async fn changes_of(&self, id: ImportId, subjects: &[Uuid]) -> Result<Vec<Change>, StoreError> {
        let of_them = import_change::Column::SubjectId.is_in(subjects.iter().copied());
        self.db().all(self.changes(id).filter(of_them)).await
    }

    async fn keep_keys(&self, id: ImportId, keys: &[(String, Uuid)]) -> Result<(), StoreError> {
        let rows = keys
            .iter()
            .map(|(key, subject_id)| import_key::ActiveModel {
                organization_id: NotSet,
                import_id: Set(id.uuid()),
                key: Set(key.clone()),
                subject_id: Set(*subject_id),
            });
        self.scope.insert_those_not_taken(rows).await?;
        Ok(())
    }

    async fn find_keys(
        &self,
        id: ImportId,
        keys: &[String],
    ) -> Result<Vec<(String, Uuid)>, StoreError> {
        self.scope
            .find::<import_key::Entity>()
            .select_only()
            .column(import_key::Column::Key)
            .column(import_key::Column::SubjectId)
            .filter(import_key::Column::ImportId.eq(id.uuid()))
            .filter(import_key::Column::Key.is_in(keys))
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)
    }

    async fn forget_keys(&self, id: ImportId) -> Result<(), StoreError> {
        let of_this = import_key::Column::ImportId.eq(id.uuid());
        self.scope.delete::<import_key::Entity>(of_this).await?;
        Ok(())
    }

    async fn changes_to_undo(&self, id: ImportId, limit: u32) -> Result<Vec<Change>, StoreError> {
        use import_change::Column::{Outcome, SubjectId};
        let changes = self
            .changes(id)
            .filter(Outcome.is_null())
            .order_by_asc(SubjectId)
            .limit(u64::from(limit));
        self.db().all(changes).await
    }

    async fn settle_changes(
        &self,
        id: ImportId,
        subjects: &[Uuid],
        outcome: UndoOutcome,
    ) -> Result<(), StoreError> {
        use import_change::Column::{ImportId, Outcome, SubjectId};
        self.scope
            .update_many::<import_change::Entity>()
            .col_expr(Outcome, Expr::value(outcome.as_str()))
            .filter(ImportId.eq(id.uuid()))
            .filter(SubjectId.is_in(subjects.iter().copied()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn forget_changes(&self, id: ImportId) -> Result<(), StoreError> {
        let of_this = import_change::Column::ImportId.eq(id.uuid());
        self.scope.delete::<import_change::Entity>(of_this).await?;
        Ok(())
    }
}

impl SeaUnitOfWork {
    fn import(&self, id: ImportId) -> Select<Entity> {
        let imports = self.scope.find::<Entity>();
        imports.filter(Column::Id.eq(id.uuid()))
    }

    fn changes(&self, id: ImportId) -> Select<import_change::Entity> {
        let changes = self.scope.find::<import_change::Entity>();
        changes.filter(import_change::Column::ImportId.eq(id.uuid()))
    }
}

/// What changes of an import.
fn standing(import: &Import) -> Result<ActiveModel, StoreError> {
    let counts = &import.counts;
    Ok(ActiveModel {
        id: Set(import.id.uuid()),
        status: Set(import.status.as_str().to_owned()),
        rows: Set(signed(counts.rows)?),
        created: Set(signed(counts.created)?),
        updated: Set(signed(counts.updated)?),
        skipped: Set(signed(counts.skipped)?),
        failed: Set(signed(counts.failed)?),
        bytes_read: Set(signed(import.bytes_read)?),
        undone: Set(signed(import.undone)?),
        kept: Set(signed(import.kept)?),
        failure: Set(import.failure.clone()),
        started_at: Set(import.started_at),
        finished_at: Set(import.finished_at),
        ..Default::default()
    })
}

fn signed(number: u64) -> Result<i64, StoreError> {
    number.try_into().map_err(broken)
}

fn unsigned(number: i64) -> Result<u64, StoreError> {
    number.try_into().map_err(broken)
}

impl TryFrom<Model> for Import {
    type Error = StoreError;

    fn try_from(row: import::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            kind: parse(&row.kind)?,
            file: FileKey::try_from(row.file_key).map_err(broken)?,
            details: from_json(&row.details)?,
            status: parse(&row.status)?,
            counts: ImportCounts {
                rows: unsigned(row.rows)?,
                created: unsigned(row.created)?,
                updated: unsigned(row.updated)?,
                skipped: unsigned(row.skipped)?,
                failed: unsigned(row.failed)?,
            },
            bytes_read: unsigned(row.bytes_read)?,
            undone: unsigned(row.undone)?,
            kept: unsigned(row.kept)?,
            failure: row.failure,
            created_by: row.created_by.into(),
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// An error and where it stands.
impl TryFrom<import_error::Model> for (ErrorPlace, RowError) {
    type Error = StoreError;

    fn try_from(row: import_error::Model) -> Result<Self, StoreError> {
        let number = unsigned(row.row_number)?;
        let error = RowError {
            row: number,
            column: row.column_name,
            code: row.code,
            detail: row.detail,
        };
        Ok(((number, unsigned(row.position)?), error))
    }
}

impl TryFrom<import_change::Model> for Change {
    type Error = StoreError;

    fn try_from(row: import_change::Model) -> Result<Self, StoreError> {
        Ok(Self {
            subject_id: row.subject_id,
            row: unsigned(row.row_number)?,
            kind: parse(&row.kind)?,
            before: from_json_if_some(row.before.as_deref())?,
            after: from_json(&row.after)?,
        })
    }
}
