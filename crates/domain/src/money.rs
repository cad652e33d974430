//! Amounts of money: whole minor units, never without their currency.

pub use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// So many of the currency's minor units (cents of a dollar, yen, thousandths of a dinar).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    pub amount: i64,
    pub currency: Currency,
}

/// Why two amounts make no third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    #[error("{0} and {1} cannot be added up")]
    OtherCurrency(Currency, Currency),
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.with(other, i64::checked_add)
    }

    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.with(other, i64::checked_sub)
    }

    pub fn times(self, quantity: i64) -> Result<Self, MoneyError> {
        let amount = self.amount.checked_mul(quantity);
        Ok(Self {
            amount: amount.ok_or(MoneyError::Overflow)?,
            ..self
        })
    }

    /// In the major unit, without the currency: `9.99`, or `120` of what has no minor unit.
    pub fn decimal(self) -> String {
        let decimals = usize::from(self.currency.exponent().unwrap_or_default());
        let sign = if self.amount < 0 { "-" } else { "" };
        let digits = format!("{:0>1$}", self.amount.unsigned_abs(), decimals + 1);
        match digits.split_at(digits.len() - decimals) {
            (whole, "") => format!("{sign}{whole}"),
            (whole, fraction) => format!("{sign}{whole}.{fraction}"),
        }
    }

    fn with(
        self,
        other: Self,
        calculate: impl FnOnce(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::OtherCurrency(self.currency, other.currency));
        }
        let amount = calculate(self.amount, other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, ..self })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const USD: Currency = Currency::USD;

    #[test]
    fn an_amount_is_written_with_as_many_decimals_as_its_currency_has() {
        for (amount, currency, expected) in [
            (999, USD, "9.99"),
            (5, USD, "0.05"),
            (-120, USD, "-1.20"),
            (120, Currency::JPY, "120"),
            (1_250, Currency::KWD, "1.250"),
        ] {
            assert_eq!(Money::new(amount, currency).decimal(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_was_added_can_be_taken_away_again(a: i64, b: i64) {
            let (a, b) = (Money::new(a, USD), Money::new(b, USD));
            if let Ok(sum) = a.plus(b) {
                prop_assert_eq!(sum.minus(b), Ok(a));
                prop_assert_eq!(b.plus(a), Ok(sum));
            } else {
                prop_assert!(a.amount.checked_add(b.amount).is_none());
            }
        }

        #[test]
        fn so_many_times_is_added_so_often(amount in -1_000_000_000_i64..1_000_000_000, times in 0_i64..50) {
            let price = Money::new(amount, USD);
            let mut sum = Money::new(0, USD);
            for _ in 0..times {
                sum = sum.plus(price).unwrap();
            }
            prop_assert_eq!(price.times(times), Ok(sum));
        }

        #[test]
        fn no_amount_wraps_around(amount: i64, times: i64) {
            match Money::new(amount, USD).times(times) {
                Ok(product) => prop_assert_eq!(
                    i128::from(product.amount),
                    i128::from(amount) * i128::from(times)
                ),
                Err(error) => prop_assert_eq!(error, MoneyError::Overflow),
            }
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        let (dollar, yen) = (Money::new(100, USD), Money::new(100, Currency::JPY));
        let refused = Err(MoneyError::OtherCurrency(USD, Currency::JPY));
        assert_eq!(dollar.plus(yen), refused);
        assert_eq!(dollar.minus(yen), refused);
    }

    #[test]
    fn money_is_written_with_its_currency_and_read_strictly() {
        let price = Money::new(1999, USD);
        let written = serde_json::json!({"amount": 1999, "currency": "USD"});
        assert_eq!(serde_json::to_value(price).unwrap(), written);
        assert_eq!(serde_json::from_value::<Money>(written).unwrap(), price);
        for unfit in [
            r#"{"amount": 19.99, "currency": "USD"}"#,
            r#"{"amount": 1999}"#,
            r#"{"amount": 1999, "currency": "usd dollars"}"#,
            r#"{"amount": 1999, "currency": "USD", "cents": 1}"#,
        ] {
            assert!(serde_json::from_str::<Money>(unfit).is_err(), "{unfit}");
        }
    }
}
