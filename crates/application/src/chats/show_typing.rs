use std::time::Duration;

use domain::{
    chats::{Chat, ChatId},
    job::Job,
    organizations::Permission,
    rate_limit::{Permit, Quota},
    realtime::Presence,
    store::Repositories,
    whatsapp::{Account, AccountId},
};

use super::{Chats, find_chat};
use crate::{Actor, Error};

/// Meta shows it for 25 seconds. Source: cloud API 2.6.
const ONCE: Quota = Quota::per(1, Duration::from_secs(20));
/// Later than this it is not worth showing.
const LIFETIME: Duration = Duration::from_secs(10);

impl Chats {
    /// Shows the colleagues, and the customer, that the actor types an answer.
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn show_typing(&self, actor: &Actor, chat_id: ChatId) -> Result<(), Error> {
        actor.require(Permission::ChatsWrite)?;
        let organization_id = actor.organization_id();
        let data = self.ports.store.read(organization_id);
        let chat = find_chat(data.as_ref(), actor, chat_id).await?;
        if let Some(agent) = data.members().names(&[actor.user_id()]).await?.pop() {
            let presence = Presence::typing(agent, chat_id);
            self.ports.realtime.tell(organization_id, presence).await;
        }
        let Some((account_id, wamid)) = self.to_be_shown(data.as_ref(), &chat).await? else {
            return Ok(());
        };
        let keys = [(format!("whatsapp:typing:{chat_id}"), ONCE)];
        if let Permit::Denied { .. } = self.ports.rate_limiter.acquire(&keys).await? {
            return Ok(());
        }
        let uow = self.ports.store.begin(organization_id).await?;
        uow.enqueue(Job::ShowTyping {
            account_id,
            wamid,
            until: self.ports.clock.now() + LIFETIME,
        });
        uow.commit().await?;
        Ok(())
    }

    /// Which message the customer would see answered. At Meta it is read thereby: none where
    /// that shall not be shown, nor where no answer may be typed.
    async fn to_be_shown(
        &self,
        data: &dyn Repositories,
        chat: &Chat,
    ) -> Result<Option<(AccountId, String)>, Error> {
        if chat.check_window(self.ports.clock.now()).is_err() {
            return Ok(None);
        }
        let account = data.accounts().find(chat.account_id).await?;
        let shows =
            |account: &Account| account.send_read_receipts && account.check_may_answer().is_ok();
        if !account.as_ref().is_some_and(shows) {
            return Ok(None);
        }
        let newest = data.messages().latest_inbound(chat.id).await?;
        Ok(newest
            .and_then(|message| message.wamid)
            .map(|wamid| (chat.account_id, wamid)))
    }
}
