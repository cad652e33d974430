use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    catalog::{
        ProductId, Reservation, ReservationId, ReservationStatus, StockLedger, StockMovement,
    },
    id::Id,
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, Select,
};

use crate::database::{
    entities::{
        stock_movement::{ActiveModel, Column, Entity, Model},
        stock_reservation,
    },
    text::{parse, word},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl StockLedger for SeaUnitOfWork {
    async fn append(&self, movement: &StockMovement) -> Result<(), StoreError> {
        let row = ActiveModel {
            organization_id: NotSet,
            id: Set(movement.id.uuid()),
            product_id: Set(movement.product_id.uuid()),
            variant_id: Set(movement.variant_id.uuid()),
            kind: Set(word(&movement.kind)?),
            change: Set(movement.change),
            on_hand: Set(movement.on_hand),
            reserved: Set(movement.reserved),
            reason: Set(movement.reason.clone()),
            note: Set(movement.note.clone()),
            actor_id: Set(movement.actor_id.map(Id::uuid)),
            created_at: Set(movement.created_at),
        };
        self.scope.insert(row).await
    }

    async fn list(
        &self,
        product: ProductId,
        page: PageRequest,
    ) -> Result<Page<StockMovement>, StoreError> {
        let order = (Column::CreatedAt, Column::Id);
        let movements = self.movements_of(product);
        self.db()
            .page(movements, order, page, |movement: &StockMovement| {
                Position {
                    at: movement.created_at,
                    id: movement.id.uuid(),
                }
            })
            .await
    }

    async fn count(&self, product: ProductId) -> Result<u64, StoreError> {
        self.db().count(self.movements_of(product)).await
    }

    async fn insert_reservation(&self, reservation: &Reservation) -> Result<(), StoreError> {
        let row = stock_reservation::ActiveModel {
            organization_id: NotSet,
            id: Set(reservation.id.uuid()),
            product_id: Set(reservation.product_id.uuid()),
            variant_id: Set(reservation.variant_id.uuid()),
            quantity: Set(reservation.quantity),
            status: Set(word(&reservation.status)?),
            created_at: Set(reservation.created_at),
            expires_at: Set(reservation.expires_at),
            ended_at: Set(reservation.ended_at),
        };
        self.scope.insert(row).await
    }

    async fn find_reservation(&self, id: ReservationId) -> Result<Option<Reservation>, StoreError> {
        let reservations = self.scope.find::<stock_reservation::Entity>();
        let this = stock_reservation::Column::Id.eq(id.uuid());
        self.db().one(reservations.filter(this)).await
    }

    async fn end_reservation(
        &self,
        id: ReservationId,
        status: ReservationStatus,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let ended = stock_reservation::ActiveModel {
            id: Set(id.uuid()),
            status: Set(word(&status)?),
            ended_at: Set(Some(at)),
            ..Default::default()
        };
        let active = word(&ReservationStatus::Active)?;
        let is_active = stock_reservation::Column::Status.eq(active);
        self.scope.update(ended, is_active).await
    }
}

impl SeaUnitOfWork {
    fn movements_of(&self, product: ProductId) -> Select<Entity> {
        let movements = self.scope.find::<Entity>();
        movements.filter(Column::ProductId.eq(product.uuid()))
    }
}

impl TryFrom<Model> for StockMovement {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            product_id: row.product_id.into(),
            variant_id: row.variant_id.into(),
            kind: parse(&row.kind)?,
            change: row.change,
            on_hand: row.on_hand,
            reserved: row.reserved,
            reason: row.reason,
            note: row.note,
            actor_id: row.actor_id.map(Into::into),
            created_at: row.created_at,
        })
    }
}

impl TryFrom<stock_reservation::Model> for Reservation {
    type Error = StoreError;

    fn try_from(row: stock_reservation::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            product_id: row.product_id.into(),
            variant_id: row.variant_id.into(),
            quantity: row.quantity,
            status: parse(&row.status)?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        })
    }
}
