use domain::whatsapp::{CloudApi, TemplateCategory};
use meta_simulator::TemplateDefinition;

use super::{Meta, credentials};

#[tokio::test]
async fn a_template_is_for_what_meta_takes_it_for() {
    let (meta, ours) = (Meta::start().await, credentials());
    // Meta also finds the longer name when it is asked for the shorter one.
    for (name, language, category) in [
        ("sale_of_summer", "en_US", "UTILITY"),
        ("sale", "es_MX", "AUTHENTICATION"),
        ("sale", "en_US", "MARKETING"),
        ("new", "en_US", "OF_A_NEW_KIND"),
    ] {
        meta.simulator().define_template(TemplateDefinition {
            business_account_id: ours.business_account_id.clone(),
            name: name.into(),
            language: language.into(),
            category: category.into(),
            status: "APPROVED".into(),
            components: Vec::new(),
        });
    }
    for (name, language, expected) in [
        ("sale", "en_US", Some(TemplateCategory::Marketing)),
        ("sale", "es_MX", Some(TemplateCategory::Authentication)),
        ("sale_of_summer", "en_US", Some(TemplateCategory::Utility)),
        ("sale", "de", None),
        ("sal", "en_US", None),
        ("new", "en_US", None),
    ] {
        let told = meta.api.template_category(&ours, name, language);
        assert_eq!(told.await.unwrap(), expected, "{name} in {language}");
    }
}
