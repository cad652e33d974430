use std::io::Cursor;

use domain::storage::Folder;
use futures_util::future::join_all;
use image::{DynamicImage, ImageFormat, RgbImage, load_from_memory_with_format};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::backends,
};

use super::{adds, path_of, tea};

/// A picture of one colour.
pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    let image = RgbImage::from_pixel(width, height, image::Rgb([9; 3]));
    let mut content = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut content, ImageFormat::Png)
        .unwrap();
    content.into_inner()
}

async fn uploads(owner: &Owner, product: &Value, content: &[u8], alt: &str) -> Answer {
    let image = "--edge\r\nContent-Disposition: form-data; name=\"image\"; \
                 filename=\"tea.png\"\r\nContent-Type: image/png\r\n\r\n";
    let text = "\r\n--edge\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\n";
    let mut body = [image.as_bytes(), content, text.as_bytes(), alt.as_bytes()].concat();
    body.extend(b"\r\n--edge--\r\n");
    let path = format!("{}/images", path_of(product));
    let request = owner.client.request(Method::POST, &path);
    let content_type = "multipart/form-data; boundary=edge";
    let request = request.header("content-type", content_type);
    request.body(body).send().await
}

fn alts(product: &Value) -> Vec<&str> {
    let images = product["images"].as_array().unwrap().iter();
    images.map(|image| image["alt"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn images_are_fitted_put_in_order_described_and_removed() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let product = adds(&owner, tea("TEA-1")).await;
        assert_eq!(product["images"], json!([]));
        let answer = uploads(&owner, &product, &png(2_000, 500), " A leaf ").await;
        let first = answer.assert_status(201).json();
        assert_eq!(answer.header("etag"), Some("\"2\""));
        assert_eq!(alts(&first), ["A leaf"]);
        for (url, size) in [("url", (1_600, 400)), ("thumbnailUrl", (320, 80))] {
            let url = first["images"][0][url].as_str().unwrap();
            let (_, key) = url.split_once("/files/").unwrap();
            let files = app.storage.files();
            let stored = files.iter().find(|(stored, _)| stored.as_str() == key);
            let (key, file) = stored.unwrap();
            assert!(key.is_in(Folder::Products), "{key}");
            let image = load_from_memory_with_format(&file.content, ImageFormat::WebP).unwrap();
            assert_eq!((image.width(), image.height()), size);
        }
        uploads(&owner, &product, &png(8, 8), "A cup")
            .await
            .assert_status(201);
        let path = answer.header("location").unwrap();
        let body = json!({"position": 1, "alt": "Leaves"});
        let moved = owner.client.put(path, body).await;
        assert_eq!(alts(&moved.assert_status(200).json()), ["A cup", "Leaves"]);
        let stale = owner.client.request(Method::DELETE, path);
        let stale = stale.header("if-match", "\"1\"").send().await;
        stale.assert_problem(412, "version_mismatch");
        owner.client.delete(path).await.assert_status(204);
        owner
            .client
            .delete(path)
            .await
            .assert_problem(404, "not_found");
        app.run_jobs().await;
        assert_eq!(app.storage.files().len(), 2, "the files of the cup");
        owner
            .client
            .delete(&path_of(&product))
            .await
            .assert_status(204);
        app.run_jobs().await;
        assert!(app.storage.files().is_empty());
    }
}

#[actix_web::test]
async fn a_product_has_ten_images_however_many_come_at_once() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let product = adds(&owner, tea("TEA-1")).await;
        let image = png(8, 8);
        let at_once = (0..12).map(|_| uploads(&owner, &product, &image, "A leaf"));
        let answers = join_all(at_once).await;
        let refused = answers.iter().filter(|answer| answer.status != 201);
        let refused: Vec<_> = refused.collect();
        assert_eq!(refused.len(), 2);
        for answer in refused {
            answer.assert_problem(409, "too_many_images");
        }
        let found = owner.client.get(&path_of(&product)).await.json();
        assert_eq!(alts(&found).len(), 10);
        app.run_jobs().await;
        assert_eq!(
            app.storage.files().len(),
            20,
            "nothing is left of the others"
        );
    }
}

#[actix_web::test]
async fn what_is_no_image_of_a_product_is_refused() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let product = adds(&owner, tea("TEA-1")).await;
    let text = uploads(&owner, &product, b"no image", "A leaf").await;
    text.assert_invalid("/image");
    let long = uploads(&owner, &product, &png(8, 8), &"x".repeat(501)).await;
    long.assert_invalid("/alt");
    let nowhere = json!({"id": owner.user_id});
    let missing = uploads(&owner, &nowhere, &png(8, 8), "").await;
    missing.assert_problem(404, "not_found");
    let other = app.register("Sol").await;
    let foreign = uploads(&other, &product, &png(8, 8), "").await;
    foreign.assert_problem(404, "not_found");
    assert!(app.storage.files().is_empty());
}
