use reqwest::Method;
use serde_json::{Value, json};
use tests::{app::TestApp, client::Owner, stores::backends};

use super::{adds, names, path_of, tea};

const PATH: &str = "/api/categories";

async fn makes(owner: &Owner, category: Value) -> Value {
    let answer = owner.client.post(PATH, category).await;
    answer.assert_status(201).json()
}

async fn tree(owner: &Owner) -> Vec<(String, i64)> {
    let rows = owner.client.get(PATH).await.assert_status(200).data();
    let row = |row: &Value| {
        let name = row["name"].as_str().unwrap().to_owned();
        (name, row["position"].as_i64().unwrap())
    };
    rows.iter().map(row).collect()
}

#[actix_web::test]
async fn categories_make_a_tree_in_which_products_are_found() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let drinks = makes(&owner, json!({"name": "Drinks"})).await;
        let hot = makes(&owner, json!({"name": "Hot", "parentId": drinks["id"]})).await;
        makes(&owner, json!({"name": "Food", "position": 0})).await;
        let expected = [("Food", 0), ("Drinks", 1), ("Hot", 0)];
        let expected = expected.map(|(name, position)| (name.to_owned(), position));
        assert_eq!(tree(&owner).await, expected);

        let mut body = tea("TEA-1");
        body["categoryIds"] = json!([hot["id"], drinks["id"]]);
        let product = adds(&owner, body).await;
        assert_eq!(product["categoryIds"], json!([hot["id"], drinks["id"]]));
        assert_eq!(product["categories"][0]["name"], "Hot");
        let mut body = tea("TEA-2");
        body["name"] = json!("Iced tea");
        body["categoryIds"] = json!([hot["id"]]);
        adds(&owner, body).await;
        let within = |category: &Value| {
            format!("?sort=name&categoryId={}", category["id"].as_str().unwrap())
        };
        for category in [&drinks, &hot] {
            let found = names(&owner, &within(category)).await;
            assert_eq!(found, ["Green tea", "Iced tea"]);
        }

        let path = format!("{PATH}/{}", hot["id"].as_str().unwrap());
        let full = format!("{PATH}/{}", drinks["id"].as_str().unwrap());
        let refused = owner.client.delete(&full).await;
        refused.assert_problem(409, "category_not_empty");
        owner.client.delete(&path).await.assert_status(204);
        let left = owner.client.get(&path_of(&product)).await.json();
        assert_eq!(left["categoryIds"], json!([drinks["id"]]));
        owner
            .client
            .get(&path)
            .await
            .assert_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn a_category_is_moved_but_never_below_itself() {
    let app = TestApp::start().await;
    let owner = app.register("Luna").await;
    let drinks = makes(&owner, json!({"name": "Drinks"})).await;
    let hot = makes(&owner, json!({"name": "Hot", "parentId": drinks["id"]})).await;
    let path = |category: &Value| format!("{PATH}/{}", category["id"].as_str().unwrap());
    for parent in [&drinks, &hot] {
        let body = json!({"parentId": parent["id"]});
        let refused = owner.client.put(&path(&drinks), body).await;
        refused.assert_invalid("/parentId");
    }
    let moved = owner
        .client
        .put(&path(&hot), json!({"parentId": null, "position": 0}))
        .await;
    assert_eq!(moved.header("etag"), Some("\"2\""));
    let moved = moved.assert_status(200).json();
    assert_eq!(
        (&moved["parentId"], &moved["position"]),
        (&Value::Null, &json!(0))
    );
    let below = owner
        .client
        .put(&path(&drinks), json!({"parentId": hot["id"]}))
        .await;
    below.assert_status(200);
    let renamed = owner
        .client
        .put(&path(&drinks), json!({"name": "Cold"}))
        .await;
    assert_eq!(renamed.assert_status(200).json()["parentId"], hot["id"]);
    for method in [Method::PUT, Method::DELETE] {
        let request = owner.client.request(method, &path(&hot));
        let body = json!({"name": "Warm"});
        let stale = request.header("if-match", "\"1\"").json(&body).send().await;
        stale.assert_problem(412, "version_mismatch");
    }
    for (body, pointer) in [
        (json!({}), "/name"),
        (json!({"name": " "}), "/name"),
        (json!({"name": "A", "parentId": owner.user_id}), "/parentId"),
        (json!({"name": "A", "position": -1}), "/position"),
        (json!({"name": "A", "colour": "red"}), "/colour"),
    ] {
        owner.client.post(PATH, body).await.assert_invalid(pointer);
    }
}
