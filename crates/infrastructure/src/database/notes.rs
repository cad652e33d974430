use async_trait::async_trait;
use domain::{
    chats::{ChatId, Note, NoteId, NoteRepository},
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter, Select,
    sea_query::ExprTrait,
};

use super::{
    entities::{
        note::{ActiveModel, Column, Entity, Model},
        note_mention,
    },
    text::{from_json, to_json},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl NoteRepository for SeaUnitOfWork {
    async fn find(&self, id: NoteId) -> Result<Option<Note>, StoreError> {
        let notes = self.scope.find::<Entity>();
        self.db().one(notes.filter(Column::Id.eq(id.uuid()))).await
    }

    async fn list(&self, chat_id: ChatId, page: PageRequest) -> Result<Page<Note>, StoreError> {
        let order = (Column::CreatedAt, Column::Id);
        self.db()
            .page(self.notes_of(chat_id), order, page, |note: &Note| {
                Position {
                    at: note.created_at,
                    id: note.id.uuid(),
                }
            })
            .await
    }

    async fn count(&self, chat_id: ChatId) -> Result<u64, StoreError> {
        self.db().count(self.notes_of(chat_id)).await
    }

    async fn insert(&self, note: &Note) -> Result<(), StoreError> {
        self.scope.insert(row(note)?).await?;
        self.scope.insert_all(mentions(note)).await
    }

    async fn update(&self, note: &Note) -> Result<bool, StoreError> {
        let next = ActiveModel {
            version: Set(note.version + 1),
            ..row(note)?
        };
        let unchanged = Column::Version.eq(note.version);
        if !self.scope.update(next, unchanged).await? {
            return Ok(false);
        }
        let of_note = note_mention::Column::NoteId.eq(note.id.uuid());
        self.scope.delete::<note_mention::Entity>(of_note).await?;
        self.scope.insert_all(mentions(note)).await?;
        Ok(true)
    }

    async fn remove(&self, id: NoteId, version: i64) -> Result<bool, StoreError> {
        let this = Column::Id.eq(id.uuid()).and(Column::Version.eq(version));
        Ok(self.scope.delete::<Entity>(this).await? > 0)
    }
}

impl SeaUnitOfWork {
    fn notes_of(&self, chat_id: ChatId) -> Select<Entity> {
        let notes = self.scope.find::<Entity>();
        notes.filter(Column::ChatId.eq(chat_id.uuid()))
    }
}

fn row(note: &Note) -> Result<ActiveModel, StoreError> {
    Ok(ActiveModel {
        organization_id: NotSet,
        id: Set(note.id.uuid()),
        chat_id: Set(note.chat_id.uuid()),
        author_id: Set(note.author_id.uuid()),
        text: Set(note.text.clone()),
        mentions: Set(to_json(&note.mentions)?),
        created_at: Set(note.created_at),
        updated_at: Set(note.updated_at),
        version: Set(note.version),
    })
}

fn mentions(note: &Note) -> Vec<note_mention::ActiveModel> {
    let mentions = note.mentions.iter();
    mentions
        .map(|user_id| note_mention::ActiveModel {
            organization_id: NotSet,
            user_id: Set(user_id.uuid()),
            note_id: Set(note.id.uuid()),
        })
        .collect()
}

impl TryFrom<Model> for Note {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            chat_id: row.chat_id.into(),
            author_id: row.author_id.into(),
            text: row.text,
            mentions: from_json(&row.mentions)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
