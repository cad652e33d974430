//! Meta's error codes: those that the simulator gives by itself, and those worth scripting.

use serde_json::{Value, json};

pub(crate) struct Code {
    pub(crate) number: u32,
    /// The HTTP status of a synchronous refusal.
    pub(crate) status: u16,
    pub(crate) title: &'static str,
    pub(crate) details: &'static str,
}

const fn code(number: u32, status: u16, title: &'static str, details: &'static str) -> Code {
    Code {
        number,
        status,
        title,
        details,
    }
}

const CODES: &[Code] = &[
    code(
        1,
        500,
        "API Unknown",
        "Possibly a wrong request or a passing failure.",
    ),
    code(2, 503, "API Service", "Temporarily down or overloaded."),
    code(
        4,
        400,
        "API Too Many Calls",
        "The app has reached its call limit.",
    ),
    code(
        10,
        403,
        "API Permission Denied",
        "The token lacks a permission.",
    ),
    code(
        100,
        400,
        "Invalid parameter",
        "The request has parameters that are unsupported or misspelled.",
    ),
    code(
        104,
        401,
        "Missing access token",
        "An access token is required to request this resource.",
    ),
    code(
        190,
        401,
        "Access token has expired",
        "The access token is expired or invalid.",
    ),
    code(
        368,
        403,
        "Temporarily blocked for policies violations",
        "The business account violated the platform's policies.",
    ),
    code(
        80007,
        400,
        "Rate limit issues",
        "The business account has reached its call limit.",
    ),
    code(
        130_429,
        400,
        "Rate limit hit",
        "Too many messages were sent from this phone number in a short time.",
    ),
    code(
        130_472,
        400,
        "User's number is part of an experiment",
        "The message was not sent as part of an experiment.",
    ),
    code(
        130_403,
        400,
        "User blocked the business",
        "The recipient has blocked this business.",
    ),
    code(
        131_000,
        500,
        "Something went wrong",
        "The message failed for an unknown reason.",
    ),
    code(
        131_005,
        403,
        "Access denied",
        "A permission is missing or was removed.",
    ),
    code(
        131_008,
        400,
        "Required parameter is missing",
        "The request lacks a required parameter.",
    ),
    code(
        131_009,
        400,
        "Parameter value is not valid",
        "A value in the request is invalid.",
    ),
    code(
        131_016,
        503,
        "Service unavailable",
        "A service is temporarily unavailable.",
    ),
    code(
        131_021,
        400,
        "Recipient cannot be sender",
        "Sender and recipient are the same phone number.",
    ),
    code(
        131_026,
        400,
        "Message undeliverable",
        "Unable to deliver the message.",
    ),
    code(
        131_031,
        403,
        "Account has been locked",
        "The business account is locked or disabled.",
    ),
    code(
        131_042,
        400,
        "Business eligibility payment issue",
        "There is a problem with the payment method.",
    ),
    code(
        131_047,
        400,
        "Re-engagement message",
        "More than 24 hours have passed since the customer last replied to this number.",
    ),
    code(
        131_048,
        400,
        "Spam rate limit hit",
        "Too many of this number's messages were blocked or reported.",
    ),
    code(
        131_049,
        400,
        "Meta chose not to deliver",
        "Not delivered to maintain healthy ecosystem engagement.",
    ),
    code(
        131_050,
        400,
        "User has stopped marketing messages",
        "The recipient opted out of marketing messages from this business.",
    ),
    code(
        131_051,
        400,
        "Unsupported message type",
        "The message type is not supported.",
    ),
    code(
        131_052,
        400,
        "Media download error",
        "The media sent by the user could not be downloaded.",
    ),
    code(
        131_053,
        400,
        "Media upload error",
        "The media of the message could not be used.",
    ),
    code(
        131_056,
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages from this number to the same user in a short time.",
    ),
    code(
        131_057,
        400,
        "Account in maintenance mode",
        "The business account is in maintenance mode.",
    ),
    code(
        131_060,
        400,
        "This message is unavailable",
        "The message cannot be shown.",
    ),
    code(
        131_062,
        400,
        "Business-scoped user ID recipients are not supported for this message",
        "Authentication templates need a phone number.",
    ),
    code(
        132_000,
        400,
        "Number of parameters does not match the expected number of params",
        "The template expects another number of parameters.",
    ),
    code(
        132_001,
        404,
        "Template name does not exist in the translation",
        "The template does not exist in this language, or is not approved.",
    ),
    code(
        132_005,
        400,
        "Translated text too long",
        "The text is too long once its variables are filled in.",
    ),
    code(
        132_007,
        400,
        "Format character policy violated",
        "The template's content violates a policy.",
    ),
    code(
        132_012,
        400,
        "Parameter format does not match format in the created template",
        "A parameter is of another kind than the template expects.",
    ),
    code(
        132_015,
        400,
        "Template is paused",
        "The template is paused because of low quality.",
    ),
    code(
        132_016,
        400,
        "Template is disabled",
        "The template was paused too often and is disabled for good.",
    ),
    code(
        132_018,
        400,
        "Template parameter content is not valid",
        "A parameter is empty, or has a newline, a tab or more than 4 spaces in a row.",
    ),
    code(
        133_010,
        400,
        "Phone number not registered",
        "The phone number is not registered.",
    ),
    code(
        137_000,
        400,
        "Identity key hash mismatch",
        "The recipient's identity key is another one.",
    ),
    code(
        139_100,
        400,
        "Failed to block or unblock some users",
        "Some of the users could not be blocked or unblocked.",
    ),
    code(
        2_593_107,
        400,
        "Synchronization request limit exceeded",
        "The history of this number was asked for before.",
    ),
];

const UNLISTED: Code = code(
    0,
    400,
    "Unlisted error",
    "An error that this simulator has no words for.",
);

/// What is known of `number`; general words, under the same number, if nothing is.
pub(crate) fn describe(number: u32) -> Code {
    let known = CODES
        .iter()
        .find(|known| known.number == number)
        .unwrap_or(&UNLISTED);
    code(number, known.status, known.title, known.details)
}

/// An item of `statuses[].errors[]`.
pub(crate) fn webhook_error(number: u32) -> Value {
    let known = describe(number);
    json!({
        "code": number,
        "title": known.title,
        "message": known.title,
        "error_data": {"details": known.details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    })
}
