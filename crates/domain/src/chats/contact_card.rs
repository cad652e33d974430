use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ContentFaults;

/// How many cards a message may have. Source: cloud API 2.3.
pub const MAX_CONTACT_CARDS: usize = 5;

/// The most characters of any line of a card.
const MAX_LINE: usize = 1024;
/// How many phones, addresses and so on a card may have.
const MAX_ENTRIES: usize = 20;

/// A contact card as Meta writes it. Source: cloud API 2.3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactCard {
    pub name: CardName,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<CardPhone>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<CardEmail>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<CardAddress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<CardOrganization>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<CardUrl>,
    /// Such as `1990-01-31`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardName {
    pub formatted_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardPhone {
    pub phone: String,
    /// Makes the card one that can be written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// Such as `CELL`, `HOME` or `WORK`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardEmail {
    pub email: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardUrl {
    pub url: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardAddress {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardOrganization {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl ContactCard {
    /// Tells what Meta would refuse; `at` is where the card stands.
    pub fn check(&self, at: &str, faults: &mut ContentFaults) {
        self.name.check(&format!("{at}/name"), faults);
        for (entries, count) in [
            ("phones", self.phones.len()),
            ("emails", self.emails.len()),
            ("addresses", self.addresses.len()),
            ("urls", self.urls.len()),
        ] {
            faults.count(format!("{at}/{entries}"), count, &(0..=MAX_ENTRIES));
        }
        for (index, phone) in self.phones.iter().enumerate() {
            let at = format!("{at}/phones/{index}");
            faults.text(format!("{at}/phone"), &phone.phone, MAX_LINE);
            check_lines(
                &at,
                &[("waId", &phone.wa_id), ("type", &phone.kind)],
                faults,
            );
        }
        for (index, email) in self.emails.iter().enumerate() {
            let at = format!("{at}/emails/{index}");
            faults.text(format!("{at}/email"), &email.email, MAX_LINE);
            check_lines(&at, &[("type", &email.kind)], faults);
        }
        for (index, url) in self.urls.iter().enumerate() {
            let at = format!("{at}/urls/{index}");
            faults.text(format!("{at}/url"), &url.url, MAX_LINE);
            check_lines(&at, &[("type", &url.kind)], faults);
        }
        for (index, address) in self.addresses.iter().enumerate() {
            let lines = [
                ("street", &address.street),
                ("city", &address.city),
                ("state", &address.state),
                ("zip", &address.zip),
                ("country", &address.country),
                ("countryCode", &address.country_code),
                ("type", &address.kind),
            ];
            check_lines(&format!("{at}/addresses/{index}"), &lines, faults);
        }
        if let Some(org) = &self.org {
            let lines = [
                ("company", &org.company),
                ("department", &org.department),
                ("title", &org.title),
            ];
            check_lines(&format!("{at}/org"), &lines, faults);
        }
        if let Some(birthday) = &self.birthday
            && (birthday.len() != 10 || birthday.parse::<chrono::NaiveDate>().is_err())
        {
            let detail = "must be a date such as 1990-01-31";
            faults.add(format!("{at}/birthday"), "invalid_date", detail);
        }
    }

    /// The card as messages keep it.
    pub fn to_value(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

impl CardName {
    fn check(&self, at: &str, faults: &mut ContentFaults) {
        faults.text(
            format!("{at}/formattedName"),
            &self.formatted_name,
            MAX_LINE,
        );
        let parts = [
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
            ("middleName", &self.middle_name),
            ("prefix", &self.prefix),
            ("suffix", &self.suffix),
        ];
        check_lines(at, &parts, faults);
        if parts.iter().all(|(_, part)| part.is_none()) {
            let detail = "must have one more part than the formatted name";
            faults.add(format!("{at}/firstName"), "required", detail);
        }
    }
}

/// Lines may be empty, as those of cards often are, but not endless.
fn check_lines(at: &str, lines: &[(&str, &Option<String>)], faults: &mut ContentFaults) {
    for (name, line) in lines {
        let length = line.as_ref().map_or(0, |line| line.chars().count());
        if length > MAX_LINE {
            let detail = format!("must have at most {MAX_LINE} characters");
            faults.add(format!("{at}/{name}"), "too_long", detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(card: Value) -> Vec<(String, &'static str)> {
        let card: ContactCard = serde_json::from_value(card).unwrap();
        let mut faults = ContentFaults::default();
        card.check("/contacts/0", &mut faults);
        let told = faults.0.into_iter();
        told.map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn a_card_is_kept_in_metas_words_without_what_it_does_not_say() {
        let card = json!({
            "name": { "formatted_name": "Ana Paz", "first_name": "Ana" },
            "phones": [{ "phone": "+5215512345678", "wa_id": "5215512345678", "type": "CELL" }],
            "addresses": [{ "country_code": "mx", "type": "HOME" }],
            "org": { "title": "Baker" },
            "birthday": "1990-01-31",
        });
        assert_eq!(faults(card.clone()), []);
        let read: ContactCard = serde_json::from_value(card.clone()).unwrap();
        assert_eq!(read.to_value().unwrap(), card);
    }

    #[test]
    fn all_that_is_wrong_with_a_card_is_told() {
        let card = json!({
            "name": { "formatted_name": " " },
            "phones": [{ "type": "CELL" }, { "phone": "1", "wa_id": "x".repeat(1025) }],
            "emails": [{}],
            "urls": vec![json!({ "url": "https://a.example" }); 21],
            "birthday": "1990-02-31",
        });
        let told = faults(card);
        let expected = [
            ("/contacts/0/name/formattedName", "required"),
            ("/contacts/0/name/firstName", "required"),
            ("/contacts/0/urls", "too_many"),
            ("/contacts/0/phones/0/phone", "required"),
            ("/contacts/0/phones/1/waId", "too_long"),
            ("/contacts/0/emails/0/email", "required"),
            ("/contacts/0/birthday", "invalid_date"),
        ];
        assert_eq!(told, expected.map(|(at, code)| (at.to_owned(), code)));
    }
}
