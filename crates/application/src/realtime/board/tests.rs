use std::time::Duration;

use super::*;

fn agent(name: &str) -> MemberName {
    MemberName {
        user_id: Id::generate(),
        first_name: name.into(),
        last_name: "Paz".into(),
        active: true,
    }
}

/// Takes in what the other has to tell.
fn listen(to: &mut Board, board: &mut Board, now: Instant) -> Vec<PresenceNews> {
    let told = to.tell(false, now);
    told.into_iter()
        .flat_map(|presence| board.hear(presence, now))
        .collect()
}

fn here(agent: &MemberName, viewing: &[ChatId]) -> PresenceNews {
    PresenceNews::Here(PresentAgent {
        agent: agent.clone(),
        viewing: viewing.to_vec(),
    })
}

#[test]
fn the_tabs_of_an_agent_at_two_instances_are_one_presence() {
    let (now, ana) = (Instant::now(), agent("Ana"));
    let (mut one, mut two, mut board) = (Board::new(), Board::new(), Board::new());
    let first = one.sit(ana.clone(), None);
    assert_eq!(listen(&mut one, &mut board, now), [here(&ana, &[])]);
    let second = one.sit(ana.clone(), None);
    assert_eq!(one.tell(false, now), [], "another tab is no news");
    let chat = Id::generate();
    let third = two.sit(ana.clone(), Some(chat));
    assert_eq!(listen(&mut two, &mut board, now), [here(&ana, &[chat])]);

    one.rise(first);
    one.rise(second);
    assert_eq!(listen(&mut one, &mut board, now), []);
    two.view(third, None);
    assert_eq!(listen(&mut two, &mut board, now), [here(&ana, &[])]);
    two.rise(third);
    let gone = [PresenceNews::Gone(ana)];
    assert_eq!(listen(&mut two, &mut board, now), gone);
    assert_eq!(board.all(), [PresenceNews::All(Vec::new())]);
}

#[test]
fn what_a_dead_instance_said_ends_by_itself() {
    let (now, ana) = (Instant::now(), agent("Ana"));
    let (mut dead, mut board) = (Board::new(), Board::new());
    dead.sit(ana.clone(), None);
    listen(&mut dead, &mut board, now);
    let later = now + Presence::HEARTBEAT;
    for presence in dead.tell(true, later) {
        assert_eq!(board.hear(presence, later), [], "a heartbeat is no news");
    }
    let end = later + Presence::LIFETIME;
    assert_eq!(board.next_expiry(), Some(end));
    assert_eq!(board.expire(end - Duration::from_millis(1)), []);
    assert_eq!(board.expire(end), [PresenceNews::Gone(ana)]);
    assert_eq!(board.next_expiry(), None);
}

#[test]
fn typing_lasts_while_it_is_said_again_or_until_the_answer() {
    let (now, ana, chat_id) = (Instant::now(), agent("Ana"), Id::generate());
    let typing = |typing| PresenceNews::Typing {
        agent: ana.clone(),
        chat_id,
        typing,
    };
    let said = Presence::typing(ana.clone(), chat_id);
    let mut board = Board::new();
    assert_eq!(board.hear(said.clone(), now), [typing(true)]);
    let later = now + Duration::from_secs(5);
    assert_eq!(board.hear(said.clone(), later), []);
    assert_eq!(board.expire(now + Duration::from_secs(7)), []);
    assert_eq!(board.all()[1..], [typing(true)]);
    assert_eq!(board.expire(now + Duration::from_secs(11)), [typing(false)]);

    board.hear(said, later);
    let stopped = board.stop_typing(ana.user_id, chat_id);
    assert_eq!(stopped, Some(typing(false)));
    assert_eq!(board.stop_typing(ana.user_id, chat_id), None);
}

#[test]
fn an_instance_that_begins_learns_who_is_here_and_types() {
    let (now, ana, chat_id) = (Instant::now(), agent("Ana"), Id::generate());
    let (mut old, mut new) = (Board::new(), Board::new());
    old.sit(ana.clone(), None);
    for presence in old.tell(false, now) {
        old.hear(presence, now);
    }
    old.hear(Presence::typing(ana, chat_id), now);
    assert_eq!(old.tell(false, now), []);
    old.hear(Presence::WhoIsHere, now);
    let later = now + Duration::from_secs(4);
    listen(&mut old, &mut new, later);
    assert_eq!(new.all(), old.all());
    assert_eq!(new.next_expiry(), Some(now + Duration::from_secs(6)));
}
