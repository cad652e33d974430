//! What is sold: products, categories, prices and stock.

mod categories;
mod change_stock;
mod create_category;
mod create_product;
mod get_product;
mod list_prices;
mod list_products;
mod list_stock_movements;
mod products;
mod release_reservation;
mod remove_category;
mod remove_product;
mod reservations;
mod update_category;
mod update_product;

pub use change_stock::{ChangeStock, StockChange};
pub use create_category::CreateCategory;
pub use get_product::CatalogProduct;
pub use list_prices::PriceList;
pub use list_products::{ListProducts, ProductList};
pub use list_stock_movements::StockMovementList;
pub use reservations::{Shortage, Wanted, consume, release, reserve};
pub use update_category::UpdateCategory;
pub use update_product::UpdateProduct;

use crate::Ports;

#[derive(Clone)]
pub struct Catalog {
    ports: Ports,
}

impl Catalog {
    pub(crate) fn new(ports: Ports) -> Self {
        Self { ports }
    }
}
