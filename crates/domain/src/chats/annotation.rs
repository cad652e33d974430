//! Reactions, edits and revokes: messages that speak of another one.

use super::{Direction, Message, MessageContent, MessageStatus, Reaction};

impl Message {
    /// The wamid of the message that this one speaks of.
    pub fn annotates(&self) -> Option<&str> {
        self.content.annotates()
    }

    /// Takes in all annotations of this message that are known, in whatever order they are
    /// given: the latest of each kind counts. A revoked message keeps its content, for the
    /// business's eyes. Only who wrote a message may edit or revoke it. What has not gone out
    /// counts for nothing. False if nothing changed.
    pub fn annotate(&mut self, annotations: &[Message]) -> bool {
        let before = self.clone();
        let mut in_order: Vec<_> = annotations.iter().filter(|it| it.is_out()).collect();
        in_order.sort_by_key(|annotation| (annotation.created_at, annotation.id));
        self.reactions.clear();
        for annotation in in_order {
            let by_author =
                (annotation.direction, annotation.chat_id) == (self.direction, self.chat_id);
            match &annotation.content {
                MessageContent::Reaction { emoji, .. } => self.react(annotation, emoji.as_deref()),
                MessageContent::Edit { content, .. } if by_author => {
                    self.content = (**content).clone();
                    self.edited_at = Some(annotation.created_at);
                }
                MessageContent::Revoke { .. } if by_author => {
                    self.revoked_at = Some(annotation.created_at);
                }
                _ => {}
            }
        }
        *self != before
    }

    /// Whether the other side has it, or is about to.
    fn is_out(&self) -> bool {
        use MessageStatus::{Delivered, Read, Received, Sent};
        matches!(self.status, Received | Sent | Delivered | Read)
    }

    /// Each side, and in groups each participant, has one reaction at most.
    fn react(&mut self, by: &Message, emoji: Option<&str>) {
        let (direction, participant) = (by.direction, by.participant());
        self.reactions.retain(|known| {
            (known.direction, known.participant.as_str()) != (direction, participant)
        });
        if let Some(emoji) = emoji {
            self.reactions.push(Reaction {
                emoji: emoji.to_owned(),
                direction,
                participant: participant.to_owned(),
                created_at: by.created_at,
            });
        }
    }

    /// In groups, who wrote it; else empty.
    fn participant(&self) -> &str {
        self.context
            .as_ref()
            .filter(|_| self.direction == Direction::Inbound)
            .and_then(|context| context.get("participant")?.as_str())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::{
        chats::{MessageStatus, Text},
        id::Id,
    };

    fn message(second: i64, content: MessageContent) -> Message {
        let id = Id::<()>::generate().uuid();
        Message {
            id: id.into(),
            chat_id: Uuid::nil().into(),
            account_id: id.into(),
            direction: Direction::Inbound,
            content,
            status: MessageStatus::Received,
            wamid: None,
            reply_to: None,
            reactions: Vec::new(),
            sent_by: None,
            origin: None,
            context: None,
            referral: None,
            error: None,
            created_at: DateTime::from_timestamp(second, 0).unwrap(),
            edited_at: None,
            revoked_at: None,
            sent_at: None,
            delivered_at: None,
            read_at: None,
            failed_at: None,
        }
    }

    fn text(body: &str) -> MessageContent {
        MessageContent::Text(Text {
            body: body.into(),
            preview_url: false,
        })
    }

    fn reaction(second: i64, emoji: Option<&str>) -> Message {
        let content = MessageContent::Reaction {
            message_id: "target".into(),
            emoji: emoji.map(str::to_owned),
        };
        message(second, content)
    }

    fn edit(second: i64, body: &str) -> Message {
        let content = MessageContent::Edit {
            message_id: "target".into(),
            content: Box::new(text(body)),
        };
        message(second, content)
    }

    fn emoji(message: &Message) -> Vec<&str> {
        message.reactions.iter().map(|r| r.emoji.as_str()).collect()
    }

    #[test]
    fn nobody_edits_or_deletes_what_somebody_else_wrote() {
        let mut target = message(0, text("Two, please"));
        let mut forged = edit(1, "Two hundred, please");
        forged.chat_id = Id::generate();
        assert!(!target.annotate(&[forged]));
    }

    #[test]
    fn a_side_has_one_reaction_and_may_take_it_back() {
        let mut target = message(0, text("hello"));
        let mut known = vec![reaction(1, Some("👍"))];
        assert!(target.annotate(&known));
        assert!(!target.annotate(&known));
        known.push(reaction(2, Some("😮")));
        target.annotate(&known);
        assert_eq!(emoji(&target), ["😮"]);
        known.push(Message {
            direction: Direction::Outbound,
            ..reaction(3, Some("🙏"))
        });
        target.annotate(&known);
        assert_eq!(emoji(&target), ["😮", "🙏"]);
        known.push(reaction(4, None));
        target.annotate(&known);
        assert_eq!(emoji(&target), ["🙏"]);
    }

    #[test]
    fn a_reaction_that_has_not_gone_out_does_not_count() {
        use MessageStatus::{Delivered, Failed, Queued, Read, Sending, Sent, Uncertain};
        let ours = |status| Message {
            direction: Direction::Outbound,
            status,
            ..reaction(1, Some("🙏"))
        };
        for status in [Queued, Sending, Failed, Uncertain] {
            let mut target = message(0, text("hello"));
            assert!(!target.annotate(&[ours(status)]), "{status:?}");
        }
        for status in [Sent, Delivered, Read] {
            let mut target = message(0, text("hello"));
            assert!(target.annotate(&[ours(status)]), "{status:?}");
        }
    }

    #[test]
    fn annotations_may_come_in_any_order() {
        let ordered = [
            edit(1, "b"),
            reaction(2, Some("👍")),
            edit(3, "c"),
            reaction(4, None),
        ];
        let mut expected = message(0, text("a"));
        expected.annotate(&ordered);
        assert_eq!(expected.content, text("c"));
        assert!(expected.reactions.is_empty());
        for turn in 0..ordered.len() {
            let mut turned = ordered.to_vec();
            turned.rotate_left(turn);
            let mut target = Message {
                content: text("a"),
                reactions: Vec::new(),
                edited_at: None,
                ..expected.clone()
            };
            for upto in 1..=turned.len() {
                target.annotate(&turned[..upto]);
            }
            assert_eq!(target, expected);
        }
    }

    #[test]
    fn only_the_author_edits_and_revokes() {
        let revoke = MessageContent::Revoke {
            message_id: "target".into(),
        };
        let annotations = [edit(1, "not mine"), message(2, revoke)];
        let mut ours = Message {
            direction: Direction::Outbound,
            ..message(0, text("ours"))
        };
        assert!(!ours.annotate(&annotations));
        let mut theirs = message(0, text("theirs"));
        assert!(theirs.annotate(&annotations));
        assert!(theirs.revoked_at.is_some());
    }
}
