//! Contact cards.

use chrono::NaiveDate;

use super::Field;
use crate::graph::GraphError;

/// What a name may have besides the whole of it.
const NAME_PARTS: &[&str] = &["first_name", "last_name", "middle_name", "suffix", "prefix"];
const ADDRESS: &[&str] = &[
    "street",
    "city",
    "state",
    "zip",
    "country",
    "country_code",
    "type",
];
/// The most characters of any one line of a card.
const LINE: usize = 1024;

pub(super) fn check(contacts: &Field) -> Result<(), GraphError> {
    for contact in contacts.items(1..=257)? {
        check_card(&contact)?;
    }
    Ok(())
}

fn check_card(contact: &Field) -> Result<(), GraphError> {
    contact.object(&[
        "name",
        "phones",
        "emails",
        "addresses",
        "org",
        "urls",
        "birthday",
    ])?;
    let name = contact.require("name")?;
    lines(&name, &[&["formatted_name"], NAME_PARTS].concat())?;
    name.require("formatted_name")?.text(1..=LINE)?;
    if NAME_PARTS.iter().all(|part| name.get(part).is_none()) {
        return Err(name.invalid("must have one more part than formatted_name"));
    }
    for (list, keys) in [
        ("phones", &["phone", "wa_id", "type"][..]),
        ("emails", &["email", "type"]),
        ("urls", &["url", "type"]),
        ("addresses", ADDRESS),
    ] {
        for item in contact.optional_items(list)? {
            lines(&item, keys)?;
        }
    }
    if let Some(org) = contact.get("org") {
        lines(&org, &["company", "department", "title"])?;
    }
    if let Some(birthday) = contact.get("birthday") {
        let is_date = NaiveDate::parse_from_str(birthday.text(10..=10)?, "%Y-%m-%d").is_ok();
        if !is_date {
            return Err(birthday.invalid("must be a date such as 1990-01-31"));
        }
    }
    Ok(())
}

/// It is an object of these keys, each of them a line of text or missing.
fn lines(object: &Field, keys: &[&str]) -> Result<(), GraphError> {
    object.object(keys)?;
    for key in keys {
        object.optional_text(key, LINE)?;
    }
    Ok(())
}
