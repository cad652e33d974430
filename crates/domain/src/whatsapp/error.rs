use std::fmt;

use serde::{Deserialize, Serialize};

use super::AccountStatus;

/// An error as Meta states it: in the HTTP answer, in a failed status, in an inbound message.
/// Source: cloud API 6.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaError {
    pub code: i64,
    pub subcode: Option<i64>,
    pub title: String,
    pub details: Option<String>,
    /// Meta's word that the same request may succeed later.
    #[serde(default)]
    pub transient: bool,
    /// Answered as a fault of Meta's own (HTTP 5xx): what was asked for may be done all the
    /// same.
    #[serde(default)]
    pub server_error: bool,
    /// Names the call to Meta's support.
    pub trace_id: Option<String>,
}

impl fmt::Display for MetaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.title)?;
        if let Some(details) = &self.details {
            write!(f, ": {details}")?;
        }
        Ok(())
    }
}

/// What an error of Meta's obliges us to do. Source: cloud API 6.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Try again, later and later.
    Retry,
    /// Try again; meanwhile send less from this number.
    SlowNumber,
    /// Try again; meanwhile send nothing to this recipient.
    SlowPair,
    /// Stop: a person must act.
    Pause(Pause),
    /// Never try again by itself.
    Final,
}

/// How much stands still until a person acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// The account; this is the status that it gets.
    Account(AccountStatus),
    /// This message alone: its template or its campaign is the trouble.
    Message,
}

impl Duty {
    /// Whether a person may have the message sent again unchanged.
    pub fn is_retryable(self) -> bool {
        !matches!(self, Self::Final)
    }
}

impl MetaError {
    /// What Meta says to a free-form message outside of the service window.
    pub fn window_closed() -> Self {
        Self {
            code: 131_047,
            title: "Re-engagement message".into(),
            ..Self::default()
        }
    }

    pub fn is_window_closed(&self) -> bool {
        self.code == 131_047
    }

    /// Classifies by code, never by HTTP status: Meta throttles with 400 as well as 429.
    pub fn duty(&self) -> Duty {
        use AccountStatus::{NeedsReauth, Restricted};
        match self.code {
            // While Meta has a fault, it takes good tokens for bad ones.
            0 | 190 if self.transient || self.server_error => Duty::Retry,
            0 | 190 => Duty::Pause(Pause::Account(NeedsReauth)),
            3 | 10 | 200..=299 | 368 | 131_005 | 131_031 | 131_037 | 131_045 => {
                Duty::Pause(Pause::Account(Restricted))
            }
            131_042 | 131_044 | 131_048 | 131_063 | 131_064 | 132_007 | 132_015 | 132_016 => {
                Duty::Pause(Pause::Message)
            }
            4 | 17 | 613 | 80_007 | 80_009 | 80_014 | 130_429 => Duty::SlowNumber,
            131_056 => Duty::SlowPair,
            1 | 2 | 131_000 | 131_016 | 131_057 | 133_004 | 2_494_100 => Duty::Retry,
            _ if self.is_known() => Duty::Final,
            _ if self.transient => Duty::Retry,
            _ => Duty::Final,
        }
    }

    /// Whether whoever asked may not see what was asked for: the token is refused, lacks a
    /// permission, or belongs to somebody else. Source: cloud API 3 and 6.2.
    pub fn denies_access(&self) -> bool {
        match self.code {
            0 | 3 | 10 | 104 | 190 | 200..=299 | 131_005 => true,
            100 => self.subcode == Some(33),
            _ => false,
        }
    }

    /// Whether Meta may say so of a message because it does not have the file in it any more.
    /// Source: cloud API 3 and 6.2.
    pub fn may_be_about_a_file(&self) -> bool {
        matches!(self.code, 33 | 100 | 131_009)
    }

    /// Whether the recipient has stopped marketing from this business.
    pub fn is_marketing_opt_out(&self) -> bool {
        self.code == 131_050
    }

    /// Whether messages to the recipient do not arrive at all. Source: cloud API 6.2.
    pub fn is_undeliverable(&self) -> bool {
        matches!(self.code, 130_403 | 131_026)
    }

    fn is_known(&self) -> bool {
        self.hint().is_some()
    }

