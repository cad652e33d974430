use std::io;

use bytes::{Buf, Bytes};
use csv_core::ReadRecordResult;
use domain::{imports::Layout, storage::ByteStream};
use encoding_rs::Decoder;
use futures_util::TryStreamExt;
use thiserror::Error;

use super::layout::codec;

/// Bytes that a record may have. An end of a quote that is missing takes in all that follows.
const MAX_RECORD: usize = 256 << 10;
const MAX_CELLS: usize = 256;
/// Bytes that are decoded at a time.
const AT_A_TIME: usize = 16 << 10;

pub(crate) type Record = Vec<String>;

#[derive(Debug, Error)]
pub(crate) enum SheetError {
    #[error(
        "row {0} has more than {max} bytes: perhaps the end of a quotation is missing",
        max = MAX_RECORD
    )]
    TooLong(u64),
    #[error("row {0} has more than {max} cells", max = MAX_CELLS)]
    TooWide(u64),
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// The records of a table. It is read no further than what was asked for, but for one chunk.
pub(crate) struct Records {
    content: ByteStream,
    chunk: Bytes,
    is_over: bool,
    decoder: Decoder,
    text: Vec<u8>,
    /// How much of the text the parser has had.
    parsed: usize,
    parser: csv_core::Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
    written: usize,
    ended: usize,
    /// How many records there were.
    rows: u64,
    bytes_read: u64,
}

impl Records {
    pub(crate) fn new(content: ByteStream, layout: Layout) -> Self {
        let delimiter = u8::try_from(layout.delimiter).unwrap_or(b',');
        Self {
            content,
            chunk: Bytes::new(),
            is_over: false,
            decoder: codec(layout.encoding).new_decoder_with_bom_removal(),
            text: Vec::new(),
            parsed: 0,
            parser: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            cells: vec![0; MAX_RECORD],
            ends: vec![0; MAX_CELLS],
            written: 0,
            ended: 0,
            rows: 0,
            bytes_read: 0,
        }
    }

    /// How much of the file was read.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The headers, which are the first record, but for a line that only names the delimiter.
    pub(crate) async fn headers(&mut self) -> Result<Option<Record>, SheetError> {
        let first = self.next().await?;
        let names_delimiter = first.as_ref().is_some_and(|record| {
            record.len() <= 2 && record.first().is_some_and(|cell| cell.starts_with("sep="))
        });
        if names_delimiter {
            self.rows = 0;
            return self.next().await;
        }
        Ok(first)
    }

    /// Up to `limit` records; fewer only at the end.
    pub(crate) async fn take(&mut self, limit: usize) -> Result<Vec<Record>, SheetError> {
        let mut records = Vec::with_capacity(limit);
        while records.len() < limit {
            match self.next().await? {
                Some(record) => records.push(record),
                None => break,
            }
        }
        Ok(records)
    }

