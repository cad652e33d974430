use proptest::prelude::*;

use super::*;

const TRACKED: StockRules = StockRules {
    is_tracked: true,
    allow_backorder: false,
    low_stock_threshold: Some(3),
};

fn stock(on_hand: i64) -> Stock {
    Stock {
        on_hand,
        ..Stock::default()
    }
}

/// What may befall a stock.
#[derive(Clone, Copy, Debug)]
enum Step {
    Change(i64),
    Count(i64),
    Reserve(i64),
    Release(i64),
    Consume(i64),
    Sell(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let some = || 1_i64..20;
    prop_oneof![
        (-20_i64..20).prop_map(Step::Change),
        (0_i64..20).prop_map(Step::Count),
        some().prop_map(Step::Reserve),
        some().prop_map(Step::Release),
        some().prop_map(Step::Consume),
        some().prop_map(Step::Sell),
    ]
}

fn take(stock: Stock, step: Step, rules: StockRules) -> Result<Stock, StockError> {
    match step {
        Step::Change(by) => stock.changed_by(by, rules),
        Step::Count(to) => stock.counted(to),
        Step::Reserve(quantity) => stock.reserve(quantity, rules),
        Step::Release(quantity) => stock.release(quantity),
        Step::Consume(quantity) => stock.consume(quantity),
        Step::Sell(quantity) => stock.sell(quantity, rules),
    }
}

proptest! {
    #[test]
    fn nobody_is_promised_or_sold_what_is_not_there(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let mut now = stock(10);
        for step in steps {
            let Ok(next) = take(now, step, TRACKED) else {
                continue;
            };
            prop_assert!(next.reserved >= 0);
            match step {
                Step::Reserve(quantity) | Step::Sell(quantity) => {
                    prop_assert!(next.available() >= 0);
                    prop_assert_eq!(next.available(), now.available() - quantity);
                }
                // Who was promised one gets it, or the promise ends: others lose nothing.
                Step::Consume(_) => prop_assert_eq!(next.available(), now.available()),
                Step::Release(quantity) => {
                    prop_assert_eq!(next.available(), now.available() + quantity);
                }
                Step::Change(_) | Step::Count(_) => prop_assert_eq!(next.reserved, now.reserved),
            }
            now = next;
        }
    }

    #[test]
    fn what_lies_there_is_the_sum_of_its_movements(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let mut now = stock(0);
        let mut ledger = 0;
        for step in steps {
            if let Ok(next) = take(now, step, TRACKED) {
                ledger += match step {
                    Step::Change(by) => by,
                    Step::Count(to) => to - now.on_hand,
                    Step::Consume(quantity) | Step::Sell(quantity) => -quantity,
                    Step::Reserve(_) | Step::Release(_) => 0,
                };
                now = next;
            }
        }
        prop_assert_eq!(now.on_hand, ledger);
    }

    #[test]
    fn each_crossing_of_the_threshold_is_news_once(
        levels in prop::collection::vec(0_i64..8, 1..60)
    ) {
        let mut now = stock(8);
        let mut before = 8;
        for level in levels {
            now = now.counted(level).unwrap();
            let is_news = now.note_low(TRACKED);
            prop_assert_eq!(is_news, before > 3 && level <= 3);
            before = level;
        }
    }

    #[test]
    fn no_number_is_too_large_to_be_refused(on_hand: i64, by: i64, quantity in 1..=i64::MAX) {
        let rules = StockRules { allow_backorder: true, ..TRACKED };
        let start = stock(on_hand.clamp(-Stock::MAX, Stock::MAX));
        let ends = [
            start.changed_by(by, rules),
            start.reserve(quantity, rules),
            start.sell(quantity, rules),
        ];
        for end in ends.into_iter().flatten() {
            prop_assert!(end.on_hand.abs() <= Stock::MAX && end.reserved <= Stock::MAX);
        }
    }
}

#[test]
fn backorders_sell_what_is_still_to_come() {
    let rules = StockRules {
        allow_backorder: true,
        ..TRACKED
    };
    assert_eq!(stock(1).sell(3, rules).unwrap().on_hand, -2);
    let refused = StockError::Insufficient { available: 1 };
    assert_eq!(stock(1).sell(3, TRACKED), Err(refused));
    assert_eq!(stock(1).changed_by(-2, TRACKED), Err(StockError::Negative));
    // What is missing may come in bit by bit.
    assert_eq!(stock(-3).changed_by(2, TRACKED).unwrap().on_hand, -1);
}

#[test]
fn what_is_not_tracked_is_always_there_and_never_low() {
    let rules = StockRules {
        is_tracked: false,
        ..TRACKED
    };
    let mut sold = stock(0).sell(5, rules).unwrap();
    assert!(rules.allow_one(sold));
    assert!(!sold.note_low(rules));
    assert!(!TRACKED.allow_one(sold));
}
