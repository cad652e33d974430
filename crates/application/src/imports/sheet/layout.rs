use domain::imports::{Layout, TextEncoding};
use encoding_rs::Encoding;

/// So much of the beginning tells what the columns are.
const HEAD: usize = 64 << 10;
/// So many records tell what parts the cells.
const RECORDS: usize = 20;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const BYTE_ORDER_MARKS: [(&[u8], TextEncoding); 3] = [
    (b"\xef\xbb\xbf", TextEncoding::Utf8),
    (b"\xff\xfe", TextEncoding::Utf16Le),
    (b"\xfe\xff", TextEncoding::Utf16Be),
];
/// What workbooks begin with, which people upload in place of a table.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];

/// Watches a file as it comes, to tell at its end how it is written.
#[derive(Default)]
pub(crate) struct Sniffer {
    head: Vec<u8>,
    length: u64,
    /// The bytes of a character that the last chunk cut through.
    cut: Vec<u8>,
    is_not_utf8: bool,
}

impl Sniffer {
    pub(crate) fn see(&mut self, chunk: &[u8]) {
        self.length += chunk.len() as u64;
        let room = HEAD - self.head.len();
        self.head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if self.is_not_utf8 {
            return;
        }
        self.cut.extend_from_slice(chunk);
        let valid = match str::from_utf8(&self.cut) {
            Ok(_) => self.cut.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => {
                self.is_not_utf8 = true;
                self.cut.len()
            }
        };
        self.cut.drain(..valid);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The beginning, to be read as records.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.length == self.head.len() as u64
    }

    /// None if it is no text.
    pub(crate) fn layout(&self) -> Option<Layout> {
        let encoding = self.encoding()?;
        let (text, _) = codec(encoding).decode_with_bom_removal(&self.head);
        Some(Layout {
            encoding,
            delimiter: char::from(delimiter(&text, self.is_whole())),
        })
    }

    fn encoding(&self) -> Option<TextEncoding> {
        if WORKBOOKS.iter().any(|magic| self.head.starts_with(magic)) {
            return None;
        }
        let marks = BYTE_ORDER_MARKS.iter();
        let mut marked = marks.filter(|(mark, _)| self.head.starts_with(mark));
        if let Some((_, encoding)) = marked.next() {
            return Some(*encoding);
        }
        if self.head.contains(&0) {
            return unmarked_utf16(&self.head);
        }
        if self.is_not_utf8 || !self.cut.is_empty() {
            Some(TextEncoding::Windows1252)
        } else {
            Some(TextEncoding::Utf8)
        }
    }
}

/// In what is written in Latin letters, every other byte is zero.
fn unmarked_utf16(head: &[u8]) -> Option<TextEncoding> {
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|b| **b == 0);
    let (even, odd) = (zeros(0).count(), zeros(1).count());
    let many = head.len() / 4;
    match (even, odd) {
        (0, odd) if odd > many => Some(TextEncoding::Utf16Le),
        (even, 0) if even > many => Some(TextEncoding::Utf16Be),
        _ => None,
    }
}

pub(super) fn codec(encoding: TextEncoding) -> &'static Encoding {
    match encoding {
        TextEncoding::Utf8 => encoding_rs::UTF_8,
        TextEncoding::Utf16Le => encoding_rs::UTF_16LE,
        TextEncoding::Utf16Be => encoding_rs::UTF_16BE,
        TextEncoding::Windows1252 => encoding_rs::WINDOWS_1252,
    }
}

/// What parts most records into as many cells as the headers are.
fn delimiter(text: &str, is_whole: bool) -> u8 {
    // Excel takes it from such a line, and some write it.
    let named = text
        .strip_prefix("sep=")
        .and_then(|rest| rest.bytes().next());
    if let Some(named) = named.filter(|byte| byte.is_ascii() && !b"\r\n\"".contains(byte)) {
        return named;
    }
    let fit = |delimiter: u8| {
        let mut widths = widths(text, delimiter);
        // The last record may be cut.
        if !is_whole && widths.len() > 1 {
            widths.pop();
        }
        let width = widths.first().copied().unwrap_or_default();
        if width < 2 {
            return (0, 0);
        }
        let alike = widths.iter().filter(|other| **other == width).count();
        (alike, width)
    };
    // Of equals, the last one is the greatest.
    let delimiters = DELIMITERS.into_iter().rev();
    delimiters.max_by_key(|one| fit(*one)).unwrap_or(b',')
}

