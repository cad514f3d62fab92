use super::Commands;

/// The words of each command, and the texts that are fed to them.
fn read(text: &str) -> (Vec<Vec<String>>, Vec<String>) {
    let found = Commands::read(text);
    let words = found.commands.iter().map(|it| it.words.iter().map(|it| it.text.clone()).collect());
    let fed = found.heredocs.iter().map(|it| text[it.place.clone()].to_owned());
    (words.collect(), fed.collect())
}

#[test]
fn a_command_is_found_wherever_it_stands() {
    for (text, words) in [
        ("a b 'c d' \"e\"f", &[&["a", "b", "c d", "ef"][..]][..]),
        ("X=1 a <in >out 2>&1 # b", &[&["a"]]),
        ("a \\\n  b", &[&["a", "b"]]),
        ("a && b | c; d & e || f", &[&["a"], &["b"], &["c"], &["d"], &["e"], &["f"]]),
        ("a $(b `c`) \"$(d)\"", &[&["a", "$(b `c`)", "\"$(d)\""], &["b", "`c`"], &["c"], &["d"]]),
        ("if a; then b; else c; fi", &[&["a"], &["b"], &["c"]]),
        ("for i in 1; do a $i; done", &[&["a", "$i"]]),
        ("f() { a; }", &[&["a"]]),
        ("a >out b", &[&["a", "b"]]),
        ("sh -c 'a b'", &[&["sh", "-c", "a b"], &["a", "b"]]),
        ("$ a b", &[&["a", "b"]]),
        ("me@host:~$ a", &[&["a"]]),
        ("[me@host dir]# a", &[&["a"]]),
        ("PS C:\\> a b", &[&["a", "b"]]),
        ("a <b> c", &[&["a", "<b>", "c"]]),
        ("a <b >c", &[&["a"]]),
        ("a 'b", &[&["a"]]),
    ] {
        assert_eq!(read(text).0, words, "{text}");
    }
}

#[test]
fn a_text_that_is_fed_to_a_command_is_its_lines() {
    for (text, fed) in [
        ("a <<EOF\nx: 1\nEOF\nb\n", "x: 1\n"),
        ("a <<-'E' -n b\n\tx: 1\n\tE\n", "\tx: 1\n"),
        ("a <<EOF | b\n  x\n\ny\nEOF\n", "  x\n\ny\n"),
        ("a 'b\na <<EOF\nx\nEOF\n", "x\n"),
        ("a <<EOF\nx: 1\n", "x: 1\n"),
    ] {
        assert_eq!(read(text).1, [fed], "{text}");
    }
    assert!(read("a <<< 'b'\n").1.is_empty());
}
