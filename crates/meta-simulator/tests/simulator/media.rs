use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use meta_simulator::InboundContent;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::support::{Answer, Business, NUMBER, TOKEN, answer, number, sheena};

const PHOTO: &[u8] = b"not really a photo";

async fn upload(business: &Business, mime_type: &str, bytes: Vec<u8>) -> Answer {
    let part = Part::bytes(bytes)
        .file_name("photo.png")
        .mime_str(mime_type)
        .unwrap();
    let form = Form::new()
        .text("messaging_product", "whatsapp")
        .text("type", mime_type.to_owned())
        .part("file", part);
    let url = business.url(&format!("/v23.0/{NUMBER}/media"));
    answer(business.http.post(url).bearer_auth(TOKEN).multipart(form)).await
}

async fn download(business: &Business, url: &str, token: Option<&str>) -> (u16, Vec<u8>) {
    let request = business.http.get(url);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let response = request.send().await.unwrap();
    (
        response.status().as_u16(),
        response.bytes().await.unwrap().to_vec(),
    )
}

#[tokio::test]
async fn a_customers_photo_is_there_for_whoever_has_the_token() {
    let business = Business::start().await;
    let photo = InboundContent::image(PHOTO, "image/jpeg");
    business
        .simulator()
        .customer_sends(NUMBER, &sheena(), photo)
        .await;
    let image = business.webhooks().await.remove(0)["messages"][0]["image"].take();
    assert_eq!(image["mime_type"], "image/jpeg");

    let id = image["id"].as_str().unwrap();
    let described = business.get(&format!("/v23.0/{id}"), TOKEN).await.body;
    assert_eq!(described["file_size"], PHOTO.len());
    assert_eq!(described["id"], id);
    let hex = described["sha256"].as_str().unwrap();
    let digest: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    assert_eq!(
        image["sha256"],
        STANDARD.encode(digest),
        "base64 in webhooks, hex here"
    );

    for url in [&image["url"], &described["url"]] {
        let url = url.as_str().unwrap();
        assert!(url.starts_with(business.meta.url().as_str()), "{url}");
        assert_eq!(
            download(&business, url, Some(TOKEN)).await,
            (200, PHOTO.to_vec())
        );
        assert_eq!(download(&business, url, None).await.0, 401);
        assert_eq!(download(&business, url, Some("EAA-wrong")).await.0, 401);
    }
    business.stop().await;
}

#[tokio::test]
async fn a_url_lives_five_minutes_and_the_file_seven_days() {
    let business = Business::start().await;
    let photo = InboundContent::image(PHOTO, "image/jpeg");
    business
        .simulator()
        .customer_sends(NUMBER, &sheena(), photo)
        .await;
    let image = business.webhooks().await.remove(0)["messages"][0]["image"].take();
    let url = image["url"].as_str().unwrap();
    let path = format!("/v23.0/{}", image["id"].as_str().unwrap());

    business.clock.advance(TimeDelta::seconds(299));
    assert_eq!(download(&business, url, Some(TOKEN)).await.0, 200);
    business.clock.advance(TimeDelta::seconds(1));
    assert_eq!(download(&business, url, Some(TOKEN)).await.0, 404);

    let fresh = business.get(&path, TOKEN).await.body["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(download(&business, &fresh, Some(TOKEN)).await.0, 200);
    let forged = fresh.replace("ext=", "ext=9");
    assert_eq!(download(&business, &forged, Some(TOKEN)).await.0, 404);

    business.clock.advance(TimeDelta::days(7));
    let gone = business.get(&path, TOKEN).await;
    assert_eq!(
        (gone.code(), &gone.body["error"]["error_subcode"]),
        (100, &json!(33))
    );
    business.stop().await;
}

#[tokio::test]
async fn an_upload_can_be_sent_until_it_is_deleted() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    let id = upload(&business, "image/png", PHOTO.to_vec()).await.body["id"].take();
    let message = json!({
        "messaging_product": "whatsapp", "to": "+16505551234", "type": "image", "image": {"id": id},
    });
    assert_eq!(business.send(&message).await.status, 200);

    let url = business.url(&format!("/v23.0/{}", id.as_str().unwrap()));
    let deleted = answer(business.http.delete(url).bearer_auth(TOKEN)).await;
    assert_eq!(deleted.body, json!({"success": true}));
    let refused = business.send(&message).await;
    assert_eq!(refused.code(), 100);
    assert!(
        refused.details().contains("['image']['id']"),
        "{}",
        refused.details()
    );
    business.stop().await;
}

