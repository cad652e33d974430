use std::io::Cursor;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{
    DynamicImage, Frame, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::gif::GifEncoder, codecs::jpeg::JpegEncoder, load_from_memory,
    load_from_memory_with_format,
};

use super::*;

const RED: Rgb<u8> = Rgb([255, 0, 0]);
const BLUE: Rgb<u8> = Rgb([0, 0, 255]);

async fn fit_into(content: &[u8], side: u32) -> Result<Vec<u8>, ImageError> {
    let content = Bytes::copy_from_slice(content);
    let fitted = Images::new().fit(content, [side]).await.unwrap();
    fitted.map(|[image]| image.to_vec())
}

/// What people will see.
async fn shown(content: &[u8]) -> RgbaImage {
    let fitted = fit_into(content, 512).await.unwrap();
    let shown = load_from_memory_with_format(&fitted, ImageFormat::WebP);
    shown.unwrap().into_rgba8()
}

#[track_caller]
fn assert_looks(image: &RgbaImage, (x, y): (u32, u32), Rgb(expected): Rgb<u8>) {
    let Rgba(seen) = *image.get_pixel(x, y);
    let is_near = |(seen, expected): (&u8, u8)| seen.abs_diff(expected) < 40;
    let near = seen.iter().zip(expected).all(is_near);
    assert!(near && seen[3] == 255, "{seen:?} at {x}, {y}");
}

/// Red on the left, blue on the right.
fn halves(width: u32, height: u32) -> DynamicImage {
    let colour = |x, _| if x < width / 2 { RED } else { BLUE };
    RgbImage::from_fn(width, height, colour).into()
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut content = Cursor::new(Vec::new());
    image.write_to(&mut content, format).unwrap();
    content.into_inner()
}

fn png_of(width: u32, height: u32) -> Vec<u8> {
    encoded(&halves(width, height), ImageFormat::Png)
}

/// A sound PNG but for its size and its bits a channel, which its header only claims.
fn claiming(width: u32, height: u32, bits: u8) -> Vec<u8> {
    let mut png = png_of(1, 1);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    png[24] = bits;
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// A JPEG whose EXIF says how it is to be turned, and where it was taken.
fn photo(image: &DynamicImage, orientation: u8) -> Vec<u8> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 95)
        .encode_image(image)
        .unwrap();
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    // The GPS directory lies behind.
    exif.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    exif.extend([0, 0, 0, 0]);
    exif.extend(b"\x01\0\x1b\0\x02\0\x0c\0\0\0\x38\0\0\0\0\0\0\0GPS-AT-HOME\0");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xff, 0xe1], &length[..], &exif].concat();
    jpeg.splice(2..2, segment);
    jpeg
}

fn animated_gif() -> Vec<u8> {
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    for colour in [RED, BLUE] {
        let frame = DynamicImage::from(RgbImage::from_pixel(8, 8, colour));
        encoder
            .encode_frame(Frame::new(frame.into_rgba8()))
            .unwrap();
    }
    drop(encoder);
    gif
}

#[tokio::test]
async fn what_people_upload_becomes_webp_whatever_it_was() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let image = shown(&encoded(&halves(64, 32), format)).await;
        assert_eq!(image.dimensions(), (64, 32), "{format:?}");
        assert_looks(&image, (8, 16), RED);
        assert_looks(&image, (56, 16), BLUE);
    }
}

#[tokio::test]
async fn an_image_fits_into_each_square_and_is_never_enlarged() {
    let images = Images::new();
    let sizes = async |width, height| {
        let fitted = images.fit(png_of(width, height).into(), [1600, 320]);
        let fitted = fitted.await.unwrap().unwrap();
        fitted.map(|image| {
            let image = load_from_memory(&image).unwrap();
            (image.width(), image.height())
        })
    };
    assert_eq!(sizes(3200, 1600).await, [(1600, 800), (320, 160)]);
    assert_eq!(sizes(900, 1800).await, [(800, 1600), (160, 320)]);
    assert_eq!(sizes(100, 50).await, [(100, 50), (100, 50)]);
    // A hair's breadth remains a pixel.
    assert_eq!(sizes(8000, 2).await, [(1600, 1), (320, 1)]);
}