/// How many cells each of the first records has.
fn widths(text: &str, delimiter: u8) -> Vec<usize> {
    use csv_core::ReadFieldResult::{End, Field, InputEmpty, OutputFull};
    let mut parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    let mut input = text.as_bytes();
    let mut cell = [0; 256];
    let (mut widths, mut width) = (Vec::new(), 0);
    while widths.len() < RECORDS {
        let (result, read, _) = parser.read_field(input, &mut cell);
        input = &input[read..];
        match result {
            // Once more with nothing tells the parser that this was all.
            InputEmpty | OutputFull => {}
            Field { record_end } => {
                width += 1;
                if record_end {
                    widths.push(std::mem::take(&mut width));
                }
            }
            End => break,
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(content: &[u8]) -> Option<(TextEncoding, char)> {
        let mut sniffer = Sniffer::default();
        // However it is cut.
        for chunk in content.chunks(3) {
            sniffer.see(chunk);
        }
        let layout = sniffer.layout()?;
        Some((layout.encoding, layout.delimiter))
    }

    fn utf16(text: &str, write: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(write).collect()
    }

    #[test]
    fn what_spreadsheets_write_is_told_by_its_bytes() {
        use TextEncoding::{Utf8, Utf16Be, Utf16Le, Windows1252};
        let table = "Name;Größe\nZoë;1,5\n";
        assert_eq!(layout(table.as_bytes()), Some((Utf8, ';')));
        let marked = ["\u{feff}", table].concat();
        assert_eq!(layout(marked.as_bytes()), Some((Utf8, ';')));
        for text in [table, &marked] {
            let little = utf16(text, u16::to_le_bytes);
            assert_eq!(layout(&little), Some((Utf16Le, ';')));
            let big = utf16(text, u16::to_be_bytes);
            assert_eq!(layout(&big), Some((Utf16Be, ';')));
        }
        let (western, _, _) = encoding_rs::WINDOWS_1252.encode(table);
        assert_eq!(layout(&western), Some((Windows1252, ';')));
    }

    #[test]
    fn an_accent_far_down_still_tells_the_encoding() {
        let plain = "name,phone\n".repeat(10_000);
        let late = [plain.as_bytes(), b"Zo\xeb,1\n"].concat();
        assert_eq!(layout(&late), Some((TextEncoding::Windows1252, ',')));
        let cut = [plain.as_bytes(), b"Zo\xc3"].concat();
        assert_eq!(layout(&cut), Some((TextEncoding::Windows1252, ',')));
    }

    #[test]
    fn workbooks_and_other_files_are_no_tables() {
        assert_eq!(layout(b"PK\x03\x04\x14\0\x06\0"), None);
        assert_eq!(layout(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), None);
    }

    #[test]
    fn the_delimiter_is_what_parts_every_record_alike() {
        let delimiter_of = |text: &str| layout(text.as_bytes()).unwrap().1;
        for (text, delimiter) in [
            ("a,b\n1,2\n", ','),
            ("a;b\n\"1;\n1\";2\n", ';'),
            ("a;b\nDoe, John;2\nRoe, Jane;3\n", ';'),
            ("a\tb\tc\n1,0\t2\t3\n", '\t'),
            ("a|b\n1|2\n", '|'),
            ("sep=;\na,b;c\n", ';'),
            ("phone\n+1415\n", ','),
            ("a, b; c\n1, 2\n3, 4\n", ','),
        ] {
            assert_eq!(delimiter_of(text), delimiter, "{text:?}");
        }
    }
}
