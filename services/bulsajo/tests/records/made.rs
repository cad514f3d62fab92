//! Records made up at random: what must become of each is known.

use serde_json::{Map, Value, json};
use testkit::{Dice, raw_records::RawRecord};

/// What a record must become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A dead letter of each group, whatever it is.
    DeadLetter,
    /// It is handled, or is of no interest: nothing is set aside.
    Handled,
}

#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) record: RawRecord,
    pub(crate) fate: Fate,
}

/// Our own orders never get so far.
const FAR: i64 = 1_000_000;

const ORDER: [&str; 3] = ["Ordered", "OrderPlaced", "OrderCancelled"];
const ALL: [&str; 7] = [
    "Ordered",
    "OrderPlaced",
    "OrderCancelled",
    "Paid",
    "PayCancelled",
    "Delivered",
    "DeliveryCancelled",
];

/// Makes records; each is another, so that none is taken for one that came before.
pub(crate) struct Maker {
    pub(crate) dice: Dice,
    made: i64,
    /// Whether names of headers and other parts may be bytes that are no text.
    any_bytes: bool,
}

impl Maker {
    pub(crate) fn new(any_bytes: bool) -> Self {
        Self { dice: Dice::new(), made: 0, any_bytes }
    }

    pub(crate) fn next(&mut self) -> Made {
        self.made += 1;
        let (mut record, fate) = match self.dice.below(10) {
            0..=2 => (self.event_with_odd_values(), Fate::Handled),
            3..=6 => (self.event_with_a_fatal_value(), Fate::DeadLetter),
            _ => (self.no_event(), Fate::DeadLetter),
        };
        record.timestamp = 1_700_000_000_000 + self.made;
        self.beside(&mut record);
        if self.claims_to_have_come_back(&mut record) {
            return Made { record, fate: Fate::Handled };
        }
        let fate = if self.ruins_a_header(&mut record) { Fate::DeadLetter } else { fate };
        Made { record, fate }
    }

