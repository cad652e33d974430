use serde::{Deserialize, Serialize};

use crate::text::fold_for_search;

/// What a column can tell of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CustomerField {
    FirstName,
    LastName,
    /// Both names in one cell.
    Name,
    PhoneNumber,
    MarketingConsent,
}

impl CustomerField {
    pub const ALL: [Self; 5] = [
        Self::FirstName,
        Self::LastName,
        Self::Name,
        Self::PhoneNumber,
        Self::MarketingConsent,
    ];

    /// Its name for clients. Stable.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::Name => "name",
            Self::PhoneNumber => "phoneNumber",
            Self::MarketingConsent => "marketingConsent",
        }
    }

    /// How columns of it are headed, in English, Spanish, Portuguese, German and French:
    /// folded, and letters and digits alone.
    fn headers(self) -> &'static [&'static str] {
        match self {
            Self::FirstName => &[
                "firstname",
                "givenname",
                "forename",
                "nombre",
                "nombres",
                "primernombre",
                "primeironome",
                "vorname",
                "rufname",
                "prenom",
            ],
            Self::LastName => &[
                "lastname",
                "surname",
                "familyname",
                "apellido",
                "apellidos",
                "sobrenome",
                "apelido",
                "ultimonome",
                "nachname",
                "familienname",
                "nomdefamille",
            ],
            Self::Name => &[
                "name",
                "fullname",
                "customer",
                "customername",
                "contact",
                "contactname",
                "nombrecompleto",
                "nombreyapellido",
                "nombreyapellidos",
                "cliente",
                "contacto",
                "nome",
                "nomecompleto",
                "contato",
                "kunde",
                "kundenname",
                "vollstandigername",
                "kontakt",
                "nom",
                "nomcomplet",
                "client",
                "nometprenom",
            ],
            Self::PhoneNumber => &[
                "phone",
                "phonenumber",
                "phoneno",
                "mobile",
                "mobilephone",
                "mobilenumber",
                "cell",
                "cellphone",
                "whatsapp",
                "whatsappnumber",
                "tel",
                "telephone",
                "telefono",
                "numerodetelefono",
                "movil",
                "telefonomovil",
                "celular",
                "telefone",
                "numerodetelefone",
                "telemovel",
                "telefon",
                "telefonnummer",
                "handy",
                "handynummer",
                "mobil",
                "mobilnummer",
                "mobiltelefon",
                "numerodetelephone",
                "portable",
                "telephoneportable",
            ],
            Self::MarketingConsent => &[
                "marketingconsent",
                "consent",
                "optin",
                "marketing",
                "consentimiento",
                "consentimientodemarketing",
                "consentimento",
                "consentimentodemarketing",
                "einwilligung",
                "werbeeinwilligung",
                "consentement",
                "consentementmarketing",
            ],
        }
    }
}

/// What the columns under these headers seem to be: each field at most once, the first
/// column that fits.
pub fn guess(headers: &[String]) -> Vec<Option<CustomerField>> {
    let mut free = CustomerField::ALL.to_vec();
    let mut fields: Vec<_> = headers
        .iter()
        .map(|header| {
            let header = plain(header);
            let place = free
                .iter()
                .position(|field| field.headers().contains(&header.as_str()))?;
            Some(free.swap_remove(place))
        })
        .collect();
    // Beside a first name, French `Nom` and Portuguese `Nome` are not both names.
    let has = |wanted| fields.contains(&Some(wanted));
    if has(CustomerField::FirstName) && !has(CustomerField::LastName) {
        for field in &mut fields {
            if *field == Some(CustomerField::Name) {
                *field = Some(CustomerField::LastName);
            }
        }
    }
    fields
}

fn plain(header: &str) -> String {
    let folded = fold_for_search(header);
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::{CustomerField::*, *};

    fn guessed(headers: &[&str]) -> Vec<Option<CustomerField>> {
        let headers: Vec<_> = headers.iter().map(ToString::to_string).collect();
        guess(&headers)
    }

    #[test]
    fn headers_are_understood_in_five_languages() {
        let names = [Some(FirstName), Some(LastName), Some(PhoneNumber)];
        for headers in [
            ["First name", "Last Name", "Phone number"],
            ["Nombre", "Apellidos", "Teléfono móvil"],
            ["Primeiro nome", "Sobrenome", "Telemóvel"],
            ["VORNAME", "Nachname", "Handynummer"],
            ["Prénom", "Nom", "Téléphone"],
        ] {
            assert_eq!(guessed(&headers), names, "{headers:?}");
        }
        assert_eq!(
            guessed(&["Einwilligung", "Kunde", "handynummer"]),
            [Some(MarketingConsent), Some(Name), Some(PhoneNumber)]
        );
    }

    #[test]
    fn no_field_is_guessed_twice() {
        assert_eq!(
            guessed(&["Phone", "Shoe size", "", "Mobile"]),
            [Some(PhoneNumber), None, None, None]
        );
    }

    #[test]
    fn every_name_leads_back_to_its_field() {
        for field in CustomerField::ALL {
            let name = serde_json::to_value(field).unwrap();
            assert_eq!(name, field.as_str());
        }
    }
}
