use domain::customers::Attribute;

/// As in a customer; of the organization's own fields, with the field's id.
pub(super) fn attribute_name(attribute: Attribute) -> String {
    let name = match attribute {
        Attribute::FirstName => "firstName",
        Attribute::LastName => "lastName",
        Attribute::PhoneNumber => "phoneNumber",
        Attribute::OtherPhoneNumbers => "otherPhoneNumbers",
        Attribute::Email => "email",
        Attribute::Company => "company",
        Attribute::Address => "address",
        Attribute::City => "city",
        Attribute::State => "state",
        Attribute::ZipCode => "zipCode",
        Attribute::Country => "country",
        Attribute::Tags => "tags",
        Attribute::Stage => "stage",
        Attribute::OwnerId => "ownerId",
        Attribute::Birthday => "birthday",
        Attribute::Notes => "notes",
        Attribute::Custom(id) => return format!("customFields.{id}"),
    };
    name.to_owned()
}
