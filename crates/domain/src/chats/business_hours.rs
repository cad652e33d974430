//! When a business is open: by the clock on its wall, whatever its time zone does with it.

use std::{collections::BTreeMap, fmt};

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone,
    Timelike, Utc, Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A minute of a day, up to `24:00`, its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DayTime(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be a time from 00:00 to 24:00")]
pub struct DayTimeError;

impl DayTime {
    const END: Self = Self(24 * 60);

    fn of(time: NaiveTime) -> Self {
        Self(time.hour() * 60 + time.minute())
    }

    /// This time on a date. The end of a date is the beginning of the next.
    fn on(self, date: NaiveDate) -> Option<NaiveDateTime> {
        let midnight = date.and_time(NaiveTime::MIN);
        midnight.checked_add_signed(TimeDelta::minutes(i64::from(self.0)))
    }
}

impl TryFrom<String> for DayTime {
    type Error = DayTimeError;

    fn try_from(text: String) -> Result<Self, DayTimeError> {
        let two_digits = |text: &str| {
            let is_number = text.len() == 2 && text.bytes().all(|c| c.is_ascii_digit());
            is_number.then(|| text.parse::<u32>().ok()).flatten()
        };
        let (hours, minutes) = text.split_once(':').ok_or(DayTimeError)?;
        let (hours, minutes) = two_digits(hours)
            .zip(two_digits(minutes))
            .ok_or(DayTimeError)?;
        let time = Self(hours * 60 + minutes);
        (minutes < 60 && time <= Self::END)
            .then_some(time)
            .ok_or(DayTimeError)
    }
}

impl From<DayTime> for String {
    fn from(time: DayTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Open from one time until another of the same day. A night is two: until `24:00`, and from
/// `00:00` of the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub from: DayTime,
    pub to: DayTime,
}

impl Slot {
    fn holds(&self, time: DayTime) -> bool {
        self.from <= time && time < self.to
    }
}

/// The slots of one day: none of them is empty, none overlaps another, and they are in their
/// order. Without any, the day is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DaySlots(Vec<Slot>);

/// What is wrong with a day, and at which of its slots, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DaySlotsError {
    #[error("must have at most {} slots", DaySlots::MAX)]
    TooMany,
    #[error("must end after it begins")]
    Empty(usize),
    #[error("overlaps another slot of the day")]
    Overlapping(usize),
}

impl DaySlots {
    pub const MAX: usize = 12;

    pub fn new(slots: Vec<Slot>) -> Result<Self, DaySlotsError> {
        if slots.len() > Self::MAX {
            return Err(DaySlotsError::TooMany);
        }
        if let Some(at) = slots.iter().position(|slot| slot.from >= slot.to) {
            return Err(DaySlotsError::Empty(at));
        }
        let mut ordered: Vec<_> = slots.into_iter().enumerate().collect();
        ordered.sort_by_key(|(_, slot)| slot.from);
        let overlapping = ordered
            .windows(2)
            .find(|pair| pair[1].1.from < pair[0].1.to)
            .map(|pair| pair[0].0.max(pair[1].0));
        match overlapping {
            Some(at) => Err(DaySlotsError::Overlapping(at)),
            None => Ok(Self(ordered.into_iter().map(|(_, slot)| slot).collect())),
        }
    }

    pub fn slots(&self) -> &[Slot] {
        &self.0
    }

    fn hold(&self, time: DayTime) -> bool {
        self.0.iter().any(|slot| slot.holds(time))
    }
}

/// The slots of a week, and the dates that are otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessHours {
    /// From Monday.
    pub week: [DaySlots; 7],
    /// In place of what the day of the week has: a holiday has none.
    pub exceptions: BTreeMap<NaiveDate, DaySlots>,
}

/// How far one looks for a change: beyond it, nothing is known to come.
const HORIZON_DAYS: u64 = 400;

impl BusinessHours {
    pub const MAX_EXCEPTIONS: usize = 366;

    pub fn on(&self, date: NaiveDate) -> &DaySlots {
        self.exceptions
            .get(&date)
            .unwrap_or_else(|| self.of_day(date.weekday()))
    }

