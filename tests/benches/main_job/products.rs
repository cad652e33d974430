//! Finding products, at ten thousand and at a million of an organization.

use serde_json::json;
use tests::{client::Owner, program::Running};

use crate::{
    figures::Times,
    filling::{COLOURS, Dialect, SYLLABLES, THINGS, one_of},
    reading::timed,
    world::{Engine, World, execute, sign_in_again},
};

const SIZES: [usize; 2] = [10_000, 1_000_000];
const SEARCHES: usize = 500;
/// They count all that they tell of.
const COUNTS: usize = 100;

/// Each product is in one of so many.
const CATEGORIES: usize = 30;

/// A colour is every tenth product's, a thing and a maker's name every tenth's of those.
const QUERIES: [(&str, &str); 11] = [
    ("all, newest first", ""),
    ("all by name", "sort=name"),
    (
        "all by price from 50 to 60",
        "sort=price&minPrice=5000&maxPrice=6000",
    ),
    ("in stock, by price", "inStock=true&sort=price"),
    ("a word of every tenth", "search=blue"),
    ("the same by price", "search=blue&sort=price"),
    ("two words of every hundredth", "search=blue%20mug"),
    ("a maker of every thousandth", "search=bamaro"),
    ("a whole SKU", "search=SKU-4711"),
    ("the beginning of SKUs", "search=SKU47"),
    ("the same by price", "search=SKU47&sort=price"),
];

pub(crate) async fn report(world: &World) {
    let running = world.program.serve().await;
    let mut filled = Vec::new();
    for size in SIZES {
        filled.push((size, fill(world, &running, size).await));
    }
    for (size, owner) in filled {
        let owner = sign_in_again(&running.client, owner).await;
        for (what, query) in QUERIES {
            find(&owner, query, SEARCHES, &format!("{size} products: {what}")).await;
        }
        if world.engine == Engine::Postgres {
            let what = format!("{size} products: a maker misspelled");
            find(&owner, "search=bamoro", SEARCHES, &what).await;
        }
        for (what, query) in [
            ("a maker of every thousandth", "search=bamaro"),
            ("every hundredth", "search=blue%20mug"),
        ] {
            let query = format!("{query}&include=facets");
            find(
                &owner,
                &query,
                COUNTS,
                &format!("{size} products: facets of {what}"),
            )
            .await;
        }
    }
    running.kill().await;
}

async fn find(owner: &Owner, query: &str, count: usize, what: &str) {
    let path = format!("/api/products?{query}");
    let mut times = Times::new();
    for _ in 0..count {
        let page = timed(owner, &path, &mut times).await;
        assert_ne!(page["data"], json!([]), "{what}");
    }
    times.print(what);
}

