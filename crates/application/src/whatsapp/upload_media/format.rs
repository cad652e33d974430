//! What a file is, by its content.

use domain::whatsapp::MediaFormat;

use crate::Error;

/// How many bytes are looked at.
pub(super) const HEAD: usize = 8 * 1024;

pub(super) struct Format {
    pub(super) format: MediaFormat,
    /// Bytes.
    pub(super) max_size: u64,
}

/// Tells what Meta would take it for, and refuses what Meta would refuse. Of old office files
/// and of archives the name says which of their kind they are.
pub(super) fn recognise(head: &[u8], file_name: Option<&str>) -> Result<Format, Error> {
    let mime_type = mime_type(head, file_name).ok_or_else(|| {
        unsupported(
            "must be a JPEG or PNG image, an MP4 or 3GP video, an AAC, AMR, MP3, M4A or Opus \
             recording, a WebP sticker, a PDF, an Office document or plain text",
        )
    })?;
    let format = MediaFormat::of(mime_type)
        .ok_or_else(|| Error::internal(format!("{mime_type} is not one of Meta's types")))?;
    let mut max_size = format.max_size;
    match format.mime_type {
        "image/webp" if !is_moving(head) => max_size = MediaFormat::MAX_STILL_STICKER,
        _ => {}
    }
    if format.mime_type == "image/webp" && webp_size(head) != Some((512, 512)) {
        return Err(unsupported("a sticker must be 512 × 512 pixels"));
    }
    if format.is_voice() && !is_mono_opus(head) {
        return Err(unsupported("an Ogg recording must be Opus in mono"));
    }
    Ok(Format { format, max_size })
}

fn mime_type(head: &[u8], file_name: Option<&str>) -> Option<&'static str> {
    const OLD_OFFICE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    if head.get(4..8) == Some(b"ftyp") {
        return iso_media_type(head.get(8..12)?);
    }
    if head.starts_with(&OLD_OFFICE) {
        return match extension(file_name)?.as_str() {
            "doc" => Some("application/msword"),
            "xls" => Some("application/vnd.ms-excel"),
            "ppt" => Some("application/vnd.ms-powerpoint"),
            _ => None,
        };
    }
    if head.starts_with(b"PK\x03\x04") {
        return match extension(file_name)?.as_str() {
            "docx" => {
                Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
            }
            "xlsx" => Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            "pptx" => {
                Some("application/vnd.openxmlformats-officedocument.presentationml.presentation")
            }
            _ => None,
        };
    }
    match infer::get(head).map(|kind| kind.mime_type()) {
        Some("audio/ogg" | "audio/opus") => Some("audio/ogg; codecs=opus"),
        Some(known) => MediaFormat::of(known).map(|format| format.mime_type),
        None if is_text(head) => Some("text/plain"),
        None => None,
    }
}

/// MP4 and its kin, by their brand.
fn iso_media_type(brand: &[u8]) -> Option<&'static str> {
    match brand {
        [b'3', b'g', ..] => Some("video/3gpp"),
        [b'M', b'4', b'A' | b'B', _] => Some("audio/mp4"),
        [b'i', b's', b'o', _]
        | [b'm', b'p', b'4', _]
        | [b'M', b'4', b'V', _]
        | b"avc1"
        | b"MSNV"
        | b"dash" => Some("video/mp4"),
        // QuickTime, HEIF and whatever else.
        _ => None,
    }
}

fn extension(file_name: Option<&str>) -> Option<String> {
    let (_, extension) = file_name?.rsplit_once('.')?;
    Some(extension.to_ascii_lowercase())
}

/// Whether it may be plain text: UTF-8, perhaps cut within a character, and no controls but
/// those of lines.
fn is_text(head: &[u8]) -> bool {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    text.chars()
        .all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
}

/// The first packet of an Ogg file names its codec; Opus tells the channels after its version.
fn is_mono_opus(head: &[u8]) -> bool {
    let start = &head[..head.len().min(128)];
    let opus = start.windows(8).position(|window| window == b"OpusHead");
    opus.is_some_and(|at| head.get(at + 9) == Some(&1))
}

/// Whether an extended WebP file says of itself that it moves.
fn is_moving(head: &[u8]) -> bool {
    const ANIMATION: u8 = 0x02;
    head.get(12..16) == Some(b"VP8X") && head.get(20).is_some_and(|flags| flags & ANIMATION != 0)
}

