//! What stands in the cells of tables, as people and spreadsheets write it.

mod date;
mod number;

use std::borrow::Cow;

use domain::{
    catalog::ProductStatus,
    customers::{FieldKind, Stage},
    text::{CountryCode, PhoneNumber, fold_for_search},
};
use serde_json::Value;

pub(super) use date::date;
pub(super) use number::{integer, money, number};

/// What is wrong with a cell: a code that stays, and the reason in words.
pub(super) type Fault = (&'static str, String);

/// What spreadsheets take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

const YES: [&str; 16] = [
    "yes", "y", "true", "1", "x", "opted_in", "opted in", "si", "s", "sim", "ja", "j", "oui", "o",
    "wahr", "vrai",
];
const NO: [&str; 13] = [
    "no",
    "n",
    "false",
    "0",
    "opted_out",
    "opted out",
    "nao",
    "nein",
    "non",
    "falsch",
    "faux",
    "falso",
    "unsubscribed",
];

/// A cell without the space around it, and without the mark by which exports keep
/// spreadsheets from taking it for a formula.
pub(super) fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(FORMULA) => rest.trim(),
        _ => cell,
    }
}

/// A text as a cell that no spreadsheet takes for a formula, and that is the text again once
/// it is `plain`.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if text.trim_start_matches('\'').starts_with(FORMULA) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, Fault> {
    let said = fold_for_search(text);
    if YES.contains(&said.as_str()) {
        Ok(true)
    } else if NO.contains(&said.as_str()) {
        Ok(false)
    } else {
        Err(("neither_yes_nor_no", "is neither yes nor no".to_owned()))
    }
}

/// With or without a plus sign, or `00` in its place, or as it is dialled in the country.
pub(super) fn phone_number(
    text: &str,
    country: Option<&CountryCode>,
) -> Result<PhoneNumber, Fault> {
    // Spreadsheets make numbers of them.
    let whole = text.strip_suffix(".0").unwrap_or(text);
    let abroad = whole.strip_prefix("00").map(|abroad| format!("+{abroad}"));
    let number = match abroad {
        Some(abroad) => PhoneNumber::parse(&abroad, None),
        None => PhoneNumber::parse(whole, country).or_else(|error| {
            if whole.starts_with('+') {
                return Err(error);
            }
            PhoneNumber::parse(&format!("+{whole}"), None)
        }),
    };
    number.map_err(|error| {
        if is_cut(whole) {
            let detail = "has lost its last digits to the spreadsheet: format the column as text";
            ("digits_lost", detail.to_owned())
        } else {
            ("invalid_phone_number", error.to_string())
        }
    })
}

/// Whether it is written like `4.91512E+12`.
fn is_cut(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let is_number = |text: &str, others: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || others.contains(c))
    };
    is_number(digits, ".,+") && is_number(exponent, "+")
}

pub(super) fn stage(text: &str) -> Result<Stage, Fault> {
    const WORDS: [(Stage, &[&str]); 3] = [
        (
            Stage::Lead,
            &["lead", "prospect", "prospecto", "interessent", "interesado"],
        ),
        (Stage::Customer, &["customer", "client", "cliente", "kunde"]),
        (
            Stage::Inactive,
            &["inactive", "inactivo", "inativo", "inaktiv", "inactif"],
        ),
    ];
    word(
        text,
        WORDS,
        "invalid_stage",
        "is not one of lead, customer, inactive",
    )
}

pub(super) fn product_status(text: &str) -> Result<ProductStatus, Fault> {
    const WORDS: [(ProductStatus, &[&str]); 3] = [
        (
            ProductStatus::Draft,
            &["draft", "borrador", "rascunho", "entwurf", "brouillon"],
        ),
        (
            ProductStatus::Active,
            &["active", "activo", "ativo", "aktiv", "actif"],
        ),
        (
            ProductStatus::Archived,
            &[
                "archived",
                "archivado",
                "arquivado",
                "archiviert",
                "archive",
            ],
        ),
    ];
    word(
        text,
        WORDS,
        "invalid_status",
        "is not one of draft, active, archived",
    )
}

fn word<T>(
    text: &str,
    words: [(T, &[&str]); 3],
    code: &'static str,
    detail: &str,
) -> Result<T, Fault> {
    let said = fold_for_search(text);
    let mut words = words.into_iter();
    let found = words.find(|(_, words)| words.contains(&said.as_str()));
    found
        .map(|(value, _)| value)
        .ok_or_else(|| (code, detail.to_owned()))
}

pub(super) fn country(text: &str) -> Result<CountryCode, Fault> {
    let code = CountryCode::try_from(text.to_ascii_uppercase());
    code.map_err(|error| ("invalid_country", format!("{error}, such as MX")))
}

/// Texts that are parted by commas or, if there is none, by semicolons; each once, whatever
/// its case.
pub(super) fn list(text: &str) -> Vec<String> {
    let separator = if text.contains(',') { ',' } else { ';' };
    let mut seen = Vec::new();
    let texts = text.split(separator).map(str::trim);
    let texts = texts.filter(|text| {
        let key = text.to_lowercase();
        let is_new = !text.is_empty() && !seen.contains(&key);
        seen.push(key);
        is_new
    });
    texts.map(str::to_owned).collect()
}

/// What a client would give for a field of this kind.
pub(super) fn custom(text: &str, kind: &FieldKind) -> Result<Value, Fault> {
    Ok(match kind {
        FieldKind::Text => text.into(),
        FieldKind::Number => number(text)?.into(),
        FieldKind::Date => date(text)?.to_string().into(),
        FieldKind::Boolean => yes_or_no(text)?.into(),
        FieldKind::Choice(choices) => {
            let said = fold_for_search(text);
            let exact = choices.iter().find(|choice| *choice == text);
            let alike = choices
                .iter()
                .find(|choice| fold_for_search(choice) == said);
            exact.or(alike).map_or(text, String::as_str).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str) -> Result<String, &'static str> {
        let germany = CountryCode::try_from("DE".to_owned()).unwrap();
        let number = phone_number(text, Some(&germany));
        number.map(Into::into).map_err(|(code, _)| code)
    }

    #[test]
    fn phone_numbers_are_read_as_people_write_them() {
        for text in [
            "0151 23456789",
            "+49 151 23456789",
            "0049 (151) 23456789",
            "4915123456789",
            "4915123456789.0",
        ] {
            assert_eq!(phone(text), Ok("+4915123456789".into()), "{text}");
        }
        for text in ["4,91512E+12", "4.915E12"] {
            assert_eq!(phone(text), Err("digits_lost"), "{text}");
        }
        assert_eq!(phone("call me"), Err("invalid_phone_number"));
    }

    #[test]
    fn a_list_is_parted_by_commas_or_by_semicolons() {
        for (text, expected) in [
            ("VIP, wholesale", vec!["VIP", "wholesale"]),
            ("VIP; wholesale", vec!["VIP", "wholesale"]),
            ("a;b,", vec!["a;b"]),
            ("VIP, vip,,", vec!["VIP"]),
            (" ", vec![]),
        ] {
            assert_eq!(list(text), expected, "{text}");
        }
    }

    #[test]
    fn a_mark_against_formulas_is_no_part_of_the_cell() {
        for (cell, text) in [
            (" +1 ", "+1"),
            ("'+1", "+1"),
            ("''=1", "'=1"),
            ("'tis", "'tis"),
            ("'", "'"),
        ] {
            assert_eq!(plain(cell), text, "{cell}");
        }
    }
}
