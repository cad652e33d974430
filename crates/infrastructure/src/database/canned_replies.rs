use async_trait::async_trait;
use domain::{
    chats::{CannedReply, CannedReplyId, CannedReplyRepository, Shortcut, VariableText},
    page::{Page, PageRequest, Position},
    store::StoreError,
    text::fold_for_search,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, Select,
    sea_query::ExprTrait,
};

use super::{
    entities::canned_reply::{ActiveModel, Column, Entity, Model},
    error::broken,
    text::contains,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CannedReplyRepository for SeaUnitOfWork {
    async fn find(&self, id: CannedReplyId) -> Result<Option<CannedReply>, StoreError> {
        let replies = self.scope.find::<Entity>();
        self.db()
            .one(replies.filter(Column::Id.eq(id.uuid())))
            .await
    }

    async fn find_by_shortcut(
        &self,
        shortcut: &Shortcut,
    ) -> Result<Option<CannedReply>, StoreError> {
        let replies = self.scope.find::<Entity>();
        self.db()
            .one(replies.filter(Column::Shortcut.eq(shortcut.as_str())))
            .await
    }

    async fn list(
        &self,
        search: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<CannedReply>, StoreError> {
        let replies = self.canned_replies_with(search);
        let order = (Column::CreatedAt, Column::Id);
        self.db()
            .page(replies, order, page, |reply: &CannedReply| Position {
                at: reply.created_at,
                id: reply.id.uuid(),
            })
            .await
    }

    async fn count(&self, search: Option<&str>) -> Result<u64, StoreError> {
        self.db().count(self.canned_replies_with(search)).await
    }

    async fn insert(&self, reply: &CannedReply) -> Result<bool, StoreError> {
        self.scope.insert_unless_taken(row(reply)).await
    }

    async fn update(&self, reply: &CannedReply) -> Result<bool, StoreError> {
        let next = ActiveModel {
            version: Set(reply.version + 1),
            ..row(reply)
        };
        let unchanged = Column::Version.eq(reply.version);
        self.scope.update_unless_taken(next, unchanged).await
    }

    async fn remove(&self, id: CannedReplyId, version: i64) -> Result<bool, StoreError> {
        let this = Column::Id.eq(id.uuid()).and(Column::Version.eq(version));
        Ok(self.scope.delete::<Entity>(this).await? > 0)
    }
}

impl SeaUnitOfWork {
    fn canned_replies_with(&self, search: Option<&str>) -> Select<Entity> {
        let replies = self.scope.find::<Entity>();
        match search {
            Some(search) => replies.filter(contains(Column::FoldedText.into_expr(), search)),
            None => replies,
        }
    }
}

fn row(reply: &CannedReply) -> ActiveModel {
    let (shortcut, text) = (reply.shortcut.as_str(), reply.text.as_str());
    ActiveModel {
        organization_id: NotSet,
        id: Set(reply.id.uuid()),
        shortcut: Set(shortcut.to_owned()),
        text: Set(text.to_owned()),
        folded_text: Set(fold_for_search(&format!("{shortcut}\n{text}"))),
        created_at: Set(reply.created_at),
        updated_at: Set(reply.updated_at),
        version: Set(reply.version),
    }
}

impl TryFrom<Model> for CannedReply {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        // Its length was checked by what wrote it.
        let text = VariableText::parse(row.text, usize::MAX);
        Ok(Self {
            id: row.id.into(),
            shortcut: Shortcut::try_from(row.shortcut).map_err(broken)?,
            text: text.map_err(|_| broken("a canned reply that cannot be read"))?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
