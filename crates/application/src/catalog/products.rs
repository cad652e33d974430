//! What the use cases of products have in common.

use chrono::{DateTime, Utc};
use domain::{
    audit::{AuditTarget, AuditTargetKind},
    auth::UserId,
    catalog::{
        CatalogFault, MovementKind, PriceRecord, Product, ProductId, StockMovement, Variant,
    },
    event::Event,
    id::Id,
    money::Currency,
    store::{Repositories, UnitOfWork},
};
use serde_json::{Value, json};

use super::Catalog;
use crate::{Actor, Error, FieldError};

pub(super) async fn find(data: &dyn Repositories, id: ProductId) -> Result<Product, Error> {
    let product = data.products().find(id).await?;
    product.ok_or(Error::NotFound("product"))
}

pub(super) async fn lock(uow: &dyn UnitOfWork, id: ProductId) -> Result<Product, Error> {
    let product = uow.products().lock(id).await?;
    product.ok_or(Error::NotFound("product"))
}

/// The currency that prices are in. Whoever writes products asks for it first of all: neither
/// the currency nor the tree of categories changes before the unit of work ends.
pub(crate) async fn currency(uow: &dyn UnitOfWork) -> Result<Currency, Error> {
    let currency = uow.organizations().hold_currency().await?;
    currency.ok_or(Error::NotFound("organization"))
}

/// Refuses a product in categories that are not there, with what else is wrong with it.
pub(super) async fn check(
    data: &dyn Repositories,
    product: Result<Product, Vec<CatalogFault>>,
    category_ids: &[Id<domain::catalog::Category>],
    mut faults: Vec<FieldError>,
) -> Result<Product, Error> {
    let known = if category_ids.is_empty() {
        Vec::new()
    } else {
        data.categories().all().await?
    };
    for (index, id) in category_ids.iter().enumerate() {
        if known.iter().all(|category| category.id != *id) {
            let pointer = format!("/categoryIds/{index}");
            faults.push(FieldError::new(
                &pointer,
                "unknown_category",
                "is not a category",
            ));
        }
    }
    match product {
        Ok(product) if faults.is_empty() => Ok(product),
        Ok(_) => Err(Error::Invalid(faults)),
        Err(found) => {
            faults.extend(found.into_iter().map(FieldError::from));
            Err(Error::Invalid(faults))
        }
    }
}

/// Keeps what the variants cost from now on, if that is anything new.
pub(crate) async fn record_prices(
    uow: &dyn UnitOfWork,
    actor_id: UserId,
    before: Option<&Product>,
    product: &Product,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let prices = |variant: &Variant| (variant.price, variant.compare_at_price);
    let is_new = |variant: &&Variant| {
        let known = before.and_then(|before| before.variant(variant.id));
        known.map(prices) != Some(prices(variant))
    };
    let records = product.variants.iter().filter(is_new);
    let records = records.map(|variant| PriceRecord {
        id: Id::generate(),
        product_id: product.id,
        variant_id: variant.id,
        price: variant.price,
        compare_at_price: variant.compare_at_price,
        actor_id: Some(actor_id),
        created_at: now,
    });
    let records: Vec<_> = records.collect();
    uow.prices().append(&records).await?;
    Ok(())
}

/// Enters what new variants begin with.
pub(crate) async fn record_first_stock(
    uow: &dyn UnitOfWork,
    actor_id: UserId,
    before: Option<&Product>,
    product: &Product,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for variant in &product.variants {
        let is_known = before.is_some_and(|before| before.variant(variant.id).is_some());
        if !is_known && variant.stock.on_hand > 0 {
            let movement = movement(product, variant, MovementKind::Receive, now);
            let movement = StockMovement {
                change: variant.stock.on_hand,
                actor_id: Some(actor_id),
                reason: Some("initial stock".to_owned()),
                ..movement
            };
            uow.stock().append(&movement).await?;
        }
    }
    Ok(())
}

/// An entry for what was done to a variant that changed nothing, yet.
pub(crate) fn movement(
    product: &Product,
    variant: &Variant,
    kind: MovementKind,
    now: DateTime<Utc>,
) -> StockMovement {
    StockMovement {
        id: Id::generate(),
        product_id: product.id,
        variant_id: variant.id,
        kind,
        change: 0,
        on_hand: variant.stock.on_hand,
        reserved: variant.stock.reserved,
        reason: None,
        note: None,
        actor_id: None::<UserId>,
        created_at: now,
    }
}

/// Tells of which variants few are left since now.
pub(super) fn tell_low_stock(uow: &dyn UnitOfWork, product: &mut Product) {
    for low_stock in product.note_low_stock() {
        uow.record(Event::ProductLowStock { low_stock });
    }
}

pub(super) fn target(id: ProductId) -> AuditTarget {
    AuditTarget::new(AuditTargetKind::Product, id)
}

/// What people decide on, for the audit log.
pub(super) fn audited(product: &Product) -> Value {
    let variants = product.variants.iter().map(|variant| {
        json!({
            "id": variant.id,
            "sku": variant.sku,
            "optionValues": variant.option_values,
            "price": variant.price,
            "compareAtPrice": variant.compare_at_price,
            "cost": variant.cost,
        })
    });
    json!({
        "name": product.name,
        "description": product.description,
        "status": product.status,
        "categoryIds": product.category_ids,
        "tags": product.tags,
        "options": product.options,
        "variants": variants.collect::<Vec<_>>(),
        "trackInventory": product.track_inventory,
        "lowStockThreshold": product.low_stock_threshold,
        "allowBackorder": product.allow_backorder,
    })
}

impl Catalog {
    /// That another product has one of these SKUs, after the unit of work that found it out.
    pub(super) async fn sku_taken(&self, actor: &Actor, product: &Product) -> Result<Error, Error> {
        let data = self.ports.store.read(actor.organization_id());
        for variant in &product.variants {
            let taken_by = data.products().find_by_sku(&variant.sku).await?;
            if let Some(other) = taken_by.filter(|other| *other != product.id) {
                return Ok(Error::Taken {
                    code: "sku_taken",
                    detail: format!("another product has the SKU {}", variant.sku.as_str()),
                    existing_id: other.uuid(),
                });
            }
        }
        let gone = "another product had one of the SKUs until now: try again";
        Ok(Error::conflict("sku_taken", gone))
    }
}

impl From<CatalogFault> for FieldError {
    fn from(fault: CatalogFault) -> Self {
        Self::new(&fault.pointer, fault.code, fault.detail)
    }
}
