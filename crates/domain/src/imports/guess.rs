//! What the columns of a table seem to be, by their headers.

use super::{CustomerField, ProductField};
use crate::{customers, text::fold_for_search};

impl CustomerField {
    /// How columns of it are headed, in English, Spanish, Portuguese, German and French:
    /// folded, and letters and digits alone; parted by spaces.
    fn headers(&self) -> &'static str {
        match self {
            Self::FirstName => {
                "firstname givenname forename nombre nombres primernombre primeironome vorname \
                 rufname prenom"
            }
            Self::LastName => {
                "lastname surname familyname apellido apellidos sobrenome apelido ultimonome \
                 nachname familienname nomdefamille"
            }
            Self::Name => {
                "name fullname customer customername contact contactname nombrecompleto \
                 nombreyapellido nombreyapellidos cliente contacto nome nomecompleto contato \
                 kunde kundenname vollstandigername kontakt nom nomcomplet client nometprenom"
            }
            Self::PhoneNumber => {
                "phone phonenumber phoneno mobile mobilephone mobilenumber cell cellphone \
                 whatsapp whatsappnumber tel telephone telefono numerodetelefono movil \
                 telefonomovil celular telefone numerodetelefone telemovel telefon \
                 telefonnummer handy handynummer mobil mobilnummer mobiltelefon \
                 numerodetelephone portable telephoneportable"
            }
            Self::Email => {
                "email emailaddress mail mailaddress correo correoelectronico direcciondecorreo \
                 enderecodeemail emailadresse mailadresse adresseemail adressemail courriel"
            }
            Self::Company => {
                "company companyname organization organisation business empresa \
                 nombredelaempresa compania companhia firma firmenname unternehmen entreprise \
                 societe"
            }
            Self::Address => {
                "address streetaddress street address1 addressline1 direccion calle domicilio \
                 endereco rua morada adresse strasse straße anschrift rue"
            }
            Self::City => "city town ciudad localidad poblacion cidade localidade stadt ort ville",
            Self::State => "state province region county estado provincia bundesland departement",
            Self::ZipCode => {
                "zip zipcode postcode postalcode codigopostal cp cep postleitzahl plz \
                 codepostal"
            }
            Self::Country => {
                "country countrycode pais codigodepais codigodopais land pays codepays"
            }
            Self::Tags => {
                "tags tag labels label etiquetas etiqueta marcadores schlagworte schlagworter \
                 etiketten etiquettes etiquette"
            }
            Self::Stage => "stage lifecyclestage etapa estagio phase etape",
            Self::Owner => {
                "owner owneremail assignedto responsable propietario responsavel proprietario \
                 besitzer zustandig betreuer proprietaire"
            }
            Self::Birthday => {
                "birthday birthdate dateofbirth dob cumpleanos fechadenacimiento aniversario \
                 datadenascimento geburtstag geburtsdatum anniversaire datedenaissance"
            }
            Self::Notes => {
                "notes note comments comment remarks notas nota comentarios observaciones \
                 observacoes notizen notiz bemerkung bemerkungen kommentar remarques \
                 commentaires"
            }
            Self::MarketingConsent => {
                "marketingconsent consent optin marketing consentimiento \
                 consentimientodemarketing consentimento consentimentodemarketing einwilligung \
                 werbeeinwilligung consentement consentementmarketing"
            }
            Self::Custom(_) => "",
        }
    }
}

/// What a column can be.
struct Candidate<F> {
    field: F,
    /// As clients name it.
    name: String,
    /// How its columns are headed, plain.
    headers: Vec<String>,
}

