use domain::money::{Currency, Money};
use serde_json::Number;

use super::Fault;

/// A number, with a point or a comma before its decimals.
pub(in crate::imports) fn number(text: &str) -> Result<Number, Fault> {
    if let Some(number) = exact(text) {
        return Ok(number);
    }
    exact(&decimal(text)?).ok_or_else(no_number)
}

fn no_number() -> Fault {
    ("invalid_number", "is no number".to_owned())
}

/// A number that has none.
pub(in crate::imports) fn integer(text: &str) -> Result<i64, Fault> {
    let decimal = decimal(text)?;
    let whole = decimal
        .split_once('.')
        .map_or(&*decimal, |(whole, decimals)| {
            if decimals.trim_matches('0').is_empty() {
                whole
            } else {
                &decimal
            }
        });
    let fault = || ("invalid_number", "is no whole number".to_owned());
    whole.parse().map_err(|_| fault())
}

/// A price, with or without the sign of the currency.
pub(in crate::imports) fn money(text: &str, currency: Currency) -> Result<Money, Fault> {
    let mut text = text.trim();
    for sign in [currency.code(), &currency.symbol().to_string()] {
        text = text.strip_prefix(sign).unwrap_or(text);
        text = text.strip_suffix(sign).unwrap_or(text).trim();
    }
    let decimal = decimal(text).map_err(|(code, detail)| match code {
        "invalid_number" => (
            "invalid_price",
            format!("is no price in {}", currency.code()),
        ),
        _ => (code, detail),
    })?;
    let (whole, decimals) = decimal.split_once('.').unwrap_or((&decimal, ""));
    let decimals = decimals.trim_end_matches('0');
    let digits = usize::from(currency.exponent().unwrap_or_default());
    if decimals.len() > digits {
        let detail = format!("has more than the {digits} decimals of {}", currency.code());
        return Err(("too_many_decimals", detail));
    }
    let amount = format!("{whole}{decimals:0<digits$}").parse();
    let amount = amount.map_err(|_| ("out_of_range", "is too much".to_owned()))?;
    Ok(Money::new(amount, currency))
}

/// The digits of a number, with a point before its decimals, if there are any.
fn decimal(text: &str) -> Result<String, Fault> {
    let is_space = |c: char| c.is_whitespace() || c == '\'';
    let digits: String = text.chars().filter(|c| !is_space(*c)).collect();
    let (sign, digits) = match digits.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => ("-", digits),
        None => ("", digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let (whole, decimals) = match (digits.matches(',').count(), digits.matches('.').count()) {
        (0, 1) => digits.split_once('.').unwrap_or((digits, "")),
        (1, 0) => {
            let (whole, decimals) = digits.split_once(',').unwrap_or((digits, ""));
            if decimals.len() == 3 && (1..=3).contains(&whole.len()) && whole != "0" {
                let detail = format!("may be {whole}{decimals} or {whole}.{decimals}");
                return Err(("ambiguous_number", detail));
            }
            (whole, decimals)
        }
        (_, 0) | (0, _) => (digits, ""),
        // Of both, the last one stands before the decimals.
        _ => digits.rsplit_once([',', '.']).unwrap_or((digits, "")),
    };
    let whole = without_groups(whole).ok_or_else(no_number)?;
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    if !decimals.chars().all(|c| c.is_ascii_digit()) {
        return Err(no_number());
    }
    let point = if decimals.is_empty() { "" } else { "." };
    Ok(format!("{sign}{whole}{point}{decimals}"))
}

/// A number as JSON has it, to its last digit.
fn exact(text: &str) -> Option<Number> {
    let number: Number = serde_json::from_str(text).ok()?;
    if number.is_f64() {
        return Number::from_f64(text.trim().parse().ok()?);
    }
    Some(number)
}

/// `1.234.567` and `1,234,567` without what parts the thousands.
fn without_groups(whole: &str) -> Option<String> {
    let mut groups = whole.split([',', '.']);
    let first = groups.next()?;
    let is_one = groups.clone().next().is_none();
    let are_thousands = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    let is_of_digits = whole
        .chars()
        .all(|c| c.is_ascii_digit() || ",.".contains(c));
    let separators = whole.contains(',') && whole.contains('.');
    let is_fit = is_of_digits && !whole.is_empty() && !separators && (is_one || are_thousands);
    is_fit.then(|| whole.replace([',', '.'], ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_point_or_a_comma() {
        for (text, expected) in [
            ("41.5", "41.5"),
            ("41,5", "41.5"),
            ("-3", "-3"),
            ("+3", "3"),
            ("007", "7"),
            ("0,125", "0.125"),
            ("1.234", "1.234"),
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1 234,5", "1234.5"),
            ("1'234.5", "1234.5"),
            ("1,234,567", "1234567"),
            ("1.234.567", "1234567"),
            ("1e3", "1000.0"),
        ] {
            let number = number(text).map(|number| number.to_string());
            assert_eq!(number, Ok(expected.into()), "{text}");
        }
        assert_eq!(number("1,234").unwrap_err().0, "ambiguous_number");
        for text in [
            "",
            "-",
            "many",
            "1.2.3",
            "1,23,456",
            "1,234.5,6",
            ".",
            "1e999",
            "0x10",
        ] {
            assert_eq!(number(text).unwrap_err().0, "invalid_number", "{text}");
        }
    }

    #[test]
    fn whole_numbers_and_prices_have_no_more_decimals_than_they_may() {
        assert_eq!(integer("7"), Ok(7));
        assert_eq!(integer("-7.0"), Ok(-7));
        for text in ["7.5", "1e3", "99999999999999999999", ""] {
            assert_eq!(integer(text).unwrap_err().0, "invalid_number", "{text}");
        }
        for (text, currency, amount) in [
            ("19.99", Currency::USD, 1_999),
            ("$ 19.9", Currency::USD, 1_990),
            ("USD 19", Currency::USD, 1_900),
            ("1.234,50 €", Currency::EUR, 123_450),
            ("19,00", Currency::EUR, 1_900),
            ("1200", Currency::JPY, 1_200),
            ("1.5000", Currency::KWD, 1_500),
            ("-0.05", Currency::USD, -5),
        ] {
            assert_eq!(
                money(text, currency),
                Ok(Money::new(amount, currency)),
                "{text}"
            );
        }
        for (text, code) in [
            ("19.999", "too_many_decimals"),
            ("1,234", "ambiguous_number"),
            ("much", "invalid_price"),
            ("99999999999999999999", "out_of_range"),
        ] {
            assert_eq!(money(text, Currency::USD).unwrap_err().0, code, "{text}");
        }
    }
}
