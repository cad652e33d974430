mod becoming;
mod marks;
mod merging;

use domain::{
    id::Id,
    store::Store,
    whatsapp::{ContactFilter, Identity, IdentityKind},
};

use crate::given::{Stack, contact, customer, newest, stacks, wa_id};

fn user_id(value: &str) -> Identity {
    Identity {
        kind: IdentityKind::UserId,
        value: value.into(),
    }
}

#[tokio::test]
async fn a_contact_is_found_by_any_of_its_identities() {
    for stack in stacks().await {
        let business = stack.business().await;
        let known = wa_id(&business.contact);
        let uow = stack.store.begin(business.id()).await.unwrap();
        let contacts = uow.contacts();
        let id = business.contact.id;
        contacts
            .add_identities(id, &[user_id("MX.1"), known.clone()])
            .await
            .unwrap();
        let found = Some(business.contact.clone());
        for sought in [
            [user_id("nobody"), known.clone()],
            [user_id("MX.1"), user_id("x")],
        ] {
            assert_eq!(contacts.find_by_identities(&sought).await.unwrap(), found);
        }
        assert_eq!(
            contacts.find_by_identities(&[user_id("x")]).await.unwrap(),
            None
        );
        assert_eq!(contacts.find_by_identities(&[]).await.unwrap(), None);
        assert_eq!(
            contacts.identities(&[id]).await.unwrap()[&id],
            [user_id("MX.1"), known]
        );
        let of_customer = contacts
            .find_by_customer(business.customer.id)
            .await
            .unwrap();
        assert_eq!(of_customer, found);
    }
}

#[tokio::test]
async fn of_several_contacts_the_one_with_the_first_identity_counts() {
    for stack in stacks().await {
        let business = stack.business().await;
        let second = contact(&business.customer, stack.now());
        let uow = stack.store.begin(business.id()).await.unwrap();
        let contacts = uow.contacts();
        assert!(contacts.insert(&second, &[user_id("MX.2")]).await.unwrap());
        let first = wa_id(&business.contact);
        let found = contacts
            .find_by_identities(&[user_id("MX.2"), first.clone()])
            .await;
        assert_eq!(found.unwrap(), Some(second));
        let found = contacts.find_by_identities(&[first, user_id("MX.2")]).await;
        assert_eq!(found.unwrap(), Some(business.contact));
    }
}

#[tokio::test]
async fn a_contact_with_anothers_identity_is_not_stored() {
    for stack in stacks().await {
        let business = stack.business().await;
        let second = contact(&business.customer, stack.now());
        let taken = wa_id(&business.contact);
        let uow = stack.store.begin(business.id()).await.unwrap();
        let contacts = uow.contacts();
        let identities = [user_id("MX.2"), taken.clone()];
        assert!(!contacts.insert(&second, &identities).await.unwrap());
        assert_eq!(contacts.find(second.id).await.unwrap(), None);
        assert_eq!(
            contacts
                .find_by_identities(&[user_id("MX.2")])
                .await
                .unwrap(),
            None
        );
        assert!(contacts.insert(&second, &[user_id("MX.2")]).await.unwrap());

        contacts
            .add_identities(second.id, std::slice::from_ref(&taken))
            .await
            .unwrap();
        let owner = contacts
            .find_by_identities(std::slice::from_ref(&taken))
            .await
            .unwrap();
        assert_eq!(owner, Some(business.contact));
        contacts
            .move_identities(second.id, std::slice::from_ref(&taken))
            .await
            .unwrap();
        let owner = contacts.find_by_identities(&[taken]).await.unwrap();
        assert_eq!(owner, Some(second));
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_number_stands_for_all_the_ways_in_which_it_is_written() {
    for stack in stacks().await {
        let business = stack.business().await;
        let number = |digits: &str| {
            [Identity {
                kind: IdentityKind::WaId,
                value: digits.into(),
            }]
        };
        let (long, short) = (number("5511987654321"), number("551187654321"));
        let written = |way: &[Identity; 1]| {
            let mut contact = contact(&business.customer, stack.now());
            contact.wa_id = Some(way[0].value.clone());
            contact
        };
        let (first, second) = (written(&long), written(&short));
        let uow = stack.store.begin(business.id()).await.unwrap();
        let contacts = uow.contacts();
        assert!(contacts.insert(&first, &long).await.unwrap());
        assert!(!contacts.insert(&second, &short).await.unwrap());
        for way in [&long, &short] {
            let found = contacts.find_by_identities(way).await.unwrap();
            assert_eq!(found.as_ref(), Some(&first));
        }

        assert!(contacts.insert(&second, &[user_id("BR.2")]).await.unwrap());
        contacts.move_identities(second.id, &short).await.unwrap();
        for way in [&long, &short] {
            let found = contacts.find_by_identities(way).await.unwrap();
            assert_eq!(found.as_ref(), Some(&second));
        }
        let loser = contacts.find(first.id).await.unwrap().unwrap();
        assert_eq!(loser.wa_id, None, "it is another's number now");
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn the_same_identity_may_be_known_in_two_organizations() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut copy = contact(&theirs.customer, stack.now());
        copy.wa_id = ours.contact.wa_id.clone();
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert!(uow.contacts().insert(&copy, &[wa_id(&copy)]).await.unwrap());
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn search_finds_part_of_a_name_or_number_and_takes_signs_literally() {
    for stack in stacks().await {
        let business = stack.business().await;
        let names = ["José_Ángel", "100% Ana", "Back\\slash"];
        for name in names {
            let customer = customer(name, stack.now());
            let mut contact = contact(&customer, stack.now());
            contact.name = Some(name.into());
            let uow = stack.store.begin(business.id()).await.unwrap();
            uow.customers().insert(&customer).await.unwrap();
            uow.contacts()
                .insert(&contact, &[wa_id(&contact)])
                .await
                .unwrap();
            uow.commit().await.unwrap();
        }
        let cases = [
            ("jose", vec!["José_Ángel"]),
            ("e_a", vec!["José_Ángel"]),
            ("%", vec!["100% Ana"]),
            ("k\\s", vec!["Back\\slash"]),
            ("_", vec!["José_Ángel"]),
            ("zoe", vec!["Zoë"]),
            ("nobody", vec![]),
        ];
        for (search, expected) in cases {
            assert_eq!(
                found(&stack, business.id(), search).await,
                expected,
                "{search}"
            );
        }
        let digits = &business.contact.wa_id.as_deref().unwrap()[4..];
        assert_eq!(
            found(&stack, business.id(), &format!("+{digits}")).await,
            ["Zoë"]
        );
    }
}

async fn found(
    stack: &Stack,
    organization: domain::organizations::OrganizationId,
    search: &str,
) -> Vec<String> {
    let read = stack.store.read(organization);
    let filter = ContactFilter {
        search: Some(search),
        ..ContactFilter::default()
    };
    let contacts = read.contacts();
    let page = contacts.list(filter, newest(10)).await.unwrap();
    let count = contacts.count(filter).await.unwrap();
    assert_eq!(count, page.rows.len() as u64);
    page.rows
        .into_iter()
        .filter_map(|contact| contact.name)
        .collect()
}

#[tokio::test]
async fn a_contact_is_changed() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut contact = business.contact;
        contact.name = None;
        contact.user_id = Some("MX.7".into());
        let uow = stack.store.begin(business.organization.id).await.unwrap();
        uow.contacts().update(&contact).await.unwrap();
        assert_eq!(
            uow.contacts().find(contact.id).await.unwrap(),
            Some(contact)
        );
        assert_eq!(uow.contacts().find(Id::generate()).await.unwrap(), None);
    }
}