/// Width and height, which stand in another way in each of the three kinds of WebP.
fn webp_size(head: &[u8]) -> Option<(u32, u32)> {
    let byte = |at: usize| head.get(at).copied().map(u32::from);
    let word = |at: usize| Some(byte(at)? | byte(at + 1)? << 8);
    match head.get(12..16)? {
        b"VP8X" => {
            let side = |at| Some((word(at)? | byte(at + 2)? << 16) + 1);
            Some((side(24)?, side(27)?))
        }
        b"VP8L" => {
            let bits = word(21)? | word(23)? << 16;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((word(26)? & 0x3fff, word(28)? & 0x3fff)),
        _ => None,
    }
}

fn unsupported(detail: &str) -> Error {
    Error::UnsupportedMedia {
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use domain::whatsapp::MediaKind;

    use super::*;

    fn type_of(head: &[u8], name: &str) -> Option<&'static str> {
        recognise(head, Some(name))
            .ok()
            .map(|found| found.format.mime_type)
    }

    /// A whole page of Ogg that begins an Opus stream.
    fn opus(channels: u8) -> Vec<u8> {
        let mut page = b"OggS\0\x02".to_vec();
        page.resize(28, 0);
        page.extend_from_slice(b"OpusHead\x01");
        page.push(channels);
        page.resize(100, 0);
        page
    }

    fn webp(kind: &[u8; 4], rest: &[(usize, u8)]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
        file.extend_from_slice(kind);
        file.resize(40, 0);
        for (at, byte) in rest {
            file[*at] = *byte;
        }
        file
    }

    #[test]
    fn a_file_is_what_its_content_says_whatever_its_name() {
        for (head, expected) in [
            (b"\xff\xd8\xff\xe0\0\x10JFIF".as_slice(), "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "video/mp4"),
            (b"\0\0\0\x18ftyp3gp4\0\0\0\0", "video/3gpp"),
            (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4"),
            (b"#!AMR\n\0\0\0\0\0\0", "audio/amr"),
            (b"\xff\xf1\x50\x80", "audio/aac"),
            (b"ID3\x04\0\0\0\0", "audio/mpeg"),
            (b"%PDF-1.7\n", "application/pdf"),
            ("Menú del día\n\t1 €".as_bytes(), "text/plain"),
        ] {
            assert_eq!(type_of(head, "x.exe"), Some(expected));
        }
        assert_eq!(type_of(&opus(1), "a.bin"), Some("audio/ogg; codecs=opus"));
    }

    #[test]
    fn what_meta_does_not_take_is_refused() {
        for (head, name) in [
            (b"GIF89a\x01\0\x01\0".as_slice(), "a.jpg"),
            (b"MZ\x90\0\x03\0\0\0", "a.pdf"),
            (b"\0\0\0\x18ftypqt  \0\0\0\0", "a.mp4"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a.jpg"),
            (b"PK\x03\x04\x14\0\x06\0", "a.zip"),
            (b"PK\x03\x04\x14\0\x06\0", "docx"),
            (b"<!DOCTYPE HTML><script>", "a.txt"),
            (b"\x01\x02\x03\x04", "a.txt"),
            (b"caf\xe9 au lait", "a.txt"),
        ] {
            assert_eq!(type_of(head, name), None, "{name}");
        }
        assert_eq!(type_of(&opus(2), "a.ogg"), None, "in stereo");
    }

    #[test]
    fn office_files_are_told_apart_by_name() {
        let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
        assert_eq!(type_of(old, "Prices.XLS"), Some("application/vnd.ms-excel"));
        assert_eq!(type_of(old, "mail.msg"), None);
        let new = type_of(b"PK\x03\x04\x14\0\x06\0", "a.docx").unwrap();
        assert!(new.ends_with("wordprocessingml.document"), "{new}");
    }

    #[test]
    fn a_text_may_be_cut_within_a_character() {
        let text = "é".repeat(10);
        assert_eq!(type_of(&text.as_bytes()[..11], "a.csv"), Some("text/plain"));
    }

    #[test]
    fn a_sticker_has_its_size_and_may_be_larger_if_it_moves() {
        let still = webp(b"VP8X", &[(24, 0xff), (25, 1), (27, 0xff), (28, 1)]);
        let found = recognise(&still, None).ok().unwrap();
        assert_eq!(found.format.kind, MediaKind::Sticker);
        assert_eq!(found.max_size, 100 * 1024);
        let mut moving = still.clone();
        moving[20] = 2;
        assert_eq!(recognise(&moving, None).ok().unwrap().max_size, 512 * 1024);
        let lossy = webp(b"VP8 ", &[(27, 2), (29, 2)]);
        assert!(recognise(&lossy, None).is_ok());
        // 511 | 511 << 14
        let lossless = webp(b"VP8L", &[(21, 0xff), (22, 0xc1), (23, 0x7f)]);
        assert!(recognise(&lossless, None).is_ok());
        let small = webp(b"VP8 ", &[(27, 1), (29, 2)]);
        assert!(recognise(&small, None).is_err());
        assert!(recognise(&still[..26], None).is_err(), "cut off");
    }

    #[test]
    fn nothing_that_is_cut_off_makes_it_panic() {
        let files = [opus(1), webp(b"VP8X", &[]), webp(b"VP8L", &[])];
        let names = [Some("a.docx"), None];
        for file in files
            .iter()
            .chain([&b"PK\x03\x04[Content_Types].xml".to_vec()])
        {
            for length in 0..file.len() {
                for name in names {
                    let _ = recognise(&file[..length], name);
                }
            }
        }
    }
}
