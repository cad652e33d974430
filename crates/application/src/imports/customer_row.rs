use std::fmt::Display;

use domain::{
    customers::{Customer, MarketingConsent},
    imports::{Column, CustomerField, RowError},
    text::{CountryCode, NameError, PhoneNumber, fold_for_search, parse_name},
};

use super::sheet::Record;

/// What a row says of a customer. What it leaves blank is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CustomerRow {
    pub(super) row: u64,
    pub(super) phone_number: PhoneNumber,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) consent: Option<MarketingConsent>,
}

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

impl CustomerRow {
    /// Reads a record. None if it is blank; else all that is wrong with it, if anything is.
    pub(super) fn read(
        row: u64,
        record: &Record,
        columns: &[Column],
        country: Option<&CountryCode>,
    ) -> Option<Result<Self, Vec<RowError>>> {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return None;
        }
        let mut reader = Reader {
            row,
            record,
            columns,
            errors: Vec::new(),
        };
        let phone_number = reader.phone_number(country);
        let (first, last) = reader.names();
        let consent = reader.consent();
        match phone_number {
            Some(phone_number) if reader.errors.is_empty() => Some(Ok(Self {
                row,
                phone_number,
                first_name: first,
                last_name: last,
                consent,
            })),
            _ => Some(Err(reader.errors)),
        }
    }

    /// Changes the customer as the row says. What the row leaves blank stays.
    pub(super) fn apply_to(&self, customer: &mut Customer) {
        if let Some(name) = &self.first_name {
            customer.first_name = Some(name.clone());
        }
        if let Some(name) = &self.last_name {
            customer.last_name = Some(name.clone());
        }
        if let Some(consent) = self.consent {
            customer.marketing_consent = consent;
        }
    }
}

struct Reader<'a> {
    row: u64,
    record: &'a Record,
    columns: &'a [Column],
    errors: Vec<RowError>,
}

impl Reader<'_> {
    /// What a cell says and what its column is called. None if it is blank.
    fn cell(&self, field: CustomerField) -> Option<(String, String)> {
        let mut columns = self.columns.iter();
        let place = columns.position(|column| column.field == Some(field))?;
        let cell = plain(self.record.get(place)?);
        let header = self.columns.get(place)?.header.clone();
        (!cell.is_empty()).then(|| (cell.to_owned(), header))
    }

    fn refuse(&mut self, column: String, code: &str, detail: &dyn Display) {
        self.errors.push(RowError {
            row: self.row,
            column: Some(column),
            code: code.to_owned(),
            detail: detail.to_string(),
        });
    }

    fn phone_number(&mut self, country: Option<&CountryCode>) -> Option<PhoneNumber> {
        let Some((text, column)) = self.cell(CustomerField::PhoneNumber) else {
            let mut columns = self.columns.iter();
            let column = columns.find(|column| column.field == Some(CustomerField::PhoneNumber));
            let column = column.map(|column| column.header.clone());
            self.refuse(column.unwrap_or_default(), "required", &"is required");
            return None;
        };
        let number = read_phone_number(&text, country);
        if number.is_none() {
            if is_cut(&text) {
                let detail = "has lost its last digits to the spreadsheet: format the column \
                              as text";
                self.refuse(column, "digits_lost", &detail);
            } else {
                let detail = "is not a phone number that exists in its country";
                self.refuse(column, "invalid_phone_number", &detail);
            }
        }
        number
    }

    fn names(&mut self) -> (Option<String>, Option<String>) {
        let first = self.name(CustomerField::FirstName);
        let last = self.name(CustomerField::LastName);
        let Some(whole) = self.name(CustomerField::Name) else {
            return (first, last);
        };
        let (given, family) = match whole.split_once(' ') {
            Some((given, family)) => (given.to_owned(), Some(family.trim().to_owned())),
            None => (whole, None),
        };
        (first.or(Some(given)), last.or(family))
    }

    fn name(&mut self, field: CustomerField) -> Option<String> {
        let (text, column) = self.cell(field)?;
        parse_name(&text)
            .map_err(|error| self.refuse(column, NameError::code(error), &error))
            .ok()
    }

    fn consent(&mut self) -> Option<MarketingConsent> {
        let (text, column) = self.cell(CustomerField::MarketingConsent)?;
        let said = fold_for_search(&text);
        if YES.contains(&said.as_str()) {
            Some(MarketingConsent::OptedIn)
        } else if NO.contains(&said.as_str()) {
            Some(MarketingConsent::OptedOut)
        } else if said == MarketingConsent::Unknown.as_str() {
            None
        } else {
            self.refuse(column, "neither_yes_nor_no", &"is neither yes nor no");
            None
        }
    }
}

