use chrono::Duration;
use domain::{
    chats::Label,
    customers::{CustomerFilter, FieldCondition, FieldValue, OwnerFilter, Segment, Stage},
    id::Id,
    page::{PageRequest, Window},
    store::Store,
};

use crate::given::{Stack, newest, stacks};

fn segment(stack: &Stack, name: &str, seconds: i64) -> Segment {
    let at = stack.now() + Duration::seconds(seconds);
    Segment {
        id: Id::generate(),
        name: name.into(),
        filter: CustomerFilter::default(),
        created_at: at,
        updated_at: at,
        version: 1,
    }
}

#[tokio::test]
async fn segments_are_kept_changed_and_removed_in_one_organization() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut regulars = segment(&stack, "Regulars", 0);
        regulars.filter = CustomerFilter {
            search: Some("zoé".into()),
            any_tags: Label::parse_all(&["VIP"]).unwrap(),
            stages: vec![Stage::Lead],
            owner: Some(OwnerFilter::User(business.user.id)),
            opted_out: Some(false),
            created_from: Some(stack.now()),
            birthday_to: "12-31".parse().ok(),
            custom_fields: vec![FieldCondition {
                field_id: Id::generate(),
                is: None,
                from: Some(FieldValue::Date("2026-01-31".parse().unwrap())),
                to: None,
            }],
            ..CustomerFilter::default()
        };
        let others = segment(&stack, "Others", 1);
        let uow = stack.store.begin(business.id()).await.unwrap();
        let segments = uow.segments();
        assert!(segments.insert(&regulars).await.unwrap());
        assert!(segments.insert(&others).await.unwrap());
        let again = segment(&stack, "REGULARS", 2);
        assert!(!segments.insert(&again).await.unwrap());
        let taken = Segment {
            name: "regulars".into(),
            ..others.clone()
        };
        assert!(!segments.update(&taken).await.unwrap());
        regulars.name = "regulars".into();
        assert!(segments.update(&regulars).await.unwrap());
        assert!(!segments.update(&regulars).await.unwrap());
        uow.commit().await.unwrap();
        regulars.version += 1;

        let read = stack.store.read(business.id());
        let segments = read.segments();
        let first = segments.list(newest(1)).await.unwrap();
        assert_eq!(first.rows, [others]);
        let request = PageRequest {
            window: Window::Before(first.older.unwrap()),
            limit: 1,
        };
        let last = segments.list(request).await.unwrap();
        assert_eq!((last.rows, last.older), (vec![regulars.clone()], None));
        assert_eq!(segments.count().await.unwrap(), 2);
        let by_name = segments.find_by_name("regulars").await.unwrap();
        assert_eq!(by_name.as_ref(), Some(&regulars));

        let theirs = stack.business().await;
        let elsewhere = stack.store.read(theirs.id());
        let segments = elsewhere.segments();
        assert_eq!(segments.find(regulars.id).await.unwrap(), None);
        assert_eq!(segments.find_by_name("regulars").await.unwrap(), None);
        assert_eq!(segments.count().await.unwrap(), 0);

        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(!uow.segments().remove(regulars.id, 1).await.unwrap());
        assert!(uow.segments().remove(regulars.id, 2).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(read.segments().find(regulars.id).await.unwrap(), None);
    }
}
