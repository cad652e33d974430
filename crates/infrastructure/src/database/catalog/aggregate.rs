//! A product and what belongs to it, as rows.

use std::collections::HashMap;

use domain::{
    catalog::{Product, ProductImage, Sku, Stock, Variant},
    money::Money,
    storage::FileKey,
    store::StoreError,
    text::fold_for_search,
};
use nonempty::NonEmpty;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select,
};
use uuid::Uuid;

use crate::database::{
    entities::{product, product_category, product_image, product_tag, product_variant},
    error::{broken, store_error},
    text::{from_json, parse, to_json},
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    /// The products of these rows, in their order, with what belongs to them: as many queries
    /// for a page as for one.
    pub(super) async fn whole(
        &self,
        rows: Vec<product::Model>,
    ) -> Result<Vec<Product>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let variants = self
            .scope
            .find::<product_variant::Entity>()
            .filter(product_variant::Column::ProductId.is_in(ids.clone()))
            .filter(product_variant::Column::RemovedAt.is_null())
            .order_by_asc(product_variant::Column::ProductId)
            .order_by_asc(product_variant::Column::Position);
        let mut variants = self.by_product(variants, |row| row.product_id).await?;
        let categories = self
            .scope
            .find::<product_category::Entity>()
            .filter(product_category::Column::ProductId.is_in(ids.clone()))
            .order_by_asc(product_category::Column::Position);
        let mut categories = self.by_product(categories, |row| row.product_id).await?;
        let tags = self
            .scope
            .find::<product_tag::Entity>()
            .filter(product_tag::Column::ProductId.is_in(ids.clone()))
            .order_by_asc(product_tag::Column::Key);
        let mut tags = self.by_product(tags, |row| row.product_id).await?;
        let images = self
            .scope
            .find::<product_image::Entity>()
            .filter(product_image::Column::ProductId.is_in(ids))
            .order_by_asc(product_image::Column::Position);
        let mut images = self.by_product(images, |row| row.product_id).await?;
        rows.into_iter()
            .map(|row| {
                let variants = variants.remove(&row.id).unwrap_or_default();
                let categories = categories.remove(&row.id).unwrap_or_default();
                let tags = tags.remove(&row.id).unwrap_or_default();
                let images = images.remove(&row.id).unwrap_or_default();
                let variants = variants.into_iter().map(Variant::try_from);
                let variants = variants.collect::<Result<Vec<_>, _>>()?;
                Ok(Product {
                    id: row.id.into(),
                    name: row.name,
                    description: row.description,
                    status: parse(&row.status)?,
                    category_ids: categories
                        .into_iter()
                        .map(|row| row.category_id.into())
                        .collect(),
                    tags: tags
                        .into_iter()
                        .map(|row| domain::chats::Label::parse(&row.tag).map_err(broken))
                        .collect::<Result<_, _>>()?,
                    options: from_json(&row.options)?,
                    variants: NonEmpty::from_vec(variants)
                        .ok_or_else(|| broken("a product without variants"))?,
                    track_inventory: row.track_inventory,
                    low_stock_threshold: row.low_stock_threshold,
                    allow_backorder: row.allow_backorder,
                    images: images
                        .into_iter()
                        .map(ProductImage::try_from)
                        .collect::<Result<_, _>>()?,
                    created_at: row.created_at,
                    updated_at: row.updated_at,
                    version: row.version,
                })
            })
            .collect()
    }

    async fn by_product<E: EntityTrait>(
        &self,
        select: Select<E>,
        product_of: impl Fn(&E::Model) -> Uuid + Send,
    ) -> Result<HashMap<Uuid, Vec<E::Model>>, StoreError> {
        let rows = select.all(self.db()).await.map_err(store_error)?;
        let mut by_product = HashMap::<_, Vec<_>>::new();
        for row in rows {
            by_product.entry(product_of(&row)).or_default().push(row);
        }
        Ok(by_product)
    }
}