/// A cell without the space around it, and without the mark by which exports keep
/// spreadsheets from taking it for a formula.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest.trim(),
        _ => cell,
    }
}

/// With or without a plus sign, or `00` in its place, or as it is dialled in the country.
fn read_phone_number(text: &str, country: Option<&CountryCode>) -> Option<PhoneNumber> {
    // Spreadsheets make numbers of them.
    let text = text.strip_suffix(".0").unwrap_or(text);
    if let Some(abroad) = text.strip_prefix("00") {
        return PhoneNumber::parse(&format!("+{abroad}"), None).ok();
    }
    let parsed = PhoneNumber::parse(text, country).ok();
    let is_marked = text.starts_with('+');
    parsed.or_else(|| {
        let marked = (!is_marked).then(|| format!("+{text}"))?;
        PhoneNumber::parse(&marked, None).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        let fields = [
            ("Phone", Some(CustomerField::PhoneNumber)),
            ("Shoe size", None),
            ("Customer", Some(CustomerField::Name)),
            ("Surname", Some(CustomerField::LastName)),
            ("Opt-in", Some(CustomerField::MarketingConsent)),
        ];
        let column = |(header, field): (&str, Option<CustomerField>)| Column {
            header: header.to_owned(),
            field,
            samples: Vec::new(),
        };
        fields.map(column).to_vec()
    }

    fn read(cells: &[&str]) -> Option<Result<CustomerRow, Vec<RowError>>> {
        let record = cells.iter().map(ToString::to_string).collect();
        let germany = CountryCode::try_from("DE".to_owned()).unwrap();
        CustomerRow::read(7, &record, &columns(), Some(&germany))
    }

    fn phone(text: &str) -> Result<String, String> {
        let row = read(&[text, "", "Ana"]).unwrap();
        row.map(|row| row.phone_number.to_string())
            .map_err(|errors| errors[0].code.clone())
    }

    #[test]
    fn phone_numbers_are_read_as_people_write_them() {
        for text in [
            "0151 23456789",
            "+49 151 23456789",
            "0049 (151) 23456789",
            "4915123456789",
            "4915123456789.0",
            "'+4915123456789",
        ] {
            assert_eq!(phone(text), Ok("+4915123456789".into()), "{text}");
        }
        for text in ["4,91512E+12", "4.915E12"] {
            assert_eq!(phone(text), Err("digits_lost".into()), "{text}");
        }
        assert_eq!(phone("call me"), Err("invalid_phone_number".into()));
        assert_eq!(phone(" "), Err("required".into()));
    }

    #[test]
    fn a_row_is_read_by_its_columns_and_may_be_short() {
        let row = read(&["+4915123456789", "43", "Ana María Paz", "", "Sí"]);
        let row = row.unwrap().unwrap();
        assert_eq!(row.first_name.as_deref(), Some("Ana"));
        assert_eq!(row.last_name.as_deref(), Some("María Paz"));
        assert_eq!(row.consent, Some(MarketingConsent::OptedIn));
        let row = read(&["+4915123456789", "", "Ana Paz", "Núñez", "NEIN"]);
        let row = row.unwrap().unwrap();
        assert_eq!(row.last_name.as_deref(), Some("Núñez"));
        assert_eq!(row.consent, Some(MarketingConsent::OptedOut));
        let row = read(&["+4915123456789"]).unwrap().unwrap();
        assert_eq!((row.first_name, row.consent), (None, None));
        assert!(read(&["", " ", ""]).is_none());
        assert!(read(&[]).is_none());
    }

    #[test]
    fn all_that_is_wrong_with_a_row_is_told_at_once() {
        let errors = read(&["1", "", "a\u{0}b", &"x".repeat(101), "maybe"]);
        let errors = errors.unwrap().unwrap_err();
        let told: Vec<_> = errors
            .iter()
            .map(|error| (error.row, error.column.as_deref().unwrap(), &*error.code))
            .collect();
        assert_eq!(
            told,
            [
                (7, "Phone", "invalid_phone_number"),
                (7, "Surname", "too_long"),
                (7, "Customer", "control_character"),
                (7, "Opt-in", "neither_yes_nor_no"),
            ]
        );
    }
}
