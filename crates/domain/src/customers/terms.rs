//! By what customers are found: each has terms, and a filter tests for them. The databases
//! keep and compare terms as they are, byte by byte, and know nothing of their meaning.

use std::collections::BTreeSet;

use super::{Anniversary, Customer, CustomerField, CustomerFieldId, CustomerFilter, FieldValue};
use crate::{
    chats::Label,
    id::Id,
    text::{PhoneNumber, fold_for_search, search_term},
    whatsapp::variant_of,
};

/// What must be true of a customer's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermTest {
    AnyOf(Vec<String>),
    NoneOf(Vec<String>),
    /// One that is at least `from` and less than `to`.
    Between {
        from: String,
        to: String,
    },
}

/// More words than anybody has are not looked for.
const MAX_WORDS: usize = 10;
/// So many characters of a text tell it from others, and fit into an index.
const MAX_LENGTH: usize = 200;
/// So many digits at the end of a number are how people name it to each other.
const ENDINGS: [usize; 2] = [7, 4];
/// Greater than whatever a text may go on with.
const END: char = '\u{10ffff}';

/// What is the same for all ways to write a number.
pub fn phone_key(number: &PhoneNumber) -> String {
    let digits = number.digits();
    match variant_of(digits) {
        Some(other) if (other.len(), other.as_str()) < (digits.len(), digits) => other,
        _ => digits.to_owned(),
    }
}

/// By which a customer is found who has this among their other numbers.
pub fn number_term(number: &PhoneNumber) -> String {
    format!("n:{}", phone_key(number))
}

pub fn terms_of(customer: &Customer) -> BTreeSet<String> {
    let names = [&customer.first_name, &customer.last_name, &customer.company];
    let mut terms = BTreeSet::new();
    for name in names.into_iter().flatten() {
        terms.extend(words(&fold_for_search(name)).map(word));
    }
    if let Some(email) = &customer.email {
        let email = fold_for_search(email.as_str());
        let mailbox = email.split('@').next().unwrap_or_default();
        terms.extend(words(mailbox).map(word));
        terms.insert(address(&email));
    }
    for number in &customer.all_numbers() {
        terms.extend(numbers(number).iter().map(|number| word(number)));
    }
    terms.extend(customer.other_phone_numbers.iter().map(number_term));
    terms.extend(customer.tags.iter().map(tag));
    if let Some(birthday) = customer.birthday {
        terms.insert(day(Anniversary::of(birthday)));
    }
    for (id, value) in &customer.custom_fields {
        terms.insert(in_field(*id, value));
    }
    terms
}

/// The ways in which somebody may begin to name a number.
fn numbers(number: &PhoneNumber) -> BTreeSet<String> {
    let digits = number.digits();
    let ending = |length: usize| digits.get(digits.len().checked_sub(length)?..);
    let endings: Vec<_> = ENDINGS.into_iter().filter_map(ending).collect();
    let mut numbers: BTreeSet<_> = endings.into_iter().map(str::to_owned).collect();
    let other = variant_of(digits).and_then(|other| PhoneNumber::from_wa_id(&other).ok());
    for spelling in [Some(number), other.as_ref()].into_iter().flatten() {
        numbers.insert(spelling.digits().to_owned());
        numbers.extend(spelling.national_digits());
    }
    numbers
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty())
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_LENGTH).collect()
}

fn word(word: &str) -> String {
    format!("w:{}", shortened(word))
}

/// A whole e-mail address, apart from words: who looks for a name does not go through them.
fn address(email: &str) -> String {
    format!("e:{}", shortened(email))
}

fn tag(tag: &Label) -> String {
    format!("t:{}", tag.key())
}

fn day(day: Anniversary) -> String {
    format!("b:{day}")
}

fn field(id: Id<CustomerField>) -> String {
    format!("f:{}:", id.uuid().simple())
}

fn in_field(id: CustomerFieldId, value: &FieldValue) -> String {
    let value = match value {
        FieldValue::Text(text) | FieldValue::Choice(text) => shortened(&fold_for_search(text)),
        FieldValue::Number(number) => in_order(number.as_f64().unwrap_or_default()),
        FieldValue::Date(date) => date.to_string(),
        FieldValue::Boolean(boolean) => boolean.to_string(),
    };
    format!("{}{value}", field(id))
}

