//! What is sold: products, categories, prices and stock.

mod add_image;
mod categories;
mod change_stock;
mod create_category;
mod create_product;
mod export_products;
mod get_product;
mod images;
mod list_prices;
mod list_products;
mod list_stock_movements;
mod meta;
mod products;
mod release_reservation;
mod remove_category;
mod remove_image;
mod remove_product;
mod reservations;
mod update_category;
mod update_image;
mod update_product;

pub use change_stock::{ChangeStock, StockChange};
pub use create_category::CreateCategory;
pub use export_products::ProductExport;
pub use get_product::CatalogProduct;
pub use images::NewImage;
pub use list_prices::PriceList;
pub use list_products::{ListProducts, ProductList};
pub use list_stock_movements::StockMovementList;
pub use meta::{ConnectMetaCatalog, MetaCatalogState, MetaErrorList};
pub use reservations::{Shortage, Wanted, consume, release, reserve};
pub use update_category::UpdateCategory;
pub use update_image::UpdateImage;
pub use update_product::UpdateProduct;

pub(crate) use categories::paths as category_paths;
pub(crate) use images::forget as forget_images;
pub(crate) use meta::{disconnect_account, tell_meta};
pub(crate) use products::{currency, movement, record_first_stock, record_prices};

use std::sync::Arc;

use crate::{Ports, Settings, files::Files, images::Images, whatsapp::WhatsApp};

#[derive(Clone)]
pub struct Catalog {
    ports: Ports,
    files: Files,
    images: Images,
    whatsapp: WhatsApp,
    settings: Arc<Settings>,
}

impl Catalog {
    pub(crate) fn new(
        ports: Ports,
        images: Images,
        whatsapp: WhatsApp,
        settings: Arc<Settings>,
    ) -> Self {
        Self {
            files: Files::new(ports.clone()),
            images,
            whatsapp,
            settings,
            ports,
        }
    }
}
