//! Tables of products, from the upload to the catalog, and back.

use application::catalog::{Wanted, reserve};
use chrono::Duration;
use domain::clock::Clock;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::backends,
};

use super::{errors, form, get, sends, standing};
use crate::catalog::meta::connects;

const PATH: &str = "/api/products/import";

const TABLE: &str = "Handle,Title,Description,Status,Categories,Tags,Option1 Name,Option1 Value,\
    Variant SKU,Price,Compare at price,Cost,Stock,Low stock\n\
    tea,Green tea,\"From\nUji\",active,Drinks > Tea | Gifts,\"hot, green\",Title,Default Title,\
    TEA,\"4,50 $\",5,1.2,7,2\n\
    shirt,Shirt,,draft,Clothes,,Size,S,SHIRT-S,20,,,3,\n\
    shirt,,,,,,,L,SHIRT-L,22.50,,,,\n\
    shirt,,,,,,,,,,,,,\n";

async fn starts(owner: &Owner, table: impl AsRef<[u8]>, fields: &[(&str, &str)]) -> String {
    let answer = imports(owner, table, fields).await;
    answer.assert_status(202);
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn imports(owner: &Owner, table: impl AsRef<[u8]>, fields: &[(&str, &str)]) -> Answer {
    sends(owner, PATH, form(table, fields)).await
}

async fn all(owner: &Owner) -> Vec<Value> {
    let path = "/api/products?sort=name&limit=100";
    owner.client.get(path).await.assert_status(200).data()
}

async fn product(owner: &Owner, name: &str) -> Value {
    let named = |product: &Value| product["name"] == name;
    let all = all(owner).await;
    let mut found = all.iter().filter(|product| named(product));
    let product = found.next().cloned();
    assert_eq!(found.count(), 0, "{name} is there twice");
    product.unwrap_or_else(|| panic!("no {name} in {all:#?}"))
}

async fn movements(owner: &Owner, product: &Value) -> Value {
    let path = format!(
        "/api/products/{}/stock-movements",
        product["id"].as_str().unwrap()
    );
    let movements = owner.client.get(&path).await.assert_status(200).data();
    let told = |it: &Value| json!([it["kind"], it["change"], it["onHand"]]);
    movements.iter().map(told).collect::<Vec<_>>().into()
}

async fn undoes(app: &TestApp, owner: &Owner, id: &str) -> Value {
    let path = format!("/api/imports/{id}/undo");
    owner.client.post(&path, json!({})).await.assert_status(202);
    app.run_jobs().await;
    let import = get(owner, id).await;
    json!([import["status"], import["undone"], import["kept"]])
}

#[actix_web::test]
async fn a_row_becomes_a_variant_and_rows_become_a_product() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        for dry_run in ["true", "false"] {
            let id = starts(&owner, TABLE, &[("dryRun", dry_run)]).await;
            app.run_jobs().await;
            assert_eq!(errors(&owner, &id).await, "row,column,code,reason\r\n");
            let expected = json!(["completed", 4, 3, 0, 0, 0]);
            assert_eq!(standing(&owner, &id).await, expected);
            assert_eq!(get(&owner, &id).await["kind"], "products");
            assert_eq!(all(&owner).await.is_empty(), dry_run == "true");
        }
        let tea = product(&owner, "Green tea").await;
        let usd = |amount: i64| json!({"amount": amount, "currency": "USD"});
        for (field, expected) in [
            ("description", json!("From\nUji")),
            ("status", json!("active")),
            ("sku", json!("TEA")),
            ("price", usd(450)),
            ("compareAtPrice", usd(500)),
            ("cost", usd(120)),
            ("tags", json!(["green", "hot"])),
            ("options", json!([])),
            ("trackInventory", json!(true)),
            ("stock", json!(7)),
            ("lowStockThreshold", json!(2)),
        ] {
            assert_eq!(tea[field], expected, "{field}");
        }
        let names = |product: &Value| -> Vec<Value> {
            let categories = product["categories"].as_array().unwrap().iter();
            categories
                .map(|category| category["name"].clone())
                .collect()
        };
        assert_eq!(names(&tea), ["Tea", "Gifts"]);
        assert_eq!(movements(&owner, &tea).await, json!([["receive", 7, 7]]));
        let shirt = product(&owner, "Shirt").await;
        assert_eq!(
            shirt["options"],
            json!([{"name": "Size", "values": ["S", "L"]}])
        );
        let variants = shirt["variants"].as_array().unwrap().iter();
        let variants: Vec<_> = variants
            .map(|it| {
                json!([
                    it["sku"],
                    it["optionValues"],
                    it["price"]["amount"],
                    it["stock"]
                ])
            })
            .collect();
        let expected = json!([["SHIRT-S", ["S"], 2000, 3], ["SHIRT-L", ["L"], 2250, 0]]);
        assert_eq!(json!(variants), expected);
        let categories = owner.client.get("/api/categories").await.data();
        assert_eq!(categories.len(), 4);
    }
}

