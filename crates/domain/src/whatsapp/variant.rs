//! Numbers that are written in two ways. Sources: cloud API 2.1; the countries' numbering plans.

use crate::text::PhoneNumber;

/// The other way in which the same person's number is written, if its country has two.
///
/// - Brazil: mobile numbers with or without the ninth digit. Landlines have eight digits only.
/// - Mexico: with or without the 1 that once meant a mobile.
/// - Argentina: with or without the 9 that means a mobile.
pub fn variant_of(wa_id: &str) -> Option<String> {
    if !wa_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (country, national) = wa_id.split_at_checked(2)?;
    match country {
        "55" => brazil(national),
        "52" => marked_by('1', national, "23456789").map(|other| format!("52{other}")),
        "54" => marked_by('9', national, "123").map(|other| format!("54{other}")),
        _ => None,
    }
}

/// Whether both are one number, however each is written.
pub fn is_same_number(one: &PhoneNumber, other: &PhoneNumber) -> bool {
    one == other || variant_of(one.digits()).as_deref() == Some(other.digits())
}

fn brazil(national: &str) -> Option<String> {
    let (area, subscriber) = national.split_at_checked(2)?;
    if area.contains('0') {
        return None;
    }
    let old = match subscriber.len() {
        8 => subscriber,
        9 => subscriber.strip_prefix('9')?,
        _ => return None,
    };
    // What had eight digits and began otherwise was never a mobile.
    if !old.starts_with(['6', '7', '8', '9']) {
        return None;
    }
    let other = if subscriber.len() == 8 {
        format!("9{old}")
    } else {
        old.to_owned()
    };
    Some(format!("55{area}{other}"))
}

/// Of ten digits that begin with one of `first`, the same after the mark, and the reverse.
fn marked_by(mark: char, national: &str, first: &str) -> Option<String> {
    let is_whole = |digits: &str| digits.len() == 10 && digits.starts_with(|c| first.contains(c));
    match national.strip_prefix(mark) {
        Some(bare) if is_whole(bare) => Some(bare.to_owned()),
        _ if is_whole(national) => Some(format!("{mark}{national}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN_IN_TWO_WAYS: [(&str, &str, &str); 6] = [
        ("São Paulo", "5511987654321", "551187654321"),
        ("Belo Horizonte", "5531971234567", "553171234567"),
        ("Mexico City", "5215512345678", "525512345678"),
        ("Monterrey", "5218112345678", "528112345678"),
        ("Buenos Aires", "5491123456789", "541123456789"),
        ("Córdoba", "5493512345678", "543512345678"),
    ];

    #[test]
    fn a_number_is_written_in_two_ways() {
        for (place, long, short) in WRITTEN_IN_TWO_WAYS {
            assert_eq!(variant_of(long).as_deref(), Some(short), "{place}");
            assert_eq!(variant_of(short).as_deref(), Some(long), "{place}");
            let [long, short] = [long, short].map(number);
            assert!(is_same_number(&long, &short), "{place}");
            assert!(is_same_number(&short, &long), "{place}");
        }
    }

    #[test]
    fn what_only_looks_alike_has_no_variant() {
        for (what, wa_id) in [
            ("a Brazilian landline", "551134567890"),
            ("nine digits that never were eight", "5511934567890"),
            ("no area of Brazil", "5510987654321"),
            ("a digit too many", "55119876543210"),
            ("a Mexican number too short", "52155123456"),
            ("no Mexican number", "520512345678"),
            ("no area of Argentina", "549412345678"),
            ("the United States", "14155550123"),
            ("Malaysia", "60123456789"),
            ("Russia", "79161234567"),
            ("Brazilian only further on", "15511987654321"),
            ("nothing", ""),
            ("a country alone", "55"),
            ("not a number", "55é1987654321"),
        ] {
            assert_eq!(variant_of(wa_id), None, "{what}");
        }
    }

    #[test]
    fn neighbours_are_not_the_same_number() {
        let [one, other] = ["5511987654321", "551187654322"].map(number);
        assert!(!is_same_number(&one, &other));
    }

    fn number(wa_id: &str) -> PhoneNumber {
        PhoneNumber::from_wa_id(wa_id).unwrap()
    }
}
