use std::collections::HashSet;

use async_trait::async_trait;
use domain::{
    id::Id,
    storage::{File, FileDirectory, FileKey, FileMetadata, FileRepository, StoredFile},
    store::StoreError,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter, QuerySelect};

use super::{
    entities::{
        file::{ActiveModel, Column, Entity, Model},
        organization,
    },
    error::{broken, store_error},
    unit_of_work::{SeaSystemUnitOfWork, SeaUnitOfWork},
};

/// As many keys as are looked for by one statement.
const KEYS_PER_STATEMENT: usize = 1_000;

#[async_trait]
impl FileRepository for SeaUnitOfWork {
    async fn find(&self, key: &FileKey) -> Result<Option<File>, StoreError> {
        let files = self.scope.find::<Entity>();
        self.db()
            .one(files.filter(Column::Key.eq(key.as_str())))
            .await
    }

    async fn insert(&self, file: &File) -> Result<(), StoreError> {
        let metadata = &file.metadata;
        let row = ActiveModel {
            organization_id: Set(metadata.organization_id.uuid()),
            key: Set(file.key.as_str().to_owned()),
            content_type: Set(metadata.content_type.clone()),
            original_name: Set(metadata.original_name.clone()),
            uploaded_by: Set(metadata.uploaded_by.map(Id::uuid)),
            size: Set(i64::try_from(file.stored.size).map_err(broken)?),
            sha256: Set(file.stored.sha256.clone()),
            created_at: Set(file.created_at),
        };
        self.scope.insert(row).await
    }

    async fn remove(&self, key: &FileKey) -> Result<bool, StoreError> {
        let this = Column::Key.eq(key.as_str());
        Ok(self.scope.delete::<Entity>(this).await? > 0)
    }
}

#[async_trait]
impl FileDirectory for SeaSystemUnitOfWork {
    async fn orphans_among(&self, keys: &[FileKey]) -> Result<Vec<FileKey>, StoreError> {
        let mut known = HashSet::new();
        for some in keys.chunks(KEYS_PER_STATEMENT) {
            let some = some.iter().map(FileKey::as_str);
            let files: Vec<String> = self
                .scope
                .find_across_organizations::<Entity>()
                .select_only()
                .column(Column::Key)
                .filter(Column::Key.is_in(some.clone()))
                .into_tuple()
                .all(self.db())
                .await
                .map_err(store_error)?;
            let logos: Vec<String> = self
                .scope
                .find_across_organizations::<organization::Entity>()
                .select_only()
                .column(organization::Column::LogoKey)
                .filter(organization::Column::LogoKey.is_in(some))
                .into_tuple()
                .all(self.db())
                .await
                .map_err(store_error)?;
            known.extend(files.into_iter().chain(logos));
        }
        let orphans = keys.iter().filter(|key| !known.contains(key.as_str()));
        Ok(orphans.cloned().collect())
    }
}

impl TryFrom<Model> for File {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            key: FileKey::try_from(row.key).map_err(broken)?,
            metadata: FileMetadata {
                content_type: row.content_type,
                original_name: row.original_name,
                organization_id: row.organization_id.into(),
                uploaded_by: row.uploaded_by.map(Into::into),
            },
            stored: StoredFile {
                size: u64::try_from(row.size).map_err(broken)?,
                sha256: row.sha256,
            },
            created_at: row.created_at,
        })
    }
}
