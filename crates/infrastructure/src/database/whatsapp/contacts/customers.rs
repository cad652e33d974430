//! Which customers contacts are.

use domain::{
    customers::CustomerId,
    store::StoreError,
    whatsapp::{Contact, ContactId},
};
use sea_orm::{
    ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{CaseStatement, Expr, ExprTrait, SubQueryStatement},
};

use crate::database::{
    entities::{chat, contact, customer},
    error::store_error,
    scope::Tenanted,
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    pub(super) async fn lock_first_without_customer(
        &self,
        limit: u32,
    ) -> Result<Vec<Contact>, StoreError> {
        use contact::Column::{CreatedAt, CustomerId, Id};
        let oldest = self
            .known_contacts()
            .select_only()
            .column(Id)
            .filter(CustomerId.is_null())
            .order_by_asc(CreatedAt)
            .order_by_asc(Id)
            .limit(u64::from(limit));
        let contacts = self
            .known_contacts()
            .filter(Id.in_subquery(oldest.into_query()))
            .filter(CustomerId.is_null())
            .order_by_asc(Id);
        self.db().lock_all(contacts).await
    }

    pub(super) async fn make_customers_of(
        &self,
        of: &[(ContactId, CustomerId)],
    ) -> Result<(), StoreError> {
        self.give_to(of, contact::Column::Id, contact::Column::CustomerId)
            .await?;
        self.give_to(of, chat::Column::ContactId, chat::Column::CustomerId)
            .await?;
        self.see_as_their_chats(of).await
    }

    /// What belongs to these contacts belongs to these customers, if it did to none.
    async fn give_to<C>(
        &self,
        of: &[(ContactId, CustomerId)],
        contact: C,
        customer: C,
    ) -> Result<(), StoreError>
    where
        C: ColumnTrait,
        C::EntityName: Tenanted<Column = C>,
    {
        let each = of.iter().fold(CaseStatement::new(), |each, (of, to)| {
            each.case(contact.eq(of.uuid()), Expr::val(to.uuid()))
        });
        self.scope
            .update_many::<C::EntityName>()
            .col_expr(customer, each.into())
            .filter(contact.is_in(of.iter().map(|(of, _)| of.uuid())))
            .filter(customer.is_null())
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn see_as_their_chats(&self, of: &[(ContactId, CustomerId)]) -> Result<(), StoreError> {
        use customer::Column::{Id, LastSeenAt};
        let last = self
            .scope
            .find::<chat::Entity>()
            .select_only()
            .expr(chat::Column::LastInboundAt.max())
            .filter(chat::Column::CustomerId.into_expr().eq(Id.into_expr()))
            .into_query();
        let last = || Expr::from(SubQueryStatement::from(last.clone()));
        self.scope
            .update_many::<customer::Entity>()
            .col_expr(LastSeenAt, last())
            .filter(Id.is_in(of.iter().map(|(_, to)| to.uuid())))
            .filter(LastSeenAt.into_expr().lt(last()))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}
