use domain::{
    customers::{CustomerField, FieldKey, FieldKind},
    id::Id,
    store::Store,
};

use crate::given::{Stack, stacks};

fn field(stack: &Stack, key: &str, kind: FieldKind) -> CustomerField {
    CustomerField {
        id: Id::generate(),
        key: FieldKey::try_from(key.to_owned()).unwrap(),
        label: "Größe".into(),
        kind,
        created_at: stack.now(),
        updated_at: stack.now(),
        version: 1,
    }
}

#[tokio::test]
async fn fields_are_kept_changed_and_removed_in_one_organization() {
    for stack in stacks().await {
        let business = stack.business().await;
        let choice = FieldKind::Choice(vec!["S".into(), "M".into()]);
        let mut size = field(&stack, "size", choice);
        let note = field(&stack, "note", FieldKind::Text);
        let uow = stack.store.begin(business.id()).await.unwrap();
        let fields = uow.customer_fields();
        for field in [&size, &note] {
            assert!(fields.insert(field).await.unwrap());
        }
        let again = field(&stack, "size", FieldKind::Date);
        assert!(!fields.insert(&again).await.unwrap());
        size.label = "Size".into();
        size.kind = FieldKind::Choice(vec!["L".into()]);
        assert!(fields.update(&size).await.unwrap());
        assert!(!fields.update(&size).await.unwrap());
        uow.commit().await.unwrap();
        size.version += 1;

        let read = stack.store.read(business.id());
        let fields = read.customer_fields();
        assert_eq!(fields.list().await.unwrap(), [size.clone(), note.clone()]);
        assert_eq!(fields.find(note.id).await.unwrap().as_ref(), Some(&note));
        let by_key = fields.find_by_key(&size.key).await.unwrap();
        assert_eq!(by_key.as_ref(), Some(&size));
        let theirs = stack.business().await;
        let others = stack.store.read(theirs.id());
        assert_eq!(others.customer_fields().list().await.unwrap(), []);
        assert_eq!(others.customer_fields().find(size.id).await.unwrap(), None);

        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(!uow.customer_fields().remove(size.id, 1).await.unwrap());
        assert!(uow.customer_fields().remove(size.id, 2).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(fields.list().await.unwrap(), [note]);
    }
}
