use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
};

use domain::{
    auth::UserId,
    chats::ChatId,
    id::Id,
    organizations::MemberName,
    realtime::{Presence, PresentAgent},
};
use tokio::time::Instant;

use super::PresenceNews;

/// Who of an organization is there, as far as this instance knows. Told the time, it needs
/// no clock.
pub(super) struct Board {
    /// As which it tells the others of its own seats.
    source: Id<Presence>,
    seats: HashMap<u64, Seat>,
    last_seat: u64,
    /// What it told the others last.
    told: Vec<PresentAgent>,
    sources: HashMap<Id<Presence>, Source>,
    typists: HashMap<(UserId, ChatId), Typist>,
    asked: bool,
}

/// One open socket.
struct Seat {
    agent: MemberName,
    viewing: Option<ChatId>,
}

struct Source {
    agents: Vec<PresentAgent>,
    until: Instant,
}

struct Typist {
    agent: MemberName,
    until: Instant,
}

impl Board {
    pub(super) fn new() -> Self {
        Self {
            source: Id::generate(),
            seats: HashMap::new(),
            last_seat: 0,
            told: Vec::new(),
            sources: HashMap::new(),
            typists: HashMap::new(),
            asked: false,
        }
    }

    pub(super) fn sit(&mut self, agent: MemberName, viewing: Option<ChatId>) -> u64 {
        self.last_seat += 1;
        self.seats.insert(self.last_seat, Seat { agent, viewing });
        self.last_seat
    }

    pub(super) fn rise(&mut self, seat: u64) {
        self.seats.remove(&seat);
    }

    pub(super) fn view(&mut self, seat: u64, chat: Option<ChatId>) {
        if let Some(seat) = self.seats.get_mut(&seat) {
            seat.viewing = chat;
        }
    }

    /// Takes in what an instance told, and answers what is new by it.
    pub(super) fn hear(&mut self, presence: Presence, now: Instant) -> Vec<PresenceNews> {
        match presence {
            Presence::Here { source, agents } => {
                let before = self.present();
                if agents.is_empty() {
                    self.sources.remove(&source);
                } else {
                    let until = now + Presence::LIFETIME;
                    self.sources.insert(source, Source { agents, until });
                }
                self.changes_since(&before)
            }
            Presence::Typing {
                agent,
                chat_id,
                lasts,
            } => {
                let key = (agent.user_id, chat_id);
                let until = now + lasts;
                if let Some(typist) = self.typists.get_mut(&key) {
                    typist.until = typist.until.max(until);
                    return Vec::new();
                }
                let typist = Typist {
                    agent: agent.clone(),
                    until,
                };
                self.typists.insert(key, typist);
                vec![PresenceNews::Typing {
                    agent,
                    chat_id,
                    typing: true,
                }]
            }
            Presence::WhoIsHere => {
                self.asked = true;
                Vec::new()
            }
        }
    }

    /// Forgets what was not said again in time.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<PresenceNews> {
        let before = self.present();
        self.sources.retain(|_, source| source.until > now);
        let mut news = self.changes_since(&before);
        let over = |_: &_, typist: &mut Typist| typist.until <= now;
        for ((_, chat_id), typist) in self.typists.extract_if(over) {
            news.push(PresenceNews::Typing {
                agent: typist.agent,
                chat_id,
                typing: false,
            });
        }
        news
    }

    /// When there is something to forget, if nothing is said until then.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        let sources = self.sources.values().map(|source| source.until);
        let typists = self.typists.values().map(|typist| typist.until);
        sources.chain(typists).min()
    }

    /// Whoever sends a message has done typing.
    pub(super) fn stop_typing(&mut self, user: UserId, chat_id: ChatId) -> Option<PresenceNews> {
        let typist = self.typists.remove(&(user, chat_id))?;
        Some(PresenceNews::Typing {
            agent: typist.agent,
            chat_id,
            typing: false,
        })
    }

    /// All that is known, for somebody who knows nothing.
    pub(super) fn all(&self) -> Vec<PresenceNews> {
        let mut news = vec![PresenceNews::All(self.present().into_values().collect())];
        let typists = self.typists.iter();
        news.extend(typists.map(|((_, chat_id), typist)| PresenceNews::Typing {
            agent: typist.agent.clone(),
            chat_id: *chat_id,
            typing: true,
        }));
        news
    }

    /// What the other instances are to be told now. Nothing if they know it, unless one has
    /// asked, or they shall be told `anyway`.
    pub(super) fn tell(&mut self, anyway: bool, now: Instant) -> Vec<Presence> {
        let asked = mem::take(&mut self.asked);
        let agents = self.seated();
        if agents == self.told && !anyway && !asked {
            return Vec::new();
        }
        self.told.clone_from(&agents);
        let source = self.source;
        let mut all = vec![Presence::Here { source, agents }];
        if asked {
            let typists = self.typists.iter();
            all.extend(typists.map(|((_, chat_id), typist)| Presence::Typing {
                agent: typist.agent.clone(),
                chat_id: *chat_id,
                lasts: typist.until.saturating_duration_since(now),
            }));
        }
        all
    }

    fn seated(&self) -> Vec<PresentAgent> {
        let seats = self.seats.values();
        merge(seats.map(|seat| (&seat.agent, seat.viewing.as_slice())))
            .into_values()
            .collect()
    }

    fn present(&self) -> BTreeMap<UserId, PresentAgent> {
        let agents = self.sources.values().flat_map(|source| &source.agents);
        merge(agents.map(|present| (&present.agent, present.viewing.as_slice())))
    }

    fn changes_since(&self, before: &BTreeMap<UserId, PresentAgent>) -> Vec<PresenceNews> {
        let after = self.present();
        let gone = before
            .iter()
            .filter(|(user, _)| !after.contains_key(user))
            .map(|(_, present)| PresenceNews::Gone(present.agent.clone()));
        let changed = after
            .iter()
            .filter(|(user, present)| before.get(user) != Some(present))
            .map(|(_, present)| PresenceNews::Here(present.clone()));
        gone.chain(changed).collect()
    }
}

/// Many tabs of an agent are one presence.
fn merge<'a>(
    tabs: impl Iterator<Item = (&'a MemberName, &'a [ChatId])>,
) -> BTreeMap<UserId, PresentAgent> {
    let mut agents = BTreeMap::<UserId, (&MemberName, BTreeSet<ChatId>)>::new();
    for (agent, viewing) in tabs {
        let (_, chats) = agents
            .entry(agent.user_id)
            .or_insert_with(|| (agent, BTreeSet::new()));
        chats.extend(viewing);
    }
    let present = |(user, (agent, viewing)): (_, (&MemberName, BTreeSet<_>))| {
        let agent = agent.clone();
        let viewing = viewing.into_iter().collect();
        (user, PresentAgent { agent, viewing })
    };
    agents.into_iter().map(present).collect()
}

#[cfg(test)]
mod tests;
