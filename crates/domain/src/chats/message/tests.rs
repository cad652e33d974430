use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::chats::Text;

fn message(status: MessageStatus) -> Message {
    let id = Id::<()>::generate().uuid();
    Message {
        id: id.into(),
        chat_id: id.into(),
        account_id: id.into(),
        direction: Direction::Outbound,
        content: MessageContent::Text(Text {
            body: "Hello".into(),
            preview_url: false,
        }),
        status,
        wamid: None,
        reply_to: None,
        reactions: Vec::new(),
        sent_by: None,
        origin: None,
        context: None,
        referral: None,
        error: None,
        created_at: DateTime::UNIX_EPOCH,
        edited_at: None,
        revoked_at: None,
        sent_at: None,
        delivered_at: None,
        read_at: None,
        failed_at: None,
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn report(status: ReportedStatus, second: i64) -> StatusReport {
    let error = (status == ReportedStatus::Failed).then(|| MetaError {
        code: 131_026 + second % 2,
        title: "Undeliverable".into(),
        ..MetaError::default()
    });
    StatusReport {
        wamid: "wamid.1".into(),
        status,
        occurred_at: at(second),
        error,
        callback_data: None,
        participant: String::new(),
    }
}

fn reports() -> impl Strategy<Value = Vec<StatusReport>> {
    let status = prop::sample::select(vec![
        ReportedStatus::Sent,
        ReportedStatus::Delivered,
        ReportedStatus::Read,
        ReportedStatus::Played,
        ReportedStatus::Failed,
    ]);
    prop::collection::vec(
        (status, 0_i64..5).prop_map(|(status, second)| report(status, second)),
        1..8,
    )
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_reports_ends_in_the_same_state(
        last_attempt in prop::option::of(Just("wamid.of.last.attempt".to_owned())),
        (reports, shuffled) in reports().prop_flat_map(|reports| {
            let twice = [reports.clone(), reports.clone()].concat();
            (Just(reports), Just(twice).prop_shuffle())
        })
    ) {
        let mut untouched = message(MessageStatus::Sending);
        untouched.wamid = last_attempt;
        let mut in_order = untouched.clone();
        for report in &reports {
            in_order.apply(report);
        }
        let mut in_disorder = untouched;
        for report in &shuffled {
            in_disorder.apply(report);
        }
        prop_assert_eq!(in_order, in_disorder);
    }

    #[test]
    fn a_status_never_goes_back(reports in reports()) {
        let rank = |message: &Message| match message.status {
            MessageStatus::Sent => 1,
            MessageStatus::Failed => 2,
            MessageStatus::Delivered => 3,
            MessageStatus::Read => 4,
            _ => 0,
        };
        let mut message = message(MessageStatus::Sending);
        for report in &reports {
            let before = rank(&message);
            message.apply(report);
            prop_assert!(rank(&message) >= before);
        }
    }
}

#[test]
fn read_implies_delivered() {
    let mut message = message(MessageStatus::Sent);
    message.apply(&report(ReportedStatus::Read, 3));
    assert_eq!(message.delivered_at, Some(at(3)));
    assert_eq!(message.status, MessageStatus::Read);
}

#[test]
fn a_status_settles_what_was_uncertain() {
    let mut uncertain = message(MessageStatus::Uncertain);
    uncertain.apply(&report(ReportedStatus::Sent, 1));
    assert_eq!(uncertain.status, MessageStatus::Sent);
    assert_eq!(uncertain.wamid.as_deref(), Some("wamid.1"));
}

#[test]
fn late_news_of_the_last_attempt_do_not_fail_the_next() {
    let mut message = message(MessageStatus::Sending);
    message.accept("wamid.1".into(), at(1));
    message.fail(
        MessageError {
            code: 131_000,
            title: "Fault".into(),
            detail: None,
            hint: None,
            retryable: true,
        },
        at(2),
    );
    message.retry(false).unwrap();
    assert!(!message.apply(&report(ReportedStatus::Failed, 2)));
    assert_eq!(message.status, MessageStatus::Queued);
    message.apply(&report(ReportedStatus::Delivered, 3));
    assert_eq!(
        message.status,
        MessageStatus::Delivered,
        "it did arrive after all"
    );
}

#[test]
fn the_first_news_of_an_attempt_tell_its_wamid() {
    let mut again = message(MessageStatus::Uncertain);
    again.wamid = Some("wamid.of.last.attempt".into());
    again.apply(&report(ReportedStatus::Sent, 1));
    assert_eq!(again.wamid.as_deref(), Some("wamid.1"));
    again.apply(&report(ReportedStatus::Failed, 2));
    assert_eq!(again.status, MessageStatus::Failed);
}

#[test]
fn only_what_failed_and_may_succeed_is_sent_again() {
    assert_eq!(
        message(MessageStatus::Sent).retry(false),
        Err(RetryError::NotFailed)
    );
    let mut refused = message(MessageStatus::Sending);
    refused.apply(&report(ReportedStatus::Failed, 0));
    assert_eq!(refused.retry(true), Err(RetryError::WouldFailAgain));
    let mut empty = refused.clone();
    empty.content = MessageContent::Expired {
        kind: "text".into(),
    };
    assert_eq!(empty.retry(true), Err(RetryError::Expired));
    let mut uncertain = message(MessageStatus::Uncertain);
    assert_eq!(uncertain.retry(false), Err(RetryError::MayHaveBeenSent));
    assert_eq!(uncertain.retry(true), Ok(()));
}