#[tokio::test]
async fn a_photo_stands_upright() {
    let image = halves(64, 32);
    let cases = [
        (1, (64, 32), (8, 16), (56, 16)),
        (3, (64, 32), (56, 16), (8, 16)),
        (6, (32, 64), (16, 8), (16, 56)),
        (8, (32, 64), (16, 56), (16, 8)),
    ];
    for (orientation, size, red, blue) in cases {
        let shown = shown(&photo(&image, orientation)).await;
        assert_eq!(shown.dimensions(), size, "{orientation}");
        assert_looks(&shown, red, RED);
        assert_looks(&shown, blue, BLUE);
    }
}

#[tokio::test]
async fn where_a_photo_was_taken_is_not_passed_on() {
    let has = |content: &[u8], text: &[u8]| content.windows(text.len()).any(|part| part == text);
    let photo = photo(&halves(64, 32), 6);
    assert!(has(&photo, b"GPS-AT-HOME"));
    let fitted = fit_into(&photo, 512).await.unwrap();
    for left in [&b"GPS"[..], b"Exif", b"EXIF", b"II*"] {
        assert!(!has(&fitted, left), "{left:?}");
    }
}

#[tokio::test]
async fn of_an_animation_the_first_frame_is_shown() {
    let webp = "UklGRoQAAABXRUJQVlA4WAoAAAACAAAABwAABwAAQU5JTQYAAAAAAAAAAABBTk1GKAAAAAAAAAAAAAcAAAcAAAAAAAJWUDhMDwAAAC8HwAEABxD9j/4HIqL/AQBBTk1GKAAAAAAAAAAAAAcAAAcAAAAAAABWUDhMDwAAAC8HwAEABxDR//4HIqL/AQA=";
    for animation in [animated_gif(), STANDARD.decode(webp).unwrap()] {
        let image = shown(&animation).await;
        assert_eq!(image.dimensions(), (8, 8));
        assert_looks(&image, (4, 4), RED);
    }
}

#[tokio::test]
async fn unusual_colours_are_understood() {
    let cmyk = "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAbEhQXFBEbFxYXHhwbIChCKyglJShROj0wQmBVZWRfVV1baniZgWpxkHNbXYW1hpCeo6utq2eAvMm6pseZqKuk/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABQAAQAAAAAAAAAAAAAAAAAAAAb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AEwyMkz/2Q==";
    let palette = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAEAQMAAACTPww9AAAABlBMVEUAAAD/AAAb/40iAAAAEElEQVR42mP4wMTAxMDEAAAGsAD37CyufAAAAABJRU5ErkJggg==";
    for red in [cmyk, palette] {
        let image = shown(&STANDARD.decode(red).unwrap()).await;
        assert_looks(&image, (2, 2), RED);
    }
    let grey = image::ImageBuffer::from_pixel(9, 9, Luma([0x8000_u16]));
    let grey = shown(&encoded(&grey.into(), ImageFormat::Png)).await;
    assert_looks(&grey, (4, 4), Rgb([128; 3]));
    let deep = image::ImageBuffer::from_pixel(9, 9, Rgb([u16::MAX, 0, 0]));
    let deep = shown(&encoded(&deep.into(), ImageFormat::Png)).await;
    assert_looks(&deep, (4, 4), RED);
}

#[tokio::test]
async fn what_is_transparent_stays_so_and_darkens_no_edge() {
    let disc = RgbaImage::from_fn(1000, 1000, |x, y| {
        let (dx, dy) = (x.abs_diff(500), y.abs_diff(500));
        if dx * dx + dy * dy < 400 * 400 {
            Rgba([255, 0, 0, 255])
        } else {
            Rgba([0, 0, 0, 0])
        }
    });
    let image = shown(&encoded(&disc.into(), ImageFormat::Png)).await;
    assert_eq!(image.get_pixel(2, 2).0[3], 0);
    assert_looks(&image, (256, 256), RED);
    let edge = image
        .pixels()
        .filter(|pixel| (64..250).contains(&pixel.0[3]));
    let edge: Vec<_> = edge.collect();
    assert!(!edge.is_empty());
    // Lossy colours vary; a black that bled in would halve them.
    let sum: usize = edge.iter().map(|pixel| usize::from(pixel.0[0])).sum();
    let mean = sum / edge.len();
    assert!(mean > 230, "{mean}");
}

