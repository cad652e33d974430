//! What the columns of a table are.

use std::collections::BTreeMap;

use domain::{
    imports::{
        CustomerField, ImportKind, ProductField, guess_customer_fields, guess_product_fields,
    },
    store::Repositories,
};

use crate::{Error, FieldError};

/// What columns can be, by the names that clients know.
pub(super) struct Fields {
    names: Vec<String>,
    /// What the headers seem to say.
    guessed: Vec<Option<String>>,
    /// One of them must be there.
    keys: &'static [&'static str],
    without_keys: &'static str,
}

impl Fields {
    pub(super) async fn load(
        data: &dyn Repositories,
        kind: ImportKind,
        headers: &[String],
    ) -> Result<Self, Error> {
        match kind {
            ImportKind::Customers => {
                let own = data.customer_fields().list().await?;
                let custom = own.iter().map(|own| CustomerField::Custom(own.key.clone()));
                let fields = CustomerField::COMMON.into_iter().chain(custom);
                let guessed = guess_customer_fields(headers, &own).into_iter();
                Ok(Self {
                    names: fields.map(|field| field.name()).collect(),
                    guessed: guessed.map(|field| Some(field?.name())).collect(),
                    keys: &["phoneNumber", "email"],
                    without_keys: "must name the column of the phone numbers or of the e-mail \
                                   addresses, by which customers are known",
                })
            }
            ImportKind::Products => {
                let guessed = guess_product_fields(headers).into_iter();
                let name = |field: ProductField| field.name().to_owned();
                Ok(Self {
                    names: ProductField::ALL.into_iter().map(name).collect(),
                    guessed: guessed.map(|field| Some(name(field?))).collect(),
                    keys: &["sku"],
                    without_keys: "must name the column of the SKUs, by which products are known",
                })
            }
        }
    }

    /// What each column is: as the client says or, without a word, as it seems.
    pub(super) fn of_columns(
        self,
        headers: &[String],
        mapping: Option<&BTreeMap<String, Option<String>>>,
        faults: &mut Vec<FieldError>,
    ) -> Vec<Option<String>> {
        let before = faults.len();
        let fields = match mapping {
            Some(mapping) => self.mapped(headers, mapping, faults),
            None => self.guessed,
        };
        let has = |key: &&str| fields.iter().flatten().any(|field| field == key);
        if faults.len() == before && !self.keys.iter().any(has) {
            let detail = self.without_keys;
            faults.push(FieldError::new("/mapping", "key_column_required", detail));
        }
        fields
    }

    fn mapped(
        &self,
        headers: &[String],
        mapping: &BTreeMap<String, Option<String>>,
        faults: &mut Vec<FieldError>,
    ) -> Vec<Option<String>> {
        for (place, (header, field)) in mapping.iter().enumerate() {
            let pointer = format!("/mapping/{}", header.replace('~', "~0").replace('/', "~1"));
            if !headers.contains(header) {
                let detail = "is not among the headers of the file";
                faults.push(FieldError::new(&pointer, "unknown_column", detail));
            }
            let Some(field) = field else { continue };
            if !self.names.contains(field) {
                let detail = format!("`{field}` is nothing that a column can be");
                faults.push(FieldError::new(&pointer, "unknown_field", detail));
            }
            let mut before = mapping.values().take(place).flatten();
            if before.any(|other| other == field) {
                let detail = "is what another column is already";
                faults.push(FieldError::new(&pointer, "duplicate_field", detail));
            }
        }
        let mut seen = Vec::new();
        let fields = headers.iter().map(|header| {
            let field = mapping.get(header)?.as_ref()?;
            // Of columns with the same header, the first one.
            let is_first = !seen.contains(&field);
            seen.push(field);
            is_first.then(|| field.clone())
        });
        fields.collect()
    }
}
