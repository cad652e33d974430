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
        ("image/png", megabytes(6), "must be at most"),
        ("image/png", Vec::new(), "is empty"),
    ];
    for (mime_type, bytes, why) in cases {
        let refused = upload(&business, mime_type, bytes).await;
        assert_eq!(refused.code(), 100);
        assert!(refused.details().contains(why), "{}", refused.details());
    }
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
