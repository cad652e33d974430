//! A product that comes with its images.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::backends,
};

use super::{PATH, faults, images::png, names, tea};

fn part(name: &str, file: Option<&str>, content: &[u8]) -> Vec<u8> {
    let file = file.map(|file| format!("; filename=\"{file}\""));
    let file = file.unwrap_or_default();
    let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn form(product: &Value, images: &[Vec<u8>]) -> Vec<u8> {
    let mut body = part("product", None, product.to_string().as_bytes());
    for image in images {
        body.extend(part("images", Some("tea.png"), image));
    }
    body
}

async fn sends(owner: &Owner, mut body: Vec<u8>, key: Option<&str>) -> Answer {
    body.extend(b"--edge--\r\n");
    let request = owner.client.request(Method::POST, PATH);
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    request.body(body).send().await
}

#[actix_web::test]
async fn a_product_comes_with_its_images_once() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let body = form(&tea("TEA-1"), &[png(2_000, 500), png(8, 8)]);
        let first = sends(&owner, body.clone(), Some("key-1")).await;
        let created = first.assert_status(201).json();
        assert_eq!(first.header("etag"), Some("\"1\""));
        let images = created["images"].as_array().unwrap();
        let positions: Vec<_> = images.iter().map(|image| &image["position"]).collect();
        assert_eq!(positions, [0, 1]);
        let path = first.header("location").unwrap();
        let found = owner.client.get(path).await;
        assert_eq!(found.assert_status(200).json(), created);
        let again = sends(&owner, body, Some("key-1")).await;
        assert_eq!(again.assert_status(201).json(), created);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(app.storage.files().len(), 4);
        let other = sends(&owner, form(&tea("TEA-2"), &[]), Some("key-1")).await;
        other.assert_problem(422, "idempotency_key_reused");
        let without = sends(&owner, form(&tea("TEA-2"), &[]), None).await;
        assert_eq!(without.assert_status(201).json()["images"], json!([]));
        app.run_jobs().await;
        assert_eq!(app.storage.files().len(), 4);
    }
}

#[actix_web::test]
async fn ten_large_images_may_come_with_a_key() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    // What stands after an image is not looked at.
    let mut large = png(8, 8);
    large.resize(5 << 20, 0);
    let mut images = vec![large; 10];
    let taken = sends(&owner, form(&tea("TEA-1"), &images), Some("key-1")).await;
    let created = taken.assert_status(201).json();
    assert_eq!(created["images"].as_array().unwrap().len(), 10);
    images[3].push(0);
    let refused = sends(&owner, form(&tea("TEA-2"), &images[2..4]), None).await;
    assert_eq!(faults(&refused), [("/images/1".into(), "too_large".into())]);
    let many = vec![png(8, 8); 11];
    let refused = sends(&owner, form(&tea("TEA-2"), &many), None).await;
    assert_eq!(faults(&refused), [("/images".into(), "too_many".into())]);
}

#[actix_web::test]
async fn what_is_refused_leaves_nothing() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let two = [png(8, 8), png(8, 8), b"no image".to_vec()];
        let refused = sends(&owner, form(&tea("TEA-1"), &two), None).await;
        let expected = [("/images/2".into(), "unsupported_image_type".into())];
        assert_eq!(faults(&refused), expected);
        let mut nameless = tea("TEA-1");
        nameless["name"] = json!(" ");
        nameless["colour"] = json!("green");
        let mut unfit = form(&nameless, &[png(8, 8), Vec::new()]);
        unfit.extend(part("extra", None, b"x"));
        let refused = sends(&owner, unfit, None).await;
        let expected = [
            ("/colour", "unknown_field"),
            ("/extra", "unknown_field"),
            ("/images/1", "required"),
        ];
        let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
        assert_eq!(faults(&refused), expected);
        nameless.as_object_mut().unwrap().remove("colour");
        let refused = sends(&owner, form(&nameless, &[png(8, 8)]), None).await;
        refused.assert_invalid("/name");
        let alone = sends(&owner, part("images", Some("tea.png"), &png(8, 8)), None).await;
        alone.assert_invalid("/product");
        let twice = [form(&tea("TEA-1"), &[]), form(&tea("TEA-2"), &[])].concat();
        sends(&owner, twice, None).await.assert_invalid("/product");
        let unread = sends(&owner, part("product", None, b"{"), None).await;
        unread.assert_problem(400, "unreadable_json");
        assert_eq!(names(&owner, "").await, Vec::<String>::new());

        super::adds(&owner, tea("TEA-1")).await;
        let taken = sends(&owner, form(&tea("TEA-1"), &[png(8, 8)]), None).await;
        taken.assert_problem(409, "sku_taken");
        app.run_jobs().await;
        assert!(app.storage.files().is_empty(), "nothing is left");
    }
}

#[actix_web::test]
async fn while_the_storage_is_down_a_product_comes_without_images_alone() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    app.storage.set_down(true);
    let body = form(&tea("TEA-1"), &[png(8, 8)]);
    let refused = sends(&owner, body.clone(), Some("key-1")).await;
    assert_eq!(refused.status, 503);
    assert_eq!(names(&owner, "").await, Vec::<String>::new());
    app.storage.set_down(false);
    let taken = sends(&owner, body, Some("key-1")).await;
    taken.assert_status(201);
    assert_eq!(app.storage.files().len(), 2);
}