    pub(crate) async fn skip(&mut self, count: u64) -> Result<(), SheetError> {
        for _ in 0..count {
            if self.advance().await?.is_none() {
                break;
            }
        }
        Ok(())
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Record>, SheetError> {
        let Some(()) = self.advance().await? else {
            return Ok(None);
        };
        let mut start = 0;
        let cells = self.ends[..self.ended].iter().map(|end| {
            let cell = String::from_utf8_lossy(&self.cells[start..*end]).into_owned();
            start = *end;
            cell
        });
        Ok(Some(cells.collect()))
    }

    /// Parses the next record into the buffers. None at the end.
    async fn advance(&mut self) -> Result<Option<()>, SheetError> {
        (self.written, self.ended) = (0, 0);
        loop {
            if self.parsed == self.text.len() {
                self.fill().await?;
            }
            // Nothing at all tells the parser that this is the end.
            let (result, read, written, ended) = self.parser.read_record(
                &self.text[self.parsed..],
                &mut self.cells[self.written..],
                &mut self.ends[self.ended..],
            );
            self.parsed += read;
            self.written += written;
            self.ended += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => return Err(SheetError::TooLong(self.rows + 1)),
                ReadRecordResult::OutputEndsFull => {
                    return Err(SheetError::TooWide(self.rows + 1));
                }
                ReadRecordResult::Record => {
                    self.rows += 1;
                    return Ok(Some(()));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Decodes some more. Leaves the text empty at the end, and only then.
    async fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.parsed = 0;
        while self.text.is_empty() && !self.is_over {
            if self.chunk.is_empty() {
                match self.content.try_next().await? {
                    Some(chunk) => self.chunk = chunk,
                    None => self.is_over = true,
                }
            }
            let some = &self.chunk[..self.chunk.len().min(AT_A_TIME)];
            let room = self.decoder.max_utf8_buffer_length(some.len());
            self.text.resize(room.unwrap_or(MAX_RECORD), 0);
            let (_, read, written, _) =
                self.decoder
                    .decode_to_utf8(some, &mut self.text, self.is_over);
            self.text.truncate(written);
            self.chunk.advance(read);
            self.bytes_read += read as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use domain::imports::TextEncoding;
    use futures_util::{StreamExt, stream};

    use super::*;

    fn records(encoding: TextEncoding, content: &[u8], cut: usize) -> Records {
        let chunks: Vec<_> = content
            .chunks(cut)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect();
        let layout = Layout {
            encoding,
            delimiter: ';',
        };
        Records::new(stream::iter(chunks).boxed(), layout)
    }

    #[tokio::test]
    async fn a_table_reads_the_same_however_it_is_cut_and_encoded() {
        let text = "Name;Note\r\nZoë;\"two\r\nlines; and a \"\"quote\"\"\"\r\n花;\r\n;last";
        let expected = [
            vec!["Name", "Note"],
            vec!["Zoë", "two\r\nlines; and a \"quote\""],
            vec!["花", ""],
            vec!["", "last"],
        ];
        let marked = format!("\u{feff}{text}");
        let little: Vec<_> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<_> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (encoding, content) in [
            (TextEncoding::Utf8, text.as_bytes()),
            (TextEncoding::Utf8, marked.as_bytes()),
            (TextEncoding::Utf16Le, &little),
            (TextEncoding::Utf16Be, &big),
        ] {
            for cut in [1, 3, 1_000] {
                let mut records = records(encoding, content, cut);
                let read = records.take(10).await.unwrap();
                assert_eq!(read, expected, "{encoding:?} cut after {cut}");
                assert_eq!(records.bytes_read(), content.len() as u64);
            }
        }
        let mut western = records(TextEncoding::Windows1252, b"Zo\xeb;\x80\n", 1);
        assert_eq!(western.take(2).await.unwrap(), [["Zoë", "€"]]);
    }

    #[tokio::test]
    async fn a_line_that_names_the_delimiter_is_no_header() {
        let mut records = records(TextEncoding::Utf8, b"sep=;\r\nName;Phone\r\n", 100);
        let headers = records.headers().await.unwrap().unwrap();
        assert_eq!(headers, ["Name", "Phone"]);
    }

    #[tokio::test]
    async fn where_it_was_left_it_is_gone_on_with() {
        let mut records = records(TextEncoding::Utf8, b"h\n1\n2\n3\n", 2);
        records.headers().await.unwrap();
        records.skip(2).await.unwrap();
        assert_eq!(records.take(5).await.unwrap(), [["3"]]);
        records.skip(7).await.unwrap();
        assert_eq!(records.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_quotation_without_end_and_a_row_without_end_are_refused() {
        let open = format!("a;b\n\"{}", "x\n".repeat(MAX_RECORD));
        let mut long = records(TextEncoding::Utf8, open.as_bytes(), 1_000);
        long.headers().await.unwrap();
        let refused = long.next().await;
        assert!(matches!(refused, Err(SheetError::TooLong(2))));
        let wide = ";".repeat(MAX_CELLS);
        let refused = records(TextEncoding::Utf8, wide.as_bytes(), 1_000)
            .next()
            .await;
        assert!(matches!(refused, Err(SheetError::TooWide(1))));
    }

    /// Of a table without end, which no memory could hold.
    #[tokio::test]
    async fn no_more_is_read_than_the_rows_that_are_asked_for() {
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        let endless = stream::repeat_with(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Bytes::from("Ana;+14155552671\n".repeat(100)))
        });
        let layout = Layout {
            encoding: TextEncoding::Utf8,
            delimiter: ';',
        };
        let mut records = Records::new(endless.boxed(), layout);
        for rows in [500, 1_000, 1_500] {
            assert_eq!(records.take(500).await.unwrap().len(), 500);
            let chunks = taken.load(Ordering::Relaxed);
            assert!(chunks <= rows / 100 + 1, "{chunks} chunks for {rows} rows");
        }
        let buffered = records.text.capacity() + records.cells.capacity();
        assert!(buffered <= 512 << 10, "{buffered} bytes");
    }

    #[tokio::test]
    async fn what_breaks_off_is_no_end() {
        let broken = stream::iter([
            Ok(Bytes::from("a\n1\n2")),
            Err(io::ErrorKind::UnexpectedEof.into()),
        ]);
        let layout = Layout {
            encoding: TextEncoding::Utf8,
            delimiter: ',',
        };
        let mut records = Records::new(broken.boxed(), layout);
        let read = records.take(5).await;
        assert!(matches!(read, Err(SheetError::Unreadable(_))));
    }
}
