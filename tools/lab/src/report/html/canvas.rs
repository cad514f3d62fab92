//! What is drawn, row below row.

use std::time::Duration;

use super::scale::{LEFT, RIGHT, Scale};

/// So many letters of a name are shown.
const NAME: usize = 27;
/// How wide a letter is, about.
const LETTER: f64 = 6.6;

/// One thing on the page; what it is called is shown by whoever points at it.
#[derive(Debug)]
pub(super) enum Shape {
    Box {
        x: String,
        y: String,
        wide: String,
        high: String,
        class: &'static str,
        title: String,
    },
    Text {
        x: String,
        y: String,
        class: String,
        text: String,
        title: String,
    },
    Line {
        x: String,
        from: String,
        to: String,
        class: &'static str,
    },
    Dot {
        x: String,
        y: String,
        text: String,
        title: String,
    },
    /// A box that leads to a step.
    Link {
        x: String,
        y: String,
        wide: String,
        step: usize,
        class: &'static str,
        title: String,
    },
}

/// A part of a row.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) from: Duration,
    pub(super) to: Duration,
    pub(super) class: &'static str,
    /// What stands in it, if there is room.
    pub(super) text: String,
    pub(super) title: String,
}

/// The drawing so far.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) scale: Scale,
    pub(super) shapes: Vec<Shape>,
    /// Where the next row begins.
    pub(super) y: f64,
}

impl Canvas {
    pub(super) fn new(scale: Scale) -> Self {
        Self { scale, shapes: Vec::new(), y: 0.0 }
    }

    /// A name of what follows.
    pub(super) fn heading(&mut self, text: &str) {
        self.y += 12.0;
        self.text(4.0, self.y + 12.0, "heading", text, "");
        self.y += 18.0;
    }

    /// What a row is about, and a word at its right end.
    pub(super) fn label(&mut self, name: &str, word: &str, class: &str) {
        let room = if word.is_empty() { NAME + 8 } else { NAME };
        self.text(12.0, self.y + 12.0, "name", &shortened(name, room), name);
        if !word.is_empty() {
            let (shown, class) = (shortened(word, 10), format!("word {class}"));
            self.text(LEFT - 10.0, self.y + 12.0, &class, &shown, word);
        }
    }

    /// The parts of a row, so high.
    pub(super) fn spans(&mut self, spans: &[Span], high: f64) {
        // The same is not said twice in a row.
        let mut before = None;
        for Span { from, to, class, text, title } in spans {
            let (x, end) = (self.scale.x(*from), self.scale.x(*to));
            let wide = (end - x).max(1.5);
            self.rect([x, self.y + (16.0 - high) / 2.0, wide, high], class, title);
            let again = before.replace(text).is_some_and(|it| it == text);
            if !text.is_empty() && !again && wide > LETTER * letters(text) + 4.0 {
                self.text(x + wide / 2.0, self.y + 12.0, "within", text, title);
            }
        }
    }

    pub(super) fn rect(&mut self, [x, y, wide, high]: [f64; 4], class: &'static str, title: &str) {
        let [x, y, wide, high] = [x, y, wide, high].map(px);
        self.shapes.push(Shape::Box { x, y, wide, high, class, title: title.to_owned() });
    }

    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, text: &str, title: &str) {
        let (x, y, class) = (px(x), px(y), class.to_owned());
        let (text, title) = (text.to_owned(), title.to_owned());
        self.shapes.push(Shape::Text { x, y, class, text, title });
    }

    pub(super) fn dot(&mut self, at: Duration, text: &str, title: &str) {
        let (x, y) = (px(self.scale.x(at).min(RIGHT - 6.0)), px(self.y + 8.0));
        let (text, title) = (text.to_owned(), title.to_owned());
        self.shapes.push(Shape::Dot { x, y, text, title });
    }

    pub(super) fn line(&mut self, at: Duration, from: f64, to: f64, class: &'static str) {
        let (x, from, to) = (px(self.scale.x(at)), px(from), px(to));
        self.shapes.push(Shape::Line { x, from, to, class });
    }

    /// The box of a step.
    pub(super) fn link(
        &mut self,
        from: Duration,
        to: Duration,
        step: usize,
        class: &'static str,
        title: String,
    ) {
        let (x, end) = (self.scale.x(from), self.scale.x(to));
        let wide = (end - x).max(1.5);
        let (at, y) = (px(x), px(self.y));
        self.shapes.push(Shape::Link { x: at, y, wide: px(wide), step, class, title });
        if wide > LETTER * letters(&step.to_string()) + 2.0 {
            self.text(x + wide / 2.0, self.y + 12.0, "within", &step.to_string(), "");
        }
    }
}

/// With as many digits as can be seen.
pub(super) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

/// Without its middle: the ends of names differ.
fn shortened(name: &str, room: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= room {
        return name.to_owned();
    }
    let (begin, end) = (room / 2, room - room / 2 - 1);
    let kept = letters[..begin].iter().chain(&['…']).chain(&letters[letters.len() - end..]);
    kept.collect()
}

fn letters(text: &str) -> f64 {
    u32::try_from(text.chars().count()).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::{px, shortened};

    #[test]
    fn long_names_keep_their_ends() {
        assert_eq!(shortened("order-5d9f-x7k2p", 16), "order-5d9f-x7k2p");
        assert_eq!(shortened("order-5d9f-x7k2p", 9), "orde…7k2p");
        assert_eq!(px(12.04) + " " + &px(0.25), "12 0.2");
    }
}
