use std::collections::HashMap;

use domain::{
    chats::{ChatId, Label, LabelCount, Sight},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::filter::is_seen_by;
use crate::database::{
    entities::{
        chat,
        chat_label::{ActiveModel, Column, Entity},
    },
    error::{broken, store_error},
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    /// The labels of each of these chats that has any, in alphabetical order.
    pub(super) async fn labels_of(
        &self,
        chat_ids: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, Vec<Label>>, StoreError> {
        let rows = self
            .scope
            .find::<Entity>()
            .filter(Column::ChatId.is_in(chat_ids))
            .order_by_asc(Column::ChatId)
            .order_by_asc(Column::Key)
            .all(self.db())
            .await
            .map_err(store_error)?;
        let mut labels = HashMap::<_, Vec<_>>::new();
        for row in rows {
            let label = parse(&row.label)?;
            labels.entry(row.chat_id).or_default().push(label);
        }
        Ok(labels)
    }

    pub(super) async fn replace_labels(
        &self,
        id: ChatId,
        labels: &[Label],
    ) -> Result<(), StoreError> {
        let of_chat = Column::ChatId.eq(id.uuid());
        self.scope.delete::<Entity>(of_chat).await?;
        let rows = labels.iter().map(|label| ActiveModel {
            organization_id: NotSet,
            chat_id: Set(id.uuid()),
            key: Set(label.key()),
            label: Set(label.as_str().to_owned()),
        });
        self.scope.insert_all(rows.collect()).await
    }

    pub(super) async fn count_labels(
        &self,
        sight: Sight,
        limit: u32,
    ) -> Result<Vec<LabelCount>, StoreError> {
        let mut labels = self.scope.find::<Entity>();
        if let Sight::OwnAndUnassigned(own) = sight {
            let chats = self.scope.find::<chat::Entity>().select_only();
            let seen = chats.column(chat::Column::Id).filter(is_seen_by(own));
            labels = labels.filter(Column::ChatId.in_subquery(seen.into_query()));
        }
        let rows: Vec<(String, i64)> = labels
            .select_only()
            // Of the ways to write a label, always the same one is shown.
            .column_as(Column::Label.min(), "label")
            .column_as(Column::ChatId.count(), "chats")
            .group_by(Column::Key)
            .order_by_desc(Column::ChatId.count())
            .order_by_asc(Column::Key)
            .limit(u64::from(limit))
            .into_tuple()
            .all(self.db())
            .await
            .map_err(store_error)?;
        rows.into_iter()
            .map(|(label, chats)| {
                Ok(LabelCount {
                    label: parse(&label)?,
                    chats: u64::try_from(chats).map_err(broken)?,
                })
            })
            .collect()
    }
}

fn parse(label: &str) -> Result<Label, StoreError> {
    Label::parse(label).map_err(broken)
}