#[tokio::test]
async fn a_file_of_another_number_does_not_exist() {
    let business = Business::start().await;
    business.simulator().add_number(number("777", "EAA-other"));
    let id = upload(&business, "image/png", PHOTO.to_vec()).await.body["id"].take();
    let path = format!("/v23.0/{}", id.as_str().unwrap());
    assert_eq!(business.get(&path, TOKEN).await.status, 200);
    assert_eq!(
        business.get(&path, "EAA-other").await.body["error"]["error_subcode"],
        33
    );
    business.stop().await;
}

#[tokio::test]
async fn uploads_of_wrong_type_or_size_are_refused() {
    let business = Business::start().await;
    let megabytes = |count: usize| vec![0; count * 1024 * 1024];
    let cases = [
        (
            "image/gif",
            PHOTO.to_vec(),
            "has a type that is not supported",
        ),
        ("audio/ogg", PHOTO.to_vec(), "the OPUS codec"),
        ("image/webp", vec![0; 101 * 1024], "does not move"),
        ("image/png", megabytes(6), "must be at most"),
        ("image/png", Vec::new(), "is empty"),
    ];
    for (mime_type, bytes, why) in cases {
        let refused = upload(&business, mime_type, bytes).await;
        assert_eq!(refused.code(), 100);
        assert!(refused.details().contains(why), "{}", refused.details());
    }
    let mut moving = vec![0; 101 * 1024];
    moving[..16].copy_from_slice(b"RIFF\0\0\0\0WEBPVP8X");
    moving[20] = 0x02;
    assert_eq!(upload(&business, "image/webp", moving).await.status, 200);
    let ogg = upload(&business, "audio/ogg; codecs=opus", PHOTO.to_vec()).await;
    assert_eq!(ogg.status, 200, "{}", ogg.body);
    assert_eq!(
        upload(&business, "application/pdf", megabytes(20))
            .await
            .status,
        200
    );
    business.stop().await;
}

#[tokio::test]
async fn an_expired_file_cannot_be_sent_even_where_any_other_can() {
    let business = Business::start_open().await;
    let id = upload(&business, "image/png", PHOTO.to_vec()).await.body["id"].take();
    let message = json!({
        "messaging_product": "whatsapp", "to": "+16505551234", "type": "image", "image": {"id": id},
    });
    assert_eq!(business.send(&message).await.status, 200);
    business.clock.advance(TimeDelta::days(30));
    assert_eq!(business.send(&message).await.code(), 100);

    let id = upload(&business, "image/png", PHOTO.to_vec()).await.body["id"].take();
    let id = id.as_str().unwrap();
    let expire = format!("/api/media/{id}/expire");
    assert_eq!(business.post(&expire, "", &json!({})).await.status, 204);
    assert_eq!(
        business.get(&format!("/v23.0/{id}"), TOKEN).await.code(),
        100
    );
    assert!(!business.simulator().expire_media("1"));
    business.stop().await;
}

#[tokio::test]
async fn a_file_of_the_wrong_kind_fails_once_it_is_delivered() {
    let business = Business::start().await;
    business.hears_from(&sheena()).await;
    let png = upload(&business, "image/png", PHOTO.to_vec()).await.body["id"].take();
    let mp3 = upload(&business, "audio/mpeg", PHOTO.to_vec()).await.body["id"].take();
    for (kind, content, fine) in [
        ("document", json!({"id": png}), true),
        ("sticker", json!({"id": png}), false),
        ("video", json!({"id": png}), false),
        ("audio", json!({"id": mp3}), true),
        ("audio", json!({"id": mp3, "voice": true}), false),
    ] {
        let message = json!({
            "messaging_product": "whatsapp", "to": "+16505551234", "type": kind, kind: content,
        });
        let answer = business.send(&message).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let status = business.statuses(&answer.wamid()).await.remove(0);
        if fine {
            assert_eq!(status["status"], "sent", "{message}");
        } else {
            assert_eq!(status["errors"][0]["code"], 131_053, "{message}");
        }
    }
    business.stop().await;
}

#[tokio::test]
async fn a_file_is_asked_for_by_its_owner() {
    let business = Business::start().await;
    let id = upload(&business, "image/png", PHOTO.to_vec()).await.body["id"].take();
    let path = |number: &str| format!("/v23.0/{}?phone_number_id={number}", id.as_str().unwrap());
    assert_eq!(business.get(&path(NUMBER), TOKEN).await.status, 200);
    assert_eq!(business.get(&path("777"), TOKEN).await.code(), 100);
    let url = business.url(&path("777"));
    let refused = answer(business.http.delete(url).bearer_auth(TOKEN)).await;
    assert_eq!(refused.code(), 100);
    business.stop().await;
}
