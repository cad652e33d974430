use chrono_tz::{America, Asia, Europe};
use proptest::prelude::*;

use super::*;

fn time(text: &str) -> DayTime {
    DayTime::try_from(text.to_owned()).unwrap()
}

fn day(slots: &[(&str, &str)]) -> DaySlots {
    let slot = |(from, to): &(&str, &str)| Slot {
        from: time(from),
        to: time(to),
    };
    DaySlots::new(slots.iter().map(slot).collect()).unwrap()
}

fn every_day(slots: &[(&str, &str)]) -> BusinessHours {
    BusinessHours {
        week: std::array::from_fn(|_| day(slots)),
        exceptions: BTreeMap::new(),
    }
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

#[test]
fn a_time_of_the_day_is_written_as_people_write_it() {
    for good in ["00:00", "09:30", "23:59", "24:00"] {
        assert_eq!(time(good).to_string(), good);
    }
    for bad in [
        "", "9:30", "24:01", "12:60", "+1:00", "12.30", "12:3a", "99:00",
    ] {
        let refused = DayTime::try_from(bad.to_owned());
        assert_eq!(refused, Err(DayTimeError), "{bad}");
    }
}

#[test]
fn a_day_has_slots_in_order_that_do_not_overlap() {
    let noon = day(&[("14:00", "18:00"), ("09:00", "13:00"), ("13:00", "14:00")]);
    let from: Vec<_> = noon
        .slots()
        .iter()
        .map(|slot| slot.from.to_string())
        .collect();
    assert_eq!(from, ["09:00", "13:00", "14:00"]);
    let refused = |slots: &[(&str, &str)]| {
        let slots = slots.iter().map(|(from, to)| Slot {
            from: time(from),
            to: time(to),
        });
        DaySlots::new(slots.collect()).unwrap_err()
    };
    let overlapping = [("14:00", "18:00"), ("09:00", "14:01")];
    assert_eq!(refused(&overlapping), DaySlotsError::Overlapping(1));
    assert_eq!(refused(&[("22:00", "02:00")]), DaySlotsError::Empty(0));
    assert_eq!(refused(&[("00:00", "24:00"); 13]), DaySlotsError::TooMany);
}

#[test]
fn it_is_open_in_its_slots_by_the_clock_on_the_wall() {
    let hours = every_day(&[("09:00", "13:00"), ("15:00", "19:30")]);
    for (moment, open) in [
        ("2026-06-01T06:59:59Z", false),
        ("2026-06-01T07:00:00Z", true),
        ("2026-06-01T10:59:59Z", true),
        ("2026-06-01T11:00:00Z", false),
        ("2026-06-01T17:29:00Z", true),
        // The same hour of the day in winter.
        ("2026-12-01T07:30:00Z", false),
        ("2026-12-01T08:00:00Z", true),
    ] {
        assert_eq!(hours.are_open(at(moment), Europe::Rome), open, "{moment}");
    }
    let next = hours.next_opening(at("2026-06-01T11:30:00Z"), Europe::Rome);
    assert_eq!(next, Some(at("2026-06-01T13:00:00Z")));
    // From within a slot, the next one counts.
    let next = hours.next_opening(at("2026-06-01T07:00:00Z"), Europe::Rome);
    assert_eq!(next, Some(at("2026-06-01T13:00:00Z")));
    let since = hours.closed_since(at("2026-06-02T02:00:00Z"), Europe::Rome);
    assert_eq!(since, Some(at("2026-06-01T17:30:00Z")));
    assert_eq!(
        hours.closed_since(at("2026-06-01T07:00:00Z"), Europe::Rome),
        None
    );
}

#[test]
fn a_night_is_two_slots_and_one_opening() {
    let mut hours = every_day(&[]);
    hours.week[4] = day(&[("20:00", "24:00")]);
    hours.week[5] = day(&[("00:00", "03:00")]);
    let utc = Tz::UTC;
    let friday = at("2026-06-05T12:00:00Z");
    assert_eq!(
        hours.next_opening(friday, utc),
        Some(at("2026-06-05T20:00:00Z"))
    );
    assert!(hours.are_open(at("2026-06-05T23:59:59Z"), utc));
    assert!(hours.are_open(at("2026-06-06T00:00:00Z"), utc));
    // Midnight is no opening: the next one is a week later.
    let next = hours.next_opening(at("2026-06-05T21:00:00Z"), utc);
    assert_eq!(next, Some(at("2026-06-12T20:00:00Z")));
    let since = hours.closed_since(at("2026-06-08T00:00:00Z"), utc);
    assert_eq!(since, Some(at("2026-06-06T03:00:00Z")));
}

#[test]
fn an_exception_stands_in_place_of_the_day() {
    let mut hours = every_day(&[("09:00", "17:00")]);
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    hours.exceptions.insert(date("2026-12-25"), day(&[]));
    hours
        .exceptions
        .insert(date("2026-12-26"), day(&[("10:00", "12:00")]));
    assert!(!hours.are_open(at("2026-12-25T10:00:00Z"), Tz::UTC));
    let next = hours.next_opening(at("2026-12-24T20:00:00Z"), Tz::UTC);
    assert_eq!(next, Some(at("2026-12-26T10:00:00Z")));
}

#[test]
fn what_never_opens_has_been_closed_for_ever() {
    let never = every_day(&[]);
    let now = at("2026-06-01T12:00:00Z");
    assert_eq!(never.next_opening(now, Europe::Rome), None);
    assert_eq!(
        never.closed_since(now, Europe::Rome),
        Some(DateTime::UNIX_EPOCH)
    );
    let always = every_day(&[("00:00", "24:00")]);
    assert!(always.are_open(now, Europe::Rome));
    assert_eq!(always.next_opening(now, Europe::Rome), None);
}

#[test]
fn a_slot_that_begins_in_the_hour_that_is_skipped_opens_when_the_clocks_are_forward() {
    // On March 8 the clocks of New York go from 02:00 to 03:00, at 07:00 UTC.
    let zone = America::New_York;
    let night = at("2026-03-08T06:00:00Z");
    let hours = every_day(&[("02:30", "04:00")]);
    assert_eq!(
        hours.next_opening(night, zone),
        Some(at("2026-03-08T07:00:00Z"))
    );
    // One that would be over by then does not open that day.
    let hours = every_day(&[("02:15", "02:45")]);
    assert_eq!(
        hours.next_opening(night, zone),
        Some(at("2026-03-09T06:15:00Z"))
    );
    // One that ends in it closes when it begins.
    let hours = every_day(&[("01:00", "02:30")]);
    let since = hours.closed_since(at("2026-03-08T12:00:00Z"), zone);
    assert_eq!(since, Some(at("2026-03-08T07:00:00Z")));
}

#[test]
fn the_hour_that_is_repeated_is_open_twice() {
    // On November 1 the clocks of New York go from 02:00 back to 01:00, at 06:00 UTC.
    let zone = America::New_York;
    let hours = every_day(&[("01:30", "01:45")]);
    let first = hours.next_opening(at("2026-11-01T05:00:00Z"), zone);
    assert_eq!(first, Some(at("2026-11-01T05:30:00Z")));
    let second = hours.next_opening(first.unwrap(), zone);
    assert_eq!(second, Some(at("2026-11-01T06:30:00Z")));
    // A slot that ends within it is closed, and open again when the clocks are back.
    let hours = every_day(&[("00:00", "01:30")]);
    let reopens = hours.next_opening(at("2026-11-01T05:40:00Z"), zone);
    assert_eq!(reopens, Some(at("2026-11-01T06:00:00Z")));
}

#[test]
fn a_midnight_that_is_skipped_is_no_trouble() {
    // On April 24 the clocks of Cairo go from 00:00 to 01:00, at 22:00 UTC.
    let hours = every_day(&[("00:00", "02:00")]);
    let next = hours.next_opening(at("2026-04-23T12:00:00Z"), chrono_tz::Africa::Cairo);
    assert_eq!(next, Some(at("2026-04-23T22:00:00Z")));
}

fn any_hours() -> impl Strategy<Value = BusinessHours> {
    let slots = proptest::collection::vec(0_u32..=1440, 0..8).prop_map(|mut times| {
        times.sort_unstable();
        times.dedup();
        let slot = |pair: &[u32]| Slot {
            from: DayTime(pair[0]),
            to: DayTime(pair[1]),
        };
        DaySlots::new(times.chunks_exact(2).map(slot).collect()).unwrap()
    });
    proptest::array::uniform7(slots).prop_map(|week| BusinessHours {
        week,
        exceptions: BTreeMap::new(),
    })
}

proptest! {
    /// Looked at minute by minute, nothing opens before what is said to be the next opening.
    #[test]
    fn the_next_opening_is_the_first(
        hours in any_hours(),
        minutes in 0_i64..(366 * 1440),
        zone in prop::sample::select(vec![
            America::New_York, Europe::Rome, Asia::Kathmandu, chrono_tz::Africa::Cairo,
            chrono_tz::Australia::Lord_Howe,
        ]),
    ) {
        let after = at("2026-01-01T00:00:00Z") + TimeDelta::minutes(minutes);
        let next = hours.next_opening(after, zone);
        let seen = (1..=2880)
            .map(|minute| after + TimeDelta::minutes(minute))
            .find(|moment| hours.opens(*moment, zone));
        match seen {
            Some(seen) => prop_assert_eq!(next, Some(seen)),
            None => prop_assert!(next.is_none_or(|next| next > after + TimeDelta::minutes(2880))),
        }
    }
}
