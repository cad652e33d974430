//! Everything that a customer can send, as Meta's own webhooks have it.

use meta_simulator::{Customer, InboundContent, MediaFile, OrderItem};
use serde_json::{Value, json};

use crate::{
    fixtures::{assert_like, assert_part_like, value_of},
    support::{Business, NUMBER, sheena},
};

async fn send(business: &Business, customer: &Customer, content: InboundContent) -> Value {
    let simulator = business.simulator();
    simulator.customer_sends(NUMBER, customer, content).await;
    business.latest_webhook().await
}

async fn check(customer: &Customer, cases: Vec<(&str, InboundContent)>) {
    let business = Business::start().await;
    for (name, content) in cases {
        let webhook = send(&business, customer, content).await;
        assert_part_like(&webhook, "messages", name);
    }
    business.stop().await;
}

fn file(mime_type: &str) -> MediaFile {
    MediaFile {
        mime_type: mime_type.to_owned(),
        bytes: b"a file".as_slice().into(),
    }
}

fn hello() -> InboundContent {
    InboundContent::text("Hello")
}

/// A customer of whom the business knows all there is.
fn pablo() -> Customer {
    Customer {
        phone: Some("16505551234".to_owned()),
        parent_user_id: Some("US.ENT.1181".to_owned()),
        ..Customer::with_user_id("US.1349", "Pablo M.", "pablomorales")
    }
}

