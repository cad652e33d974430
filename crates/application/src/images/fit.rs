use bytes::Bytes;
use image::{DynamicImage, RgbaImage, imageops::FilterType};
use webp::Encoder;

use super::decode::Decoded;
use crate::Error;

/// Of 100: smaller than JPEG at the same looks.
const QUALITY: f32 = 80.0;

pub(super) fn fit<const N: usize>(image: Decoded, squares: [u32; N]) -> Result<[Bytes; N], Error> {
    let orientation = image.orientation;
    let pixels = prepare(image.pixels);
    let fitted = squares.into_iter().map(|side| {
        let mut fitted = shrink(&pixels, side);
        fitted.apply_orientation(orientation);
        encode(fitted)
    });
    let fitted: Vec<_> = fitted.collect::<Result<_, _>>()?;
    let count = |_| Error::internal("not one image for each square");
    fitted.try_into().map_err(count)
}

/// Eight bits a channel; colours weighted by how much of them shows, so that those of
/// transparent pixels do not bleed into their neighbours.
fn prepare(pixels: DynamicImage) -> DynamicImage {
    if !pixels.color().has_alpha() {
        return pixels.into_rgb8().into();
    }
    let mut pixels = pixels.into_rgba8();
    weigh(&mut pixels, |channel, alpha| channel * alpha / 255);
    pixels.into()
}

fn weigh(pixels: &mut RgbaImage, weigh: impl Fn(u16, u16) -> u16) {
    for pixel in pixels.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let weighed = |channel: u8| {
            let channel = weigh(channel.into(), alpha.into());
            u8::try_from(channel).unwrap_or(u8::MAX)
        };
        pixel.0 = [weighed(red), weighed(green), weighed(blue), alpha];
    }
}

fn shrink(pixels: &DynamicImage, side: u32) -> DynamicImage {
    let longest = pixels.width().max(pixels.height());
    if longest <= side {
        return pixels.clone();
    }
    // From far above, averaging is quick and loses nothing that would be seen.
    let rough = if longest > 4 * side {
        &pixels.thumbnail(2 * side, 2 * side)
    } else {
        pixels
    };
    rough.resize(side, side, FilterType::Lanczos3)
}

fn encode(pixels: DynamicImage) -> Result<Bytes, Error> {
    let (width, height) = (pixels.width(), pixels.height());
    let encoded = if pixels.color().has_alpha() {
        let mut pixels = pixels.into_rgba8();
        weigh(&mut pixels, |channel, alpha| match alpha {
            0 => 0,
            alpha => channel * 255 / alpha,
        });
        Encoder::from_rgba(&pixels, width, height).encode_simple(false, QUALITY)
    } else {
        let pixels = pixels.into_rgb8();
        Encoder::from_rgb(&pixels, width, height).encode_simple(false, QUALITY)
    };
    let encoded = encoded.map_err(|error| Error::internal(format!("WebP: {error:?}")))?;
    Ok(Bytes::copy_from_slice(&encoded))
}
