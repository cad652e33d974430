use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    catalog::{
        CatalogChange, CatalogChangeId, DriftReport, MetaCatalog, MetaCatalogRepository,
        MetaCounts, MetaItem, MetaItemStatus, MetaStanding, ProductId, ProductStatus, VariantId,
    },
    id::Id,
    organizations::OrganizationId,
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use crate::database::{
    entities::{meta_catalog, meta_change, meta_item, product},
    error::{broken, store_error},
    text::{from_json, parse, to_json, to_json_if_some},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl MetaCatalogRepository for SeaUnitOfWork {
    async fn find(&self) -> Result<Option<MetaCatalog>, StoreError> {
        let catalogs = self.scope.find::<meta_catalog::Entity>();
        self.db().one(catalogs).await
    }

    async fn lock(&self) -> Result<Option<MetaCatalog>, StoreError> {
        let catalogs = self.scope.find::<meta_catalog::Entity>();
        self.db().lock_one(catalogs).await
    }

    async fn upsert(&self, catalog: &MetaCatalog) -> Result<(), StoreError> {
        use meta_catalog::Column::{
            AccountId, CatalogId, Drift, Enabled, Error, OrganizationId, UpdatedAt,
        };
        let row = meta_catalog::ActiveModel {
            organization_id: NotSet,
            account_id: Set(catalog.account_id.uuid()),
            catalog_id: Set(catalog.catalog_id.clone()),
            enabled: Set(catalog.enabled),
            error: Set(catalog.error.clone()),
            drift: Set(to_json_if_some(catalog.drift.as_ref())?),
            updated_at: Set(catalog.updated_at),
        };
        let replace = OnConflict::column(OrganizationId)
            .update_columns([AccountId, CatalogId, Enabled, Error, Drift, UpdatedAt])
            .to_owned();
        self.scope.upsert([row], replace).await?;
        Ok(())
    }

    async fn note_error(&self, catalog_id: &str, error: Option<&str>) -> Result<(), StoreError> {
        let error = Expr::val(error.map(str::to_owned));
        self.note(catalog_id, meta_catalog::Column::Error, error)
            .await
    }

    async fn note_drift(&self, catalog_id: &str, drift: &DriftReport) -> Result<(), StoreError> {
        let drift = Expr::val(to_json(drift)?);
        self.note(catalog_id, meta_catalog::Column::Drift, drift)
            .await
    }

    async fn note_changes(
        &self,
        products: &[ProductId],
        at: DateTime<Utc>,
    ) -> Result<Option<OrganizationId>, StoreError> {
        let enabled = self
            .scope
            .find::<meta_catalog::Entity>()
            .filter(meta_catalog::Column::Enabled.eq(true));
        let is_enabled = enabled.one(self.db()).await.map_err(store_error)?.is_some();
        if !is_enabled {
            return Ok(None);
        }
        let changes = products
            .iter()
            .map(|product| change(product.uuid(), false, at));
        self.scope.insert_all(changes.collect()).await?;
        Ok(Some(self.scope.organization()))
    }

    async fn note_change_of_all(&self, at: DateTime<Utc>) -> Result<(), StoreError> {
        let sold: Vec<Uuid> = self
            .products_there()
            .filter(product::Column::Status.eq(ProductStatus::Active.as_str()))
            .select_only()
            .column(product::Column::Id)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let known: Vec<Uuid> = self
            .scope
            .find::<meta_item::Entity>()
            .select_only()
            .distinct()
            .column(meta_item::Column::ProductId)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let all: HashSet<_> = sold.into_iter().chain(known).collect();
        let all = all.into_iter().map(|product| change(product, true, at));
        self.scope.insert_all(all.collect()).await
    }

    async fn forget_items(&self) -> Result<(), StoreError> {
        let any = meta_item::Column::ProductId.is_not_null();
        self.scope.delete::<meta_item::Entity>(any).await?;
        Ok(())
    }

    async fn changes(&self, limit: u32) -> Result<Vec<CatalogChange>, StoreError> {
        let rows = self
            .scope
            .find::<meta_change::Entity>()
            .order_by_asc(meta_change::Column::Id)
            .limit(u64::from(limit))
            .all(self.db())
            .await
            .map_err(store_error)?;
        let changes = rows.into_iter().map(|row| CatalogChange {
            id: row.id.into(),
            product_id: row.product_id.into(),
            is_forced: row.is_forced,
            changed_at: row.changed_at,
        });
        Ok(changes.collect())
    }

    async fn remove_changes(&self, ids: &[CatalogChangeId]) -> Result<bool, StoreError> {
        let these = meta_change::Column::Id.is_in(ids.iter().copied().map(Id::uuid));
        let removed = self.scope.delete::<meta_change::Entity>(these).await?;
        Ok(removed == ids.len() as u64)
    }

    async fn items_of(&self, products: &[ProductId]) -> Result<Vec<MetaItem>, StoreError> {
        let products = products.iter().copied().map(Id::uuid);
        let items = self
            .scope
            .find::<meta_item::Entity>()
            .filter(meta_item::Column::ProductId.is_in(products))
            .order_by_asc(meta_item::Column::Id);
        self.items(items).await
    }

    async fn upsert_items(&self, items: &[MetaItem]) -> Result<(), StoreError> {
        use meta_item::Column::{
            Errors, Handle, Id, OrganizationId, Status, SyncedAt, Told, UpdatedAt,
        };
        let rows: Vec<_> = items.iter().map(item_row).collect::<Result<_, _>>()?;
        let replace = OnConflict::columns([OrganizationId, Id])
            .update_columns([Status, Errors, Told, Handle, SyncedAt, UpdatedAt])
            .to_owned();
        self.scope.upsert(rows, replace).await?;
        Ok(())
    }

    async fn sent_with(&self, handle: &str) -> Result<Vec<MetaItem>, StoreError> {
        let items = self
            .scope
            .find::<meta_item::Entity>()
            .filter(meta_item::Column::Handle.eq(handle))
            .filter(meta_item::Column::Status.eq(MetaItemStatus::Sent.as_str()));
        self.items(items).await
    }

    async fn remove_items(&self, variants: &[VariantId]) -> Result<(), StoreError> {
        let these = meta_item::Column::Id.is_in(variants.iter().copied().map(Id::uuid));
        self.scope.delete::<meta_item::Entity>(these).await?;
        Ok(())
    }

    async fn standings(
        &self,
        products: &[ProductId],
    ) -> Result<HashMap<ProductId, MetaStanding>, StoreError> {
        let mut standings = HashMap::<_, MetaStanding>::new();
        for item in self.items_of(products).await? {
            let standing = standings.entry(item.product_id).or_default();
            standing.items.push(item);
        }
        let changed: Vec<Uuid> = self
            .scope
            .find::<meta_change::Entity>()
            .filter(meta_change::Column::ProductId.is_in(products.iter().copied().map(Id::uuid)))
            .select_only()
            .distinct()
            .column(meta_change::Column::ProductId)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        for product in changed {
            let standing = standings.entry(product.into()).or_default();
            standing.has_changed = true;
        }
        Ok(standings)
    }

    async fn failed(&self, page: PageRequest) -> Result<Page<MetaItem>, StoreError> {
        let failed = self
            .scope
            .find::<meta_item::Entity>()
            .filter(meta_item::Column::Status.eq(MetaItemStatus::Failed.as_str()));
        let order = (meta_item::Column::UpdatedAt, meta_item::Column::Id);
        self.db()
            .page(failed, order, page, |item: &MetaItem| Position {
                at: item.updated_at,
                id: item.variant_id.uuid(),
            })
            .await
    }

    async fn counts(&self) -> Result<MetaCounts, StoreError> {
        let rows: Vec<(String, i64)> = self
            .scope
            .find::<meta_item::Entity>()
            .select_only()
            .column(meta_item::Column::Status)
            .column_as(meta_item::Column::Id.count(), "items")
            .group_by(meta_item::Column::Status)
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let changed: Vec<i64> = self
            .scope
            .find::<meta_change::Entity>()
            .select_only()
            .expr(Expr::col(meta_change::Column::ProductId).count_distinct())
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        let mut counts = MetaCounts {
            changed: number(changed.into_iter().sum())?,
            ..MetaCounts::default()
        };
        for (status, count) in rows {
            let counted = match parse(&status)? {
                MetaItemStatus::Sent => &mut counts.sent,
                MetaItemStatus::Synced => &mut counts.synced,
                MetaItemStatus::Failed => &mut counts.failed,
            };
            *counted = number(count)?;
        }
        Ok(counts)
    }
}

impl SeaUnitOfWork {
    async fn note(
        &self,
        catalog_id: &str,
        column: meta_catalog::Column,
        value: Expr,
    ) -> Result<(), StoreError> {
        self.scope
            .update_many::<meta_catalog::Entity>()
            .col_expr(column, value)
            .filter(meta_catalog::Column::CatalogId.eq(catalog_id))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn items(&self, select: Select<meta_item::Entity>) -> Result<Vec<MetaItem>, StoreError> {
        let rows = select.all(self.db()).await.map_err(store_error)?;
        rows.into_iter().map(MetaItem::try_from).collect()
    }
}

fn number(count: i64) -> Result<u64, StoreError> {
    u64::try_from(count).map_err(broken)
}

fn change(product: Uuid, is_forced: bool, at: DateTime<Utc>) -> meta_change::ActiveModel {
    meta_change::ActiveModel {
        organization_id: NotSet,
        id: Set(CatalogChangeId::generate().uuid()),
        product_id: Set(product),
        is_forced: Set(is_forced),
        changed_at: Set(at),
    }
}

fn item_row(item: &MetaItem) -> Result<meta_item::ActiveModel, StoreError> {
    Ok(meta_item::ActiveModel {
        organization_id: NotSet,
        id: Set(item.variant_id.uuid()),
        product_id: Set(item.product_id.uuid()),
        status: Set(item.status.as_str().to_owned()),
        errors: Set(to_json(&item.errors)?),
        told: Set(item.told.clone()),
        handle: Set(item.handle.clone()),
        synced_at: Set(item.synced_at),
        updated_at: Set(item.updated_at),
    })
}

impl TryFrom<meta_item::Model> for MetaItem {
    type Error = StoreError;

    fn try_from(row: meta_item::Model) -> Result<Self, StoreError> {
        Ok(Self {
            variant_id: row.id.into(),
            product_id: row.product_id.into(),
            status: parse(&row.status)?,
            errors: from_json(&row.errors)?,
            told: row.told,
            handle: row.handle,
            synced_at: row.synced_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<meta_catalog::Model> for MetaCatalog {
    type Error = StoreError;

    fn try_from(row: meta_catalog::Model) -> Result<Self, StoreError> {
        Ok(Self {
            account_id: row.account_id.into(),
            catalog_id: row.catalog_id,
            enabled: row.enabled,
            error: row.error,
            drift: row.drift.as_deref().map(from_json).transpose()?,
            updated_at: row.updated_at,
        })
    }
}
