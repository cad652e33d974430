use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{Lookup, MAX_WORD};

/// A run of letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Folded, each with where in the text it comes from.
    characters: Vec<(char, Range<usize>)>,
    /// Whether spaces part it from the next; else it may be many words.
    is_spaced: bool,
    /// Whether another follows it without a space, as in `AB-12` and `T恤`: then it was written
    /// to its end.
    is_whole: bool,
}

impl Word {
    pub(super) fn length(&self) -> usize {
        self.characters.len()
    }

    fn folded(&self) -> impl Iterator<Item = char> {
        self.characters.iter().map(|(character, _)| *character)
    }

    fn known(&self) -> String {
        self.folded().take(MAX_WORD).collect()
    }

    /// By which a text with this word is indexed.
    pub(super) fn terms(&self) -> Vec<String> {
        if self.is_spaced {
            return vec![self.known()];
        }
        let characters: Vec<_> = self.folded().collect();
        let last = characters.last().map(char::to_string);
        pairs(&characters).chain(last).collect()
    }

    /// By which this word of a query is found.
    pub(super) fn lookup(&self) -> Lookup {
        let characters: Vec<_> = self.folded().collect();
        match characters.as_slice() {
            _ if self.is_sought_whole() => Lookup::Term(self.known()),
            _ if self.is_spaced => Lookup::Prefix(self.known()),
            [character] => Lookup::Prefix(character.to_string()),
            characters => Lookup::Phrase(pairs(characters).collect()),
        }
    }

    /// As a beginning, one letter would be found nearly everywhere.
    fn is_sought_whole(&self) -> bool {
        self.is_spaced && (self.is_whole || self.length() == 1)
    }

    /// Where in the text this word of it fits that word of a query.
    pub(super) fn matches(&self, wanted: &Word) -> Vec<Range<usize>> {
        let length = wanted.length();
        if self.is_spaced != wanted.is_spaced || self.length() < length {
            return Vec::new();
        }
        let range = |range: Range<usize>| {
            let [(_, first), .., (_, last)] = &self.characters[range.clone()] else {
                return self.characters[range.start].1.clone();
            };
            first.start..last.end
        };
        if self.is_spaced {
            let fits = if wanted.is_sought_whole() {
                self.known() == wanted.known()
            } else {
                self.known().starts_with(&wanted.known())
            };
            return fits.then(|| range(0..self.length())).into_iter().collect();
        }
        (0..=self.length() - length)
            .filter(|start| self.folded().skip(*start).take(length).eq(wanted.folded()))
            .map(|start| range(start..start + length))
            .collect()
    }
}

fn pairs(characters: &[char]) -> impl Iterator<Item = String> {
    characters.windows(2).map(|pair| pair.iter().collect())
}

/// The text in composed form, and the words in it, which refer to that form.
pub(super) fn words(text: &str) -> (String, Vec<Word>) {
    let text: String = text.nfc().collect();
    let mut words: Vec<Word> = Vec::new();
    let mut goes_on = false;
    let mut is_parted = true;
    for (start, original) in text.char_indices() {
        if is_accent(original) {
            continue;
        }
        is_parted |= original.is_whitespace();
        let end = start + original.len_utf8();
        for character in fold(original) {
            if !character.is_alphanumeric() && !is_combining_mark(character) {
                goes_on = false;
                continue;
            }
            let is_spaced = !is_of_unspaced_script(character);
            let part = (character, start..end);
            match words.last_mut() {
                Some(word) if goes_on && word.is_spaced == is_spaced => word.characters.push(part),
                last => {
                    if let Some(last) = last {
                        last.is_whole = !is_parted;
                    }
                    words.push(Word {
                        characters: vec![part],
                        is_spaced,
                        is_whole: false,
                    });
                }
            }
            (goes_on, is_parted) = (true, false);
        }
    }
    (text, words)
}

/// Without case, accents, and what sets apart variants of the same letter. Marks that are
/// letters of their own, as in Hindi and Thai, stay.
fn fold(character: char) -> Vec<char> {
    let plain = match character {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' => "d",
        'ı' => "i",
        'ς' => "σ",
        _ => {
            return [character]
                .into_iter()
                .nfkd()
                .filter(|part| !is_accent(*part))
                .nfc()
                .flat_map(char::to_lowercase)
                // Some capitals have an accent only when they are small.
                .filter(|part| !is_accent(*part))
                .collect();
        }
    };
    plain.chars().collect()
}

/// Whether it may be left out in writing: accents of Latin, Greek and Cyrillic letters, and
/// the vowel points of Arabic and Hebrew.
fn is_accent(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}'
            | '\u{591}'..='\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{640}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

/// Thai, Lao, Tibetan, Burmese, Khmer, Japanese and Chinese.
fn is_of_unspaced_script(character: char) -> bool {
    matches!(
        character,
        '\u{e00}'..='\u{eff}'
            | '\u{f00}'..='\u{fff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{312f}'
            | '\u{31a0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{323af}'
    )
}