#[tokio::test]
async fn texts_come_with_whatever_they_are_about() {
    let referral = json!({
        "source_url": "https://fb.me/3cr4Wqqkv", "source_id": "1202", "source_type": "ad",
        "body": "Summer is here!", "headline": "Chat with us", "media_type": "image",
        "image_url": "https://x.com/i.jpg", "ctwa_clid": "Aff-n8", "welcome_message": {"text": "Hi!"},
    });
    let Value::Object(referral) = referral else {
        unreachable!()
    };
    check(
        &sheena(),
        vec![
            ("msg_text", hello()),
            (
                "msg_text_referred_product",
                InboundContent::AboutProduct {
                    catalog_id: "1948".to_owned(),
                    product_retailer_id: "SKU1".to_owned(),
                    message_id: Some("wamid.X".to_owned()),
                    content: Box::new(hello()),
                },
            ),
            (
                "msg_text_referral_ctwa",
                InboundContent::FromAd {
                    referral,
                    content: Box::new(hello()),
                },
            ),
        ],
    )
    .await;
    check(
        &sheena(),
        vec![
            (
                "msg_text_forwarded",
                InboundContent::Forwarded {
                    content: Box::new(hello()),
                    many_times: false,
                },
            ),
            (
                "msg_text_frequently_forwarded",
                InboundContent::Forwarded {
                    content: Box::new(hello()),
                    many_times: true,
                },
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_customer_is_known_by_phone_by_user_id_or_by_both() {
    let business = Business::start().await;
    let by_user_id = Customer {
        phone: None,
        ..pablo()
    };
    let by_both = Customer {
        username: None,
        parent_user_id: None,
        ..pablo()
    };
    for (customer, name) in [
        (sheena(), "msg_text"),
        (by_user_id, "msg_text_username_no_wa_id"),
        (by_both, "msg_text_user_id_and_wa_id"),
        (pablo(), "msg_revoke"),
    ] {
        let webhook = send(&business, &customer, hello()).await;
        assert_part_like(&webhook, "contacts", name);
        if name != "msg_revoke" {
            assert_like(&webhook, name);
        }
    }
    business.stop().await;
}

#[tokio::test]
async fn files_come_with_hash_and_url() {
    let caption = || Some("Look".to_owned());
    check(
        &sheena(),
        vec![
            (
                "msg_image_with_url",
                InboundContent::Image {
                    file: file("image/jpeg"),
                    caption: caption(),
                },
            ),
            (
                "msg_video",
                InboundContent::Video {
                    file: file("video/mp4"),
                    caption: caption(),
                },
            ),
            (
                "msg_audio_voice",
                InboundContent::Audio {
                    file: file("audio/ogg; codecs=opus"),
                    voice: true,
                },
            ),
            (
                "msg_document",
                InboundContent::Document {
                    file: file("application/pdf"),
                    filename: Some("receipt.pdf".to_owned()),
                    caption: caption(),
                },
            ),
            (
                "msg_sticker_animated",
                InboundContent::Sticker {
                    file: file("image/webp"),
                    animated: true,
                },
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn places_cards_carts_and_reactions_come_as_they_are() {
    let card = json!({
        "name": {"first_name": "Lucía", "last_name": "Gómez", "formatted_name": "Lucía Gómez"},
        "org": {"company": "Google"},
        "phones": [{"phone": "+1 (983) 555-2319", "wa_id": "19835552319", "type": "MOBILE"}],
    });
    let item = |id: &str| OrderItem {
        product_retailer_id: id.to_owned(),
        quantity: 2,
        item_price: 30.0,
        currency: "USD".to_owned(),
    };
    let reaction = |emoji: Option<&str>| InboundContent::Reaction {
        message_id: "wamid.X".to_owned(),
        emoji: emoji.map(str::to_owned),
    };
    check(
        &sheena(),
        vec![
            (
                "msg_location_coordinates_only",
                InboundContent::Location {
                    latitude: -21.229,
                    longitude: -43.7892,
                    name: None,
                    address: None,
                },
            ),
            (
                "msg_contacts",
                InboundContent::Contacts {
                    contacts: vec![card],
                },
            ),
            (
                "msg_order_with_text",
                InboundContent::Order {
                    catalog_id: "1948".to_owned(),
                    text: Some("Love these!".to_owned()),
                    items: vec![item("SKU1"), item("SKU2")],
                },
            ),
            ("msg_reaction", reaction(Some("👍"))),
            ("msg_reaction_removed_no_emoji", reaction(None)),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_tapped_comes_with_the_message_it_is_on() {
    let text = str::to_owned;
    check(
        &sheena(),
        vec![
            (
                "msg_button_template_quick_reply",
                InboundContent::Button {
                    payload: text("STOP"),
                    text: text("Unsubscribe"),
                }
                .in_reply_to("wamid.X"),
            ),
            (
                "msg_interactive_button_reply",
                InboundContent::ButtonReply {
                    id: text("yes"),
                    title: text("Yes"),
                }
                .in_reply_to("wamid.X"),
            ),
            (
                "msg_interactive_list_reply",
                InboundContent::ListReply {
                    id: text("s"),
                    title: text("Small"),
                    description: Some(text("1 person")),
                }
                .in_reply_to("wamid.X"),
            ),
        ],
    )
    .await;
    let business = Business::start().await;
    let form = InboundContent::FlowReply {
        name: text("flow"),
        body: text("Sent"),
        response: json!({"flow_token": "t-1", "size": "é"}),
    };
    let customer = Customer {
        username: None,
        parent_user_id: None,
        ..pablo()
    };
    let webhook = send(&business, &customer, form.in_reply_to("wamid.X")).await;
    assert_part_like(&webhook, "messages", "msg_interactive_nfm_reply_flow");
    let reply = &value_of(&webhook)["messages"][0]["interactive"]["nfm_reply"];
    let response: Value = serde_json::from_str(reply["response_json"].as_str().unwrap()).unwrap();
    assert_eq!(response["size"], "é");
    business.stop().await;
}

#[tokio::test]
async fn messages_are_edited_and_taken_back() {
    let business = Business::start().await;
    let hello = send(&business, &pablo(), hello()).await;
    let message_id = value_of(&hello)["messages"][0]["id"].as_str().unwrap();
    let edit = InboundContent::Edit {
        message_id: message_id.to_owned(),
        content: Box::new(
            InboundContent::Image {
                file: file("image/jpeg"),
                caption: Some("Updated".to_owned()),
            }
            .in_reply_to("M0"),
        ),
    };
    let mut webhook = send(&business, &pablo(), edit).await;
    let edited = &mut webhook["entry"][0]["changes"][0]["value"]["messages"][0]["edit"];
    assert_eq!(edited["original_message_id"], message_id);
    // The documented example has an odd context, of an id alone.
    edited["message"]["context"]
        .as_object_mut()
        .unwrap()
        .remove("from");
    assert_part_like(&webhook, "messages", "msg_edit_image");
    let revoke = InboundContent::Revoke {
        message_id: message_id.to_owned(),
    };
    assert_part_like(
        &send(&business, &pablo(), revoke).await,
        "messages",
        "msg_revoke",
    );
    business.stop().await;
}

#[tokio::test]
async fn what_meta_does_not_pass_on_is_unsupported() {
    let unsupported = |kind: Option<&str>| InboundContent::Unsupported {
        kind: kind.map(str::to_owned),
    };
    check(
        &sheena(),
        vec![
            ("msg_unsupported", unsupported(None)),
            ("msg_unsupported_typed_edit", unsupported(Some("edit"))),
            ("msg_request_welcome", InboundContent::RequestWelcome),
        ],
    )
    .await;
}

#[tokio::test]
async fn only_what_a_customer_writes_opens_the_window() {
    let business = Business::start().await;
    let text = || "wamid.X".to_owned();
    for content in [
        InboundContent::RequestWelcome,
        InboundContent::Revoke { message_id: text() },
        InboundContent::Edit {
            message_id: text(),
            content: Box::new(hello()),
        },
        InboundContent::Reaction {
            message_id: text(),
            emoji: Some("👍".to_owned()),
        },
    ] {
        send(&business, &sheena(), content).await;
        assert_eq!(
            business.send_text("+16505551234", "Hi").await.code(),
            131_047
        );
    }
    send(
        &business,
        &sheena(),
        InboundContent::Forwarded {
            content: Box::new(hello()),
            many_times: false,
        },
    )
    .await;
    assert_eq!(business.send_text("+16505551234", "Hi").await.status, 200);
    business.stop().await;
}