#[tokio::test]
async fn a_decompression_bomb_is_refused_by_its_header() {
    for (width, height, bits) in [
        (50_000, 50_000, 8),
        (20_001, 1, 8),
        (1, 20_001, 8),
        (6400, 6400, 8),
        (6000, 6000, 16),
    ] {
        let bomb = claiming(width, height, bits);
        assert!(bomb.len() < 100);
        let refused = fit_into(&bomb, 512).await;
        assert_eq!(refused, Err(ImageError::TooManyPixels), "{width}");
    }
    // Such a size is allowed: its pixels are missed, not counted.
    let cut = fit_into(&claiming(6000, 6000, 8), 512).await;
    assert_eq!(cut, Err(ImageError::Damaged));
}

#[tokio::test]
async fn a_frame_larger_than_its_gif_is_refused() {
    let mut gif = animated_gif();
    let frame = gif.iter().position(|byte| *byte == b',').unwrap();
    gif[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert!(fit_into(&gif, 512).await.is_err());
}

#[tokio::test]
async fn what_is_cut_off_is_refused() {
    let image = halves(64, 64);
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let whole = encoded(&image, format);
        for length in [whole.len() / 2, whole.len() * 3 / 4] {
            let cut = fit_into(&whole[..length], 512).await;
            assert_eq!(cut, Err(ImageError::Damaged), "{format:?}, {length}");
        }
        // No length does harm.
        for length in 0..whole.len() / 2 {
            assert!(fit_into(&whole[..length], 512).await.is_err(), "{length}");
        }
    }
}

#[tokio::test]
async fn the_lower_part_of_a_photo_is_not_made_up() {
    let varied = RgbImage::from_fn(256, 256, |x, y| {
        let shade = (x * x * 7 + y * y * 13).to_le_bytes()[0];
        Rgb([shade, shade.rotate_left(3), shade.rotate_left(5)])
    });
    let whole = encoded(&varied.into(), ImageFormat::Jpeg);
    assert!(fit_into(&whole, 512).await.is_ok());
    for missing in [2, 100, whole.len() / 10, whole.len() / 2] {
        let cut = fit_into(&whole[..whole.len() - missing], 512).await;
        assert_eq!(cut.err(), Some(ImageError::Damaged), "{missing}");
    }
}

#[tokio::test]
async fn what_looks_like_a_marker_elsewhere_is_none() {
    let whole = photo(&halves(64, 64), 1);
    // Phones put a film behind a photo, and a small photo before it.
    let film = [&whole[..], b"\xff\xda and no end"].concat();
    assert!(fit_into(&film, 512).await.is_ok());
    let mut preview = whole.clone();
    preview.splice(2..2, *b"\xff\xe2\0\x06\xff\xda\xff\xd9");
    assert!(fit_into(&preview, 512).await.is_ok());
    let cut = fit_into(&preview[..preview.len() - 2], 512).await;
    assert_eq!(cut.err(), Some(ImageError::Damaged));
}

#[tokio::test]
async fn nothing_but_the_four_types_is_taken() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let html = b"<!DOCTYPE html><script>alert(1)</script>";
    let tiff = b"II*\0\x08\0\0\0\0\0\0\0\0\0\0\0";
    for other in [
        &svg[..],
        html,
        b"%PDF-1.7",
        b"BM______________",
        tiff,
        b"",
        b"x",
    ] {
        let refused = fit_into(other, 512).await;
        assert_eq!(refused, Err(ImageError::UnsupportedType), "{other:?}");
    }
    for hollow in [
        &b"GIF89a<script>alert(1)</script>"[..],
        b"\xff\xd8\xff\xe0<html>",
    ] {
        assert!(fit_into(hollow, 512).await.is_err(), "{hollow:?}");
    }
}

#[tokio::test]
async fn what_hangs_on_behind_an_image_is_not_passed_on() {
    let script = b"<script>alert(1)</script>";
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let polyglot = [&encoded(&halves(64, 32), format)[..], script].concat();
        let fitted = fit_into(&polyglot, 512).await.unwrap();
        assert!(!fitted.windows(script.len()).any(|part| part == script));
    }
}

#[tokio::test]
async fn who_waits_too_long_is_told_to_come_again() {
    let images = Images {
        permits: Arc::new(Semaphore::new(1)),
        wait_at_most: Duration::from_millis(20),
    };
    let taken = images.permits.clone().acquire_owned().await.unwrap();
    let refused = images.fit(png_of(4, 4).into(), [512]).await;
    let what = "image_processing";
    assert!(matches!(refused, Err(Error::Unavailable { what: named, .. }) if named == what));
    drop(taken);
    assert!(images.fit(png_of(4, 4).into(), [512]).await.is_ok());
}
