use std::collections::HashSet;

use domain::{
    chats::{Message, MessageContent, NamedProduct},
    store::StoreError,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Intake;

impl Intake<'_> {
    /// Tells which products of ours a cart has, or a question is about, as they are today.
    pub(super) async fn name_products(&self, message: &mut Message) -> Result<(), StoreError> {
        let context = message.context.as_mut();
        let asked_about = context
            .and_then(|context| context.get_mut("referred_product"))
            .and_then(Value::as_object_mut);
        let asked_id: Option<Uuid> = asked_about
            .as_ref()
            .and_then(|asked| asked.get("product_retailer_id")?.as_str()?.parse().ok());
        let cart = match &mut message.content {
            MessageContent::Order(cart) => Some(cart),
            _ => None,
        };
        let items = cart.iter().flat_map(|cart| &cart.product_items);
        let mut in_cart: Vec<Uuid> = items
            .filter_map(|item| item.product_retailer_id.parse().ok())
            .collect();
        let mut seen = HashSet::new();
        in_cart.retain(|id| seen.insert(*id));
        let ids: Vec<_> = in_cart.iter().copied().chain(asked_id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let products = self.uow.products().find_named(&ids).await?;
        let name = |id: Uuid| {
            let product = products.iter().find(|it| it.variant(id.into()).is_some())?;
            let image = product.images.first();
            // What it looks like is no reason to lose the message.
            let thumbnail = image.and_then(|image| self.storage.public_url(&image.thumbnail).ok());
            NamedProduct::of(product, id.into(), thumbnail.map(String::from))
        };
        if let (Some(product), Some(asked)) = (asked_id.and_then(name), asked_about) {
            asked.insert("product_id".to_owned(), json!(product.product_id));
            asked.insert("variant_id".to_owned(), json!(product.variant_id));
            asked.insert("name".to_owned(), json!(product.name));
        }
        if let Some(cart) = cart {
            cart.products = in_cart.into_iter().filter_map(name).collect();
        }
        Ok(())
    }
}
