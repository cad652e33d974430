use actix_web::{
    App,
    test::{TestRequest, call_service, init_service},
    web,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::support::{Business, NUMBER, answer, text_message};

async fn state(business: &Business) -> Value {
    let path = format!("/api/state?number={NUMBER}&contact=16505551234");
    business.get(&path, "").await.body
}

async fn customer_sends(business: &Business, content: Value) -> String {
    let message = json!({
        "phone_number_id": NUMBER,
        "customer": {"phone": "16505551234", "name": "Sheena Nelson"},
        "content": content,
    });
    let sent = business.post("/api/messages", "", &message).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    sent.body["wamid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_conversation_is_played_and_shown() {
    let business = Business::start().await;
    let hello = customer_sends(&business, json!({"type": "text", "body": "Hello"})).await;
    let receipt = json!({"messaging_product": "whatsapp", "status": "read", "message_id": hello, "typing_indicator": {"type": "text"}});
    business.send(&receipt).await;
    assert_eq!(state(&business).await["typing"], true);
    let ours = business
        .send(&text_message("+16505551234", "Hi"))
        .await
        .wamid();
    business.webhooks().await;

    let shown = state(&business).await;
    assert_eq!(shown["numbers"][0]["phone_number_id"], NUMBER);
    assert_eq!(shown["chats"][0]["customer"]["name"], "Sheena Nelson");
    assert_eq!(shown["typing"], false);
    assert_eq!(shown["messages"][0]["wamid"], hello);
    assert_eq!(shown["messages"][0]["read"], true);
    assert_eq!(shown["messages"][1]["wamid"], ours);
    assert_eq!(shown["messages"][1]["statuses"][1]["status"], "delivered");
    assert_eq!(shown["webhooks"]["delivered"], 3);
    assert_eq!(
        shown["requests"][0]["path"],
        format!("/v23.0/{NUMBER}/messages")
    );

    let read = json!({"wamid": ours, "status": "read"});
    assert_eq!(business.post("/api/statuses", "", &read).await.status, 204);
    let shown = state(&business).await;
    assert_eq!(shown["messages"][1]["statuses"][2]["status"], "read");
    business.stop().await;
}

#[tokio::test]
async fn a_photo_comes_in_as_base64_and_is_shown_without_a_token() {
    let business = Business::start().await;
    let file = json!({"mime_type": "image/png", "data": STANDARD.encode(b"pixels")});
    customer_sends(
        &business,
        json!({"type": "image", "file": file, "caption": "Look"}),
    )
    .await;
    let image = state(&business).await["messages"][0]["body"]["image"].take();
    assert_eq!(image["caption"], "Look");
    let media = business.url(&format!("/api/media/{}", image["id"].as_str().unwrap()));
    let bytes = business
        .http
        .get(media)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(bytes.as_ref(), b"pixels");
    business.stop().await;
}

#[tokio::test]
async fn scripts_and_settings_are_changed_from_the_page() {
    let business = Business::start_open().await;
    let script = json!({"to": "+1 650 555 1234", "behaviour": "refuse", "status": 400, "code": 131_026, "times": 5});
    assert_eq!(business.post("/api/scripts", "", &script).await.status, 204);
    assert_eq!(
        business.send_text("+16505551234", "Hi").await.code(),
        131_026
    );
    assert_eq!(state(&business).await["scripts"][0]["times"], 4);
    let url = business.url("/api/scripts/16505551234");
    assert_eq!(answer(business.http.delete(url)).await.status, 204);
    assert_eq!(business.send_text("+16505551234", "Hi").await.status, 200);

    let mut settings = state(&business).await["settings"].take();
    assert_eq!(settings["automatic"], "delivered");
    settings["automatic"] = Value::Null;
    settings["limits"]["window"] = json!(false);
    let url = business.url("/api/settings");
    assert_eq!(
        answer(business.http.put(url).json(&settings)).await.status,
        204
    );
    assert_eq!(state(&business).await["settings"], settings);
    business.stop().await;
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere_and_has_no_script_within() {
    let business = Business::start().await;
    let response = business.http.get(business.url("/")).send().await.unwrap();
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    let html = response.text().await.unwrap();
    assert!(html.starts_with("<!doctype html>"));
    for banned in [
        "src=\"http",
        "href=\"http",
        " style=",
        " onclick=",
        "<style",
    ] {
        assert!(!html.contains(banned), "{banned}");
    }

    let mut links: Vec<String> = linked(&html);
    let mut seen = 0;
    while let Some(link) = links.pop() {
        let url = business.url(&format!("/assets/{link}"));
        let response = business.http.get(url).send().await.unwrap();
        assert_eq!(response.status(), 200, "{link}");
        seen += 1;
        if link == "page.js" {
            let script = response.text().await.unwrap();
            let imports = script.split("from './").skip(1);
            links.extend(
                imports
                    .filter_map(|rest| rest.split('\'').next())
                    .map(str::to_owned),
            );
        }
    }
    assert!(seen > 5, "{seen}");
    assert_eq!(business.get("/assets/other.js", "").await.status, 404);
    business.stop().await;
}

/// The assets that a page names.
fn linked(html: &str) -> Vec<String> {
    let after = html.split("\"assets/").skip(1);
    let names = after.filter_map(|rest| rest.split('"').next());
    names.map(str::to_owned).collect()
}

#[actix_web::test]
async fn the_simulator_is_mounted_in_another_program() {
    let business = Business::start().await;
    let scope = web::scope("/dev/meta").configure(business.simulator().configure());
    let program = init_service(App::new().service(scope)).await;
    for (path, status) in [
        ("/dev/meta", 200),
        ("/dev/meta/", 200),
        ("/dev/meta/api/state", 200),
        ("/dev/meta/assets/page.js", 200),
        ("/dev/meta/v23.0/106540352242922", 401),
        ("/dev/meta/media-files/1?ext=1&hash=x", 401),
        ("/dev/meta/elsewhere", 404),
        ("/v23.0/106540352242922", 404),
    ] {
        let request = TestRequest::get().uri(path).to_request();
        let response = call_service(&program, request).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
    }
    business.stop().await;
}
