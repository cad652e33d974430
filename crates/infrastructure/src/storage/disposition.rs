use std::fmt::Write;

/// The `Content-Disposition` that has a browser save the file under this name, or show it if
/// there is none. Source: RFC 6266.
pub(super) fn content_disposition(file_name: Option<&str>) -> String {
    let Some(name) = file_name else {
        return "inline".into();
    };
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let plain: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        percent_encode(&name)
    )
}

fn is_plain(c: char) -> bool {
    (c.is_ascii_graphic() || c == ' ') && !"\"\\/%".contains(c)
}

/// Source: RFC 8187, `attr-char`.
fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_a_file_is_shown() {
        assert_eq!(content_disposition(None), "inline");
    }

    #[test]
    fn a_name_can_neither_leave_its_quotes_nor_add_a_header() {
        assert_eq!(
            content_disposition(Some("a\".html\r\nX: y; é/b")),
            "attachment; filename=\"a_.htmlX: y; __b\"; filename*=UTF-8''a%22.htmlX%3A%20y%3B%20%C3%A9%2Fb"
        );
    }
}