    /// An event whose fields are right, of an order that nobody placed. It does no damage.
    fn event_with_odd_values(&mut self) -> RawRecord {
        let mut event = self.event(&ORDER);
        let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX].map(Value::from);
        let small = [i32::MIN, -1, 0, i32::MAX].map(Value::from);
        for field in ["productId", "cost"] {
            event[field] = self.dice.one_of(&extremes).clone();
        }
        event["qty"] = self.dice.one_of(&small).clone();
        let times = [json!(i64::MAX), json!(i64::MIN), json!("20990101000000"), json!("soon")];
        event["timestamp"] = self.dice.one_of(&times).clone();
        let more = [json!(null), json!("a\u{0}b"), json!([[[1]]]), json!({"id": -5}), json!(1e308)];
        let name = *self.dice.one_of(&["extra", "ID", "__proto__", "eventtype", "order_id", ""]);
        event[name] = self.dice.one_of(&more).clone();
        let texts = ["é\u{2028}\u{1f600}\u{7f}", "", "'; DROP TABLE orders; --", "\u{1}\r\n"];
        event["productName"] = (*self.dice.one_of(&texts)).into();
        if self.dice.below(3) == 0 {
            event["id"] = (i64::MAX - self.made).into();
        }
        if self.dice.below(4) == 0 {
            event =
                json!({ "eventType": "Repaired", "id": -1, "orderId": i64::MIN, "n": self.made });
        }
        whole(&event)
    }

    /// What an event cannot have in one of its fields.
    fn event_with_a_fatal_value(&mut self) -> RawRecord {
        let mut event = self.event(&ALL);
        let ids: Vec<&str> =
            ["id", "orderId", "paymentId"].into_iter().filter(|it| !event[*it].is_null()).collect();
        let id = *self.dice.one_of(&ids);
        match self.dice.below(6) {
            0 => {
                let nobody = [0, -1, -self.made, i64::MIN, i64::MIN + 1];
                event[id] = (*self.dice.one_of(&nobody)).into();
            }
            1 => {
                let unlike =
                    [json!("x"), json!(1.5), json!(1e30), json!([]), json!({}), json!(true)];
                event[id] = self.dice.one_of(&unlike).clone();
            }
            2 => event[id] = json!("9".repeat(*self.dice.one_of(&[19, 400, 200_000]))),
            3 => {
                let texts: Vec<String> = event.as_object().map(texts).unwrap_or_default();
                let field = self.dice.one_of(&texts).clone();
                event[field] = format!("{}\u{0}", self.made).into();
            }
            4 => event["qty"] = (i64::from(i32::MAX) + 1).into(),
            _ => {
                event
                    .as_object_mut()
                    .expect("an object")
                    .remove(*self.dice.one_of(&["id", "eventType"]));
            }
        }
        whole(&event)
    }

    /// Bytes that are no event at all.
    fn no_event(&mut self) -> RawRecord {
        let event = self.event(&ALL).to_string();
        let number = self.made;
        let payload = match self.dice.below(12) {
            0 => None,
            1 => Some(Vec::new()),
            2 => Some([self.dice.bytes(100), vec![0xff]].concat()),
            3 => Some(event.as_bytes()[..=self.dice.below(event.len() - 1)].to_vec()),
            4 => Some(json!(event).to_string().into_bytes()),
            5 => Some(format!("[{event},{event}]").into_bytes()),
            6 => Some("[".repeat(*self.dice.one_of(&[5, 127, 129, 5000])).into_bytes()),
            7 => Some(event.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            8 => Some(event.replace("Coffee", "\\ud800").into_bytes()),
            // Tables hold no such bytes.
            9 if self.any_bytes => {
                let (before, after) = event.split_once("Coffee").expect("it has a product");
                Some([before.as_bytes(), b"\xc3\x28", after.as_bytes()].concat())
            }
            10 => Some(format!("{number} {}", "x".repeat(self.size())).into_bytes()),
            _ => Some(format!("null{}", " ".repeat(self.dice.below(3))).into_bytes()),
        };
        RawRecord { payload, ..RawRecord::default() }
    }

    fn size(&mut self) -> usize {
        // Not more than a topic takes; through SQL less is enough.
        let sizes = [10, 10, 10, 10, 300_000, if self.any_bytes { 1_000_000 } else { 600_000 }];
        *self.dice.one_of(&sizes)
    }

    fn event(&mut self, kinds: &[&str]) -> Value {
        let (kind, far) = (*self.dice.one_of(kinds), FAR + self.made);
        let mut event = json!({
            "eventType": kind, "timestamp": "20260102030405", "id": far, "productId": 1, "qty": 1,
            "productName": "Coffee",
        });
        let more = match kind {
            "Paid" | "PayCancelled" => {
                json!({ "orderId": far, "cost": 5, "paymentType": "cash", "paymentStatus": "END" })
            }
            "Delivered" | "DeliveryCancelled" => {
                json!({ "orderId": far, "paymentId": far, "deliveryStatus": "on its way" })
            }
            _ => json!({ "cost": 5, "paymentType": "cash", "orderStatus": "complete" }),
        };
        event.as_object_mut().expect("an object").extend(more.as_object().expect("one").clone());
        event
    }

    /// A key and headers that say nothing of what the record is.
    fn beside(&mut self, record: &mut RawRecord) {
        let number = self.made.to_string().into_bytes();
        let keys =
            [None, Some(number), Some(Vec::new()), Some(b"\0".to_vec()), Some(vec![b'k'; 1000])];
        record.key.clone_from(self.dice.one_of(&keys));
        let values: [&[u8]; 6] = [b"", b"Ordered", b"\0", b"Ord\0ered", b"00-00-00-00", b"%s%n"];
        for name in ["type", "contentType", "traceparent", "", "novalue", "type"] {
            if self.dice.below(3) == 0 {
                let value = Some(self.dice.one_of(&values).to_vec());
                record.headers.push((name.into(), value.filter(|_| name != "novalue")));
            }
        }
        if self.any_bytes && self.dice.below(8) == 0 {
            record.key = Some(self.dice.bytes(40));
            record.headers.push((b"eventId".to_vec(), Some(self.dice.bytes(36))));
            record.headers.push((b"type".to_vec(), Some(vec![0xff; 3000])));
        }
    }

    /// Says of the record that it is a dead letter which was put back, sometimes. There is none.
    fn claims_to_have_come_back(&mut self, record: &mut RawRecord) -> bool {
        let claims = self.dice.below(20) == 0;
        if claims {
            let groups: [&[u8]; 4] = [b"payment", b"ordertrace", b"nobody", b""];
            let group = self.dice.one_of(&groups).to_vec();
            record.headers.push((b"x-dead-letter-group".to_vec(), Some(group)));
        }
        claims
    }

    /// Gives a header a name that is no text, sometimes: then it does not matter what else there is.
    fn ruins_a_header(&mut self, record: &mut RawRecord) -> bool {
        let ruined = self.any_bytes && self.dice.below(12) == 0;
        if ruined {
            let name = self.dice.one_of(&[&b"\xff\xfe"[..], b"type\xc3", b"\x80"]).to_vec();
            let at = self.dice.below(record.headers.len() + 1);
            record.headers.insert(at, (name, Some(b"x".to_vec())));
        }
        ruined
    }
}

fn whole(event: &Value) -> RawRecord {
    RawRecord { payload: Some(event.to_string().into_bytes()), ..RawRecord::default() }
}

fn texts(event: &Map<String, Value>) -> Vec<String> {
    let texts = event.iter().filter(|(name, value)| {
        value.is_string() && !["eventType", "timestamp"].contains(&name.as_str())
    });
    texts.map(|(name, _)| name.clone()).collect()
}
