//! The business side as Meta's database has it: numbers, the accounts that own them, templates.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{catalog::Catalog, graph::GraphError, health::Health, templates::Templates};

/// A business phone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// The WABA that owns it.
    pub business_account_id: String,
    /// Meta's id of the number, which is not the number.
    pub phone_number_id: String,
    /// As people read it, such as `+1 555-078-3881`.
    pub display_phone_number: String,
    /// The only token that may use the number, unless the simulator is open.
    pub access_token: String,
    pub verified_name: String,
}

impl Number {
    /// The digits of the phone number, as webhooks carry it.
    pub fn wa_id(&self) -> String {
        self.display_phone_number
            .chars()
            .filter(char::is_ascii_digit)
            .collect()
    }
}

/// Owns the numbers that an open simulator made up, until their real account is heard of.
const UNKNOWN_ACCOUNT: &str = "100000000000000";

pub(crate) struct Accounts {
    open: bool,
    numbers: Vec<Number>,
    /// By phone number id, where it is other than at first.
    health: HashMap<String, Health>,
    pub(crate) templates: Templates,
    pub(crate) catalogs: Vec<Catalog>,
    /// What is wrong with items that are refused, by retailer id.
    pub(crate) item_errors: HashMap<String, String>,
    /// What went wrong in each batch, by handle.
    pub(crate) batches: HashMap<String, Vec<Value>>,
    /// Business accounts that Meta has shut.
    disabled: BTreeSet<String>,
    /// When a token ends, where it does.
    expiry: HashMap<String, DateTime<Utc>>,
    /// Numbers whose owners gave their history away, which can be done once.
    history_taken: BTreeSet<String>,
    /// Business accounts whose webhooks an app subscribed to.
    subscribed: BTreeSet<String>,
    /// What an open simulator learned: which account a token speaks for.
    account_of_token: HashMap<String, String>,
}

impl Accounts {
    pub(crate) fn new(open: bool) -> Self {
        Self {
            open,
            numbers: Vec::new(),
            health: HashMap::new(),
            templates: Templates::default(),
            catalogs: Vec::new(),
            item_errors: HashMap::new(),
            batches: HashMap::new(),
            disabled: BTreeSet::new(),
            expiry: HashMap::new(),
            history_taken: BTreeSet::new(),
            subscribed: BTreeSet::new(),
            account_of_token: HashMap::new(),
        }
    }

    /// Adds a number, or replaces the one with the same id.
    pub(crate) fn add(&mut self, number: Number) {
        self.numbers
            .retain(|known| known.phone_number_id != number.phone_number_id);
        self.numbers.push(number);
    }

    /// Adds a catalog, or replaces the one with the same id.
    pub(crate) fn add_catalog(&mut self, catalog: Catalog) {
        self.catalogs.retain(|known| known.id != catalog.id);
        self.catalogs.push(catalog);
    }

    pub(crate) fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    pub(crate) fn number(&self, phone_number_id: &str) -> Option<&Number> {
        self.numbers
            .iter()
            .find(|number| number.phone_number_id == phone_number_id)
    }

    pub(crate) fn number_mut(&mut self, phone_number_id: &str) -> Option<&mut Number> {
        self.numbers
            .iter_mut()
            .find(|number| number.phone_number_id == phone_number_id)
    }

    pub(crate) fn health(&self, phone_number_id: &str) -> Health {
        self.health
            .get(phone_number_id)
            .cloned()
            .unwrap_or_default()
    }

    pub(crate) fn health_mut(&mut self, phone_number_id: &str) -> &mut Health {
        self.health.entry(phone_number_id.to_owned()).or_default()
    }

    pub(crate) fn set_disabled(&mut self, account: &str, disabled: bool) {
        if disabled {
            self.disabled.insert(account.to_owned());
        } else {
            self.disabled.remove(account);
        }
    }

    pub(crate) fn is_disabled(&self, account: &str) -> bool {
        self.disabled.contains(account)
    }

    /// Whether it was not yet taken.
    pub(crate) fn take_history(&mut self, phone_number_id: &str) -> bool {
        self.history_taken.insert(phone_number_id.to_owned())
    }

    pub(crate) fn set_expiry(&mut self, token: &str, at: Option<DateTime<Utc>>) {
        match at {
            Some(at) => self.expiry.insert(token.to_owned(), at),
            None => self.expiry.remove(token),
        };
    }

