use proptest::prelude::*;

use super::*;

/// Whether a search for this finds that text, as an index would tell.
fn finds(query: &str, text: &str) -> bool {
    let terms = terms(text);
    let has = |lookup: &Lookup| match lookup {
        Lookup::Term(term) => terms.contains(term),
        Lookup::Prefix(prefix) => terms.iter().any(|term| term.starts_with(prefix)),
        Lookup::Phrase(phrase) => terms.windows(phrase.len()).any(|part| part == phrase),
    };
    SearchQuery::parse(query).unwrap().lookups().iter().all(has)
}

/// The excerpt, with what fits in brackets.
fn marked(query: &str, text: &str) -> String {
    let Excerpt(parts) = SearchQuery::parse(query).unwrap().excerpt(text);
    let marked = parts.iter().map(|part| {
        if part.is_match {
            format!("[{}]", part.text)
        } else {
            part.text.clone()
        }
    });
    marked.collect()
}

#[test]
fn words_are_found_by_their_beginnings_whatever_their_case_and_accents() {
    for (query, text) in [
        ("jose", "Hola, JOSÉ!"),
        ("JOSÉ nunez", "jose núñez"),
        ("jose\u{301}", "José"),
        ("caf", "un café"),
        ("strasse", "Hauptstraße? Nein: STRAẞE"),
        ("łódź", "Lodz"),
        ("istanbul", "İSTANBUL"),
        ("ΟΔΟΣ", "οδός"),
        ("ёлка", "елка"),
        ("محمد", "مُحَمَّد"),
        ("안녕", "안녕하세요"),
        ("नमस्ते", "नमस्ते जी"),
        ("12", "order 1234"),
        ("two three", "three, one, two"),
        ("don't", "I DON’T know"),
        ("ｆｕｌｌ", "full width"),
    ] {
        assert!(finds(query, text), "{query} in {text}");
    }
    for (query, text) in [
        ("ose", "José"),
        ("jose maria", "José"),
        ("की", "का"),
        ("a b", "ab ba"),
    ] {
        assert!(!finds(query, text), "{query} in {text}");
    }
}

#[test]
fn what_another_word_follows_without_a_space_was_written_to_its_end() {
    for (query, text) in [
        ("ab-12", "AB-1234"),
        ("ab-", "ABC-12"),
        ("a-b", "a, b"),
        ("info@shop", "Info@shopping.example"),
        ("t恤", "T恤衫"),
    ] {
        assert!(finds(query, text), "{query} in {text}");
    }
    for (query, text) in [("ab-12", "ABC-12"), ("ab/12", "abs 12"), ("t恤", "tea 恤")] {
        assert!(!finds(query, text), "{query} in {text}");
    }
    assert_eq!(marked("ab-12", "ABC-1, AB-123"), "ABC-1, [AB]-[123]");
}

#[test]
fn where_no_spaces_part_the_words_any_part_is_found() {
    for (query, text) in [
        ("東京", "私は東京都に住んでいます"),
        ("京都", "私は東京都に住んでいます"),
        ("東京都に", "私は東京都に住んでいます"),
        ("都 hola", "Hola, 東京都"),
        ("カタ", "ｶﾀｶﾅ"),
        ("か\u{3099}く", "がくせい"),
        ("ขอบคุณ", "สวัสดีครับ ขอบคุณมาก"),
        ("iPhone手机", "新的iphone手机壳"),
    ] {
        assert!(finds(query, text), "{query} in {text}");
    }
    for (query, text) in [
        ("東京都", "東京と京都"),
        ("京東", "東京"),
        ("かく", "がくせい"),
    ] {
        assert!(!finds(query, text), "{query} in {text}");
    }
}

#[test]
fn a_query_without_two_letters_or_digits_is_refused() {
    for query in ["", " ", "a", "é", "%%%", "👍👍", "a*", "\"'"] {
        assert_eq!(SearchQuery::parse(query), Err(SearchQueryError), "{query}");
    }
    for query in ["ab", "a b", "東京", "12", "ß"] {
        assert!(SearchQuery::parse(query).is_ok(), "{query}");
    }
}

#[test]
fn an_excerpt_shows_what_fits_and_some_of_what_is_around_it() {
    assert_eq!(
        marked("caf nun", "Un CAFÉ, José Núñez?"),
        "Un [CAFÉ], José [Núñez]?"
    );
    assert_eq!(marked("京都", "東京都と京都"), "東[京都]と[京都]");
    assert_eq!(marked("hola", "<b>hola</b>"), "<b>[hola]</b>");
    let long = format!("{}needle {}", "hay ".repeat(50), "straw ".repeat(50));
    let excerpt = marked("needle", &long);
    assert!(excerpt.starts_with("…hay "), "{excerpt}");
    assert!(excerpt.contains("hay [needle] straw"), "{excerpt}");
    assert!(excerpt.ends_with('…'), "{excerpt}");
    assert!(excerpt.chars().count() <= 164, "{excerpt}");
}

#[test]
fn an_excerpt_of_a_text_that_does_not_fit_is_its_beginning() {
    assert_eq!(marked("nothing", "Hola"), "Hola");
}

proptest! {
    #[test]
    fn whatever_is_written_is_found_by_its_own_words(text in "\\PC{0,200}") {
        if SearchQuery::parse(&text).is_ok() {
            prop_assert!(finds(&text, &text));
            prop_assert!(SearchQuery::parse(&text).unwrap().excerpt(&text).0.iter().any(|part| part.is_match));
        }
    }

    #[test]
    fn terms_have_nothing_in_them_that_could_mean_something_to_a_database(text in "\\PC*") {
        for term in terms(&text) {
            let plain = term.chars().all(|c| {
                c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
            });
            prop_assert!(plain && !term.is_empty(), "{term:?}");
        }
    }
}
