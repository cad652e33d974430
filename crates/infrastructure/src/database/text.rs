//! What is kept as text: the words of enums, JSON, and folded names.

use domain::{store::StoreError, text::fold_for_search};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IntoDeserializer, value},
};
use serde_json::Value;

use super::error::broken;

/// Reads a word back that serde writes the same way.
pub(super) fn parse<T: DeserializeOwned>(word: &str) -> Result<T, StoreError> {
    let deserializer: value::StrDeserializer<'_, value::Error> = word.into_deserializer();
    T::deserialize(deserializer).map_err(broken)
}

/// The word by which serde writes it.
pub(super) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value).map_err(broken)? {
        Value::String(word) => Ok(word),
        _ => Err(broken("is not written as a word")),
    }
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(broken)
}

pub(super) fn from_json<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(broken)
}

pub(super) fn to_json_if_some<T: Serialize>(
    value: Option<&T>,
) -> Result<Option<String>, StoreError> {
    value.map(to_json).transpose()
}

pub(super) fn from_json_if_some<T: DeserializeOwned>(
    json: Option<&str>,
) -> Result<Option<T>, StoreError> {
    json.map(from_json).transpose()
}

/// The parts of a name as one folded text, to be searched in.
pub(super) fn folded_name(parts: &[Option<&str>]) -> String {
    let present: Vec<_> = parts.iter().copied().flatten().collect();
    fold_for_search(&present.join(" "))
}

/// Whether a column contains this text, taken literally.
pub(super) fn contains(column: Expr, text: &str) -> Expr {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    column.like(LikeExpr::new(pattern).escape('\\'))
}

/// Whether a column of bytes contains these.
pub(super) fn contains_bytes(column: Expr, bytes: &[u8], is_on_sqlite: bool) -> Expr {
    let template = if is_on_sqlite {
        "instr(?, ?) > 0"
    } else {
        "position($2 in $1) > 0"
    };
    Expr::cust_with_exprs(template, [column, Expr::val(bytes.to_vec())])
}

/// The digits of a search for a phone number. None if it is a search for something else.
pub(super) fn phone_digits(search: &str) -> Option<String> {
    let is_phone_like = |c: char| c.is_ascii_digit() || "+-(). ".contains(c);
    let digits: String = search.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty() && search.chars().all(is_phone_like)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::phone_digits;

    #[test]
    fn only_what_looks_like_a_phone_number_is_searched_for_by_digits() {
        assert_eq!(
            phone_digits("+1 (415) 555-01").as_deref(),
            Some("141555501")
        );
        assert_eq!(phone_digits("ana 2"), None);
        assert_eq!(phone_digits("- "), None);
    }
}
