//! The business side as Meta's database has it: numbers, the accounts that own them, templates.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::graph::GraphError;

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

/// An approved message template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub business_account_id: String,
    pub name: String,
    /// Meta's exact code, such as `es_MX`.
    pub language: String,
    /// How many parameters the body takes; not checked if none.
    pub body_parameters: Option<usize>,
}

/// Owns the numbers that an open simulator made up, until their real account is heard of.
const UNKNOWN_ACCOUNT: &str = "100000000000000";

pub(crate) struct Accounts {
    open: bool,
    numbers: Vec<Number>,
    templates: Vec<Template>,
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
            templates: Vec::new(),
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

    pub(crate) fn add_template(&mut self, template: Template) {
        self.templates.push(template);
    }

    pub(crate) fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    pub(crate) fn number(&self, phone_number_id: &str) -> Option<&Number> {
        self.numbers
            .iter()
            .find(|number| number.phone_number_id == phone_number_id)
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

    /// Checks a template by name, exact language and, where known, the number of its parameters.
    pub(crate) fn check_template(
        &self,
        account: &str,
        name: &str,
        language: &str,
        body_parameters: usize,
    ) -> Result<(), GraphError> {
        let template = self.templates.iter().find(|template| {
            template.business_account_id == account
                && template.name == name
                && template.language == language
        });
        match template {
            None if self.open => Ok(()),
            None => Err(GraphError::new(132_001)
                .with_details(format!("template name ({name}) does not exist in {language}"))),
            Some(Template {
                body_parameters: Some(expected),
                ..
            }) if *expected != body_parameters => {
                Err(GraphError::new(132_000).with_details(format!(
                    "body: number of localizable_params ({body_parameters}) does not match the expected number of params ({expected})"
                )))
            }
            Some(_) => Ok(()),
        }
    }

    fn knows_token(&self, token: &str) -> bool {
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
