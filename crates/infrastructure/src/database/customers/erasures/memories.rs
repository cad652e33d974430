//! What else remembers a person for a time.

use domain::{
    customers::Traces,
    imports::{ImportDetails, ImportKind},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, QueryFilter,
    sea_query::{Expr, SimpleExpr},
};

use super::{ids_of, uuids};
use crate::database::{
    entities::{
        customer_merge, idempotency_key, import, import_change, import_key, message_report,
    },
    error::store_error,
    text::{contains, contains_bytes, from_json, to_json, word},
    unit_of_work::SeaUnitOfWork,
};

/// How it is written that a column of a table has samples.
const HAS_SAMPLES: &str = "\"samples\":[\"";

impl SeaUnitOfWork {
    /// No merge of theirs can be undone any more.
    pub(super) async fn forget_merges(&self, traces: &Traces) -> Result<(), StoreError> {
        let nothing = SimpleExpr::from(Expr::val(None::<String>));
        self.scope
            .update_many::<customer_merge::Entity>()
            .col_expr(customer_merge::Column::Undo, nothing)
            .filter(customer_merge::Column::CustomerId.is_in(uuids(&traces.customers)))
            .exec(self.db().writing()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    pub(super) async fn forget_imports(&self, traces: &Traces) -> Result<(), StoreError> {
        let of_person = import_change::Column::SubjectId.is_in(uuids(&traces.customers));
        self.scope
            .delete::<import_change::Entity>(of_person)
            .await?;
        let of_person = import_key::Column::SubjectId.is_in(uuids(&traces.customers));
        self.scope.delete::<import_key::Entity>(of_person).await?;
        // The person may be in the first rows of any table, in any writing; once it has come
        // in, nobody needs to see those any more.
        let shown = self
            .scope
            .find::<import::Entity>()
            .filter(import::Column::Kind.eq(word(&ImportKind::Customers)?))
            .filter(import::Column::FinishedAt.is_not_null())
            .filter(contains(import::Column::Details.into_expr(), HAS_SAMPLES))
            .all(self.db())
            .await
            .map_err(store_error)?;
        for row in shown {
            let mut details: ImportDetails = from_json(&row.details)?;
            for column in &mut details.columns {
                column.samples.clear();
            }
            let row = import::ActiveModel {
                id: Set(row.id),
                details: Set(to_json(&details)?),
                ..Default::default()
            };
            self.scope.update(row, Condition::all()).await?;
        }
        Ok(())
    }

    /// Those of messages that are not known here, which name whom they went to.
    pub(super) async fn forget_reports_that_name(&self, traces: &Traces) -> Result<(), StoreError> {
        use message_report::Column::{Original, Participant};
        let ids = traces.identities.iter();
        let naming = ids.fold(Condition::any(), |any, id| {
            any.add(contains(Original.into_expr(), &format!("\"{id}\"")))
        });
        let naming = naming.add(Participant.is_in(&traces.identities));
        self.scope.delete::<message_report::Entity>(naming).await?;
        Ok(())
    }

    /// What repeated requests would be answered.
    pub(super) async fn forget_answers(&self, traces: &Traces) -> Result<(), StoreError> {
        let sqlite = self.scope.is_on_sqlite();
        let naming = ids_of(traces).iter().fold(Condition::any(), |any, id| {
            let body = idempotency_key::Column::Body.into_expr();
            any.add(contains_bytes(body, id.as_bytes(), sqlite))
        });
        let answers = Condition::all()
            .add(idempotency_key::Column::AnsweredAt.is_not_null())
            .add(naming);
        self.scope
            .delete::<idempotency_key::Entity>(answers)
            .await?;
        Ok(())
    }
}