    fn of_day(&self, day: Weekday) -> &DaySlots {
        let [
            monday,
            tuesday,
            wednesday,
            thursday,
            friday,
            saturday,
            sunday,
        ] = &self.week;
        match day {
            Weekday::Mon => monday,
            Weekday::Tue => tuesday,
            Weekday::Wed => wednesday,
            Weekday::Thu => thursday,
            Weekday::Fri => friday,
            Weekday::Sat => saturday,
            Weekday::Sun => sunday,
        }
    }

    pub fn are_open(&self, at: DateTime<Utc>, timezone: Tz) -> bool {
        let local = at.with_timezone(&timezone).naive_local();
        self.on(local.date()).hold(DayTime::of(local.time()))
    }

    /// When it opens next, after this time. None if no opening is in sight.
    pub fn next_opening(&self, after: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Utc>> {
        let today = after.with_timezone(&timezone).date_naive();
        // A date's end is the next one's beginning; and midnight itself may come twice.
        (0..=HORIZON_DAYS).find_map(|days| {
            let date = today.checked_add_days(Days::new(days))?;
            let opens = |at: &DateTime<Utc>| *at > after && self.opens(*at, timezone);
            self.turns(date, timezone).into_iter().filter(opens).min()
        })
    }

    /// Since when it is closed, if it is. None if it is open; the beginning of time if it
    /// has not been open as far as one looks back.
    pub fn closed_since(&self, at: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Utc>> {
        if self.are_open(at, timezone) {
            return None;
        }
        let today = at.with_timezone(&timezone).date_naive();
        let closing = (0..=HORIZON_DAYS).find_map(|days| {
            let date = today.checked_sub_days(Days::new(days))?;
            let closes = |turn: &DateTime<Utc>| *turn <= at && self.closes(*turn, timezone);
            self.turns(date, timezone).into_iter().filter(closes).max()
        });
        Some(closing.unwrap_or(DateTime::UNIX_EPOCH))
    }

    fn opens(&self, at: DateTime<Utc>, timezone: Tz) -> bool {
        self.are_open(at, timezone) && !self.are_open(at - TimeDelta::seconds(1), timezone)
    }

    fn closes(&self, at: DateTime<Utc>, timezone: Tz) -> bool {
        !self.are_open(at, timezone) && self.are_open(at - TimeDelta::seconds(1), timezone)
    }

    /// All times at which it may open or close on a date. A time that the clocks repeat comes
    /// twice, one that they skip does not come; and when they are put forward or back, it may
    /// open or close by that.
    fn turns(&self, date: NaiveDate, timezone: Tz) -> Vec<DateTime<Utc>> {
        let slots = self.on(date).slots().iter();
        let times = slots.flat_map(|slot| [slot.from, slot.to]);
        let locals = times.filter_map(|time| time.on(date));
        let mut turns: Vec<_> = locals
            .flat_map(|local| {
                let found = timezone.from_local_datetime(&local);
                [found.earliest(), found.latest()]
            })
            .flatten()
            .map(|at| at.to_utc())
            .collect();
        turns.extend(change_of_clocks(date, timezone));
        turns
    }
}

/// When the clocks are put forward or back about a date, if they are.
fn change_of_clocks(date: NaiveDate, timezone: Tz) -> Option<DateTime<Utc>> {
    let offset_at = |at: i64| {
        let at = DateTime::from_timestamp(at, 0)?.naive_utc();
        let offset = timezone.offset_from_utc_datetime(&at).fix();
        Some(offset.local_minus_utc())
    };
    // All of the date, wherever on earth it is.
    let midnight = date.and_time(NaiveTime::MIN).and_utc().timestamp();
    let (mut before, mut after) = (midnight - 15 * 3600, midnight + 40 * 3600);
    let first = offset_at(before)?;
    if first == offset_at(after)? {
        return None;
    }
    while after - before > 1 {
        let middle = before.midpoint(after);
        if offset_at(middle)? == first {
            before = middle;
        } else {
            after = middle;
        }
    }
    let change = DateTime::from_timestamp(after, 0)?;
    // Else another date finds it.
    let is_on = |at: DateTime<Utc>| at.with_timezone(&timezone).date_naive() == date;
    (is_on(change) || is_on(change - TimeDelta::seconds(1))).then_some(change)
}

#[cfg(test)]
mod tests;
