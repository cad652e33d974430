use domain::{
    chats::{ChatId, ChatOverview},
    event::Event,
    job::Job,
    organizations::Permission,
    store::UnitOfWork,
};

use super::{Chats, sight::lock_chat};
use crate::{Actor, Error};

impl Chats {
    /// The actor has read the chat; the customer is shown so, if the account wants it.
    #[tracing::instrument(skip_all, fields(chat.id = %chat_id))]
    pub async fn mark_read(&self, actor: &Actor, chat_id: ChatId) -> Result<ChatOverview, Error> {
        actor.require(Permission::ChatsWrite)?;
        let (now, viewer) = (self.ports.clock.now(), actor.user_id());
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let chat = lock_chat(uow.as_ref(), actor, chat_id).await?;
        let anything_new = uow
            .chats()
            .mark_read(chat_id, viewer, chat.inbound_count, now)
            .await?;
        let overview = uow
            .chats()
            .overview(chat_id, Some(viewer))
            .await?
            .ok_or(Error::NotFound("chat"))?;
        if anything_new {
            if let Some(receipt) = read_receipt(uow.as_ref(), &overview).await? {
                uow.enqueue(receipt);
            }
            uow.record(Event::ChatRead {
                user_id: viewer,
                overview: overview.clone(),
            });
            uow.commit().await?;
        }
        Ok(overview)
    }
}

async fn read_receipt(uow: &dyn UnitOfWork, overview: &ChatOverview) -> Result<Option<Job>, Error> {
    let account_id = overview.chat.account_id;
    let account = uow.accounts().find(account_id).await?;
    if !account.is_some_and(|account| account.send_read_receipts) {
        return Ok(None);
    }
    let newest = uow.messages().latest_inbound(overview.chat.id).await?;
    Ok(newest
        .and_then(|message| message.wamid)
        .map(|wamid| Job::SendReadReceipt { account_id, wamid }))
}