    pub(crate) fn expiry(&self, token: &str) -> Option<DateTime<Utc>> {
        self.expiry.get(token).copied()
    }

    pub(crate) fn check_expiry(&self, token: &str, now: DateTime<Utc>) -> Result<(), GraphError> {
        match self.expiry(token) {
            Some(at) if at <= now => Err(GraphError::expired_token(at)),
            _ => Ok(()),
        }
    }

    /// The business accounts that the bearer of `token` may use.
    pub(crate) fn accounts_of(&self, token: &str) -> BTreeSet<String> {
        let owned = self
            .numbers
            .iter()
            .filter(|number| number.access_token == token);
        let owned = owned.map(|number| &number.business_account_id);
        owned
            .chain(self.account_of_token.get(token))
            .cloned()
            .collect()
    }

    /// The number as the bearer of `token` may use it.
    pub(crate) fn use_number(
        &mut self,
        phone_number_id: &str,
        token: &str,
    ) -> Result<Number, GraphError> {
        match self.number(phone_number_id) {
            Some(number) if self.open || number.access_token == token => Ok(number.clone()),
            None if self.open => Ok(self.provision(phone_number_id, token)),
            _ => Err(self.refuse(phone_number_id, token)),
        }
    }

    /// The number, which an open simulator makes up if need be.
    pub(crate) fn number_or_provision(&mut self, phone_number_id: &str) -> Option<Number> {
        let known = self.number(phone_number_id).cloned();
        known.or_else(|| self.open.then(|| self.provision(phone_number_id, "")))
    }

    /// Checks that the bearer of `token` may use the business account.
    pub(crate) fn use_account(&mut self, account: &str, token: &str) -> Result<(), GraphError> {
        if self.open {
            self.learn(account, token);
            return Ok(());
        }
        let owned = self
            .numbers
            .iter()
            .any(|number| number.business_account_id == account && number.access_token == token);
        if owned {
            Ok(())
        } else {
            Err(self.refuse(account, token))
        }
    }

    /// Whether any number belongs to this business account.
    pub(crate) fn is_account(&self, id: &str) -> bool {
        self.numbers
            .iter()
            .any(|number| number.business_account_id == id)
    }

    /// Checks that some number has this token.
    pub(crate) fn check_token(&self, token: &str) -> Result<(), GraphError> {
        if self.open || self.knows_token(token) {
            Ok(())
        } else {
            Err(GraphError::new(190))
        }
    }

    pub(crate) fn subscribe(&mut self, account: &str) {
        self.subscribed.insert(account.to_owned());
    }

    pub(crate) fn unsubscribe(&mut self, account: &str) {
        self.subscribed.remove(account);
    }

    pub(crate) fn is_subscribed(&self, account: &str) -> bool {
        self.subscribed.contains(account)
    }

    pub(crate) fn knows_token(&self, token: &str) -> bool {
        self.numbers
            .iter()
            .any(|number| number.access_token == token)
    }

    /// A known token is told that the object does not exist for it; an unknown one, that it is
    /// none.
    fn refuse(&self, id: &str, token: &str) -> GraphError {
        if self.knows_token(token) {
            GraphError::unknown_object(id)
        } else {
            GraphError::new(190)
        }
    }

    fn provision(&mut self, phone_number_id: &str, token: &str) -> Number {
        let account = self.account_of_token.get(token);
        let digits = phone_number_id.chars().filter(char::is_ascii_digit);
        let ending: String = digits.rev().take(4).collect();
        let number = Number {
            business_account_id: account.map_or(UNKNOWN_ACCOUNT, String::as_str).to_owned(),
            phone_number_id: phone_number_id.to_owned(),
            display_phone_number: format!("+1 555-010-{ending:0>4}"),
            access_token: token.to_owned(),
            verified_name: "Your business".to_owned(),
        };
        self.numbers.push(number.clone());
        number
    }

    fn learn(&mut self, account: &str, token: &str) {
        for number in &mut self.numbers {
            if number.business_account_id == UNKNOWN_ACCOUNT && number.access_token == token {
                account.clone_into(&mut number.business_account_id);
            }
        }
        self.account_of_token
            .insert(token.to_owned(), account.to_owned());
    }
}
