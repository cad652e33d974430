//! Customers as a table that an import reads without being told how.

use chrono::SecondsFormat;
use domain::{
    auth::EmailAddress,
    chats::Label,
    customers::{self, Customer, FieldValue},
    imports::{CustomerField, guess_customer_fields},
};

/// A column of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    Field(CustomerField),
    /// What no import changes.
    CreatedAt,
    LastSeenAt,
}

/// The columns of an export of customers.
#[derive(Clone, Debug)]
pub(crate) struct CustomerTable {
    columns: Vec<(String, Column)>,
    own_fields: Vec<customers::CustomerField>,
}

impl CustomerTable {
    pub(crate) fn new(own_fields: Vec<customers::CustomerField>) -> Self {
        use CustomerField::{
            Address, Birthday, City, Company, Country, Email, FirstName, LastName,
            MarketingConsent, Notes, Owner, PhoneNumber, Stage, State, Tags, ZipCode,
        };
        let common = [
            ("First name", Column::Field(FirstName)),
            ("Last name", Column::Field(LastName)),
            ("Phone number", Column::Field(PhoneNumber)),
            ("E-mail", Column::Field(Email)),
            ("Company", Column::Field(Company)),
            ("Address", Column::Field(Address)),
            ("City", Column::Field(City)),
            ("State", Column::Field(State)),
            ("ZIP code", Column::Field(ZipCode)),
            ("Country", Column::Field(Country)),
            ("Tags", Column::Field(Tags)),
            ("Stage", Column::Field(Stage)),
            ("Owner", Column::Field(Owner)),
            ("Birthday", Column::Field(Birthday)),
            ("Notes", Column::Field(Notes)),
            ("Marketing consent", Column::Field(MarketingConsent)),
            ("Created at", Column::CreatedAt),
            ("Last seen at", Column::LastSeenAt),
        ];
        let common = common.map(|(header, column)| (header.to_owned(), column));
        let own = |field: &customers::CustomerField| CustomerField::Custom(field.key.clone());
        let labelled = own_fields
            .iter()
            .map(|field| (field.label.clone(), Column::Field(own(field))));
        let mut columns: Vec<_> = common.into_iter().chain(labelled).collect();
        let headers: Vec<_> = columns.iter().map(|(header, _)| header.clone()).collect();
        let guessed = guess_customer_fields(&headers, &own_fields);
        for ((header, column), guessed) in columns.iter_mut().zip(guessed) {
            // A label that is also something else's.
            if let Column::Field(field @ CustomerField::Custom(_)) = column
                && guessed.as_ref() != Some(field)
            {
                *header = field.name();
            }
        }
        Self {
            columns,
            own_fields,
        }
    }

    pub(crate) fn headers(&self) -> Vec<&str> {
        let headers = self.columns.iter().map(|(header, _)| header.as_str());
        headers.collect()
    }

    pub(crate) fn record(&self, customer: &Customer, owner: Option<&EmailAddress>) -> Vec<String> {
        let columns = self.columns.iter();
        columns
            .map(|(_, column)| self.cell(column, customer, owner).unwrap_or_default())
            .collect()
    }

    fn cell(
        &self,
        column: &Column,
        customer: &Customer,
        owner: Option<&EmailAddress>,
    ) -> Option<String> {
        let time =
            |time: chrono::DateTime<chrono::Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let field = match column {
            Column::Field(field) => field,
            Column::CreatedAt => return Some(time(customer.created_at)),
            Column::LastSeenAt => return customer.last_seen_at.map(time),
        };
        match field {
            CustomerField::FirstName => customer.first_name.clone(),
            CustomerField::LastName => customer.last_name.clone(),
            CustomerField::Name => None,
            CustomerField::PhoneNumber => customer.phone_number.clone().map(Into::into),
            CustomerField::Email => customer.email.clone().map(Into::into),
            CustomerField::Company => customer.company.clone(),
            CustomerField::Address => customer.address.clone(),
            CustomerField::City => customer.city.clone(),
            CustomerField::State => customer.state.clone(),
            CustomerField::ZipCode => customer.zip_code.clone(),
            CustomerField::Country => customer.country.clone().map(Into::into),
            CustomerField::Tags => Some(list(customer.tags.iter().map(Label::as_str))),
            CustomerField::Stage => Some(customer.stage.as_str().to_owned()),
            CustomerField::Owner => owner.map(|owner| owner.as_str().to_owned()),
            CustomerField::Birthday => customer.birthday.map(|day| day.to_string()),
            CustomerField::Notes => customer.notes.clone(),
            CustomerField::MarketingConsent => Some(customer.marketing_consent.as_str().to_owned()),
            CustomerField::Custom(key) => {
                let own = self.own_fields.iter().find(|own| own.key == *key)?;
                customer.custom_fields.get(&own.id).map(text_of)
            }
        }
    }
}

