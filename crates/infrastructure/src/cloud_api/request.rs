//! What the Graph API is asked. Source: cloud API 2.

use domain::whatsapp::{Outgoing, OutgoingContent, Recipient, TemplateParameters};
use serde_json::{Value, json};

pub(super) fn message(message: &Outgoing) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": message.message_id,
    });
    match &message.recipient {
        // Without the plus sign Meta would put the business's own country code before it.
        Recipient::Phone(digits) => {
            body["to"] = format!("+{}", digits.trim_start_matches('+')).into();
        }
        Recipient::UserId(user_id) => body["recipient"] = user_id.as_str().into(),
    }
    if let Some(wamid) = &message.reply_to {
        body["context"] = json!({ "message_id": wamid });
    }
    let (kind, content) = match &message.content {
        OutgoingContent::Text(text) => (
            "text",
            json!({ "preview_url": text.preview_url, "body": text.body }),
        ),
        OutgoingContent::Template {
            name,
            language,
            parameters,
        } => ("template", template(name, language, parameters)),
    };
    body["type"] = kind.into();
    body[kind] = content;
    body
}

fn template(name: &str, language: &str, parameters: &TemplateParameters) -> Value {
    let parameters: Vec<_> = match parameters {
        TemplateParameters::Positional(texts) => texts
            .iter()
            .map(|text| json!({ "type": "text", "text": text }))
            .collect(),
        TemplateParameters::Named(texts) => texts
            .iter()
            .map(|(name, text)| json!({ "type": "text", "parameter_name": name, "text": text }))
            .collect(),
    };
    let mut template = json!({ "name": name, "language": { "code": language } });
    if !parameters.is_empty() {
        template["components"] = json!([{ "type": "body", "parameters": parameters }]);
    }
    template
}

pub(super) fn read_receipt(wamid: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "status": "read", "message_id": wamid })
}

#[cfg(test)]
mod tests {
    use domain::{chats::Text, id::Id};

    use super::*;

    #[test]
    fn an_answer_in_text_to_a_phone() {
        let outgoing = Outgoing {
            message_id: Id::generate(),
            recipient: Recipient::Phone("16505551234".into()),
            reply_to: Some("wamid.X".into()),
            content: OutgoingContent::Text(Text {
                body: "Hi".into(),
                preview_url: true,
            }),
        };
        assert_eq!(
            message(&outgoing),
            json!({
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": "+16505551234",
                "context": { "message_id": "wamid.X" },
                "biz_opaque_callback_data": outgoing.message_id.to_string(),
                "type": "text",
                "text": { "preview_url": true, "body": "Hi" },
            })
        );
    }

    #[test]
    fn a_template_with_named_parameters_to_a_user_without_a_phone() {
        let named = [("order_id".to_owned(), "17".to_owned())];
        let outgoing = Outgoing {
            message_id: Id::generate(),
            recipient: Recipient::UserId("US.1".into()),
            reply_to: None,
            content: OutgoingContent::Template {
                name: "order_ready".into(),
                language: "en_US".into(),
                parameters: TemplateParameters::Named(named.into()),
            },
        };
        assert_eq!(
            message(&outgoing),
            json!({
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "recipient": "US.1",
                "biz_opaque_callback_data": outgoing.message_id.to_string(),
                "type": "template",
                "template": {
                    "name": "order_ready",
                    "language": { "code": "en_US" },
                    "components": [{
                        "type": "body",
                        "parameters": [{ "type": "text", "parameter_name": "order_id", "text": "17" }],
                    }],
                },
            })
        );
    }

    #[test]
    fn a_template_that_needs_nothing_gets_no_components() {
        let nothing = TemplateParameters::Positional(Vec::new());
        assert_eq!(
            template("hello_world", "en_US", &nothing),
            json!({ "name": "hello_world", "language": { "code": "en_US" } })
        );
    }
}