async fn fill(world: &World, running: &Running, size: usize) -> Owner {
    let owner = running.client.register(&format!("Products {size}")).await;
    let database = &world.connect().await;
    let sql = Dialect::new(world.engine, &owner.organization_id, &owner.organization_id);
    let Dialect {
        organization,
        random_id,
        id_type,
        ..
    } = &sql;
    let create = format!(
        "CREATE TABLE seed (n bigint PRIMARY KEY, product {id_type}, variant {id_type}, category {id_type})"
    );
    let numbers = sql.numbers(size);
    let seed = format!(
        "INSERT INTO seed SELECT n, {random_id}, {random_id}, NULL FROM ({numbers}) AS numbers"
    );
    let in_categories = format!(
        "UPDATE seed SET category = (SELECT product FROM seed AS first WHERE first.n = 1 + seed.n / 7 % {CATEGORIES})"
    );
    let (colour, thing) = (one_of(COLOURS, "n"), one_of(THINGS, "n / 10"));
    let maker = ["n / 1000 + 2", "n / 100 + 1", "n / 10"].map(|n| one_of(SYLLABLES, n));
    let maker = maker.join(" || ");
    let name = format!("({colour} || ' ' || {thing} || ' by ' || {maker})");
    let price = "(n * 7919 % 10000 + 100)";
    let stock = "(n * 104729 % 50)";
    let at = sql.time("n");
    let words = [&colour, &thing, "'by'", &maker, "'sku'", "n", "'sku' || n"];
    let own = own_terms(&owner, &words);
    let (category, terms_column, terms) = match world.engine {
        Engine::Sqlite => ("lower(hex(category))", "", String::new()),
        Engine::Postgres => {
            let category = "replace(category::text, '-', '')";
            let terms = (1..).zip(&own).map(|(n, term)| format!("{term} || ':{n}'"));
            let terms = terms.collect::<Vec<_>>().join(" || ' ' || ");
            (category, ", terms", format!(", ({terms})::tsvector"))
        }
    };
    let products = format!(
        "INSERT INTO products (organization_id, id, name, sort_name, status, options, track_inventory,
           allow_backorder, price, highest_price, available, in_stock, is_low,
           category_ids, created_at, updated_at, version{terms_column})
         SELECT {organization}, product, {name}, {name}, 'active', {}, TRUE,
                FALSE, {price}, {price}, {stock}, {stock} > 0, {stock} < 5,
                {category}, {at}, {at}, 1{terms} FROM seed",
        sql.json("[]")
    );
    let variants = format!(
        "INSERT INTO product_variants (organization_id, id, product_id, position, sku, sku_key,
           option_values, currency, price, on_hand, reserved, is_low)
         SELECT {organization}, variant, product, 0, 'SKU-' || n, 'sku-' || n, {}, 'USD', {price},
                {stock}, 0, {stock} < 5 FROM seed",
        sql.json("[]")
    );
    let categories = format!(
        "INSERT INTO categories (organization_id, id, parent_id, position, name, created_at, updated_at, version)
         SELECT {organization}, product, NULL, n, 'Things ' || n, {at}, {at}, 1 FROM seed WHERE n <= {CATEGORIES}"
    );
    let product_categories = format!(
        "INSERT INTO product_categories (organization_id, product_id, category_id, position)
         SELECT {organization}, product, category, 0 FROM seed"
    );
    let statements = [
        create,
        seed,
        in_categories,
        products,
        variants,
        categories,
        product_categories,
    ];
    for statement in statements {
        execute(database, &statement).await;
    }
    for statement in index(world.engine, organization, &words, &own) {
        execute(database, &statement).await;
    }
    execute(database, "DROP TABLE seed").await;
    execute(database, "ANALYZE").await;
    owner
}

/// Has the products of `seed` be found by these words of theirs, which PostgreSQL has in their
/// rows already.
fn index(engine: Engine, organization: &str, words: &[&str], own: &[String]) -> [String; 2] {
    match engine {
        Engine::Sqlite => {
            let terms = own.join(" || ' ' || ");
            [
                format!(
                    "INSERT INTO product_search (organization_id, product_id)
                     SELECT {organization}, product FROM seed"
                ),
                format!(
                    "INSERT INTO product_terms (rowid, terms)
                     SELECT place, {terms} FROM product_search
                     JOIN seed ON product_id = product WHERE organization_id = {organization}"
                ),
            ]
        }
        Engine::Postgres => {
            let words = words.join(", ' ', ");
            [
                format!(
                    "INSERT INTO product_words (organization_id, word)
                     SELECT DISTINCT {organization}, word FROM seed,
                       unnest(string_to_array(concat({words}), ' ')) AS word
                     WHERE word !~ '[0-9]'"
                ),
                "VACUUM products".to_owned(),
            ]
        }
    }
}

/// As each term of this organization begins.
fn own_terms(owner: &Owner, words: &[&str]) -> Vec<String> {
    let digits = owner.organization_id.replace('-', "");
    let own = &digits[24..];
    words.iter().map(|it| format!("'{own}' || {it}")).collect()
}
