use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, guess_format,
    metadata::Orientation,
};

use super::ImageError;

const TYPES: [ImageFormat; 4] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::WebP,
    ImageFormat::Gif,
];
const MAX_PIXELS: u64 = 40_000_000;
const MAX_SIDE: u32 = 20_000;
/// Of pixels: what has more than a byte a channel may have fewer of them.
const MAX_BYTES: u64 = 4 * MAX_PIXELS;
/// Besides the pixels.
const MAX_WORKING_MEMORY: u64 = 64 << 20;

/// An image, and how it must be turned to stand upright.
pub(super) struct Decoded {
    pub(super) pixels: DynamicImage,
    pub(super) orientation: Orientation,
}

/// Decodes what its first bytes say to be an image, whatever it is called. What has more than
/// one frame shows its first.
pub(super) fn decode(content: &[u8]) -> Result<Decoded, ImageError> {
    let format = guess_format(content).map_err(|_| ImageError::UnsupportedType)?;
    if !TYPES.contains(&format) {
        return Err(ImageError::UnsupportedType);
    }
    if format == ImageFormat::Jpeg && !has_end(content) {
        return Err(ImageError::Damaged);
    }
    let mut decoder = decoder_of(content, format)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let pixels = DynamicImage::from_decoder(decoder).map_err(|error| reason(&error))?;
    Ok(Decoded {
        pixels,
        orientation,
    })
}

/// Reads the header alone, and refuses what would need too much.
fn decoder_of(content: &[u8], format: ImageFormat) -> Result<impl ImageDecoder, ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES + MAX_WORKING_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(|error| reason(&error))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(ImageError::Damaged);
    }
    if pixels > MAX_PIXELS || decoder.total_bytes() > MAX_BYTES {
        return Err(ImageError::TooManyPixels);
    }
    limits
        .reserve(decoder.total_bytes())
        .map_err(|error| reason(&error))?;
    decoder.set_limits(limits).map_err(|error| reason(&error))?;
    Ok(decoder)
}

fn reason(error: &image::ImageError) -> ImageError {
    match error {
        image::ImageError::Limits(_) => ImageError::TooManyPixels,
        image::ImageError::Unsupported(_) => ImageError::UnsupportedType,
        _ => ImageError::Damaged,
    }
}

/// Whether a JPEG goes on to the marker of its end: the decoder makes up what is cut off.
/// What looks like markers in its segments, and behind its end, is none of its own.
fn has_end(jpeg: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xd9;
    // Within a scan, escaped bytes and restarts; before a marker, any number of 0xff.
    let is_marker = |bytes: &[u8]| bytes[0] == 0xff && !matches!(bytes[1], 0 | 0xd0..=0xd7 | 0xff);
    // Behind the marker of the start, which has no segment.
    let mut rest = jpeg.get(2..).unwrap_or_default();
    while let Some(at) = rest.windows(2).position(is_marker) {
        let (marker, segment) = (rest[at + 1], &rest[at + 2..]);
        if marker == END_OF_IMAGE {
            return true;
        }
        let length = segment
            .first_chunk()
            .map_or(0, |bytes| u16::from_be_bytes(*bytes));
        rest = segment.get(usize::from(length)..).unwrap_or_default();
    }
    false
}
