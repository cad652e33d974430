use super::*;
use crate::{chats::Priority, id::Id};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
const SETTINGS: AssignmentSettings = AssignmentSettings {
    agents_see: AgentsSee::All,
    enabled: true,
    capacity: 20,
    updated_at: NOW,
    version: 1,
};

fn candidates<const N: usize>(last: [Option<i64>; N]) -> [Candidate; N] {
    last.map(|seconds| Candidate {
        user_id: Id::generate(),
        last_assigned_at: seconds.map(|seconds| NOW + Duration::seconds(seconds)),
    })
}

#[test]
fn the_turn_is_whose_last_was_the_longest_ago() {
    let team = candidates([Some(-1), None, Some(-3), Some(-2)]);
    let mut full = HashMap::new();
    for place in [1, 2, 3, 0] {
        let turn = SETTINGS.next_turn(&team, &full, NOW).unwrap();
        assert_eq!(turn.user_id, team[place].user_id);
        assert_eq!(turn.at, NOW);
        full.insert(turn.user_id, 20);
    }
    assert_eq!(SETTINGS.next_turn(&team, &full, NOW), None);
    assert_eq!(SETTINGS.next_turn(&[], &HashMap::new(), NOW), None);
}

#[test]
fn who_has_as_many_open_chats_as_the_capacity_gets_no_more() {
    let [one] = candidates([None]);
    let turn = |open| {
        let open = HashMap::from([(one.user_id, open)]);
        SETTINGS.next_turn(&[one], &open, NOW).is_some()
    };
    assert!(turn(19));
    assert!(!turn(20));
    // The capacity was lowered, or people have given more.
    assert!(!turn(21));
}

#[test]
fn turns_go_round_although_the_clock_stands_or_goes_back() {
    let mut team = candidates([None, None, Some(60)]);
    let mut order = Vec::new();
    for _ in 0..9 {
        let turn = SETTINGS.next_turn(&team, &HashMap::new(), NOW).unwrap();
        let place = team.iter().position(|it| it.user_id == turn.user_id);
        let place = place.unwrap();
        team[place].last_assigned_at = Some(turn.at);
        order.push(place);
    }
    let round = order[..3].to_vec();
    assert_eq!(order, round.repeat(3));
    let mut all = round;
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2]);
}

fn chat(status: ChatStatus, assignee_id: Option<UserId>) -> Chat {
    let id = ChatId::generate().uuid();
    Chat {
        id: id.into(),
        account_id: id.into(),
        contact_id: id.into(),
        customer_id: None,
        status,
        snoozed_until: None,
        assignee_id,
        priority: Priority::None,
        last_inbound_at: None,
        last_activity_at: NOW,
        last_message_at: None,
        inbound_count: 0,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

#[test]
fn a_chat_that_waits_or_leaves_somebodys_hands_lets_one_be_assigned() {
    use ChatStatus::{Open, Pending, Resolved, Snoozed};
    let (ana, ben) = (Some(Id::generate()), Some(Id::generate()));
    let lets = |before: (ChatStatus, Option<UserId>), after: (ChatStatus, Option<UserId>)| {
        chat(after.0, after.1).lets_assign(&chat(before.0, before.1))
    };
    for status in [Pending, Snoozed, Resolved] {
        assert!(lets((Open, ana), (status, ana)), "{status:?}");
        assert!(lets((status, None), (Open, None)), "{status:?}");
        assert!(!lets((status, ana), (Open, ana)), "{status:?}");
        assert!(!lets((status, ana), (status, None)), "{status:?}");
        assert!(!lets((Open, None), (status, None)), "{status:?}");
    }
    assert!(lets((Open, ana), (Open, ben)));
    assert!(lets((Open, ana), (Open, None)));
    assert!(lets((Resolved, ana), (Open, None)));
    assert!(!lets((Open, None), (Open, ana)));
    assert!(!lets((Open, None), (Open, None)));
    assert!(!lets((Open, ana), (Open, ana)));
}
