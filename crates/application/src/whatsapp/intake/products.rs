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
        let asked_about = message
            .context
            .as_mut()
            .and_then(|context| context.get_mut("referred_product"))
            .and_then(Value::as_object_mut);
        let asked_id = asked_about
            .as_ref()
            .and_then(|product| product.get("product_retailer_id")?.as_str())
            .and_then(|id| id.parse::<Uuid>().ok());
        let cart = match &mut message.content {
            MessageContent::Order(cart) => Some(cart),
            _ => None,
        };
        let items = cart.iter().flat_map(|cart| &cart.product_items);
        let in_cart = items.filter_map(|item| item.product_retailer_id.parse().ok());
        let ids: Vec<Uuid> = in_cart.chain(asked_id).collect();
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
            let mut known: Vec<NamedProduct> = Vec::new();
            for product in ids.into_iter().filter_map(name) {
                if known.iter().all(|it| it.variant_id != product.variant_id) {
                    known.push(product);
                }
            }
            let is_in_cart = |product: &NamedProduct| {
                let id = product.variant_id.to_string();
                let mut items = cart.product_items.iter();
                items.any(|item| item.product_retailer_id.eq_ignore_ascii_case(&id))
            };
            known.retain(is_in_cart);
            cart.products = known;
        }
        Ok(())
    }
}
