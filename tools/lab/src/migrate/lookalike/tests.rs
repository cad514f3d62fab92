use super::{shell, yaml};
use crate::migrate::change::{Found, Layers};

fn in_place(layers: Layers, at: usize) -> usize {
    let mut found = Found::default();
    found.tell(at, "here");
    let all = layers.in_whole(found);
    all.told.iter().find(|it| it.what == "here").expect("it").at
}

#[test]
fn what_is_found_behind_a_letter_is_at_its_place_in_the_whole() {
    let text = "kubectl\u{a0}exec a – “b\u{200b}” c\n";
    let layers = shell(text);
    assert_eq!(layers.text(), "kubectl exec a -- \"b\" c\n");
    let at = layers.text().rfind('c').expect("it");
    assert_eq!(in_place(layers, at), text.rfind('c').expect("it"));

    let text = "– a:\u{a0}“b”\n  c: d\n";
    let layers = Layers::default().and(yaml(text));
    assert_eq!(layers.text(), "- a: \"b\"\n  c: d\n");
    let at = layers.text().rfind('d').expect("it");
    assert_eq!(in_place(layers, at), text.rfind('d').expect("it"));
}
