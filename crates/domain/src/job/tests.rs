use super::*;

#[test]
fn mails_that_void_each_other_are_sent_in_order() {
    let (user_id, invitation_id) = (Id::generate(), Id::generate());
    let key = |job: Job| job.ordering_key();
    let welcome = key(Job::SendWelcomeMail { user_id });
    assert!(welcome.is_some());
    assert_eq!(welcome, key(Job::SendEmailVerification { user_id }));
    let invitation = key(Job::SendInvitation { invitation_id });
    assert!(invitation.is_some());
    let invitation_id = Id::generate();
    assert_ne!(invitation, key(Job::SendInvitation { invitation_id }));
}

#[test]
fn the_imports_of_one_organization_run_one_after_the_other() {
    let (ours, theirs) = (Id::generate(), Id::generate());
    let run = |organization_id| Job::RunImport {
        organization_id,
        import_id: Id::generate(),
    };
    let undo = Job::UndoImport {
        organization_id: ours,
        import_id: Id::generate(),
    };
    assert_eq!(run(ours).ordering_key(), run(ours).ordering_key());
    assert_eq!(run(ours).ordering_key(), undo.ordering_key());
    assert_ne!(run(ours).ordering_key(), run(theirs).ordering_key());
}