#[actix_web::test]
async fn what_is_there_is_skipped_or_changed_and_stock_is_counted() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        starts(&owner, TABLE, &[]).await;
        app.run_jobs().await;
        let before = all(&owner).await;
        let table = "sku,price,stock,name,option1Value\n\
            tea,4.75,5,,\n\
            SHIRT-L,,9,,\n\
            SHIRT-S,,,,\n\
            SHIRT-XL,30,1,Shirt,XL\n\
            MUG,8,,Mug,\n\
            CUP,much,-1,Cup,\n\
            ,1,,Nameless,\n";
        let id = starts(&owner, table, &[]).await;
        app.run_jobs().await;
        // Nobody knows that the largest shirt is one of those: the table has no handle.
        let told = errors(&owner, &id).await;
        let told: Vec<_> = told
            .lines()
            .skip(1)
            .map(|line| line.split(',').take(3))
            .collect();
        let told: Vec<_> = told
            .into_iter()
            .map(|cells| cells.collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            told,
            ["5  required", "7 price invalid_price", "8 sku required",]
        );
        assert_eq!(
            standing(&owner, &id).await,
            json!(["completed", 7, 1, 0, 3, 3])
        );
        assert_eq!(undoes(&app, &owner, &id).await, json!(["undone", 1, 0]));
        assert_eq!(all(&owner).await, before);

        let id = starts(&owner, table, &[("onDuplicate", "update")]).await;
        app.run_jobs().await;
        assert_eq!(
            standing(&owner, &id).await,
            json!(["completed", 7, 1, 2, 1, 3])
        );
        let tea = product(&owner, "Green tea").await;
        assert_eq!(
            (&tea["price"]["amount"], &tea["stock"]),
            (&json!(475), &json!(5))
        );
        let expected = json!([["count", -2, 5], ["receive", 7, 7]]);
        assert_eq!(movements(&owner, &tea).await, expected);
        assert_eq!(tea["version"], 2);
        let shirt = product(&owner, "Shirt").await;
        assert_eq!(shirt["stock"], 12);
        assert_eq!(shirt["version"], 1, "to count is no change by people");

        // The shirt is counted once more: it stays so.
        let path = format!("/api/products/{}/stock", shirt["id"].as_str().unwrap());
        let count = json!({"variantId": shirt["variants"][1]["id"], "count": 8});
        owner.client.post(&path, count).await.assert_status(201);
        assert_eq!(undoes(&app, &owner, &id).await, json!(["undone", 2, 1]));
        let tea = product(&owner, "Green tea").await;
        assert_eq!(
            (&tea["price"]["amount"], &tea["stock"]),
            (&json!(450), &json!(7))
        );
        assert_eq!(product(&owner, "Shirt").await["stock"], 11);
        let names: Vec<_> = all(&owner)
            .await
            .iter()
            .map(|it| it["name"].clone())
            .collect();
        assert_eq!(names, ["Green tea", "Shirt"]);
    }
}

#[actix_web::test]
async fn the_rows_of_a_product_find_each_other_across_chunks() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let line = |row: u32| format!("f{row},Filler,1,,F{row}\n");
        let filler: String = (0..98).map(line).collect();
        let table = format!(
            "handle,name,price,size,sku\n{filler}shirt,Shirt,20,S,S\nshirt,,21,M,M\n\
             shirt,,22,L,L\n"
        );
        let mapping = json!({
            "handle": "handle", "name": "name", "price": "price", "size": "option1Value",
            "sku": "sku",
        });
        // An option needs a name.
        let id = starts(&owner, &table, &[("mapping", &mapping.to_string())]).await;
        app.run_jobs().await;
        assert_eq!(
            standing(&owner, &id).await,
            json!(["completed", 101, 98, 0, 0, 3])
        );
        assert_eq!(undoes(&app, &owner, &id).await, json!(["undone", 98, 0]));

        let table = table.replace("price,size", "price,Option1 name,Option1 value");
        let table = table
            .replace(",1,,F", ",1,,,F")
            .replace("20,S", "20,Size,S");
        let table = table.replace("21,M", "21,,M").replace("22,L", "22,,L");
        for dry_run in ["true", "false"] {
            let id = starts(&owner, &table, &[("dryRun", dry_run)]).await;
            app.run_jobs().await;
            let expected = json!(["completed", 101, 101, 0, 0, 0]);
            assert_eq!(standing(&owner, &id).await, expected, "{dry_run}");
        }
        let shirt = product(&owner, "Shirt").await;
        assert_eq!(shirt["options"][0]["values"], json!(["S", "M", "L"]));
    }
}

