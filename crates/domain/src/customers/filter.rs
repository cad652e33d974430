use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{CustomerFieldId, FieldValue, Stage};
use crate::{auth::UserId, chats::Label};

/// Which customers are meant: in lists, exports and segments alike. Whoever meets all that is
/// said here; an empty one means all customers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerFilter {
    /// Beginnings of words of the name, the company or the e-mail address, or a phone number
    /// in any formatting.
    pub search: Option<String>,
    /// At least one of these.
    pub any_tags: Vec<Label>,
    pub all_tags: Vec<Label>,
    pub no_tags: Vec<Label>,
    /// One of these; none for any.
    pub stages: Vec<Stage>,
    pub owner: Option<OwnerFilter>,
    pub opted_out: Option<bool>,
    pub created_from: Option<DateTime<Utc>>,
    /// Before this time, as are all ends of times.
    pub created_to: Option<DateTime<Utc>>,
    pub last_seen_from: Option<DateTime<Utc>>,
    pub last_seen_to: Option<DateTime<Utc>>,
    /// With the day, as are both ends. A year that ends before it begins goes round.
    pub birthday_from: Option<Anniversary>,
    pub birthday_to: Option<Anniversary>,
    pub custom_fields: Vec<FieldCondition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerFilter {
    Nobody,
    User(UserId),
}

/// What must be true of a field. All that is there must; both ends belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldCondition {
    pub field_id: CustomerFieldId,
    pub is: Option<FieldValue>,
    pub from: Option<FieldValue>,
    pub to: Option<FieldValue>,
}

/// A day of the year, as `02-29`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Anniversary {
    month: u32,
    day: u32,
}

/// What a list of customers can be put in order by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CustomerSort {
    Name,
    #[default]
    CreatedAt,
    /// Those who never wrote count as seen before all others.
    LastSeenAt,
}

impl Anniversary {
    pub fn of(date: NaiveDate) -> Self {
        Self {
            month: date.month(),
            day: date.day(),
        }
    }
}

impl fmt::Display for Anniversary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl FromStr for Anniversary {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A leap year has all the days that there are.
        let date = format!("2000-{text}").parse::<NaiveDate>();
        date.ok()
            .map(Self::of)
            .filter(|day| day.to_string() == text)
            .ok_or("is not a day of the year, as 02-29")
    }
}

impl TryFrom<String> for Anniversary {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Anniversary> for String {
    fn from(day: Anniversary) -> Self {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_the_year_is_written_in_one_way() {
        assert_eq!("02-29".parse::<Anniversary>().unwrap().to_string(), "02-29");
        for bad in ["2-29", "02-30", "13-01", "0229", "", "-1-01"] {
            assert!(bad.parse::<Anniversary>().is_err(), "{bad}");
        }
    }
}
