//! What is sold: products, categories, prices and stock.

mod categories;
mod export;
mod images;
mod meta;
mod prices;
mod product_list;
mod product_request;
mod product_response;
mod products;
mod stock;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        // Before what has an id in its place.
        .service(export::export_products)
        .service(products::list_products)
        .service(products::create_product)
        .service(products::get_product)
        .service(products::update_product)
        .service(products::remove_product)
        .service(images::add_image)
        .service(images::update_image)
        .service(images::remove_image)
        .service(meta::get_meta_catalog)
        .service(meta::connect_meta_catalog)
        .service(meta::list_catalogs_at_meta)
        .service(meta::list_meta_errors)
        .service(meta::push_meta_catalog)
        .service(meta::check_meta_catalog)
        .service(prices::list_prices)
        .service(stock::change_stock)
        .service(stock::list_stock_movements)
        .service(categories::list_categories)
        .service(categories::create_category)
        .service(categories::get_category)
        .service(categories::update_category)
        .service(categories::remove_category);
}