/// What the columns under these headers seem to be, to an organization with these fields of
/// its own: each field at most once, the first column that fits.
pub fn guess_customer_fields(
    headers: &[String],
    own: &[customers::CustomerField],
) -> Vec<Option<CustomerField>> {
    let common = CustomerField::COMMON.into_iter().map(|field| Candidate {
        name: field.name(),
        headers: field.headers().split(' ').map(str::to_owned).collect(),
        field,
    });
    let own = own.iter().map(|own| {
        let field = CustomerField::Custom(own.key.clone());
        Candidate {
            name: field.name(),
            headers: [own.label.as_str(), own.key.as_str()].map(plain).to_vec(),
            field,
        }
    });
    let mut fields = guess(headers, common.chain(own).collect());
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

/// As `guess_customer_fields`, of products.
pub fn guess_product_fields(headers: &[String]) -> Vec<Option<ProductField>> {
    let candidates = ProductField::ALL.into_iter().map(|field| Candidate {
        name: field.name().to_owned(),
        headers: field.headers().split(' ').map(str::to_owned).collect(),
        field,
    });
    guess(headers, candidates.collect())
}

fn guess<F>(headers: &[String], mut free: Vec<Candidate<F>>) -> Vec<Option<F>> {
    let mut fields: Vec<_> = headers.iter().map(|_| None).collect();
    // What is named as clients name it is certain, wherever it stands.
    for by_name in [true, false] {
        for (header, field) in headers.iter().zip(&mut fields) {
            let plain = plain(header);
            let seems = |candidate: &Candidate<F>| {
                if by_name {
                    candidate.name == *header
                } else {
                    !plain.is_empty() && candidate.headers.contains(&plain)
                }
            };
            if field.is_none()
                && let Some(place) = free.iter().position(seems)
            {
                *field = Some(free.remove(place).field);
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
    use chrono::DateTime;

    use super::{CustomerField::*, *};
    use crate::{
        customers::{FieldKey, FieldKind},
        id::Id,
    };

    fn guessed(headers: &[&str]) -> Vec<Option<CustomerField>> {
        guessed_with(headers, &[])
    }

    fn guessed_with(
        headers: &[&str],
        own: &[customers::CustomerField],
    ) -> Vec<Option<CustomerField>> {
        let headers: Vec<_> = headers.iter().map(ToString::to_string).collect();
        guess_customer_fields(&headers, own)
    }

    fn own(key: &str, label: &str) -> customers::CustomerField {
        customers::CustomerField {
            id: Id::generate(),
            key: FieldKey::try_from(key.to_owned()).unwrap(),
            label: label.into(),
            kind: FieldKind::Text,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
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
        let others = [Email, Address, City, ZipCode, Birthday, Notes].map(Some);
        for headers in [
            ["E-mail", "Street", "City", "ZIP", "Date of birth", "Notes"],
            [
                "Correo",
                "Dirección",
                "Ciudad",
                "C.P.",
                "Cumpleaños",
                "Notas",
            ],
            [
                "E-mail",
                "Endereço",
                "Cidade",
                "CEP",
                "Data de nascimento",
                "Observações",
            ],
            [
                "E-Mail",
                "Straße",
                "Ort",
                "PLZ",
                "Geburtstag",
                "Bemerkungen",
            ],
            [
                "Courriel",
                "Rue",
                "Ville",
                "Code postal",
                "Anniversaire",
                "Remarques",
            ],
        ] {
            assert_eq!(guessed(&headers), others, "{headers:?}");
        }
    }

    #[test]
    fn no_field_is_guessed_twice() {
        assert_eq!(
            guessed(&["Phone", "Shoe size", "", "Mobile"]),
            [Some(PhoneNumber), None, None, None]
        );
    }

    #[test]
    fn an_organizations_own_fields_are_known_by_label_and_key() {
        let own = [own("shoeSize", "Talla de zapato"), own("email2", "E-mail")];
        let custom = |place: usize| Some(Custom(own[place].key.clone()));
        for header in ["customFields.shoeSize", "Shoe size", "TALLA DE ZAPATO"] {
            assert_eq!(guessed_with(&[header], &own), [custom(0)], "{header}");
        }
        // What is certain goes before what seems so, and what all have before the rest.
        assert_eq!(
            guessed_with(&["Shoe size", "customFields.shoeSize"], &own),
            [None, custom(0)]
        );
        assert_eq!(
            guessed_with(&["E-mail", "customFields.email2"], &own),
            [Some(Email), custom(1)]
        );
    }

    #[test]
    fn the_columns_of_shops_are_known() {
        let headers = [
            "Handle",
            "Title",
            "Variant SKU",
            "Variant Price",
            "Option1 Value",
        ];
        let headers = headers.map(str::to_owned);
        let known = [
            ProductField::Handle,
            ProductField::Name,
            ProductField::Sku,
            ProductField::Price,
            ProductField::Option1Value,
        ];
        assert_eq!(guess_product_fields(&headers), known.map(Some));
    }
}
