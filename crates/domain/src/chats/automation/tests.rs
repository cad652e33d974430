use super::*;
use crate::{
    chats::{DaySlots, DayTime, Slot},
    id::Id,
    whatsapp::Contact,
};

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn text(text: &str) -> VariableText {
    VariableText::parse(text.to_owned(), Automation::MAX_TEXT).unwrap()
}

/// From 9 to 17 each day.
fn automation() -> Automation {
    let time = |text: &str| DayTime::try_from(text.to_owned()).unwrap();
    let slot = Slot {
        from: time("09:00"),
        to: time("17:00"),
    };
    Automation {
        hours: Some(BusinessHours {
            week: std::array::from_fn(|_| DaySlots::new(vec![slot]).unwrap()),
            ..BusinessHours::default()
        }),
        greeting: Some(Greeting {
            text: text("Welcome"),
            after_days: 14,
        }),
        away: Some(text("Tomorrow")),
        ..Automation::default()
    }
}

fn chat(last_message_at: Option<&str>) -> Chat {
    let contact = Contact {
        id: Id::generate(),
        customer_id: None,
        name: None,
        wa_id: None,
        user_id: None,
        username: None,
        blocked: None,
        undeliverable: None,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    };
    Chat {
        last_message_at: last_message_at.map(at),
        ..Chat::open(Id::generate(), &contact, DateTime::UNIX_EPOCH)
    }
}

fn answer(chat: &Chat, last: LastAutomatic, now: &str) -> Option<MessageOrigin> {
    let occasion = Occasion {
        chat,
        last,
        written_at: at(now),
        now: at(now),
        timezone: Tz::UTC,
    };
    let automation = automation();
    automation.answer(&occasion).map(|(origin, _)| origin)
}

const NEVER: LastAutomatic = LastAutomatic {
    greeting_at: None,
    away_at: None,
};

#[test]
fn who_writes_first_or_after_a_long_silence_is_greeted() {
    let noon = "2026-06-15T12:00:00Z";
    let greeted = Some(MessageOrigin::Greeting);
    assert_eq!(answer(&chat(None), NEVER, noon), greeted);
    assert_eq!(
        answer(&chat(Some("2026-06-01T12:00:00Z")), NEVER, noon),
        greeted
    );
    assert_eq!(
        answer(&chat(Some("2026-06-01T12:00:01Z")), NEVER, noon),
        None
    );
    // News that came late is older than what is known.
    assert_eq!(
        answer(&chat(Some("2026-06-16T12:00:00Z")), NEVER, noon),
        None
    );
}

#[test]
fn each_time_it_is_closed_is_told_once() {
    let known = chat(Some("2026-06-15T11:00:00Z"));
    let away = Some(MessageOrigin::Away);
    assert_eq!(answer(&known, NEVER, "2026-06-15T16:59:59Z"), None);
    assert_eq!(answer(&known, NEVER, "2026-06-15T17:00:00Z"), away);
    let told = LastAutomatic {
        away_at: Some(at("2026-06-15T17:00:00Z")),
        ..NEVER
    };
    assert_eq!(answer(&known, told, "2026-06-16T08:59:59Z"), None);
    assert_eq!(answer(&known, told, "2026-06-16T17:00:00Z"), away);
    // Absence goes before a greeting, also where it was told already.
    assert_eq!(answer(&chat(None), NEVER, "2026-06-15T20:00:00Z"), away);
    assert_eq!(answer(&chat(None), told, "2026-06-15T20:00:00Z"), None);
}

#[test]
fn a_burst_has_one_answer_and_history_none() {
    let greeted = LastAutomatic {
        greeting_at: Some(at("2026-06-15T16:59:00Z")),
        ..NEVER
    };
    let known = chat(Some("2026-06-15T16:59:00Z"));
    assert_eq!(answer(&known, greeted, "2026-06-15T17:00:00Z"), None);
    let later = answer(&known, greeted, "2026-06-15T17:09:00Z");
    assert_eq!(later, Some(MessageOrigin::Away));
    let new = chat(None);
    let late = Occasion {
        chat: &new,
        last: NEVER,
        written_at: at("2026-06-15T10:00:00Z"),
        now: at("2026-06-15T11:00:01Z"),
        timezone: Tz::UTC,
    };
    assert_eq!(automation().answer(&late), None);
}

#[test]
fn what_is_not_set_is_not_said() {
    let off = Automation::default();
    let new = chat(None);
    let occasion = Occasion {
        chat: &new,
        last: NEVER,
        written_at: at("2026-06-15T10:00:00Z"),
        now: at("2026-06-15T10:00:00Z"),
        timezone: Tz::UTC,
    };
    assert_eq!(off.answer(&occasion), None);
    assert!(off.is_open(occasion.now, Tz::UTC));
}