/// Texts without commas, parted by commas.
pub(super) fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<_> = texts.collect();
    match texts[..] {
        // Else it would be parted by its semicolons.
        [text] if text.contains(';') => format!("{text},"),
        _ => texts.join(", "),
    }
}

fn text_of(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) | FieldValue::Choice(text) => text.clone(),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Date(date) => date.to_string(),
        FieldValue::Boolean(boolean) => boolean.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;
    use chrono::{DateTime, NaiveDate};
    use domain::{
        customers::{FieldKey, FieldKind, MarketingConsent, Stage},
        id::Id,
        imports::{Column, Layout, TextEncoding},
        text::{CountryCode, PhoneNumber},
    };
    use futures_util::{FutureExt, StreamExt, stream};
    use proptest::{collection::vec, option, prelude::*, string::string_regex};

    use super::{
        super::{
            columns::Columns,
            customer_row::CustomerRow,
            sheet::{Record, Records, csv_line},
        },
        *,
    };
    use crate::customers::CustomerRules;

    fn own_fields() -> Vec<customers::CustomerField> {
        let choices = vec!["Oat".into(), "oat".into(), "=1".into()];
        let fields = [
            ("milk", "Milk", FieldKind::Choice(choices)),
            // Labels that mean something else as well.
            ("second", "E-mail", FieldKind::Text),
            ("since", "Created at", FieldKind::Date),
            ("size", "Milk", FieldKind::Number),
            ("club", "Club", FieldKind::Boolean),
        ];
        let field = |(key, label, kind): (&str, &str, FieldKind)| customers::CustomerField {
            id: Id::generate(),
            key: FieldKey::try_from(key.to_owned()).unwrap(),
            label: label.into(),
            kind,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            version: 1,
        };
        fields.map(field).to_vec()
    }

    /// A line of at most so many characters, with those that mean something to tables.
    fn line(max: usize) -> impl Strategy<Value = Option<String>> {
        let text = format!("(['=+@\"-]{{0,3}}(\\PC|[,;' ]){{0,{}}})", max - 3);
        let text = string_regex(&text).unwrap();
        let line = text.prop_map(|text| Some(text.trim().to_owned()).filter(|it| !it.is_empty()));
        option::of(line).prop_map(Option::flatten)
    }

    fn tags() -> impl Strategy<Value = Vec<Label>> {
        vec(line(40), 0..4).prop_map(|texts| {
            let texts = texts.into_iter().flatten();
            let labels = texts.filter_map(|text| Label::parse(&text.replace(',', ";")).ok());
            let mut tags: Vec<Label> = Vec::new();
            for label in labels {
                if !tags.contains(&label) {
                    tags.push(label);
                }
            }
            tags.sort_by_key(Label::key);
            tags
        })
    }

    fn days() -> impl Strategy<Value = Option<NaiveDate>> {
        option::of((1..=9999, 1..=366u32))
            .prop_map(|day| day.and_then(|(year, day)| NaiveDate::from_yo_opt(year, day)))
    }

    type Custom = (
        Option<usize>,
        Option<String>,
        Option<NaiveDate>,
        Option<serde_json::Number>,
        Option<bool>,
    );

    fn custom() -> impl Strategy<Value = Custom> {
        let numbers = prop_oneof![
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_filter_map("is no number", serde_json::Number::from_f64),
        ];
        (
            option::of(0..3usize),
            line(90),
            days(),
            option::of(numbers),
            option::of(any::<bool>()),
        )
    }

    prop_compose! {
        fn customers_with(own: Vec<customers::CustomerField>)(
            names in (line(100), line(100), line(100)),
            place in (line(200), line(100), line(100), line(20)),
            phone in option::of(2000..9999u32),
            email in option::of("[a-z+=-]{1,9}@[a-z]{1,9}\\.com"),
            tags in tags(),
            stage in 0..3usize,
            birthday in days(),
            notes in option::of("(\\PC|[\r\n\t'=,;\"]){1,60}"),
            consent in 0..3usize,
            custom in custom(),
        ) -> Customer {
            let FieldKind::Choice(choices) = &own[0].kind else { unreachable!() };
            let values = [
                custom.0.map(|place| FieldValue::Choice(choices[place].clone())),
                custom.1.map(FieldValue::Text),
                custom.2.map(FieldValue::Date),
                custom.3.map(FieldValue::Number),
                custom.4.map(FieldValue::Boolean),
            ];
            let values = own.iter().zip(values);
            let notes = notes.map(|notes| notes.trim().to_owned());
            Customer {
                first_name: names.0,
                last_name: names.1,
                company: names.2,
                phone_number: phone.map(|number| {
                    PhoneNumber::parse(&format!("+1415555{number}"), None).unwrap()
                }),
                email: email.map(|email| EmailAddress::parse(&email).unwrap()),
                address: place.0,
                city: place.1,
                state: place.2,
                zip_code: place.3,
                country: (stage == 0).then(|| CountryCode::try_from("MX".to_owned()).unwrap()),
                tags,
                stage: Stage::ALL[stage],
                birthday,
                notes: notes.filter(|notes| !notes.is_empty()),
                custom_fields: values
                    .filter_map(|(field, value)| Some((field.id, value?)))
                    .collect::<BTreeMap<_, _>>(),
                marketing_consent: [
                    MarketingConsent::Unknown,
                    MarketingConsent::OptedIn,
                    MarketingConsent::OptedOut,
                ][consent],
                ..Customer::unknown(DateTime::UNIX_EPOCH)
            }
        }
    }

    fn records(text: String) -> Vec<Record> {
        let layout = Layout {
            encoding: TextEncoding::Utf8,
            delimiter: ',',
        };
        let content = stream::iter([Ok(Bytes::from(text))]).boxed();
        let mut records = Records::new(content, layout);
        records.take(3).now_or_never().unwrap().unwrap()
    }

    fn cases() -> impl Strategy<Value = (Vec<customers::CustomerField>, Customer)> {
        let own = own_fields();
        customers_with(own.clone())
            .prop_filter("is known by nothing", |customer| {
                customer.phone_number.is_some() || customer.email.is_some()
            })
            .prop_map(move |customer| (own.clone(), customer))
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_in_as_it_was((own, customer) in cases()) {
            let owner = EmailAddress::parse("=owner@example.com").unwrap();
            let table = CustomerTable::new(own.clone());
            let record = table.record(&customer, Some(&owner));
            let text = csv_line(&table.headers()) + &csv_line(&record);
            let records = records(text);
            prop_assert_eq!(records.len(), 2);
            let guessed = guess_customer_fields(&records[0], &own);
            let columns: Vec<_> = records[0]
                .iter()
                .zip(guessed)
                .map(|(header, field)| Column {
                    header: header.clone(),
                    field: field.map(|field: CustomerField| field.name()),
                    samples: vec![],
                })
                .collect();
            let rules = CustomerRules { country: None, fields: own };
            let row = CustomerRow::read(2, &records[1], &Columns::of(&columns), &rules, customer.created_at);
            let row = row.unwrap().map_err(|errors| TestCaseError::fail(format!("{errors:?}")))?;
            let mut again = Customer { id: customer.id, ..Customer::unknown(customer.created_at) };
            row.apply_to(&mut again);
            prop_assert_eq!(again, customer);
            prop_assert_eq!(row.owner, Some(owner));
        }
    }
}
