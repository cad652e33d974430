use super::super::cells::guarded;

/// What a table begins with, so that spreadsheets read it as UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A record as RFC 4180 has it, of which no spreadsheet takes a cell for a formula.
pub fn csv_line<T: AsRef<str>>(cells: &[T]) -> String {
    let cells: Vec<_> = cells.iter().map(|text| cell(text.as_ref())).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    let guarded = guarded(text);
    let is_plain = !guarded.contains(['"', ',', ';', '\r', '\n', '\t', '\'']);
    if is_plain && guarded.trim() == guarded {
        return guarded.into_owned();
    }
    format!("\"{}\"", guarded.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::csv_line;

    #[test]
    fn a_cell_is_text_whatever_stands_in_it() {
        for (text, cell) in [
            ("Phone", "Phone"),
            ("", ""),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@a", "\"'@a\""),
            ("\tx", "\"'\tx\""),
            ("\rx", "\"'\rx\""),
            ("'=1", "\"''=1\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(csv_line(&[text]), format!("{cell}\r\n"), "{text:?}");
        }
        assert_eq!(csv_line(&["a", "", "b"]), "a,,b\r\n");
    }
}