/// A number in digits that are in the same order as the numbers.
fn in_order(number: f64) -> String {
    // There are two zeros, which are equal.
    let bits = if number == 0.0 { 0 } else { number.to_bits() };
    let is_negative = bits >> 63 == 1;
    let ordered = if is_negative { !bits } else { bits | 1 << 63 };
    format!("{ordered:016x}")
}

impl CustomerFilter {
    /// What must all be true of a customer's terms. The rest of the filter is about what each
    /// customer has one of.
    pub fn term_tests(&self) -> Vec<TermTest> {
        let mut tests = searches(self.search.as_deref().unwrap_or_default());
        let all = self.all_tags.iter().map(|one| vec![tag(one)]);
        tests.extend(all.map(TermTest::AnyOf));
        if !self.any_tags.is_empty() {
            tests.push(TermTest::AnyOf(self.any_tags.iter().map(tag).collect()));
        }
        if !self.no_tags.is_empty() {
            tests.push(TermTest::NoneOf(self.no_tags.iter().map(tag).collect()));
        }
        tests.extend(self.birthday_test());
        for condition in &self.custom_fields {
            let id = condition.field_id;
            if let Some(value) = &condition.is {
                tests.push(TermTest::AnyOf(vec![in_field(id, value)]));
            }
            if condition.from.is_some() || condition.to.is_some() {
                let end = |value| format!("{}{END}", in_field(id, value));
                let [from, to] = [&condition.from, &condition.to].map(Option::as_ref);
                tests.push(TermTest::Between {
                    from: from.map_or_else(|| field(id), |value| in_field(id, value)),
                    to: to.map_or_else(|| format!("{}{END}", field(id)), end),
                });
            }
        }
        tests
    }

    fn birthday_test(&self) -> Option<TermTest> {
        let (from, to) = (self.birthday_from, self.birthday_to);
        from.or(to)?;
        if let (Some(first), Some(last)) = (from, to)
            && first > last
        {
            return Some(TermTest::AnyOf(days_round(first, last)));
        }
        Some(TermTest::Between {
            from: from.map_or_else(|| "b:".to_owned(), day),
            to: format!("{}{END}", to.map_or_else(|| "b:".to_owned(), day)),
        })
    }
}

/// The days from one to another over the end of the year.
fn days_round(first: Anniversary, last: Anniversary) -> Vec<String> {
    let days = (1..=12).flat_map(|month| (1..=31).map(move |day| format!("{month:02}-{day:02}")));
    let days = days.filter_map(|text| text.parse::<Anniversary>().ok());
    days.filter(|this| *this >= first || *this <= last)
        .map(day)
        .collect()
}

