use domain::{chats::MessageError, id::Id};
use serde_json::{Value, json};

use super::*;

fn said(frame: &ServerFrame) -> Value {
    serde_json::to_value(frame).unwrap()
}

#[test]
fn an_event_is_told_with_its_number_and_time() {
    let account_id = Id::generate();
    let logged = LoggedEvent {
        seq: 42,
        event: Event::AccountStatusChanged {
            account_id,
            status: AccountStatus::NeedsReauth,
            reason: None,
            restricted_until: None,
            may_answer: false,
        },
        occurred_at: DateTime::UNIX_EPOCH,
    };
    let expected = json!({
        "seq": 42,
        "type": "account.status",
        "occurredAt": "1970-01-01T00:00:00Z",
        "data": {
            "accountId": account_id, "status": "needs_reauth", "reason": null,
            "restrictedUntil": null, "mayAnswer": false,
        },
    });
    assert_eq!(said(&ServerFrame::event(&logged).unwrap()), expected);
}

#[test]
fn a_failure_is_told_in_the_words_of_the_answers() {
    let logged = LoggedEvent {
        seq: 1,
        event: Event::MessageStatusChanged {
            chat_id: Id::generate(),
            message_id: Id::generate(),
            status: MessageStatus::Failed,
            wamid: None,
            error: Some(MessageError::ours("No way", Some("None at all".into()))),
            occurred_at: DateTime::UNIX_EPOCH,
        },
        occurred_at: DateTime::UNIX_EPOCH,
    };
    let expected = json!({
        "code": 0, "title": "No way", "detail": "None at all", "hint": null,
        "retryable": true,
    });
    let told = said(&ServerFrame::event(&logged).unwrap());
    assert_eq!(told["data"]["error"], expected);
}

#[test]
fn what_concerns_no_client_is_not_told() {
    let logged = LoggedEvent {
        seq: 1,
        event: Event::SessionEnded {
            session_id: Id::generate(),
        },
        occurred_at: DateTime::UNIX_EPOCH,
    };
    assert!(ServerFrame::event(&logged).is_none());
}

#[test]
fn of_a_chat_that_is_out_of_sight_only_the_id_is_told() {
    let chat_id = Id::generate();
    let (from, to) = (None, Some(Id::generate()));
    let logged = LoggedEvent {
        seq: 7,
        event: Event::ChatReassigned { chat_id, from, to },
        occurred_at: DateTime::UNIX_EPOCH,
    };
    let expected = json!({
        "seq": 7, "type": "chat.hidden", "occurredAt": "1970-01-01T00:00:00Z",
        "data": {"chatId": chat_id},
    });
    assert_eq!(said(&ServerFrame::event(&logged).unwrap()), expected);
}
