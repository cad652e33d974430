use serde::{Deserialize, Serialize};

/// What a column can tell of a product. A row is about one variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProductField {
    /// What the rows of one product have in common.
    Handle,
    Name,
    Description,
    Status,
    /// Paths from the top, as `Clothes > Shirts`, parted by bars.
    Categories,
    Tags,
    Sku,
    Price,
    CompareAtPrice,
    Cost,
    TrackInventory,
    /// What there is.
    Stock,
    LowStockThreshold,
    AllowBackorder,
    /// In what the variants of a product differ, and how this one does.
    Option1Name,
    Option1Value,
    Option2Name,
    Option2Value,
    Option3Name,
    Option3Value,
}

impl ProductField {
    pub const ALL: [Self; 20] = [
        Self::Handle,
        Self::Name,
        Self::Description,
        Self::Status,
        Self::Categories,
        Self::Tags,
        Self::Sku,
        Self::Price,
        Self::CompareAtPrice,
        Self::Cost,
        Self::TrackInventory,
        Self::Stock,
        Self::LowStockThreshold,
        Self::AllowBackorder,
        Self::Option1Name,
        Self::Option1Value,
        Self::Option2Name,
        Self::Option2Value,
        Self::Option3Name,
        Self::Option3Value,
    ];

    /// Names and values of the options, in their order.
    pub const OPTIONS: [(Self, Self); 3] = [
        (Self::Option1Name, Self::Option1Value),
        (Self::Option2Name, Self::Option2Value),
        (Self::Option3Name, Self::Option3Value),
    ];

    /// Its name for clients. Stable.
    pub fn name(self) -> &'static str {
        match self {
            Self::Handle => "handle",
            Self::Name => "name",
            Self::Description => "description",
            Self::Status => "status",
            Self::Categories => "categories",
            Self::Tags => "tags",
            Self::Sku => "sku",
            Self::Price => "price",
            Self::CompareAtPrice => "compareAtPrice",
            Self::Cost => "cost",
            Self::TrackInventory => "trackInventory",
            Self::Stock => "stock",
            Self::LowStockThreshold => "lowStockThreshold",
            Self::AllowBackorder => "allowBackorder",
            Self::Option1Name => "option1Name",
            Self::Option1Value => "option1Value",
            Self::Option2Name => "option2Name",
            Self::Option2Value => "option2Value",
            Self::Option3Name => "option3Name",
            Self::Option3Value => "option3Value",
        }
    }

    /// How columns of it are headed, in English, Spanish, Portuguese, German and French, and
    /// by shops: folded, and letters and digits alone; parted by spaces.
    pub(super) fn headers(self) -> &'static str {
        match self {
            Self::Handle => "handle producthandle",
            Self::Name => {
                "name title product productname nombre titulo producto nombredelproducto nome \
                 produto nomedoproduto titel produkt produktname bezeichnung nom produit titre \
                 nomduproduit"
            }
            Self::Description => "description body bodyhtml descripcion descricao beschreibung",
            Self::Status => "status estado situacao statut",
            Self::Categories => {
                "categories category productcategory type categoria categorias kategorie \
                 kategorien categorie"
            }
            Self::Tags => {
                "tags tag labels label etiquetas etiqueta marcadores schlagworte etiketten \
                 etiquettes"
            }
            Self::Sku => {
                "sku variantsku articlenumber itemnumber codigo referencia artikelnummer \
                 artikelnr reference"
            }
            Self::Price => "price variantprice unitprice precio preco preis prix",
            Self::CompareAtPrice => {
                "compareatprice variantcompareatprice regularprice precioanterior \
                 precodecomparacao vergleichspreis uvp prixcompare"
            }
            Self::Cost => "cost costperitem costo coste custo einkaufspreis kosten cout",
            Self::TrackInventory => {
                "trackinventory trackstock controlarinventario controlarestoque \
                 bestandverfolgen suivrelestock"
            }
            Self::Stock => {
                "stock quantity qty inventory onhand variantinventoryqty existencias inventario \
                 cantidad estoque quantidade bestand menge lagerbestand quantite"
            }
            Self::LowStockThreshold => {
                "lowstockthreshold lowstock reorderpoint stockminimo estoqueminimo \
                 mindestbestand stockminimum"
            }
            Self::AllowBackorder => "allowbackorder backorder backorders pedidosinexistencias",
            Self::Option1Name => "option1name",
            Self::Option1Value => "option1value option1",
            Self::Option2Name => "option2name",
            Self::Option2Value => "option2value option2",
            Self::Option3Name => "option3name",
            Self::Option3Value => "option3value option3",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_field() {
        for field in ProductField::ALL {
            assert_eq!(serde_json::to_value(field).unwrap(), field.name());
        }
    }
}
