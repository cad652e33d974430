//! Giving Meta a file. Source: cloud API 3.

use domain::{
    storage::ByteStream,
    whatsapp::{CloudApiError, MediaUpload},
};
use reqwest::{
    Body,
    multipart::{Form, Part},
};

/// The file is streamed: it may be larger than what should be in memory.
pub(super) fn form(file: &MediaUpload, content: ByteStream) -> Result<Form, CloudApiError> {
    let part = Part::stream_with_length(Body::wrap_stream(content), file.size)
        .file_name(file.file_name.clone())
        .mime_str(&file.mime_type)
        .map_err(|error| CloudApiError::NoAnswer(error.to_string()))?;
    Ok(Form::new()
        .text("messaging_product", "whatsapp")
        .text("type", file.mime_type.clone())
        .part("file", part))
}
