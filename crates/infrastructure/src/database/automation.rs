use async_trait::async_trait;
use domain::{
    chats::{Automation, AutomationRepository, ChatId, Greeting, LastAutomatic, VariableText},
    store::StoreError,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, QueryFilter,
    sea_query::OnConflict,
};

use super::{
    entities::{
        automatic_message,
        chat_automation::{ActiveModel, Column, Entity, Model},
    },
    error::broken,
    text::{from_json_if_some, to_json_if_some},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl AutomationRepository for SeaUnitOfWork {
    async fn settings(&self) -> Result<Automation, StoreError> {
        let stored = self.db().one(self.scope.find::<Entity>()).await?;
        Ok(stored.unwrap_or_default())
    }

    async fn save(&self, automation: &Automation) -> Result<bool, StoreError> {
        let greeting = automation.greeting.as_ref();
        let row = ActiveModel {
            organization_id: Set(self.scope.organization().uuid()),
            hours: Set(to_json_if_some(automation.hours.as_ref())?),
            greeting_text: Set(greeting.map(|greeting| greeting.text.as_str().to_owned())),
            greeting_after_days: Set(greeting.map(|greeting| greeting.after_days.into())),
            away_text: Set(automation
                .away
                .as_ref()
                .map(|text| text.as_str().to_owned())),
            updated_at: Set(automation.updated_at),
            version: Set(automation.version + 1),
        };
        if automation.version == 0 {
            return self.scope.insert_unless_taken(row).await;
        }
        let unchanged = Column::Version.eq(automation.version);
        self.scope.update(row, unchanged).await
    }

    async fn last_in(&self, chat_id: ChatId) -> Result<LastAutomatic, StoreError> {
        let last = self
            .scope
            .find::<automatic_message::Entity>()
            .filter(automatic_message::Column::ChatId.eq(chat_id.uuid()));
        Ok(self.db().one(last).await?.unwrap_or_default())
    }

    async fn note(&self, chat_id: ChatId, last: LastAutomatic) -> Result<(), StoreError> {
        use automatic_message::Column::{AwayAt, ChatId, GreetingAt, OrganizationId};
        let row = automatic_message::ActiveModel {
            organization_id: NotSet,
            chat_id: Set(chat_id.uuid()),
            greeting_at: Set(last.greeting_at),
            away_at: Set(last.away_at),
        };
        let replace = OnConflict::columns([OrganizationId, ChatId])
            .update_columns([GreetingAt, AwayAt])
            .to_owned();
        self.scope.upsert([row], replace).await?;
        Ok(())
    }
}

impl TryFrom<Model> for Automation {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let greeting = row.greeting_text.zip(row.greeting_after_days);
        let greeting = greeting.map(|(text, after_days)| {
            Ok::<_, StoreError>(Greeting {
                text: read(text)?,
                after_days: after_days.try_into().map_err(broken)?,
            })
        });
        Ok(Self {
            hours: from_json_if_some(row.hours.as_deref())?,
            greeting: greeting.transpose()?,
            away: row.away_text.map(read).transpose()?,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// A text whose length was checked by what wrote it.
fn read(text: String) -> Result<VariableText, StoreError> {
    VariableText::parse(text, usize::MAX)
        .map_err(|_| broken("an automatic message that cannot be read"))
}

impl TryFrom<automatic_message::Model> for LastAutomatic {
    type Error = StoreError;

    fn try_from(row: automatic_message::Model) -> Result<Self, StoreError> {
        Ok(Self {
            greeting_at: row.greeting_at,
            away_at: row.away_at,
        })
    }
}