    /// What a shop keeper can make of it, if there is more to say than Meta's own words.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self.code {
            0 | 190 => {
                "WhatsApp no longer accepts this number's access token. Connect the number again with a new token; what is queued will then be sent."
            }
            3 | 10 | 200..=299 | 131_005 => {
                "The access token lacks a permission. Give it the WhatsApp messaging permission in Meta Business settings."
            }
            4 | 17 | 613 | 80_007 | 80_009 | 80_014 => {
                "Too many requests to Meta. Sending goes on by itself, more slowly."
            }
            33 | 803 => {
                "Meta does not know what was asked for: it was deleted, or belongs to another account."
            }
            100 | 131_008 | 131_009 | 135_000 => {
                "Meta found the message badly formed. It will not go as it is."
            }
            104 => "The request carried no access token.",
            368 => {
                "Meta has blocked the account for a policy violation. Appeal in Meta Business Support."
            }
            130_403 => "The customer has blocked this number.",
            130_429 => "This number sent too fast. Sending goes on by itself, more slowly.",
            130_472 => {
                "Meta held the message back: the customer is part of a marketing experiment."
            }
            130_497 => "Meta does not let this business message customers in that country.",
            131_000 | 1 | 2 | 131_016 | 131_057 | 133_004 => "WhatsApp had a temporary fault.",
            131_021 => "The recipient is this number itself.",
            131_026 => {
                "The customer cannot be reached: not on WhatsApp, an old version of the app, or its terms not accepted. Do not try again today."
            }
            131_030 => {
                "This is a test number: add the recipient to its list of allowed numbers at Meta first."
            }
            131_031 => "Meta has locked the account. See Meta Business Support.",
            131_037 => "Meta has not approved this number's display name yet.",
            131_042 | 131_044 => {
                "Something is wrong with the payment method. Mend it in Meta Business settings."
            }
            131_045 => "The phone number is not registered with the Cloud API.",
            131_047 => {
                "More than 24 hours have passed since the customer last wrote. Send a template instead."
            }
            131_048 => {
                "Too many customers blocked or reported this number. Wait, and write only to those who want it."
            }
            131_049 => {
                "Meta held the message back: this customer has had enough marketing for now. Try again after a day at the earliest."
            }
            131_050 => "The customer has stopped marketing messages from you.",
            131_051 => "This kind of message is not supported.",
            131_052 => "What the customer sent could not be downloaded.",
            131_053 => "Meta could not use the file: check its type and size.",
            131_056 => {
                "Too many messages to this customer in a short time. It goes on by itself in a moment."
            }
            131_060 => "The message is no longer available.",
            131_062 => "This template needs the customer's phone number, which is not known.",
            131_063 | 131_064 => {
                "Meta has stopped template messages of this account for now. See the account's quality at Meta."
            }
            132_000 | 132_008 | 132_012 | 132_018 => "The variables do not fit the template.",
            132_001 => "There is no approved template of this name in this language.",
            132_005 => "With its variables filled in, the text is too long.",
            132_007 => "The template breaks Meta's content policy.",
            132_015 => "Meta has paused the template for low quality.",
            132_016 => "Meta has disabled the template for good.",
            139_100..=139_103 => {
                "WhatsApp could not change whom this number blocks. Try again in a moment."
            }
            137_000 => {
                "The customer's phone or identity changed. Make sure who it is before you go on."
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty(code: i64) -> Duty {
        MetaError {
            code,
            ..MetaError::default()
        }
        .duty()
    }

    const REAUTH: Duty = Duty::Pause(Pause::Account(AccountStatus::NeedsReauth));

    /// All codes that Meta documents, and those around them. Source: cloud API 6.2.
    fn codes() -> impl Iterator<Item = i64> {
        let ranges = [
            -1..=1_000,
            80_000..=81_000,
            130_000..=139_999,
            147_000..=147_100,
        ];
        let further = [2_494_100, 2_593_107, 2_593_108];
        ranges.into_iter().flatten().chain(further)
    }

    #[test]
    fn only_token_errors_ask_for_a_new_token() {
        let asking: Vec<_> = codes().filter(|code| duty(*code) == REAUTH).collect();
        assert_eq!(asking, [0, 190]);
        // Changed password, invalidated session, expired, revoked.
        for subcode in [None, Some(458), Some(460), Some(463), Some(467)] {
            let error = MetaError {
                code: 190,
                subcode,
                ..MetaError::default()
            };
            assert_eq!(error.duty(), REAUTH, "{subcode:?}");
        }
    }

    #[test]
    fn a_fault_of_metas_own_asks_for_no_new_token() {
        for code in [0, 190] {
            for (transient, server_error) in [(true, false), (false, true)] {
                let error = MetaError {
                    code,
                    transient,
                    server_error,
                    ..MetaError::default()
                };
                assert_eq!(error.duty(), Duty::Retry, "{code}");
            }
        }
    }

    #[test]
    fn a_lacking_permission_and_what_meta_blocks_need_a_person_but_no_new_token() {
        let restricted = Duty::Pause(Pause::Account(AccountStatus::Restricted));
        let stopping: Vec<_> = codes().filter(|code| duty(*code) == restricted).collect();
        let mut expected = vec![3, 10];
        expected.extend(200..=299);
        expected.extend([368, 131_005, 131_031, 131_037, 131_045]);
        assert_eq!(stopping, expected);
    }

    #[test]
    fn throttling_slows_the_scope_it_names() {
        assert_eq!(duty(130_429), Duty::SlowNumber);
        assert_eq!(duty(131_056), Duty::SlowPair);
    }

    #[test]
    fn what_cannot_succeed_is_never_tried_again() {
        for code in [100, 131_026, 131_047, 131_049, 131_050, 132_000, 132_001] {
            assert_eq!(duty(code), Duty::Final, "{code}");
        }
    }

    #[test]
    fn an_unknown_code_is_tried_again_only_if_meta_calls_it_transient() {
        let unknown = |transient| MetaError {
            code: 999_999,
            transient,
            ..MetaError::default()
        };
        assert_eq!(unknown(true).duty(), Duty::Retry);
        assert_eq!(unknown(false).duty(), Duty::Final);
    }
}
