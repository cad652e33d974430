use domain::{
    event::Event,
    store::{StoreError, UnitOfWork},
    whatsapp::AccountId,
};

/// Applies all that is known of a message to it, if it has come yet, and tells so.
pub(crate) async fn annotate(
    uow: &dyn UnitOfWork,
    account_id: AccountId,
    wamid: &str,
) -> Result<(), StoreError> {
    let messages = uow.messages();
    let Some(mut target) = messages.lock_by_wamid(account_id, wamid).await? else {
        return Ok(());
    };
    let annotations = messages.annotations_of(account_id, &[wamid]).await?;
    if target.annotate(&annotations) {
        messages.update(&target).await?;
        uow.record(Event::MessageUpdated { message: target });
    }
    Ok(())
}
