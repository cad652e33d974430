use serde_json::{Value, json};
use tests::{app::TestApp, stores::backends};

use super::{PATH, adds, tea, usd};

#[actix_web::test]
async fn facets_tell_what_another_choice_would_find() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let category = owner
            .client
            .post("/api/categories", json!({"name": "Tea"}))
            .await;
        let category = category.assert_status(201).json();
        let mut first = tea("TEA-1");
        first["status"] = json!("active");
        first["categoryIds"] = json!([category["id"]]);
        adds(&owner, first).await;
        let mut second = tea("TEA-2");
        second["price"] = usd(900);
        second["stock"] = json!(0);
        adds(&owner, second).await;

        let get = async |query: &str| owner.client.get(&format!("{PATH}{query}")).await;
        let plain = get("").await.assert_status(200).json();
        assert_eq!(plain.get("facets"), None);
        let page = get("?include=facets,total&limit=1&status=active&search=green").await;
        let page = page.assert_status(200).json();
        assert_eq!(page["total"], 1);
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
        let expected = json!({
            "categories": [{"id": category["id"], "count": 1}],
            "statuses": [
                {"status": "draft", "count": 1},
                {"status": "active", "count": 1},
                {"status": "archived", "count": 0},
            ],
            "stock": {"inStock": 1, "outOfStock": 0, "low": 0},
            "price": {"min": 500, "max": 500},
        });
        assert_eq!(page["facets"], expected);
        let alone = get("?include=facets&search=nothing").await.json();
        assert_eq!(alone.get("total"), None);
        assert_eq!(alone["facets"]["price"], Value::Null);
        for include in ["colours", "facets,colours"] {
            let refused = get(&format!("?include={include}")).await;
            refused.assert_invalid("/include");
        }
        let elsewhere = owner.client.get("/api/customers?include=facets").await;
        elsewhere.assert_invalid("/include");
    }
}
