use chrono::{DateTime, Utc};
use domain::{
    auth::EmailAddress,
    customers::{Customer, MarketingConsent, Stage},
    imports::{CustomerField, RowError},
};

use super::{
    cells::{self, Fault},
    columns::{Columns, RowReader},
    sheet::Record,
};
use crate::{
    FieldError,
    customers::{CustomerInput, CustomerRules},
};

/// What a row says of a customer. What it leaves blank stays as it is.
#[derive(Clone, Debug)]
pub(super) struct CustomerRow {
    pub(super) row: u64,
    /// Somebody of whom nothing is known but what the row says.
    pub(super) customer: Customer,
    stage: Option<Stage>,
    pub(super) consent: Option<MarketingConsent>,
    /// The member whose customer it is.
    pub(super) owner: Option<EmailAddress>,
}

impl CustomerRow {
    /// Reads a record. None if it is blank; else all that is wrong with it, if anything is.
    pub(super) fn read(
        row: u64,
        record: &Record,
        columns: &Columns<CustomerField>,
        rules: &CustomerRules,
        now: DateTime<Utc>,
    ) -> Option<Result<Self, Vec<RowError>>> {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return None;
        }
        let mut reader = Reader(RowReader::new(row, record, columns));
        let row = reader.read(rules, now);
        Some(if reader.0.errors.is_empty() {
            Ok(row)
        } else {
            Err(reader.0.errors)
        })
    }

    /// Changes the customer as the row says.
    pub(super) fn apply_to(&self, customer: &mut Customer) {
        let said = self.customer.clone();
        fill(&mut customer.first_name, said.first_name);
        fill(&mut customer.last_name, said.last_name);
        if customer.phone_number.is_none() {
            // Else it is the same, in whichever way it is written.
            customer.phone_number = said.phone_number;
        }
        fill(&mut customer.email, said.email);
        fill(&mut customer.company, said.company);
        fill(&mut customer.address, said.address);
        fill(&mut customer.city, said.city);
        fill(&mut customer.state, said.state);
        fill(&mut customer.zip_code, said.zip_code);
        fill(&mut customer.country, said.country);
        fill(&mut customer.owner_id, said.owner_id);
        fill(&mut customer.birthday, said.birthday);
        fill(&mut customer.notes, said.notes);
        customer.custom_fields.extend(said.custom_fields);
        if !said.tags.is_empty() {
            customer.tags = said.tags;
        }
        if let Some(stage) = self.stage {
            customer.stage = stage;
        }
        if let Some(consent) = self.consent {
            customer.marketing_consent = consent;
        }
    }
}

fn fill<T>(field: &mut Option<T>, said: Option<T>) {
    if said.is_some() {
        *field = said;
    }
}

/// Reads what a row tells of a customer.
struct Reader<'a>(RowReader<'a, CustomerField>);

impl Reader<'_> {
    fn read(&mut self, rules: &CustomerRules, now: DateTime<Utc>) -> CustomerRow {
        use CustomerField::{
            Address, Birthday, City, Company, Country, Email, MarketingConsent, Notes, Owner,
            PhoneNumber, Stage, State, Tags, ZipCode,
        };
        let country = rules.country.as_ref();
        let phone_number = self
            .0
            .parse(&PhoneNumber, |text| cells::phone_number(text, country));
        let (first_name, last_name) = self.names();
        let stage = self.0.parse(&Stage, cells::stage);
        let input = CustomerInput {
            first_name: first_name.map(Some),
            last_name: last_name.map(Some),
            email: self.0.text(&Email).map(Some),
            company: self.0.text(&Company).map(Some),
            address: self.0.text(&Address).map(Some),
            city: self.0.text(&City).map(Some),
            state: self.0.text(&State).map(Some),
            zip_code: self.0.text(&ZipCode).map(Some),
            country: self.0.parse(&Country, cells::country).map(Some),
            tags: self.0.text(&Tags).map(|text| cells::list(&text)),
            stage,
            birthday: self.0.parse(&Birthday, cells::date).map(Some),
            notes: self.0.text(&Notes).map(Some),
            custom_fields: self.custom_fields(rules),
            ..CustomerInput::default()
        };
        let consent = self.0.parse(&MarketingConsent, consent).flatten();
        let owner = self.0.parse(&Owner, |text| {
            EmailAddress::parse(text).map_err(|error| ("invalid_email", error.to_string()))
        });
        let mut customer = Customer::unknown(now);
        customer.phone_number = phone_number;
        for fault in input.apply_but_owner(rules, &mut customer) {
            self.refuse_field(fault);
        }
        if self.0.errors.is_empty() && customer.phone_number.is_none() && customer.email.is_none() {
            let detail = "must have a phone number or an e-mail address, by which the customer \
                          is known";
            let column = self
                .0
                .columns
                .header(&PhoneNumber)
                .or_else(|| self.0.columns.header(&Email));
            self.0.refuse(column, ("required", detail.to_owned()));
        }
        CustomerRow {
            row: self.0.row,
            customer,
            stage,
            consent,
            owner,
        }
    }

    fn names(&self) -> (Option<String>, Option<String>) {
        let first = self.0.text(&CustomerField::FirstName);
        let last = self.0.text(&CustomerField::LastName);
        let Some(whole) = self.0.text(&CustomerField::Name) else {
            return (first, last);
        };
        let (given, family) = match whole.split_once(' ') {
            Some((given, family)) => (given.to_owned(), Some(family.trim().to_owned())),
            None => (whole, None),
        };
        (first.or(Some(given)), last.or(family))
    }

    fn custom_fields(
        &mut self,
        rules: &CustomerRules,
    ) -> std::collections::BTreeMap<String, serde_json::Value> {
        let values = rules.fields.iter().filter_map(|own| {
            let field = CustomerField::Custom(own.key.clone());
            let value = self
                .0
                .parse(&field, |text| cells::custom(text, &own.kind))?;
            Some((own.key.as_str().to_owned(), value))
        });
        values.collect()
    }

    /// Tells what is wrong with a field of a customer, by the column that it came from.
    fn refuse_field(&mut self, fault: FieldError) {
        let mut parts = fault.pointer.split('/').skip(1);
        let name = match (parts.next(), parts.next()) {
            (Some("customFields"), Some(key)) => format!("customFields.{key}"),
            (name, _) => name.unwrap_or_default().to_owned(),
        };
        let field = CustomerField::try_from(name).ok();
        let header = field.and_then(|field| self.0.columns.header(&field));
        let header = header.or_else(|| self.0.columns.header(&CustomerField::Name));
        self.0.refuse(header, (fault.code, fault.detail));
    }
}

fn consent(text: &str) -> Result<Option<MarketingConsent>, Fault> {
    if text.eq_ignore_ascii_case(MarketingConsent::Unknown.as_str()) {
        return Ok(None);
    }
    Ok(Some(if cells::yes_or_no(text)? {
        MarketingConsent::OptedIn
    } else {
        MarketingConsent::OptedOut
    }))
}