/// With this version; what is told of the variants together as it is now.
pub(super) fn product_row(
    product: &Product,
    version: i64,
) -> Result<product::ActiveModel, StoreError> {
    let (lowest, highest) = product.price_range();
    Ok(product::ActiveModel {
        name: Set(product.name.clone()),
        sort_name: Set(fold_for_search(&product.name)),
        description: Set(product.description.clone()),
        status: Set(product.status.as_str().to_owned()),
        options: Set(to_json(&product.options)?),
        track_inventory: Set(product.track_inventory),
        low_stock_threshold: Set(product.low_stock_threshold),
        allow_backorder: Set(product.allow_backorder),
        price: Set(lowest.amount),
        highest_price: Set(highest.amount),
        category_ids: Set(category_set(product)),
        prices_differ: Set(lowest.amount < highest.amount),
        created_at: Set(product.created_at),
        updated_at: Set(product.updated_at),
        version: Set(version),
        ..stock_of_product(product)
    })
}

fn category_set(product: &Product) -> String {
    let ids = product.category_ids.iter();
    let mut ids: Vec<_> = ids.map(|id| id.uuid().simple().to_string()).collect();
    ids.sort_unstable();
    ids.join(" ")
}

pub(super) fn stock_of_product(product: &Product) -> product::ActiveModel {
    let stock = product.stock();
    product::ActiveModel {
        id: Set(product.id.uuid()),
        available: Set(stock.available()),
        is_low: Set(stock.is_low),
        in_stock: Set(product.is_in_stock()),
        ..Default::default()
    }
}

pub(super) fn variant_row(
    product: &Product,
    position: i64,
    variant: &Variant,
) -> Result<product_variant::ActiveModel, StoreError> {
    Ok(product_variant::ActiveModel {
        product_id: Set(product.id.uuid()),
        position: Set(position),
        sku: Set(variant.sku.as_str().to_owned()),
        sku_key: Set(variant.sku.key()),
        option_values: Set(to_json(&variant.option_values)?),
        currency: Set(variant.price.currency.code().to_owned()),
        price: Set(variant.price.amount),
        compare_at_price: Set(variant.compare_at_price.map(|price| price.amount)),
        cost: Set(variant.cost.map(|cost| cost.amount)),
        removed_at: Set(None),
        ..stock_of_variant(variant)
    })
}

pub(super) fn stock_of_variant(variant: &Variant) -> product_variant::ActiveModel {
    product_variant::ActiveModel {
        organization_id: NotSet,
        id: Set(variant.id.uuid()),
        on_hand: Set(variant.stock.on_hand),
        reserved: Set(variant.stock.reserved),
        is_low: Set(variant.stock.is_low),
        ..Default::default()
    }
}

pub(super) fn image_row(
    product: &Product,
    position: i64,
    image: &ProductImage,
) -> product_image::ActiveModel {
    product_image::ActiveModel {
        organization_id: NotSet,
        id: Set(image.id.uuid()),
        product_id: Set(product.id.uuid()),
        position: Set(position),
        file_key: Set(image.file.as_str().to_owned()),
        thumbnail_key: Set(image.thumbnail.as_str().to_owned()),
        alt: Set(image.alt.clone()),
        created_at: Set(image.created_at),
    }
}

impl TryFrom<product_image::Model> for ProductImage {
    type Error = StoreError;

    fn try_from(row: product_image::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            file: FileKey::try_from(row.file_key).map_err(broken)?,
            thumbnail: FileKey::try_from(row.thumbnail_key).map_err(broken)?,
            alt: row.alt,
            created_at: row.created_at,
        })
    }
}

impl TryFrom<product_variant::Model> for Variant {
    type Error = StoreError;

    fn try_from(row: product_variant::Model) -> Result<Self, StoreError> {
        let currency = row.currency.parse().map_err(broken)?;
        let money = |amount| Money::new(amount, currency);
        Ok(Self {
            id: row.id.into(),
            sku: Sku::parse(&row.sku).map_err(broken)?,
            option_values: from_json(&row.option_values)?,
            price: money(row.price),
            compare_at_price: row.compare_at_price.map(money),
            cost: row.cost.map(money),
            stock: Stock {
                on_hand: row.on_hand,
                reserved: row.reserved,
                is_low: row.is_low,
            },
        })
    }
}
