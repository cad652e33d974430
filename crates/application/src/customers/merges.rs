//! What the use cases of merges have in common.

use domain::{
    chats::ChatId,
    event::Event,
    store::{StoreError, UnitOfWork},
};

/// That these chats are another customer's now.
pub(super) async fn tell_chats(uow: &dyn UnitOfWork, chats: &[ChatId]) -> Result<(), StoreError> {
    for chat in chats {
        if let Some(overview) = uow.chats().overview(*chat, None).await? {
            uow.record(Event::ChatUpdated { overview });
        }
    }
    Ok(())
}
