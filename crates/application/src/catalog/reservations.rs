//! Promising stock, for whatever sells it: within the unit of work of whoever asks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    auth::UserId,
    catalog::{
        MovementKind, Reservation, ReservationId, ReservationStatus, StockError, StockMovement,
        VariantId,
    },
    id::Id,
    job::Job,
    store::UnitOfWork,
};

use super::{
    meta::tell_meta,
    products::{movement, tell_low_stock},
};
use crate::Error;

/// So many of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub variant_id: VariantId,
    /// At least 1.
    pub quantity: i64,
}

/// That more of a variant are wanted than can be sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    pub variant_id: VariantId,
    pub wanted: i64,
    pub available: i64,
}

/// Promises all that is wanted until a time, or nothing: then all that is short is named, and
/// the unit of work must end. What is wanted of a variant in several places is added up.
pub async fn reserve(
    uow: &dyn UnitOfWork,
    wanted: &[Wanted],
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Result<Vec<Reservation>, Vec<Shortage>>, Error> {
    let mut demand = BTreeMap::<VariantId, i64>::new();
    for Wanted {
        variant_id,
        quantity,
    } in wanted
    {
        if *quantity < 1 {
            let detail = "must be 1 or more";
            return Err(Error::invalid("/quantity", "out_of_range", detail));
        }
        let sum = demand.entry(*variant_id).or_default();
        *sum = sum.saturating_add(*quantity);
    }
    let ids: Vec<_> = demand.keys().copied().collect();
    let products = uow.products().lock_with(&ids).await?;
    let (mut reservations, mut shortages, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for mut product in products {
        let rules = product.rules();
        for variant in product.variants.iter_mut() {
            let Some(quantity) = demand.remove(&variant.id) else {
                continue;
            };
            match variant.stock.reserve(quantity, rules) {
                Ok(stock) => variant.stock = stock,
                Err(
                    StockError::Insufficient { .. } | StockError::Negative | StockError::TooLarge,
                ) => {
                    shortages.push(Shortage {
                        variant_id: variant.id,
                        wanted: quantity,
                        available: variant.stock.available().max(0),
                    });
                    continue;
                }
            }
            let reservation = Reservation {
                id: Id::generate(),
                product_id: product.id,
                variant_id: variant.id,
                quantity,
                status: ReservationStatus::Active,
                created_at: now,
                expires_at,
                ended_at: None,
            };
            uow.stock().insert_reservation(&reservation).await?;
            uow.enqueue(Job::ReleaseReservation {
                reservation_id: reservation.id,
            });
            reservations.push(reservation);
        }
        tell_low_stock(uow, &mut product);
        uow.products().update_stock(&product).await?;
        changed.push(product.id);
    }
    tell_meta(uow, &changed, now).await?;
    // What is left is not there any more.
    shortages.extend(demand.into_iter().map(|(variant_id, wanted)| Shortage {
        variant_id,
        wanted,
        available: 0,
    }));
    if shortages.is_empty() {
        Ok(Ok(reservations))
    } else {
        Ok(Err(shortages))
    }
}

/// Ends a promise of which nothing came. False if it has ended before.
pub async fn release(
    uow: &dyn UnitOfWork,
    id: ReservationId,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    end(uow, id, ReservationStatus::Released, None, now).await
}

/// Sells what was promised. False if the promise has ended before: then it may be gone.
pub async fn consume(
    uow: &dyn UnitOfWork,
    id: ReservationId,
    actor_id: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    end(uow, id, ReservationStatus::Consumed, actor_id, now).await
}

async fn end(
    uow: &dyn UnitOfWork,
    id: ReservationId,
    status: ReservationStatus,
    actor_id: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let reservation = uow.stock().find_reservation(id).await?;
    let Some(reservation) = reservation else {
        return Ok(false);
    };
    let mut products = uow.products().lock_with(&[reservation.variant_id]).await?;
    // Under the lock: of two who end it at once, one does.
    if !uow.stock().end_reservation(id, status, now).await? {
        return Ok(false);
    }
    let Some(mut product) = products.pop() else {
        return Ok(true);
    };
    let Some(variant) = product.variant_mut(reservation.variant_id) else {
        return Ok(true);
    };
    let quantity = reservation.quantity;
    variant.stock = match status {
        ReservationStatus::Consumed => variant.stock.consume(quantity),
        ReservationStatus::Released | ReservationStatus::Active => variant.stock.release(quantity),
    }
    .map_err(Error::internal)?;
    let variant = variant.clone();
    if status == ReservationStatus::Consumed {
        let movement = StockMovement {
            change: -quantity,
            actor_id,
            ..movement(&product, &variant, MovementKind::Sell, now)
        };
        uow.stock().append(&movement).await?;
    }
    tell_low_stock(uow, &mut product);
    uow.products().update_stock(&product).await?;
    tell_meta(uow, &[product.id], now).await?;
    Ok(true)
}
