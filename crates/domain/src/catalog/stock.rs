use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ProductId, VariantId};
use crate::{auth::UserId, id::Id};

pub type StockMovementId = Id<StockMovement>;
pub type ReservationId = Id<Reservation>;

/// How many there are of a variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// What lies in the shop: the sum of its movements.
    pub on_hand: i64,
    /// What of it is promised: the sum of its active reservations.
    pub reserved: i64,
    /// It was told that few are left, and not yet that there are more again.
    pub is_low: bool,
}

/// What a product says of the stock of its variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockRules {
    pub is_tracked: bool,
    pub allow_backorder: bool,
    pub low_stock_threshold: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StockError {
    #[error("there are only {available} left")]
    Insufficient { available: i64 },
    #[error("the stock cannot be less than nothing")]
    Negative,
    #[error("is more than can be counted")]
    TooLarge,
}

/// What changed the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    Receive,
    Sell,
    Return,
    Adjust,
    Count,
}

/// An entry of the ledger: kept for ever, never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockMovement {
    pub id: StockMovementId,
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub kind: MovementKind,
    pub change: i64,
    /// What there was after it.
    pub on_hand: i64,
    pub reserved: i64,
    pub reason: Option<String>,
    pub note: Option<String>,
    /// Nobody if the program did it.
    pub actor_id: Option<UserId>,
    pub created_at: DateTime<Utc>,
}

/// That so many are promised until a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    pub id: ReservationId,
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub quantity: i64,
    pub status: ReservationStatus,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationStatus {
    Active,
    /// Nothing came of it.
    Released,
    /// What was promised was sold.
    Consumed,
}

/// That few are left of a variant, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LowStock {
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub name: String,
    pub sku: String,
    pub available: i64,
    pub threshold: i64,
}

impl Stock {
    /// More are never counted of one thing.
    pub const MAX: i64 = 1_000_000_000;

    /// What can still be sold.
    pub fn available(self) -> i64 {
        self.on_hand - self.reserved
    }

    /// More, or fewer, than there were.
    pub fn changed_by(self, change: i64, rules: StockRules) -> Result<Self, StockError> {
        let on_hand = self.on_hand.checked_add(change);
        let on_hand = on_hand.ok_or(StockError::TooLarge)?;
        if on_hand < 0 && change < 0 && !rules.is_unlimited() {
            return Err(StockError::Negative);
        }
        self.with(on_hand, self.reserved)
    }

    /// As somebody has counted them, whatever was thought before.
    pub fn counted(self, on_hand: i64) -> Result<Self, StockError> {
        if on_hand < 0 {
            return Err(StockError::Negative);
        }
        self.with(on_hand, self.reserved)
    }

    pub fn reserve(self, quantity: i64, rules: StockRules) -> Result<Self, StockError> {
        self.require(quantity, rules)?;
        self.with(self.on_hand, self.reserved.saturating_add(quantity))
    }

    pub fn release(self, quantity: i64) -> Result<Self, StockError> {
        self.with(self.on_hand, self.reserved - quantity)
    }

    /// Sells what was reserved.
    pub fn consume(self, quantity: i64) -> Result<Self, StockError> {
        self.with(self.on_hand - quantity, self.reserved - quantity)
    }

    /// Sells what nobody has reserved.
    pub fn sell(self, quantity: i64, rules: StockRules) -> Result<Self, StockError> {
        self.require(quantity, rules)?;
        self.with(self.on_hand.saturating_sub(quantity), self.reserved)
    }

    fn require(self, quantity: i64, rules: StockRules) -> Result<(), StockError> {
        if rules.is_unlimited() || quantity <= self.available() {
            Ok(())
        } else {
            Err(StockError::Insufficient {
                available: self.available().max(0),
            })
        }
    }

    fn with(self, on_hand: i64, reserved: i64) -> Result<Self, StockError> {
        if reserved < 0 {
            return Err(StockError::Negative);
        }
        if on_hand.abs() > Self::MAX || reserved > Self::MAX {
            return Err(StockError::TooLarge);
        }
        Ok(Self {
            on_hand,
            reserved,
            ..self
        })
    }

    /// Notes whether few are left, by the rules of now. True if that is news.
    pub fn note_low(&mut self, rules: StockRules) -> bool {
        let threshold = rules.low_stock_threshold.filter(|_| rules.is_tracked);
        let is_low = threshold.is_some_and(|threshold| self.available() <= threshold);
        let is_news = is_low && !self.is_low;
        self.is_low = is_low;
        is_news
    }
}

impl StockRules {
    fn is_unlimited(self) -> bool {
        self.allow_backorder || !self.is_tracked
    }

    /// Whether somebody can buy one now.
    pub fn allow_one(self, stock: Stock) -> bool {
        self.is_unlimited() || stock.available() > 0
    }
}

#[cfg(test)]
mod tests;
