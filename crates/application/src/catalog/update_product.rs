use domain::{
    audit::AuditAction,
    catalog::{
        CategoryId, OptionDraft, Product, ProductDraft, ProductId, ProductStatus, VariantDraft,
    },
    money::Money,
    organizations::Permission,
};

use super::{
    Catalog, CatalogProduct,
    meta::tell_meta,
    products::{
        audited, check, currency, lock, record_first_stock, record_prices, target, tell_low_stock,
    },
};
use crate::{Actor, Error, FieldError, audit::changing};

/// What is to change of a product; what is absent stays, `Some(None)` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateProduct {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub name: Option<String>,
    pub description: Option<Option<String>>,
    pub status: Option<ProductStatus>,
    pub category_ids: Option<Vec<CategoryId>>,
    pub tags: Option<Vec<String>>,
    pub track_inventory: Option<bool>,
    pub low_stock_threshold: Option<Option<i64>>,
    pub allow_backorder: Option<bool>,
    /// Of the only variant, as the three after it.
    pub sku: Option<String>,
    pub price: Option<Money>,
    pub compare_at_price: Option<Option<Money>>,
    pub cost: Option<Option<Money>>,
    pub options: Option<Vec<OptionDraft>>,
    /// All that there shall be: those that are not among them are removed.
    pub variants: Option<Vec<VariantDraft>>,
}

impl Catalog {
    /// Changes what people decide on of a product. Needs an admin.
    #[tracing::instrument(skip_all, fields(product.id = %id))]
    pub async fn update_product(
        &self,
        actor: &Actor,
        id: ProductId,
        command: UpdateProduct,
    ) -> Result<CatalogProduct, Error> {
        actor.require(Permission::CatalogWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let currency = currency(uow.as_ref()).await?;
        let before = lock(uow.as_ref(), id).await?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let mut draft = ProductDraft::of(&before);
        let faults = command.apply(&mut draft);
        let category_ids = draft.category_ids.clone();
        let product = draft.make(Some(&before), currency, now);
        let mut product = check(uow.as_ref(), product, &category_ids, faults).await?;
        check_promises(&before, &product)?;
        if product == before {
            return CatalogProduct::of(uow.as_ref(), product).await;
        }
        product.updated_at = now;
        tell_low_stock(uow.as_ref(), &mut product);
        if !uow.products().update(&product).await? {
            drop(uow);
            return Err(self.sku_taken(actor, &product).await?);
        }
        record_prices(uow.as_ref(), actor.user_id(), Some(&before), &product, now).await?;
        record_first_stock(uow.as_ref(), actor.user_id(), Some(&before), &product, now).await?;
        let entry = actor.entry(AuditAction::ProductUpdated, target(id), now);
        let entry = changing(entry, audited(&before), audited(&product));
        uow.audit_log().append(&entry).await?;
        tell_meta(uow.as_ref(), &[id], now).await?;
        product.version += 1;
        let changed = CatalogProduct::of(uow.as_ref(), product).await?;
        uow.commit().await?;
        Ok(changed)
    }
}

/// What is promised to somebody must not go.
fn check_promises(before: &Product, after: &Product) -> Result<(), Error> {
    let mut gone = before.variants.iter();
    let promised =
        gone.find(|variant| variant.stock.reserved > 0 && after.variant(variant.id).is_none());
    match promised {
        Some(variant) => Err(Error::conflict(
            "variant_reserved",
            format!(
                "{} of {} are reserved: wait until they are sold or released",
                variant.stock.reserved,
                variant.sku.as_str()
            ),
        )),
        None => Ok(()),
    }
}

impl UpdateProduct {
    /// Answers what of it is nowhere in a product with variants.
    fn apply(self, draft: &mut ProductDraft) -> Vec<FieldError> {
        fn set<T>(field: &mut T, change: Option<T>) {
            if let Some(value) = change {
                *field = value;
            }
        }
        set(&mut draft.name, self.name);
        set(&mut draft.description, self.description);
        set(&mut draft.status, self.status);
        set(&mut draft.category_ids, self.category_ids);
        set(&mut draft.tags, self.tags);
        set(&mut draft.track_inventory, self.track_inventory);
        set(&mut draft.low_stock_threshold, self.low_stock_threshold);
        set(&mut draft.allow_backorder, self.allow_backorder);
        if self.options.as_ref().is_some_and(Vec::is_empty) && self.variants.is_none() {
            // Without options, the first variant is the only one.
            draft.variants.truncate(1);
            for variant in &mut draft.variants {
                variant.option_values.clear();
            }
        }
        set(&mut draft.options, self.options);
        set(&mut draft.variants, self.variants);
        let mut faults = Vec::new();
        if !draft.options.is_empty() {
            let given = [
                ("/sku", self.sku.is_some()),
                ("/price", self.price.is_some()),
                ("/compareAtPrice", self.compare_at_price.is_some()),
                ("/cost", self.cost.is_some()),
            ];
            for (pointer, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
                let detail = "each variant has its own: say it in `variants`";
                faults.push(FieldError::new(pointer, "unexpected", detail));
            }
        } else if let [only] = &mut draft.variants[..] {
            set(&mut only.sku, self.sku);
            set(&mut only.price, self.price.map(Some));
            set(&mut only.compare_at_price, self.compare_at_price);
            set(&mut only.cost, self.cost);
        }
        faults
    }
}
