use domain::{
    catalog::{MovementKind, ProductId, Stock, StockError, StockMovement, VariantId},
    organizations::{MemberName, Permission},
};

use super::{
    Catalog,
    meta::tell_meta,
    products::{lock, movement, tell_low_stock},
};
use crate::{Actor, Error};

/// What somebody has done to the stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeStock {
    /// None for the only one.
    pub variant_id: Option<VariantId>,
    pub change: StockChange,
    pub reason: Option<String>,
    pub note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange {
    /// So many came, or went.
    By(i64, MovementKind),
    /// So many there are.
    To(i64),
}

impl Catalog {
    /// Enters a movement, and changes the stock by it; answers who is named in it, too. Needs an
    /// admin.
    #[tracing::instrument(skip_all, fields(product.id = %id))]
    pub async fn change_stock(
        &self,
        actor: &Actor,
        id: ProductId,
        command: ChangeStock,
    ) -> Result<(StockMovement, Vec<MemberName>), Error> {
        actor.require(Permission::CatalogWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let mut product = lock(uow.as_ref(), id).await?;
        let rules = product.rules();
        let only = product.only_variant().map(|variant| variant.id);
        let Some(variant_id) = command.variant_id.or(only) else {
            let detail = "the product has several variants: say which one";
            return Err(Error::invalid("/variantId", "required", detail));
        };
        let Some(variant) = product.variant_mut(variant_id) else {
            let detail = "is not a variant of this product";
            return Err(Error::invalid("/variantId", "unknown_variant", detail));
        };
        let before = variant.stock;
        let (kind, pointer, stock) = match command.change {
            StockChange::By(change, kind) => (kind, "/change", before.changed_by(change, rules)),
            StockChange::To(count) => (MovementKind::Count, "/count", before.counted(count)),
        };
        variant.stock = stock.map_err(|error| refusal(pointer, before, error))?;
        let (variant, change) = (variant.clone(), variant.stock.on_hand - before.on_hand);
        tell_low_stock(uow.as_ref(), &mut product);
        uow.products().update_stock(&product).await?;
        tell_meta(uow.as_ref(), &[id], now).await?;
        let movement = StockMovement {
            change,
            reason: command.reason,
            note: command.note,
            actor_id: Some(actor.user_id()),
            ..movement(&product, &variant, kind, now)
        };
        uow.stock().append(&movement).await?;
        let by = uow.members().names(&[actor.user_id()]).await?;
        uow.commit().await?;
        Ok((movement, by))
    }
}

fn refusal(pointer: &str, before: Stock, error: StockError) -> Error {
    match error {
        StockError::Negative if pointer == "/change" => Error::conflict(
            "insufficient_stock",
            format!("there are only {}", before.on_hand),
        ),
        StockError::Negative | StockError::TooLarge | StockError::Insufficient { .. } => {
            Error::invalid(pointer, "out_of_range", error)
        }
    }
}
