//! What the use cases of canned replies have in common.

use domain::{
    chats::{CannedReply, CannedReplyId, Shortcut, VariableText, VariableTextError},
    store::Repositories,
};

use crate::{Error, FieldError};

/// Meta's limit for a text message.
const MAX_LENGTH: usize = domain::chats::Text::MAX_LENGTH;

pub(super) async fn find(data: &dyn Repositories, id: CannedReplyId) -> Result<CannedReply, Error> {
    let reply = data.canned_replies().find(id).await?;
    reply.ok_or(Error::NotFound("canned reply"))
}

/// Reads both, or refuses with the faults of both.
pub(super) fn read(shortcut: String, text: String) -> Result<(Shortcut, VariableText), Error> {
    let shortcut = Shortcut::try_from(shortcut)
        .map_err(|error| vec![FieldError::new("/shortcut", "invalid_shortcut", error)]);
    let text = VariableText::parse(text, MAX_LENGTH).map_err(|errors| {
        let fault = |error| FieldError::new("/text", VariableTextError::code(&error), error);
        errors.into_iter().map(fault).collect::<Vec<_>>()
    });
    match (shortcut, text) {
        (Ok(shortcut), Ok(text)) => Ok((shortcut, text)),
        (shortcut, text) => {
            let faults = [shortcut.err(), text.err()].into_iter().flatten();
            Err(Error::Invalid(faults.flatten().collect()))
        }
    }
}

/// Refuses a shortcut that another canned reply has.
pub(super) async fn check_shortcut(
    data: &dyn Repositories,
    reply: &CannedReply,
) -> Result<(), Error> {
    let taken_by = data
        .canned_replies()
        .find_by_shortcut(&reply.shortcut)
        .await?;
    match taken_by {
        Some(other) if other.id != reply.id => Err(Error::Taken {
            code: "shortcut_taken",
            detail: "another canned reply has this shortcut".to_owned(),
            existing_id: other.id.uuid(),
        }),
        _ => Ok(()),
    }
}
