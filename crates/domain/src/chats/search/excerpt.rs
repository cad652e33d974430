use std::ops::Range;

use super::words::{Word, words};

/// A part of a text, around the first word that fits. In parts rather than with marks, so
/// that nobody can take what a customer wrote for markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(pub Vec<ExcerptPart>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcerptPart {
    pub text: String,
    /// Whether it is a word that fits.
    pub is_match: bool,
}

impl Excerpt {
    /// In characters.
    const LENGTH: usize = 160;
    /// Of that, what is shown before the first word that fits.
    const BEFORE: usize = 40;

    pub(super) fn of(text: &str, wanted: &[Word]) -> Self {
        let (text, words) = words(text);
        let mut matches: Vec<_> = words
            .iter()
            .flat_map(|word| wanted.iter().flat_map(|wanted| word.matches(wanted)))
            .collect();
        matches.sort_by_key(|range| (range.start, range.end));
        let first = matches.first().map_or(0, |range| range.start);
        let shown = window(&text, first);

        let mut parts = Vec::new();
        let mut add = |text: &str, is_match| {
            if !text.is_empty() {
                let text = text.to_owned();
                parts.push(ExcerptPart { text, is_match });
            }
        };
        if shown.start > 0 {
            add("…", false);
        }
        let mut done = shown.start;
        for range in matches {
            let (start, end) = (range.start.max(done), range.end.min(shown.end));
            if start < end {
                add(&text[done..start], false);
                add(&text[start..end], true);
                done = end;
            }
        }
        add(&text[done..shown.end], false);
        if shown.end < text.len() {
            add("…", false);
        }
        Self(parts)
    }
}

/// What is shown of the text, beginning with a whole word if there is one near.
fn window(text: &str, first: usize) -> Range<usize> {
    let boundaries = || text.char_indices().map(|(at, _)| at);
    let before: Vec<_> = boundaries().take_while(|at| *at < first).collect();
    let start = match before.len().checked_sub(Excerpt::BEFORE) {
        None | Some(0) => 0,
        Some(skipped) => {
            let earliest = before[skipped];
            let space = text[earliest..first].find(char::is_whitespace);
            space.map_or(earliest, |space| {
                let rest = &text[earliest + space..];
                earliest + space + (rest.len() - rest.trim_start().len())
            })
        }
    };
    let end = text[start..]
        .char_indices()
        .nth(Excerpt::LENGTH)
        .map_or(text.len(), |(at, _)| start + at);
    start..end
}