fn searches(text: &str) -> Vec<TermTest> {
    let Some(term) = search_term(text) else {
        return Vec::new();
    };
    let beginning = |from: String| TermTest::Between {
        to: format!("{from}{END}"),
        from,
    };
    if term.bytes().all(|byte| byte.is_ascii_digit()) {
        // Zeros stand before a number to reach another country or town.
        let digits = term.trim_start_matches('0');
        let digits = if digits.is_empty() { &term } else { digits };
        return vec![beginning(word(digits))];
    }
    let mut tests = Vec::new();
    for part in term.split_whitespace() {
        if part.contains('@') {
            tests.push(beginning(address(part)));
        } else {
            tests.extend(words(part).map(word).map(beginning));
        }
    }
    tests.truncate(MAX_WORDS);
    tests
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::{
        auth::EmailAddress,
        customers::{FieldCondition, FieldKind},
    };

    fn maria() -> Customer {
        let number = PhoneNumber::from_wa_id("5215512345678").unwrap();
        let name = Some("María-José Núñez");
        let mut maria = Customer::from_profile(name, Some(number), DateTime::UNIX_EPOCH);
        maria.email = Some(EmailAddress::parse("mj.nunez@example.com").unwrap());
        maria.company = Some("Café Luna".to_owned());
        maria.tags = vec![Label::parse("VIP").unwrap()];
        maria.birthday = "1990-12-30".parse().ok();
        maria
    }

    fn is_found(customer: &Customer, filter: &CustomerFilter) -> bool {
        let terms = terms_of(customer);
        filter.term_tests().iter().all(|test| match test {
            TermTest::AnyOf(wanted) => wanted.iter().any(|term| terms.contains(term)),
            TermTest::NoneOf(unwanted) => !unwanted.iter().any(|term| terms.contains(term)),
            TermTest::Between { from, to } => terms.range(from.clone()..to.clone()).count() > 0,
        })
    }

    fn search(text: &str) -> CustomerFilter {
        CustomerFilter {
            search: Some(text.to_owned()),
            ..CustomerFilter::default()
        }
    }

    #[test]
    fn somebody_is_found_by_name_number_and_address_however_they_are_written() {
        for good in [
            "",
            "maria",
            "MARÍA nuñ",
            "jose",
            "luna maria",
            "mj",
            "mj.nunez@exa",
            "+52 1 55 1234-5678",
            "(55) 1234 5678",
            "055 1234",
            "00 52 55 1234",
            "5678",
            "525512",
        ] {
            assert!(is_found(&maria(), &search(good)), "{good}");
        }
        for bad in ["aria", "maria paz", "example", "4321", "55 12345679"] {
            assert!(!is_found(&maria(), &search(bad)), "{bad}");
        }
    }

    #[test]
    fn the_ways_to_write_a_number_are_one() {
        let key = |wa_id| phone_key(&PhoneNumber::from_wa_id(wa_id).unwrap());
        assert_eq!(key("5215512345678"), key("525512345678"));
        assert_ne!(key("14155550123"), key("14155550124"));
    }

    #[test]
    fn tags_are_any_all_or_none() {
        let tags = |names: &[&str]| Label::parse_all(names).unwrap();
        let mut maria = maria();
        maria.tags = tags(&["VIP", "café"]);
        let filter = |any: &[&str], all: &[&str], none: &[&str]| CustomerFilter {
            any_tags: tags(any),
            all_tags: tags(all),
            no_tags: tags(none),
            ..CustomerFilter::default()
        };
        assert!(is_found(
            &maria,
            &filter(&["x", "vip"], &["VIP", "CAFÉ"], &["x"])
        ));
        assert!(!is_found(&maria, &filter(&["x"], &[], &[])));
        assert!(!is_found(&maria, &filter(&[], &["vip", "x"], &[])));
        assert!(!is_found(&maria, &filter(&[], &[], &["x", "vip"])));
    }

    #[test]
    fn birthdays_lie_within_days_also_over_the_new_year() {
        let filter = |from: Option<&str>, to: Option<&str>| CustomerFilter {
            birthday_from: from.map(|day| day.parse().unwrap()),
            birthday_to: to.map(|day| day.parse().unwrap()),
            ..CustomerFilter::default()
        };
        for (from, to, expected) in [
            (Some("12-30"), Some("12-30"), true),
            (Some("12-24"), Some("01-06"), true),
            (Some("12-31"), Some("01-06"), false),
            (Some("12-31"), None, false),
            (None, Some("12-30"), true),
            (None, Some("12-29"), false),
        ] {
            let found = is_found(&maria(), &filter(from, to));
            assert_eq!(found, expected, "{from:?} {to:?}");
        }
        let mut nobody = maria();
        nobody.birthday = None;
        assert!(!is_found(&nobody, &filter(Some("01-01"), Some("12-31"))));
    }

    #[test]
    fn numbers_of_fields_are_compared_as_numbers() {
        let id = CustomerFieldId::generate();
        let value = |number: f64| FieldKind::Number.read(&json!(number)).unwrap();
        let mut maria = maria();
        for number in [-1e300, -10.0, -2.5, -0.0, 0.0, 2.0, 10.0, 1e300] {
            maria.custom_fields.insert(id, value(number));
            for (from, to) in [(-3.0, 9.0), (2.0, 2.0), (0.0, 0.0), (-1e301, 1e301)] {
                let filter = CustomerFilter {
                    custom_fields: vec![FieldCondition {
                        field_id: id,
                        is: None,
                        from: Some(value(from)),
                        to: Some(value(to)),
                    }],
                    ..CustomerFilter::default()
                };
                let expected = (from..=to).contains(&number);
                let found = is_found(&maria, &filter);
                assert_eq!(found, expected, "{number} in {from}..={to}");
            }
        }
    }
}