#[actix_web::test]
async fn what_one_shop_exports_another_imports() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let (luna, sol) = (app.register("Luna").await, app.register("Sol").await);
        starts(&luna, TABLE, &[]).await;
        starts(&luna, "name,sku,price,description\n=1+1,+1,3,-\n", &[]).await;
        app.run_jobs().await;
        let answer = luna.client.get("/api/products/export").await;
        answer.assert_status(200);
        assert_eq!(
            answer.header("content-type"),
            Some("text/csv; charset=utf-8")
        );
        let table = answer.text();
        assert!(
            table.starts_with("\u{feff}Handle,Name,Description,"),
            "{table}"
        );
        assert!(table.contains("\"'=1+1\""), "{table}");
        let id = starts(&sol, &table, &[]).await;
        app.run_jobs().await;
        assert_eq!(errors(&sol, &id).await, "row,column,code,reason\r\n");
        let comparable = async |owner: &Owner| -> Vec<Value> {
            let mut all = all(owner).await;
            for product in &mut all {
                for field in ["id", "createdAt", "updatedAt", "categoryIds"] {
                    product[field].take();
                }
                for list in ["categories", "variants"] {
                    for item in product[list].as_array_mut().unwrap() {
                        item["id"].take();
                    }
                }
            }
            all
        };
        assert_eq!(comparable(&sol).await, comparable(&luna).await);
        let again = starts(&luna, &table, &[("onDuplicate", "update")]).await;
        app.run_jobs().await;
        let expected = json!(["completed", 4, 0, 0, 4, 0]);
        assert_eq!(standing(&luna, &again).await, expected);

        let one = luna
            .client
            .get("/api/products/export?status=active&sort=name")
            .await;
        assert_eq!(
            one.text()
                .lines()
                .filter(|line| line.contains("TEA"))
                .count(),
            1
        );
        assert!(!one.text().contains("SHIRT"));
        let refused = luna.client.get("/api/products/export?limit=3").await;
        refused.assert_invalid("/limit");
        let refused = luna.client.get("/api/products/export?include=facets").await;
        refused.assert_invalid("/include");
        let stranger = app.register("Mar").await;
        let nothing = stranger.client.get("/api/products/export").await.text();
        assert_eq!(nothing.lines().count(), 1);
    }
}

#[actix_web::test]
async fn what_was_promised_stays_and_a_table_needs_skus() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let id = starts(&owner, TABLE, &[]).await;
        app.run_jobs().await;
        let tea = product(&owner, "Green tea").await;
        let store = &app.application.ports.store;
        let organization_id = owner.organization_id.parse().unwrap();
        let uow = store.begin(organization_id).await.unwrap();
        let wanted = Wanted {
            variant_id: tea["variants"][0]["id"].as_str().unwrap().parse().unwrap(),
            quantity: 1,
        };
        let now = app.clock.now();
        let until = now + Duration::hours(1);
        let held = reserve(uow.as_ref(), &[wanted], until, now).await;
        held.unwrap().unwrap();
        uow.commit().await.unwrap();
        assert_eq!(undoes(&app, &owner, &id).await, json!(["undone", 1, 1]));
        assert!(errors(&owner, &id).await.contains("2,,used_since,"));
        product(&owner, "Green tea").await;

        let refused = imports(&owner, "name,price\nTea,1\n", &[]).await;
        refused.assert_invalid("/mapping");
        let consent = imports(&owner, TABLE, &[("consentSource", "Fair")]).await;
        consent.assert_invalid("/consentSource");
    }
}

#[actix_web::test]
async fn meta_is_told_of_what_a_table_changes_and_of_what_is_undone() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = app.register("Luna").await;
        let account_id = owner.connects("106540352242922").await;
        connects(&owner, &account_id).await;
        let shown = async || {
            app.after(std::time::Duration::from_secs(1)).await;
            let items = app.cloud_api.with_catalog(|catalog| catalog.items.clone());
            let items = items
                .into_values()
                .map(|item| (item.title, item.price.amount, item.is_available));
            let mut items: Vec<_> = items.collect();
            items.sort();
            items
        };
        let item = |title: &str, amount, is_available| (title.to_owned(), amount, is_available);
        let table = "Title,SKU,Price,Status,Stock\nTea,TEA,5,active,2\nCup,CUP,9,draft,1\n";
        starts(&owner, table, &[]).await;
        app.run_jobs().await;
        let new = [item("Tea", 500, true)];
        assert_eq!(shown().await, new);
        let dry = [("onDuplicate", "update"), ("dryRun", "true")];
        let table = "SKU,Price,Status,Stock\nTEA,6,active,0\nCUP,9,active,1\n";
        starts(&owner, table, &dry).await;
        app.run_jobs().await;
        assert_eq!(shown().await, new);
        let changed = starts(&owner, table, &dry[..1]).await;
        app.run_jobs().await;
        let expected = [item("Cup", 900, true), item("Tea", 600, false)];
        assert_eq!(shown().await, expected);
        undoes(&app, &owner, &changed).await;
        assert_eq!(shown().await, new);
        let table = "Title,SKU,Price,Status,Stock\nPot,POT,8,active,1\n";
        let made = starts(&owner, table, &[]).await;
        app.run_jobs().await;
        assert_eq!(shown().await.len(), 2);
        undoes(&app, &owner, &made).await;
        assert_eq!(shown().await, new);
    }
}
