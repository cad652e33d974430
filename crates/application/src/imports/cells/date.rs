use chrono::NaiveDate;

use super::Fault;

/// A day, as `1990-12-30`, `30.12.1990`, `30/12/1990`, `12/30/1990` or `30 December 1990`.
pub(in crate::imports) fn date(text: &str) -> Result<NaiveDate, Fault> {
    let invalid = || {
        let detail = "is no date: write it as 1990-12-30";
        ("invalid_date", detail.to_owned())
    };
    // Spreadsheets add the time of the day.
    let day = match text.split_once(['T', ' ']) {
        Some((day, time)) if time.contains(':') => day,
        _ => text,
    };
    let separator = day.chars().find(|c| !c.is_ascii_digit());
    let separator = separator.filter(|c| ['-', '/', '.'].contains(c));
    let parts: Vec<_> = separator
        .map(|separator| day.split(separator).map(str::trim).collect())
        .unwrap_or_default();
    let [first, second, third] = parts[..] else {
        return in_words(day).ok_or_else(invalid);
    };
    let number = |part: &str| part.parse::<u32>().map_err(|_| invalid());
    let of =
        |year: &str, month: u32, day: u32| NaiveDate::from_ymd_opt(year.parse().ok()?, month, day);
    if first.len() == 4 {
        return of(first, number(second)?, number(third)?).ok_or_else(invalid);
    }
    let (first, second) = (number(first)?, number(second)?);
    if third.len() == 2 && number(third).is_ok() {
        let detail = "does not tell the century: write it as 1990-12-30";
        return Err(("ambiguous_date", detail.to_owned()));
    }
    if third.len() != 4 {
        return Err(invalid());
    }
    let (day_first, month_first) = (of(third, second, first), of(third, first, second));
    match (day_first, month_first) {
        // Nobody writes the month first with points.
        (Some(date), _) if separator == Some('.') => Ok(date),
        (Some(one), Some(other)) if one != other => {
            let detail = format!("may be {one} or {other}: write it as one of these");
            Err(("ambiguous_date", detail))
        }
        (one, other) if separator != Some('.') => one.or(other).ok_or_else(invalid),
        _ => Err(invalid()),
    }
}

fn in_words(text: &str) -> Option<NaiveDate> {
    let mut forms = ["%d %B %Y", "%d. %B %Y", "%d-%B-%Y", "%B %d, %Y", "%B %d %Y"].into_iter();
    let is_whole = |date: &NaiveDate| text.contains(&date.format("%Y").to_string());
    forms.find_map(|form| NaiveDate::parse_from_str(text, form).ok().filter(is_whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them_if_only_one_is_meant() {
        for text in [
            "1990-12-30",
            "1990/12/30",
            "30.12.1990",
            "30. 12. 1990",
            "30/12/1990",
            "12/30/1990",
            "30-12-1990",
            "1990-12-30 00:00:00",
            "1990-12-30T00:00:00Z",
            "30 December 1990",
            "30 Dec 1990",
            "Dec 30, 1990",
        ] {
            assert_eq!(
                date(text).map(|day| day.to_string()),
                Ok("1990-12-30".into()),
                "{text}"
            );
        }
        for (text, day) in [
            ("3.4.1990", "1990-04-03"),
            ("4/4/1990", "1990-04-04"),
            ("29.02.2024", "2024-02-29"),
        ] {
            assert_eq!(
                date(text).map(|day| day.to_string()),
                Ok(day.into()),
                "{text}"
            );
        }
        for text in ["3/4/1990", "03-04-1990", "30.12.90", "1/2/90"] {
            assert_eq!(date(text).unwrap_err().0, "ambiguous_date", "{text}");
        }
        let (_, reason) = date("3/4/1990").unwrap_err();
        assert_eq!(
            reason,
            "may be 1990-04-03 or 1990-03-04: write it as one of these"
        );
        for text in [
            "",
            "12.30.1990",
            "31/31/1990",
            "33237",
            "soon",
            "30.2.1990",
            "1990-12",
            "1-2-3-4",
        ] {
            assert_eq!(date(text).unwrap_err().0, "invalid_date", "{text}");
        }
    }
}
